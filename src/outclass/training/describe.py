"""The text of a model card, made from what was declared and measured, and from the challenge's own words.

A challenge may have a `card.md` beside its `challenge.yaml`, and a `card.MODEL.md` for one of its models.
What stands there under the heading of a section comes after what is made here. A line `{seeds}` stands for
the table of this recipe's seeds, `{seeds NAME}` for that of another recipe of this model on the same data.
"""

import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from outclass.base.errors import DataError
from outclass.registry.card import SECTIONS, read_card, write_card
from outclass.registry.runs import RunRecord, RunState
from outclass.training.early import unseen_lines
from outclass.training.estimator import Described
from outclass.training.plan import recipe_parameters
from outclass.training.workspace import Workspace

SEEDS = re.compile(r"^\{seeds(?: +([a-z][a-z0-9-]*))?\} *$", re.MULTILINE)
SEED_COLUMNS = (
    ("accuracy", "validation accuracy", "percent"),
    ("holdout_accuracy", "hold-out accuracy", "percent"),
    ("holdout_log_loss", "hold-out log loss", "number"),
)
ROWS = (
    ("accuracy", "Accuracy", "percent"),
    ("log_loss", "Log loss (nats)", "number"),
    ("flat_log_loss", "Log loss, classes alike", "number"),
    ("weighted_log_loss", "Log loss, classes by their weight in the metric", "number"),
    ("brier", "Brier score", "number"),
    ("ece", "Expected calibration error", "percent"),
    ("macro_recall", "Mean recall over classes", "percent"),
    ("worst_class_recall", "Recall of the worst class", "percent"),
    ("coverage", "Answered (not abstained)", "percent"),
    ("set_coverage", "Truth in the prediction set", "percent"),
    ("set_size", "Classes in the prediction set", "number"),
    ("n", "Rows", "count"),
)


def card_text(
    work: Workspace, scores: Mapping[str, float], *, fit_seconds: float, lineage: Mapping[str, str]
) -> str:
    """Return the card of a version as Markdown."""
    challenge = work.loaded.challenge
    notes = read_notes(work)
    made = {
        "What it does": _purpose(work),
        "Data": _data(work),
        "Training": _training(work, fit_seconds, lineage),
        "Scores": _scores(work, scores),
        "Inputs that are none of the classes": _outliers(work, scores),
        "Limits": _limits(work, scores),
        "Licence": _licence(work),
    }
    if not any(SEEDS.search(text) for text in notes.values()):
        notes["Scores"] = "\n\n".join([*filter(None, [notes.get("Scores")]), "{seeds}"])
    filled = {name: SEEDS.sub(lambda at: _seeds(work, scores, at[1]), text) for name, text in notes.items()}
    title = f"{challenge.title}: {work.declared.title}"
    return write_card(title, {name: f"{text}\n\n{filled.get(name, '')}" for name, text in made.items()})


def read_notes(work: Workspace) -> dict[str, str]:
    """Return what the challenge itself has to say, by section.

    Raises
    ------
    DataError
        If a text stands under a heading that is no section of a card, or is not UTF-8.
    """
    notes: dict[str, str] = {}
    for name in ("card.md", f"card.{work.plan.model}.md"):
        path = work.loaded.folder / name
        if path.is_file():
            for section, text in _read_sections(path).items():
                notes[section] = "\n\n".join(filter(None, [notes.get(section), text]))
    return notes


def _read_sections(path: Path) -> dict[str, str]:
    """Return the sections of a challenge's text for the card."""
    hint = "correct it and train again: what was learned is kept"
    try:
        sections = read_card(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise DataError("this is not text in UTF-8", where=str(path), got=str(error), hint=hint) from error
    if unknown := sorted(set(sections) - set(SECTIONS)):
        raise DataError(
            "a card has no such section",
            where=str(path),
            got=unknown[0],
            accepted=", ".join(SECTIONS),
            hint=hint,
        )
    return sections


def _purpose(work: Workspace) -> str:
    """Say what goes in and what comes out."""
    challenge = work.loaded.challenge
    model = work.declared
    names = ", ".join(label.title for label in challenge.classes)
    warning = f"**{challenge.warning}**\n\n" if challenge.warning else ""
    return (
        f"{warning}{challenge.summary}\n\n{model.description}\n\n"
        f"Input: {challenge.input.kind}. Classes: {names}. "
        "The answer is a probability for each class, calibrated on rows that the model never learned from, "
        "a set of classes that holds the truth with a stated coverage, and, where the input is unlike all "
        "classes or no class is likely, no answer."
    )


def _data(work: Workspace) -> str:
    """Say what it was trained on."""
    dataset, plan = work.version.document, work.plan
    data = work.data
    lines = [
        f"{dataset.title}. {dataset.citation}",
        "",
        f"- Licence of the data: {_data_licence(work)}",
        f"- Version: `{plan.data_version}`, the hash of its content",
        f"- Learned from: {len(data.targets):,} rows",
        f"- Chosen by (temperature, thresholds, promotion): {len(data.validation_targets):,} other rows",
        "- The hold-out is measured once the model is finished; nothing is chosen by it.",
        "- The rows that people play with are in none of these.",
    ]
    return "\n".join([*lines, "", dataset.notes]).strip()


def _training(work: Workspace, fit_seconds: float, lineage: Mapping[str, str]) -> str:
    """Say how to make it again."""
    plan = work.plan
    parameters = ", ".join(f"{name} {value}" for name, value in sorted(plan.parameters.items()))
    packages = ", ".join(
        f"{name} {lineage[name]}" for name in ("torch", "lightgbm", "onnx", "numpy") if name in lineage
    )
    return "\n".join(
        [
            f"- Command: `outclass train {plan.challenge} --recipe {plan.recipe} --seed {plan.seed}`",
            f"- Model `{plan.model}`, recipe `{plan.recipe}`, parameters: {parameters or 'none'}",
            f"- Seed: {plan.seed}",
            f"- Time to learn: {fit_seconds / 3600:.2f} hours on {work.record.device}",
            f"- Run: `{plan.run_id}`",
            f"- Made with: {packages}",
            *tried_lines(work),
        ]
    )


def tried_lines(work: Workspace) -> list[str]:
    """Return what the estimator tells of how it learned, where it does; an ensemble has none of its own."""
    estimator: object = None if work.members else work.estimator
    return ["", estimator.describe()] if isinstance(estimator, Described) else []


def _scores(work: Workspace, scores: Mapping[str, float]) -> str:
    """Return the table of scores."""
    lines = ["| | validation | hold-out |", "|---|---:|---:|"]
    for name, title, form in ROWS:
        if name in scores:
            hold_out = scores.get(f"holdout_{name}")
            lines.append(f"| {title} | {_show(scores[name], form)} | {_show(hold_out, form)} |")
    lines += ["", f"Temperature {scores['temperature']:.3f}; one answer takes {scores['latency_ms']:.2f} ms "]
    lines[-1] += f"on one thread; the model has {scores['bytes'] / 1e6:.2f} MB."
    return "\n".join([*lines, *unseen_lines(work.challenge, scores)])


def _seeds(work: Workspace, scores: Mapping[str, float], recipe: str | None) -> str:
    """Return the table of a recipe's finished seeds; of this run's own recipe, this one is among them."""
    own = recipe in (None, work.plan.recipe)
    table = {record.seed: record.scores for record in _siblings(work, recipe or work.plan.recipe)}
    if own and not table.keys() - {work.plan.seed}:
        return ""
    if not table:
        return f"No finished run of the recipe `{recipe}` is kept beside this one."
    if own:
        table[work.plan.seed] = dict(scores)
    lines = [f"| {' | '.join(['seed', *(title for _, title, _ in SEED_COLUMNS)])} |"]
    lines.append("|---" + "|---:" * len(SEED_COLUMNS) + "|")
    for seed in sorted(table):
        mark = " (this one)" if own and seed == work.plan.seed else ""
        lines.append(_row(f"{seed}{mark}", [table[seed]]))
    return "\n".join([*lines, _row("mean", list(table.values()))])


def _row(title: str, tables: Sequence[Mapping[str, float]]) -> str:
    """Return a row of means over these scores."""
    cells = []
    for name, _, form in SEED_COLUMNS:
        known = [scores[name] for scores in tables if name in scores]
        cells.append(_show(statistics.fmean(known) if known else None, form))
    return f"| {title} | {' | '.join(cells)} |"


def _siblings(work: Workspace, recipe: str) -> list[RunRecord]:
    """Return the finished runs of this model on this data under a recipe, as it is declared now."""
    plan = work.plan
    parameters = plan.parameters if recipe == plan.recipe else recipe_parameters(work.declared, recipe)
    return [
        record
        for record in work.runs.list(plan.challenge)
        if record.state is RunState.FINISHED
        and (record.model, record.recipe, record.data_version) == (plan.model, recipe, plan.data_version)
        and record.parameters == parameters
    ]


def _outliers(work: Workspace, scores: Mapping[str, float]) -> str:
    """Say how well it knows what it does not know."""
    calibration = work.calibration
    rule = calibration.abstention
    lines = [f"No answer is given when the largest probability is below {rule.confidence:g}."]
    if rule.outlier is not None:
        lines.append(f"No answer is given when the outlier score is above {rule.outlier:.3f}.")
    lines.append(f"These rules keep {_show(calibration.kept, 'percent')} of the validation rows.")
    if "outlier_pass" in scores:
        lines.append(
            f"Of made-up inputs that are none of the classes {_show(scores['outlier_pass'], 'percent')} get "
            "an answer all the same; thresholds were chosen on others of the same making."
        )
    if "outlier_auroc" in scores:
        lines.append(
            f"Area under the curve that parts them from validation rows: {scores['outlier_auroc']:.4f}."
        )
    return " ".join(lines)


def _limits(work: Workspace, scores: Mapping[str, float]) -> str:
    """List what the challenge declares, and what the figures do not say."""
    lines = [f"- {line}" for line in work.loaded.challenge.limitations]
    if "holdout_n" in scores:
        error = (scores["holdout_accuracy"] * (1 - scores["holdout_accuracy"]) / scores["holdout_n"]) ** 0.5
        lines.append(f"- The hold-out accuracy has a standard error of {_show(error, 'percent')}.")
    lines.append("- The figures hold for data like that it learned from, and for no other.")
    return "\n".join(lines)


def _licence(work: Workspace) -> str:
    """Say under which terms it may be used."""
    dataset = work.version.document
    return (
        "The weights are published under Apache-2.0, as far as the licence of the data allows: "
        f"{_data_licence(work)}. Name the data set when you pass the model on: {dataset.citation}"
    )


def _data_licence(work: Workspace) -> str:
    """Name the licence of the data, with its address."""
    dataset = work.version.document
    return dataset.licence + (f" ({dataset.licence_url})" if dataset.licence_url else "")


def _show(value: float | None, form: str) -> str:
    """Format a figure, or a dash where there is none."""
    if value is None:
        return "-"
    match form:
        case "percent":
            return f"{100 * value:.2f} %"
        case "count":
            return f"{value:,.0f}"
        case _:
            return f"{value:.4f}"
