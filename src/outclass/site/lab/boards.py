"""The boards of the lab as plain data: charts, and tables that say the same without them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from django.conf import settings as django_conf
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import VersionDocument, current_version, list_versions
from outclass.catalog.split import Split
from outclass.charts.specs import Bars, Chart, Lines, Matrix
from outclass.registry import history
from outclass.site.lab.answers import Answers, answers_of
from outclass.site.lab.drifting import DAYS, charts_of, drifts_of
from outclass.site.lab.exploring import Item, distributions, explored

BINS = 10
ROC_POINTS = 101
FOLLOWED = ("accuracy", "macro_recall", "log_loss", "ece")
VERSIONS = 12

Cell = str | int | float | None
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Numbers of a chart, for those who cannot see it."""

    title: str
    head: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What a page of the lab shows.

    Attributes
    ----------
    lead
        One or two sentences on what is seen.
    empty
        Why there is nothing to see; empty where there is.
    items
        Objects to look at.
    versions
        Versions of the data that have a page of their own, the newest first.
    """

    lead: str
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    versions: list[VersionDocument] = field(default_factory=list)
    empty: str = ""


def data_board(challenge: Challenge) -> Board:
    """Show what was collected: class balance, and what cleaning took out, version by version."""
    settings = django_conf.OUTCLASS
    current = current_version(challenge.name, settings)
    if current is None:
        return Board(lead="", empty=f"No data here yet: outclass collect {challenge.name}.")
    documents = [version.document for version in list_versions(challenge.name, settings)][:VERSIONS][::-1]
    document = current.document
    balance = {
        side.value: [float(document.counts[side].get(name, 0)) for name in document.classes]
        for side in Split
        if any(document.counts[side].values())
    }
    titles = [titles_of(challenge).get(name, name) for name in document.classes]
    removed = {
        reason.value: [float(d.cleaning.removed.get(reason, 0)) for d in documents]
        for reason in document.cleaning.removed
    }
    removed = {name: values for name, values in removed.items() if any(values)}
    charts: list[Chart] = [
        Bars(title=f"Classes of version {document.id}", categories=titles, series=balance, label="objects"),
        Bars(
            title="Rows kept and taken out",
            categories=[d.id for d in documents],
            series={"kept": [float(d.cleaning.rows_kept) for d in documents], **removed},
            label="rows",
        ),
    ]
    if len(documents) > 1:
        charts.append(balance_over_versions(documents, challenge))
    return Board(
        lead="Each version of the data is kept as it was; the last of the list is in use or the newest.",
        charts=charts,
        tables=data_tables(documents, titles, balance, removed),
        versions=documents[::-1],
    )


def data_tables(
    documents: list[VersionDocument],
    titles: list[str],
    balance: dict[str, list[float]],
    removed: dict[str, list[float]],
) -> list[Table]:
    """Return classes by split, and versions with what was taken out of them."""
    classes: list[list[Cell]] = [
        [title, *(int(counts[n]) for counts in balance.values())] for n, title in enumerate(titles)
    ]
    versions: list[list[Cell]] = [
        [
            one.id,
            one.created,
            one.cleaning.rows_read,
            one.cleaning.rows_kept,
            *(int(counts[n]) for counts in removed.values()),
        ]
        for n, one in enumerate(documents)
    ]
    return [
        Table(title="Classes by split", head=["class", *balance], rows=classes),
        Table(title="Versions", head=["version", "made", "rows read", "rows kept", *removed], rows=versions),
    ]


def balance_over_versions(documents: list[VersionDocument], challenge: Challenge) -> Lines:
    """Show the share of each class from version to version."""
    times = [datetime.fromisoformat(document.created).timestamp() for document in documents]
    totals = [sum(sum(counts.values()) for counts in document.counts.values()) or 1 for document in documents]
    lines = {}
    for name, title in titles_of(challenge).items():
        found = [sum(counts.get(name, 0) for counts in document.counts.values()) for document in documents]
        lines[title] = (times, [n / total for n, total in zip(found, totals, strict=True)])
    return Lines(title="Class shares by version", x_label="made", y_label="share", lines=lines, dates=True)


def quality_board(challenge: Challenge) -> Board:
    """Show how good the champion is: what it mixes up, whether its probabilities hold, ROC by class."""
    answers = answers_of(challenge)
    if answers is None:
        return Board(
            lead="",
            empty="There is nothing to ask the champion about: it needs collected data with a validation "
            "split, and for light curves a model that learned from it.",
        )
    titles = list(titles_of(challenge).values())
    counts = confusion(answers, len(titles))
    bins = calibration_bins(answers)
    return Board(
        lead=f"{answers.model} on {len(answers):,} objects; {answers.unseen}.",
        charts=[
            Matrix(title="Truth and answer", classes=titles, counts=counts.tolist()),
            Lines(
                title="Calibration: sure and right",
                x_label="said",
                y_label="right",
                lines={"champion": ([b[0] for b in bins], [b[1] for b in bins])},
                diagonal=True,
                unit=True,
            ),
            Lines(
                title="ROC: each class against the rest",
                x_label="false alarms",
                y_label="found",
                lines=roc_lines(answers, titles),
                diagonal=True,
                unit=True,
            ),
        ],
        tables=[
            Table(
                title="Truth (rows) and answer (columns)",
                head=["", *titles],
                rows=[[title, *row] for title, row in zip(titles, counts.tolist(), strict=True)],
            ),
            Table(
                title="Calibration",
                head=["said", "right", "objects"],
                rows=[[f"{100 * said:.1f} %", f"{100 * right:.1f} %", n] for said, right, n in bins],
            ),
        ],
    )


def confusion(answers: Answers, classes: int) -> NDArray[np.int64]:
    """Return counts `[truth, answer]`."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (answers.targets, answers.said), 1)
    return counts


def calibration_bins(answers: Answers) -> list[tuple[float, float, int]]:
    """Return mean confidence, share that was right and number of answers, by confidence."""
    confidence = answers.probabilities.max(axis=1)
    right = answers.said == answers.targets
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    found = []
    for number in range(BINS):
        inside = place == number
        if inside.any():
            found.append((float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum())))
    return found


def roc_lines(answers: Answers, titles: list[str]) -> dict[str, tuple[list[float], list[float]]]:
    """Return false alarms and finds as the threshold falls, of each class that has objects."""
    found = {}
    for place, title in enumerate(titles):
        own = answers.targets == place
        if not own.any() or own.all():
            continue
        order = np.argsort(-answers.probabilities[:, place], kind="stable")
        hits = np.concatenate([[0.0], np.cumsum(own[order]) / own.sum()])
        alarms = np.concatenate([[0.0], np.cumsum(~own[order]) / (~own).sum()])
        chosen = np.unique(np.searchsorted(alarms, np.linspace(0, 1, ROC_POINTS), side="right") - 1)
        found[title] = (alarms[chosen].tolist(), hits[chosen].tolist())
    return found


def history_board(challenge: Challenge) -> Board:
    """Show the scores of each measurement in time."""
    measured = history.read(django_conf.OUTCLASS, challenge.name)
    if not measured:
        return Board(
            lead="", empty="Nothing was recorded here yet: outclass evaluate --record, or a retraining."
        )
    charts: list[Chart] = []
    for name in FOLLOWED:
        lines: dict[str, tuple[list[float], list[float]]] = {}
        for one in measured:
            if name in one.scores:
                times, values = lines.setdefault(f"{one.kind} on {one.data}"[:60], ([], []))
                times.append(datetime.fromisoformat(one.at).timestamp())
                values.append(one.scores[name])
        if lines:
            charts.append(Lines(title=name, x_label="measured", y_label=name, lines=lines, dates=True))
    rows: list[list[Cell]] = [
        [
            one.at,
            one.kind,
            one.model,
            one.data,
            one.commit,
            one.outcome,
            *(one.scores.get(n) for n in FOLLOWED),
        ]
        for one in reversed(measured[-100:])
    ]
    head = ["at", "what", "model", "data", "commit", "outcome", *FOLLOWED]
    return Board(
        lead="Every recorded measurement: of evaluations, benchmarks and retrainings.",
        charts=charts,
        tables=[Table(title="Measurements, the latest first", head=head, rows=rows)],
    )


def drift_board(challenge: Challenge) -> Board:
    """Show how what is asked differs from what the champion was measured on."""
    answers = answers_of(challenge)
    drifts = [] if answers is None else drifts_of(challenge, answers)
    if answers is None or not any(drift.n_live for drift in drifts):
        return Board(
            lead="",
            empty="Nothing was asked of late, or there are no labelled objects to compare with. Predictions "
            "of the API count; what inputs look like is known of those that people let us keep.",
        )
    rows: list[list[Cell]] = [
        [
            drift.name,
            drift.verdict,
            shown(drift.psi),
            f"{shown(drift.low)} to {shown(drift.high)}",
            shown(drift.by_chance),
            f"{drift.test} {shown(drift.statistic)}",
            shown(drift.p_value),
            drift.n_reference,
            drift.n_live,
        ]
        for drift in drifts
    ]
    head = ["what", "change", "stability index", "95 %", "by chance", "test", "p", "labelled", "asked"]
    return Board(
        lead=f"What {answers.model} was asked in the last {DAYS:.0f} days beside {len(answers):,} labelled "
        "objects. A stability index below 0.1 is no change to speak of, above 0.25 a large one; with few "
        "predictions chance alone makes one.",
        charts=charts_of(challenge, drifts),
        tables=[Table(title="Changes", head=head, rows=rows)],
    )


def shown(value: float | None) -> str:
    """Return a number of the table."""
    return "not known" if value is None else f"{value:.3f}"


def explore_board(challenge: Challenge) -> Board:
    """Show objects by what is known of them, and those that the champion gets most wrong."""
    answers = answers_of(challenge)
    if answers is None:
        return Board(lead="", empty="There are no objects here that the champion could be asked about.")
    linked, items = explored(challenge, answers)
    return Board(
        lead=f"{len(answers):,} objects and what {answers.model} says of them ({answers.unseen}). "
        "Draw a box or a loop in one chart: the same objects stand out in the other.",
        charts=[linked, *distributions(challenge, answers)],
        items=items,
    )


def titles_of(challenge: Challenge) -> dict[str, str]:
    """Return the title of each class by name."""
    return {label.name: label.title for label in challenge.classes}


BOARDS: dict[str, tuple[str, Callable[[Challenge], Board]]] = {
    "data": ("Data quality", data_board),
    "quality": ("Model quality", quality_board),
    "explore": ("Explore", explore_board),
    "drift": ("Drift", drift_board),
    "history": ("History", history_board),
}
"""Title and maker of each board, by its name in the address."""
