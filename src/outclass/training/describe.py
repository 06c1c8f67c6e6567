"""The text of a model card, made from what was declared and measured."""

import statistics
from collections.abc import Mapping

from outclass.registry.card import write_card
from outclass.registry.runs import RunRecord, RunState
from outclass.training.workspace import Workspace

ROWS = (
    ("accuracy", "Accuracy", "percent"),
    ("log_loss", "Log loss (nats)", "number"),
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
    return write_card(
        f"{challenge.title}: {challenge.models[work.plan.model].title}",
        {
            "What it does": _purpose(work),
            "Data": _data(work),
            "Training": _training(work, fit_seconds, lineage),
            "Scores": _scores(work, scores),
            "Inputs that are none of the classes": _outliers(work, scores),
            "Limits": _limits(work, scores),
            "Licence": _licence(work),
        },
    )


def _purpose(work: Workspace) -> str:
    """Say what goes in and what comes out."""
    challenge = work.loaded.challenge
    model = challenge.models[work.plan.model]
    names = ", ".join(label.title for label in challenge.classes)
    return (
        f"{challenge.summary}\n\n{model.description}\n\nInput: {challenge.input.kind}. Classes: {names}. "
        "The answer is a probability for each class, calibrated on rows that the model never learned from, "
        "a set of classes that holds the truth with a stated coverage, and, where the input is unlike all "
        "classes or no class is likely, no answer."
    )


def _data(work: Workspace) -> str:
    """Say what it was trained on."""
    dataset, plan = work.loaded.challenge.dataset, work.plan
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
    packages = ", ".join(f"{name} {lineage[name]}" for name in ("torch", "onnx", "numpy") if name in lineage)
    return "\n".join(
        [
            f"- Command: `outclass train {plan.challenge} --recipe {plan.recipe} --seed {plan.seed}`",
            f"- Model `{plan.model}`, recipe `{plan.recipe}`, parameters: {parameters or 'none'}",
            f"- Seed: {plan.seed}",
            f"- Time to learn: {fit_seconds / 3600:.2f} hours on {work.record.device}",
            f"- Run: `{plan.run_id}`",
            f"- Made with: {packages}",
        ]
    )


def _scores(work: Workspace, scores: Mapping[str, float]) -> str:
    """Return the table of scores, with those of other seeds beside it."""
    lines = ["| | validation | hold-out |", "|---|---:|---:|"]
    for name, title, form in ROWS:
        if name in scores:
            hold_out = scores.get(f"holdout_{name}")
            lines.append(f"| {title} | {_show(scores[name], form)} | {_show(hold_out, form)} |")
    lines += ["", f"Temperature {scores['temperature']:.3f}; one answer takes {scores['latency_ms']:.2f} ms "]
    lines[-1] += f"on one thread; the model has {scores['bytes'] / 1e6:.2f} MB."
    return "\n".join([*lines, *_seeds(work, scores)])


def _seeds(work: Workspace, scores: Mapping[str, float]) -> list[str]:
    """Return the scores of all seeds of this recipe that are finished, this one among them."""
    others = [record for record in work.runs.list(work.plan.challenge) if is_sibling(record, work)]
    if not others:
        return []
    table = {work.plan.seed: dict(scores)} | {record.seed: record.scores for record in others}
    lines = ["", "| seed | validation accuracy | hold-out accuracy |", "|---|---:|---:|"]
    columns = ("accuracy", "holdout_accuracy")
    for seed in sorted(table):
        cells = " | ".join(_show(table[seed].get(name), "percent") for name in columns)
        lines.append(f"| {seed}{' (this one)' if seed == work.plan.seed else ''} | {cells} |")
    means = []
    for name in columns:
        known = [values[name] for values in table.values() if name in values]
        means.append(_show(statistics.fmean(known) if known else None, "percent"))
    return [*lines, f"| mean | {' | '.join(means)} |"]


def is_sibling(record: RunRecord, work: Workspace) -> bool:
    """Tell whether a finished run differs from this one in nothing but the seed."""
    plan = work.plan
    return (
        record.state is RunState.FINISHED
        and (record.model, record.recipe, record.data_version) == (plan.model, plan.recipe, plan.data_version)
        and record.parameters == plan.parameters
        and record.seed != plan.seed
    )


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
    dataset = work.loaded.challenge.dataset
    return (
        "The weights are published under Apache-2.0, as far as the licence of the data allows: "
        f"{_data_licence(work)}. Name the data set when you pass the model on: {dataset.citation}"
    )


def _data_licence(work: Workspace) -> str:
    """Name the licence of the data, with its address."""
    dataset = work.loaded.challenge.dataset
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
