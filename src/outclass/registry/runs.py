"""Records of training runs: what went in, what came out, and how long it took."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import msgspec

from outclass.base.document import Document, to_json
from outclass.base.errors import NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.registry.verdict import Verdict

RECORD = "run.json"
Parameter: TypeAlias = str | int | float | bool


class RunState(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    FAILED = "failed"
    FINISHED = "finished"


class RunRecord(Document, frozen=True, kw_only=True):
    """One run of the training pipeline.

    `features` is the hash of the code that made the rows; `simulated` says that the objects came from the
    challenge's simulator. `scores` are of the validation split, or named `holdout_...`, `oof_...` (rows that
    were learned from, answered out of fold) or `night_N_...`; `seconds` is by step, summed over restarts.
    `experimenter` and `experiment` say who trained it for what; `facts` is what the model says of its
    learning, such as `trainable_parameters`. `reference` names the version that it registered; `refused` says
    why that was not promoted, and `verdict` holds the figures behind that.
    """

    id: str
    challenge: str
    model: str
    recipe: str
    parameters: dict[str, Parameter]
    seed: int
    data_version: str
    features: str | None = None
    simulated: bool = False
    device: str
    experimenter: str = ""
    experiment: str = ""
    state: RunState
    created: str
    finished: str | None = None
    seconds: dict[str, float] = {}
    scores: dict[str, float] = {}
    facts: dict[str, Parameter] = {}
    reference: str | None = None
    promoted: bool = False
    refused: tuple[str, ...] = ()
    verdict: Verdict | None = None
    error: str | None = None


class RunStore:
    """The records of all runs, one folder for each.

    Parameters
    ----------
    settings
        Says where the runs are kept.
    """

    def __init__(self, settings: Settings) -> None:
        self.root = settings.runs_folder

    def folder(self, challenge: str, run_id: str) -> Path:
        """Return the folder of a run: its record and the working state of its steps."""
        return self.root / challenge / run_id

    def list(self, challenge: str) -> tuple[RunRecord, ...]:
        """Return the runs of a challenge, the latest first."""
        records = [_read(path) for path in (self.root / challenge).glob(f"*/{RECORD}")]
        return tuple(sorted(records, key=lambda record: (record.created, record.id), reverse=True))

    def get(self, challenge: str, run_id: str) -> RunRecord:
        """Return one run.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        known = {record.id: record for record in self.list(challenge)}
        if run_id not in known:
            raise NotFoundError(f"{challenge} has no run {run_id}", accepted=", ".join(known) or "no run yet")
        return known[run_id]

    def save(self, record: RunRecord) -> None:
        """Write a record, replacing the one before."""
        write_atomic(self.folder(record.challenge, record.id) / RECORD, to_json(record))


class RunRow(Document, frozen=True, kw_only=True):
    """One line of a comparison: a value for each run, and the position of the best where one is better."""

    name: str
    values: tuple[Parameter | None, ...]
    best: int | None = None


def compare_runs(records: tuple[RunRecord, ...]) -> tuple[RunRow, ...]:
    """Lay runs side by side: first what went in, and where it differs, then scores and seconds.

    >>> compare_runs(())
    ()
    """
    if not records:
        return ()
    rows = [_row("model", [r.model for r in records]), _row("recipe", [r.recipe for r in records])]
    rows += [_row("seed", [r.seed for r in records]), _row("data", [r.data_version for r in records])]
    for name in _names([r.parameters for r in records]):
        values = [r.parameters.get(name) for r in records]
        if len({repr(value) for value in values}) > 1:
            rows.append(_row(name, values))
    for name in _names([r.scores for r in records]):
        scores = [r.scores.get(name) for r in records]
        rows.append(RunRow(name=name, values=tuple(scores), best=_best(name, scores)))
    totals = [round(sum(r.seconds.values()), 1) for r in records]
    return (*rows, _row("seconds", totals))


LOWER_IS_BETTER = ("log_loss", "brier", "ece", "latency", "bytes", "outlier_pass", "temperature")
NEITHER = ("temperature", "quantile", "threshold", "coverage")


def _best(name: str, values: Sequence[float | None]) -> int | None:
    """Return the position of the best score, if more than one run has it and the score has a better side."""
    known = [(value, place) for place, value in enumerate(values) if value is not None]
    if len(known) < 2 or any(part in name for part in NEITHER):
        return None
    lower = any(part in name for part in LOWER_IS_BETTER)
    return (min if lower else max)(known, key=lambda pair: pair[0])[1]


def _row(name: str, values: Sequence[Parameter | None]) -> RunRow:
    """Make a line without a best value."""
    return RunRow(name=name, values=tuple(values))


def _names(dictionaries: Sequence[Mapping[str, object]]) -> list[str]:
    """Return all keys, in order of first appearance."""
    return list(dict.fromkeys(key for dictionary in dictionaries for key in dictionary))


def _read(path: Path) -> RunRecord:
    """Read one record."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunRecord)
    except msgspec.DecodeError as error:
        raise RegistryError("this run record cannot be read", where=str(path), got=str(error)) from error
