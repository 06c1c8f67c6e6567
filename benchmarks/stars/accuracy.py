"""How well the advisers and their consensus classify, by cross-validation; one command for each table.

    python benchmarks/stars/accuracy.py snpcc  --data ../shared/data
    python benchmarks/stars/accuracy.py biased --data ../shared/data
    python benchmarks/stars/accuracy.py ztf    --data ../shared/data
    python benchmarks/stars/accuracy.py simulator

`--set boone.rounds=300` changes a parameter of the challenge file. Everything is seeded. Seconds are those of
the processor for learning and answering, without features.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from outclass.catalog import load_challenge
from outclass.catalog.challenge import Challenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.curves import Part, read_curves
from outclass.challenges.stars import features, simulate
from outclass.challenges.stars.adviser import Task, fit_adviser
from outclass.challenges.stars.augment import augment
from outclass.challenges.stars.domains import Domains
from outclass.challenges.stars.recipe import Recipe, read_recipe
from outclass.challenges.stars.rows import Columns, Material, class_weights
from outclass.inputs.series import SeriesTable
from outclass.training.light_curves import find_pair

HERE = Path(__file__).parent
FOLDS = 5
COPIES = 10
LEAST = 1e-15

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Indices = NDArray[np.int64]
Sides = Iterator[tuple[int, Indices, Indices]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """Labelled objects as rows; `targets` are places among the known classes."""

    challenge: Challenge
    table: SeriesTable
    ids: tuple[str, ...]
    targets: Indices
    rows: Rows


def main() -> None:
    """Print one table as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", choices=("snpcc", "biased", "ztf", "simulator"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder that holds stars/")
    parser.add_argument("--seeds", type=int, default=1, help="how often the folds are drawn anew")
    parser.add_argument("--objects", type=int, default=7848, help="size of the simulated set")
    parser.add_argument("--set", action="append", default=[], metavar="MODEL.PARAMETER=VALUE")
    arguments = parser.parse_args()
    changes = [change.split("=", 1) for change in arguments.set]
    match arguments.table:
        case "simulator":
            challenge = load_challenge("stars").challenge
            objects = objects_of(challenge, simulate.population(arguments.objects, 1))
        case name:
            folder = HERE.parent / "challenges" / ("snpcc" if name == "biased" else name)
            objects = read_objects(folder, arguments.data / "stars")
    recipes = recipes_of(objects.challenge, changes)
    if arguments.table == "biased":
        report = biased(objects, recipes, arguments.data / "stars")
    else:
        report = cross_validated(objects, recipes, arguments.seeds)
    print(json.dumps(report, indent=1))


def read_objects(folder: Path, data: Path) -> Objects:
    """Read the light curves of a challenge."""
    challenge = load_challenge(folder).challenge
    pair = find_pair(data, challenge)
    roles = {f"light_curves_{number}": file for number, file in enumerate(pair.curves)}
    files = {"objects": pair.objects, **roles}
    return objects_of(
        challenge, read_curves(files, challenge, [Part(objects="objects", curves=tuple(roles))])
    )


def objects_of(challenge: Challenge, found: SourceTable) -> Objects:
    """Make rows of the objects whose class can be learned."""
    domains = Domains.of(challenge)
    names = [challenge.class_names[place] for place in domains.known]
    assert isinstance(found.inputs, SeriesTable)
    seen = np.diff(found.inputs.starts) > 0
    places = np.array([k for k, label in enumerate(found.labels) if label in names and seen[k]])
    table = found.inputs.take(places)
    return Objects(
        challenge=challenge,
        table=table,
        ids=tuple(found.object_ids[place] for place in places),
        targets=np.array([names.index(found.labels[place]) for place in places]),
        rows=features.prepare(table, challenge.input),
    )


def recipes_of(challenge: Challenge, changes: list[list[str]]) -> dict[str, Recipe]:
    """Return the recipe of each model, changed."""
    recipes = {}
    for name, model in challenge.models.items():
        values = dict(model.parameters)
        for key, text in changes:
            if key.split(".")[0] in (name, "all"):
                values[key.split(".")[1]] = json.loads(text) if text[0] in "0123456789" else text
        recipes[name] = replace(read_recipe(values), folds=0)
    return recipes


def cross_validated(objects: Objects, recipes: dict[str, Recipe], seeds: int) -> dict[str, object]:
    """Return the mean scores over draws of the folds."""
    runs = []
    for seed in range(1, seeds + 1):
        splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(objects.rows, objects.targets)
        sides = ((fold, learn, test) for fold, (learn, test) in enumerate(splits))
        runs.append(run(objects, objects.rows, objects.targets, recipes, sides, seed))
    return {
        "challenge": objects.challenge.name,
        "objects": len(objects.targets),
        "folds": FOLDS,
        "draws": seeds,
        "scores": {
            name: {score: round(float(np.mean([r[name][score] for r in runs])), 4) for score in runs[0][name]}
            for name in runs[0]
        },
    }


def biased(objects: Objects, recipes: dict[str, Recipe], data: Path) -> dict[str, object]:
    """Learn from the spectroscopic objects of SNPCC, with and without copies; test on all the others."""
    known = pl.read_parquet(
        data / "snpcc_objects.parquet", columns=["object_id", "spectroscopic_training", "spec_z"]
    )
    chosen = {str(key): (flag, z) for key, flag, z in known.iter_rows()}
    learn = np.flatnonzero([chosen[name][0] for name in objects.ids])
    test = np.flatnonzero([not chosen[name][0] for name in objects.ids])
    spec_z = np.array([chosen[objects.ids[place]][1] or 0.0 for place in learn], dtype=np.float64)
    plain = run(objects, objects.rows, objects.targets, recipes, iter([(0, learn, test)]), 1)
    copies, targets, _ = augment(
        objects.table.take(learn),
        objects.targets[learn],
        [objects.ids[place] for place in learn],
        objects.challenge.input,
        copies=COPIES,
        seed=1,
        redshifts=spec_z,
    )
    rows = np.concatenate([objects.rows, features.prepare(copies, objects.challenge.input)])
    every = np.concatenate([learn, np.arange(len(objects.rows), len(rows))])
    augmented = run(
        objects, rows, np.concatenate([objects.targets, targets]), recipes, iter([(0, every, test)]), 1
    )
    return {
        "challenge": "snpcc, learned from its spectroscopic objects",
        "learned_from": len(learn),
        "copies": len(copies),
        "tested_on": len(test),
        "scores": {"without copies": plain, "with copies": augmented},
    }


def run(
    objects: Objects, rows: Rows, targets: Indices, recipes: dict[str, Recipe], sides: Sides, seed: int
) -> dict[str, dict[str, float]]:
    """Learn from each side and score the answers for the other: of each model, and of the consensus."""
    domains = Domains.of(objects.challenge)
    answers = {name: np.full((len(targets), len(domains.known)), np.nan) for name in recipes}
    seconds = dict.fromkeys(recipes, 0.0)
    for fold, learn, test in sides:
        for name, recipe in recipes.items():
            started = time.process_time()
            task = Task(folder=Path(), domains=domains, recipe=recipe, seed=seed + fold)
            columns = Columns.of(objects.challenge, recipe)
            answers[name][test] = answer(task, columns, (rows[learn], targets[learn]), rows[test])
            seconds[name] += time.process_time() - started
    tested = np.flatnonzero(~np.isnan(next(iter(answers.values()))[:, 0]))
    answers = {name: found[tested] for name, found in answers.items()}
    joined = np.mean(list(answers.values()), axis=0)
    joined = joined - np.log(np.exp(joined).sum(axis=1, keepdims=True))
    found = {
        name: score(values, targets[tested]) for name, values in {**answers, "consensus": joined}.items()
    }
    return {name: {**scores, "seconds": round(seconds.get(name, 0.0), 1)} for name, scores in found.items()}


def answer(task: Task, columns: Columns, learn: tuple[Rows, Indices], rows: Rows) -> Floats:
    """Return log probabilities for some rows by trees learned from others."""
    material = Material(
        rows=columns.take(learn[0]),
        targets=learn[1],
        folds=np.zeros(len(learn[1]), dtype=np.int64),
        places=columns.places(learn[0]),
        weights=class_weights(learn[1], task.domains, task.recipe),
    )
    with TemporaryDirectory() as folder:
        adviser = fit_adviser(replace(task, folder=Path(folder)), material)
    return adviser.log_probabilities(columns.take(rows), columns.places(rows))


def score(log_probabilities: Floats, targets: Indices) -> dict[str, float]:
    """Return the scores; AUC is of the first class."""
    probabilities = np.maximum(np.exp(log_probabilities), LEAST)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    losses = -np.log(probabilities[np.arange(len(targets)), targets])
    best = probabilities.argmax(axis=1)
    present = np.unique(targets)
    return {
        "auc": round(float(roc_auc_score(targets == 0, probabilities[:, 0])), 5),
        "flat_log_loss": round(float(np.mean([losses[targets == label].mean() for label in present])), 4),
        "log_loss": round(float(losses.mean()), 4),
        "accuracy": round(float((best == targets).mean()), 4),
        "macro_recall": round(
            float(np.mean([(best[targets == label] == label).mean() for label in present])), 4
        ),
    }


if __name__ == "__main__":
    main()
