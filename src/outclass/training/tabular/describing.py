"""What was tried, what was chosen and which columns matter, kept beside the model and told by its card."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.document import Document, to_json
from outclass.base.store import write_atomic
from outclass.training.tabular.budget import Deadline
from outclass.training.tabular.choosing import TITLES, Candidate, Family, Value, standard_error
from outclass.training.tabular.material import Material
from outclass.training.tabular.mixture import Mixture

MOST_ROWS = 200
"""By which importances are measured."""
MOST_COLUMNS = 20
"""In the table of a card."""
ROUNDED = 4

Floats = NDArray[np.float64]


class Tried(Document, frozen=True, kw_only=True):
    """A model that was tried: the best of its family, with how much more it loses than the best of all."""

    family: str
    loss: float
    behind: float
    error: float
    parameters: dict[str, Value]


class Importance(Document, frozen=True, kw_only=True):
    """How much the log loss rises when the values of a column are dealt out anew by chance."""

    column: str
    rise: float


class Report(Document, frozen=True, kw_only=True):
    """How a model of a table came about."""

    family: str = ""
    tried: tuple[Tried, ...] = ()
    importances: tuple[Importance, ...] = ()
    rows: int = 0
    folds: int = 0
    trials: int = 0
    seconds: float = 0.0
    note: str = ""

    @classmethod
    def of(
        cls,
        found: Sequence[Candidate],
        chosen: Candidate,
        material: Material,
        rises: tuple[Importance, ...],
        *,
        seconds: float,
        note: str,
    ) -> "Report":
        """Return the report of a choice."""
        best = min(found, key=lambda one: one.loss)
        return cls(
            family=chosen.family.value,
            tried=tuple(tried(one, best) for one in found),
            importances=rises,
            rows=len(material.targets),
            folds=material.count,
            trials=len(found),
            seconds=round(seconds, 2),
            note=note,
        )


def tried(one: Candidate, best: Candidate) -> Tried:
    """Return a line of the report."""
    worse = one.losses - best.losses
    return Tried(
        family=one.family.value,
        loss=one.loss,
        behind=float(worse.mean()),
        error=standard_error(worse),
        parameters=dict(one.parameters),
    )


def importances(
    folds: Sequence[Mixture], material: Material, titles: Sequence[str], deadline: Deadline, seed: int
) -> tuple[Importance, ...]:
    """Return the importance of each column, the largest first, as far as there is time.

    Each row is answered by the model that did not learn from it. Source: L. Breiman, Random Forests, Machine
    Learning 45, 2001.
    """
    random = np.random.default_rng(seed)
    few = material.fewer(MOST_ROWS, seed)
    plain = held_out_loss(folds, few)
    found = []
    for place, title in enumerate(titles):
        if deadline.passed:
            break
        rows = few.rows.copy()
        rows[:, place] = random.permutation(rows[:, place])
        found.append(Importance(column=title, rise=held_out_loss(folds, few, rows) - plain))
    return tuple(sorted(found, key=lambda one: -one.rise))


def held_out_loss(
    folds: Sequence[Mixture], material: Material, rows: NDArray[np.float32] | None = None
) -> float:
    """Return the mean log loss of rows by the models that did not learn from them."""
    total = 0.0
    changed = material.rows if rows is None else rows
    for fold, model in enumerate(folds):
        chosen = material.folds == fold
        if chosen.any():
            logits = model.outputs(changed[chosen]).logits
            truth = logits[np.arange(len(logits)), material.targets[chosen]]
            total -= float((truth * material.weights[chosen]).sum())
    return total / len(material.targets)


def write_report(path: Path, report: Report) -> None:
    """Keep a report."""
    write_atomic(path, to_json(report))


def read_report(path: Path) -> Report:
    """Return a report that was kept."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def describe(report: Report) -> str:
    """Return the report as Markdown."""
    chosen = Family(report.family)
    story = (
        f"Chosen: **{report.family}**, {TITLES[chosen]}. Compared were the models below by "
        f"{report.folds}-fold cross-validation over {report.rows:,} rows of the training data, in "
        f"{report.seconds:.0f} seconds; {rule_of(chosen)}. "
    )
    lines = [
        story + report.note,
        "",
        "| model | log loss | more than the best | standard error of that | parameters |",
        "|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {one.family}{' (chosen)' if one.family == report.family else ''} | {figure(one.loss)} "
        f"| {figure(one.behind)} | {figure(one.error)} | {told(one.parameters)} |"
        for one in report.tried
    ]
    if report.importances:
        lines += ["", "How much the log loss rises when the values of a column are dealt out anew:", ""]
        lines += ["| column | rise |", "|---|---:|"]
        lines += [f"| {escaped(one.column)} | {one.rise:.4f} |" for one in report.importances[:MOST_COLUMNS]]
        if len(report.importances) > MOST_COLUMNS:
            lines += ["", f"{len(report.importances) - MOST_COLUMNS} more columns matter less."]
    return "\n".join(lines)


def rule_of(chosen: Family) -> str:
    """Return by which rule a model was chosen."""
    if chosen is Family.TOGETHER:
        return "so few rows do not tell which is best, and all within two standard errors answer together"
    return "the simplest within one standard error of the best was kept"


def figure(value: float) -> str:
    """Return a loss with as many digits as tell something."""
    return f"{value:.4f}" if not 0 < abs(value) < 0.001 else f"{value:.1e}"


def told(parameters: dict[str, Value]) -> str:
    """Return parameters in a line."""
    shown = [
        f"{name} {value:.{ROUNDED}g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in sorted(parameters.items())
    ]
    return ", ".join(shown) or "none"


def escaped(text: str) -> str:
    """Return a name as it may stand in a table of Markdown."""
    return text.replace("|", "\\|")
