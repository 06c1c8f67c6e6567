"""Learn the coefficients of each stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from outclass.base.errors import DataError
from outclass.inference.linear_text.document import Row, Stage, TextModelDocument
from outclass.inference.linear_text.measures import MEASURES
from outclass.training.linear_text.material import (
    LONGEST,
    Indices,
    Material,
    Matrix,
    block_of,
    gather,
    keep_terms,
)
from outclass.training.linear_text.recipe import Loss, Recipe, StagePlan, plan_stages
from outclass.training.linear_text.rules import RuleBook
from outclass.training.linear_text.writing import rounded

ROUNDS = 5000
SMOOTHING = 1.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """One row of a stage: a coefficient for each column."""

    intercept: float
    coefficients: Floats


def learn(
    texts: Sequence[str],
    targets: Indices,
    classes: Sequence[str],
    recipe: Recipe,
    book: RuleBook,
    *,
    seed: int,
) -> TextModelDocument:
    """Learn a model that is not calibrated yet.

    Parameters
    ----------
    texts, targets
        What to learn from; a target is an index into `classes`.
    book
        Rules that become features.
    seed
        Of the solver's order of rows.

    Raises
    ------
    DataError
        A class has no texts.
    """
    absent = sorted(set(range(len(classes))) - set(targets.tolist()))
    if absent:
        raise DataError("a class has no texts to learn from", got=classes[absent[0]])
    material = gather(texts, targets, recipe, book)
    return learn_from(material, targets, classes, recipe, book, seed=seed)


def learn_from(
    material: Material,
    targets: Indices,
    classes: Sequence[str],
    recipe: Recipe,
    book: RuleBook,
    *,
    seed: int,
) -> TextModelDocument:
    """Learn a model from texts that are columns already."""
    plans = plan_stages(recipe.stages, classes)
    columns = material.columns
    rows = [fit_stage(columns, targets, plan, classes, recipe, seed=seed) for plan in plans]
    if sum(len(block.terms) for block in material.grams) > recipe.most_terms:
        material = keep_best(material, rows, recipe.most_terms)
        columns = material.columns
        rows = [fit_stage(columns, targets, plan, classes, recipe, seed=seed) for plan in plans]
    stages = [stage_of(plan, found, material, recipe) for plan, found in zip(plans, rows, strict=True)]
    return TextModelDocument(
        classes=tuple(classes),
        longest=LONGEST,
        disguises=material.disguises,
        blocks=tuple(block_of(grams, recipe) for grams in material.grams),
        measures=MEASURES,
        conditions=book.conditions,
        rules=book.rules,
        stages=tuple(stages),
    )


def fit_stage(
    columns: Matrix, targets: Indices, plan: StagePlan, classes: Sequence[str], recipe: Recipe, *, seed: int
) -> list[Learned]:
    """Return the rows of a stage: one for two groups, else one for each group against the rest."""
    group_of = {classes.index(name): place for place, group in enumerate(plan.groups) for name in group}
    chosen = np.isin(targets, list(group_of))
    rows = columns[chosen]
    groups = np.array([group_of[target] for target in targets[chosen].tolist()])
    if len(plan.groups) == 2:  # one row parts two
        return [fit_row(rows, groups == 1, recipe, seed=seed)]
    return [fit_row(rows, groups == place, recipe, seed=seed) for place in range(len(plan.groups))]


def fit_row(columns: Matrix, positive: NDArray[np.bool_], recipe: Recipe, *, seed: int) -> Learned:
    """Learn one group against the rest.

    Columns are scaled while learning, and the coefficients by the same factors afterwards.
    """
    scales = column_scales(columns, positive, recipe)
    scaled = (columns @ sparse.diags(scales)).tocsr()
    weights = {
        flag: (len(positive) / (2 * max(1, (positive == flag).sum()))) ** recipe.balance
        for flag in (False, True)
    }
    if recipe.loss is Loss.HINGE:
        model = LinearSVC(C=recipe.cost, class_weight=weights, random_state=seed, max_iter=ROUNDS)
    else:
        model = LogisticRegression(
            C=recipe.cost, class_weight=weights, solver="liblinear", random_state=seed, max_iter=ROUNDS
        )
    model.fit(scaled, positive)
    return Learned(intercept=float(model.intercept_[0]), coefficients=model.coef_[0] * scales)


def column_scales(columns: Matrix, positive: NDArray[np.bool_], recipe: Recipe) -> Floats:
    """Return by what each column is multiplied while learning.

    With `counts`, columns that are much more common in one group than in the other weigh more. Source:
    S. Wang, C. D. Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification, ACL 2012.
    """
    if not recipe.counts:
        return np.ones(columns.shape[1])
    inside = np.asarray(columns[positive].sum(axis=0)).ravel() + SMOOTHING
    outside = np.asarray(columns[~positive].sum(axis=0)).ravel() + SMOOTHING
    ratio = np.log((inside / inside.sum()) / (outside / outside.sum()))
    return np.asarray(np.abs(ratio) ** recipe.counts, dtype=np.float64)


def keep_best(material: Material, rows: Sequence[Sequence[Learned]], most: int) -> Material:
    """Keep the n-grams with the largest coefficients, at any stage."""
    largest = np.max([np.abs(row.coefficients) for stage in rows for row in stage], axis=0)
    widths = [len(block.terms) for block in material.grams]
    terms = largest[: sum(widths)]
    kept = np.zeros(len(terms), dtype=bool)
    kept[np.argsort(-terms, kind="stable")[:most]] = True
    parts = np.split(kept, np.cumsum(widths)[:-1])
    grams = tuple(keep_terms(block, part) for block, part in zip(material.grams, parts, strict=True))
    return replace(material, grams=grams)


def stage_of(plan: StagePlan, rows: Sequence[Learned], material: Material, recipe: Recipe) -> Stage:
    """Return a stage as the model file holds it, not calibrated."""
    names = [block.kind.value for block in material.grams] + ["measures", "rules"]
    ends = np.cumsum(
        [len(block.terms) for block in material.grams] + [material.measures.shape[1], material.rules.shape[1]]
    )
    return Stage(
        name=plan.name,
        groups=plan.groups,
        rows=tuple(
            Row(
                intercept=round(row.intercept, 9),
                coefficients={
                    name: rounded(part, recipe.decimals)
                    for name, part in zip(names, np.split(row.coefficients, ends[:-1]), strict=True)
                },
            )
            for row in rows
        ),
        scale=1.0,
        offsets=(0.0,) * len(rows),
    )
