"""The leaderboard of experiments: who trained what, how, and how good it became."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from outclass.base.document import Document
from outclass.registry.runs import Parameter, RunRecord, RunState

FORMER_NAMES: Mapping[str, tuple[str, ...]] = {
    "learning_rate": ("learning_rate", "rate", "lr"),
    "batch_size": ("batch_size", "batch"),
    "epochs": ("epochs", "passes"),
    "optimizer": ("optimizer", "solver"),
}
"""What a figure of the board may be called among facts and parameters."""
TRAINABLE = "trainable_parameters"
HOLD_OUT = "holdout_"


class Side(StrEnum):
    """The rows that the scores of an experiment are of."""

    HOLD_OUT = "hold-out"
    VALIDATION = "validation"


class Experiment(Document, frozen=True, kw_only=True):
    """A line of the board.

    Attributes
    ----------
    place
        From 1, by accuracy, then by log loss.
    seconds
        Of all steps of the run.
    trainable_parameters, bytes
        Of the model; the backbone of photos counts where it was trained.
    best, best_of_experimenter
        Whether no other is better, among all and among those of the same person.
    """

    place: int
    experimenter: str
    experiment: str
    model: str
    recipe: str
    run: str
    version: str | None
    champion: bool
    data: str
    created: str
    side: Side
    accuracy: float
    log_loss: float | None
    seconds: float
    trainable_parameters: int | None
    bytes: int | None
    learning_rate: Parameter | None
    batch_size: Parameter | None
    epochs: Parameter | None
    optimizer: Parameter | None
    best: bool
    best_of_experimenter: bool


class Leaderboard(Document, frozen=True, kw_only=True):
    """Experiments on the same data, the best first; `others` counts those on other versions of it."""

    data: str | None
    rows: tuple[Experiment, ...]
    others: int


def leaderboard(records: Sequence[RunRecord], *, data: str | None = None) -> Leaderboard:
    """Rank the finished runs on one version of the data.

    Runs on different rows cannot be compared, nor can scores of hold-out and validation rows: where
    one run has no hold-out, validation rows count for all.

    Parameters
    ----------
    data
        The data version; the one of the latest finished run by default.

    Examples
    --------
    >>> leaderboard(())
    Leaderboard(data=None, rows=(), others=0)
    """
    finished = [one for one in records if one.state is RunState.FINISHED and "accuracy" in one.scores]
    chosen = data or max(((one.created, one.data_version) for one in finished), default=("", None))[1]
    own = [one for one in finished if one.data_version == chosen]
    held_out = all(f"{HOLD_OUT}accuracy" in one.scores for one in own)
    side = Side.HOLD_OUT if held_out else Side.VALIDATION
    ranked = sorted(own, key=lambda record: rank(record, side))
    rows, seen = [], set[str]()
    for place, record in enumerate(ranked, 1):
        rows.append(line(record, side, place=place, first=record.experimenter not in seen))
        seen.add(record.experimenter)
    return Leaderboard(data=chosen, rows=tuple(rows), others=len(finished) - len(own))


def rank(record: RunRecord, side: Side) -> tuple[float, float, str]:
    """Return what experiments are sorted by: accuracy, then log loss, then age."""
    accuracy, loss = score(record, "accuracy", side), score(record, "log_loss", side)
    return -(accuracy or 0.0), float("inf") if loss is None else loss, record.created


def line(record: RunRecord, side: Side, *, place: int, first: bool) -> Experiment:
    """Return a run as a line of the board."""
    size = record.scores.get("bytes")
    trainable = record.facts.get(TRAINABLE)
    known = {**record.parameters, **record.facts}
    return Experiment(
        place=place,
        experimenter=record.experimenter,
        experiment=record.experiment,
        model=record.model,
        recipe=record.recipe,
        run=record.id,
        version=record.reference,
        champion=record.promoted,
        data=record.data_version,
        created=record.created,
        side=side,
        accuracy=score(record, "accuracy", side) or 0.0,
        log_loss=score(record, "log_loss", side),
        seconds=round(sum(record.seconds.values()), 1),
        trainable_parameters=None if trainable is None else int(trainable),
        bytes=None if size is None else int(size),
        best=place == 1,
        best_of_experimenter=first,
        **{name: first_of(known, names) for name, names in FORMER_NAMES.items()},
    )


def score(record: RunRecord, name: str, side: Side) -> float | None:
    """Return a score of a run on some rows."""
    return record.scores.get(f"{HOLD_OUT}{name}" if side is Side.HOLD_OUT else name)


def first_of(known: Mapping[str, Parameter], names: Iterable[str]) -> Parameter | None:
    """Return the value under the first of some names that is there."""
    return next((known[name] for name in names if name in known), None)
