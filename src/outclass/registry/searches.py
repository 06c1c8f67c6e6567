"""Records of searches: which parameters were tried on which folds, how good they were, what is still to do.

`HOME/runs/CHALLENGE/search-ID/` holds `search.json`, the plan; `trials/N.json`, the parameters of each trial;
`cells/N-FOLD.json`, the result of a trial on a fold; and `cells/N-FOLD.claim` while a process is at it.
"""

import os
import socket
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from statistics import fmean, stdev
from typing import TypeVar

import msgspec

from outclass.base.document import Document, to_json
from outclass.base.errors import NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.registry.runs import Parameter

PLAN, TRIALS, CELLS = "search.json", "trials", "cells"
PREFIX = "search-"
STALE_SECONDS = 3600.0
"""After so long a claim of another machine counts no more."""

DocumentT = TypeVar("DocumentT", bound=Document)


class Method(StrEnum):
    """How the parameters of trials are chosen."""

    GRID = "grid"
    OPTUNA = "optuna"


class CellState(StrEnum):
    """How far one trial on one fold has come."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class SearchPlan(Document, frozen=True, kw_only=True):
    """What decides the outcome of a search; `base` are the parameters that all trials have in common."""

    id: str
    challenge: str
    model: str
    method: Method
    metric: str
    folds: int
    seed: int
    data_version: str
    base: dict[str, Parameter]
    created: str


class TrialDocument(Document, frozen=True, kw_only=True):
    """The parameters of one trial that differ from those of the plan's `base`."""

    number: int
    parameters: dict[str, Parameter]


class Cell(Document, frozen=True, kw_only=True):
    """One trial on one fold; `error` says why it has no scores."""

    trial: int
    fold: int
    seconds: float
    scores: dict[str, float] = {}
    error: str | None = None

    @property
    def state(self) -> CellState:
        """Return how it ended."""
        return CellState.DONE if self.error is None else CellState.FAILED


class Claim(Document, frozen=True, kw_only=True):
    """A process that is at work on a cell."""

    host: str
    process: int
    at: float

    @property
    def alive(self) -> bool:
        """Tell whether the process may still be at it."""
        if self.host != socket.gethostname():
            return time.time() - self.at < STALE_SECONDS
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class CellSummary(Document, frozen=True, kw_only=True):
    """One trial on one fold as it stands."""

    state: CellState
    score: float | None = None
    seconds: float | None = None
    error: str | None = None


class TrialSummary(Document, frozen=True, kw_only=True):
    """A trial over all folds; `mean` and `spread` (standard deviation) of the metric once all are done."""

    trial: TrialDocument
    cells: tuple[CellSummary, ...]
    seconds: float
    mean: float | None
    spread: float | None


class SearchSummary(Document, frozen=True, kw_only=True):
    """A search as it stands: its trials, the best first, those that are not done last."""

    plan: SearchPlan
    trials: tuple[TrialSummary, ...]
    states: dict[CellState, int]
    seconds: float

    @property
    def unfinished(self) -> bool:
        """Tell whether something is still to be done."""
        return self.states[CellState.PENDING] + self.states[CellState.RUNNING] > 0

    @property
    def best(self) -> TrialSummary | None:
        """Return the best trial of those that are done."""
        return self.trials[0] if self.trials and self.trials[0].mean is not None else None


class SearchStore:
    """The records of all searches.

    Parameters
    ----------
    settings
        Says where runs are kept.
    """

    def __init__(self, settings: Settings) -> None:
        self.root = settings.runs_folder

    def folder(self, challenge: str, search_id: str) -> Path:
        """Return the folder of a search."""
        return self.root / challenge / f"{PREFIX}{search_id}"

    def list(self, challenge: str) -> tuple[SearchPlan, ...]:
        """Return the searches of a challenge, the latest first."""
        plans = [_read(path, SearchPlan) for path in (self.root / challenge).glob(f"{PREFIX}*/{PLAN}")]
        return tuple(sorted(plans, key=lambda plan: (plan.created, plan.id), reverse=True))

    def get(self, challenge: str, search_id: str) -> SearchPlan:
        """Return one search.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        path = self.folder(challenge, search_id) / PLAN
        if "/" in search_id or not path.is_file():
            known = ", ".join(plan.id for plan in self.list(challenge))
            raise NotFoundError(
                f"{challenge} has no search of this id", got=search_id, accepted=known or "no search yet"
            )
        return _read(path, SearchPlan)

    def save_plan(self, plan: SearchPlan) -> None:
        """Write a plan."""
        write_atomic(self.folder(plan.challenge, plan.id) / PLAN, to_json(plan))

    def save_trials(self, plan: SearchPlan, trials: Iterable[TrialDocument]) -> None:
        """Write the parameters of trials; one that is there already stays."""
        for trial in trials:
            path = self.folder(plan.challenge, plan.id) / TRIALS / f"{trial.number:05d}.json"
            if not path.exists():
                write_atomic(path, to_json(trial))

    def trials(self, plan: SearchPlan) -> tuple[TrialDocument, ...]:
        """Return the trials of a search, by number."""
        folder = self.folder(plan.challenge, plan.id) / TRIALS
        return tuple(_read(path, TrialDocument) for path in sorted(folder.glob("*.json")))

    def cell_path(self, plan: SearchPlan, trial: int, fold: int) -> Path:
        """Return where the result of a cell lies."""
        return self.folder(plan.challenge, plan.id) / CELLS / f"{trial:05d}-{fold:02d}.json"

    def claim(self, plan: SearchPlan, trial: int, fold: int) -> None:
        """Say that this process is at work on a cell."""
        mine = Claim(host=socket.gethostname(), process=os.getpid(), at=time.time())
        write_atomic(self.cell_path(plan, trial, fold).with_suffix(".claim"), to_json(mine))

    def save_cell(self, plan: SearchPlan, cell: Cell) -> None:
        """Write a result, and end the claim."""
        path = self.cell_path(plan, cell.trial, cell.fold)
        write_atomic(path, to_json(cell))
        path.with_suffix(".claim").unlink(missing_ok=True)

    def cells(self, plan: SearchPlan) -> dict[tuple[int, int], Cell]:
        """Return all results by trial and fold."""
        folder = self.folder(plan.challenge, plan.id) / CELLS
        found = (_read(path, Cell) for path in sorted(folder.glob("*.json")))
        return {(cell.trial, cell.fold): cell for cell in found}

    def is_claimed(self, plan: SearchPlan, trial: int, fold: int) -> bool:
        """Tell whether a process is at work on a cell now."""
        path = self.cell_path(plan, trial, fold).with_suffix(".claim")
        try:
            return msgspec.json.decode(path.read_bytes(), type=Claim).alive
        except (OSError, msgspec.DecodeError):
            return False

    def summary(self, plan: SearchPlan) -> SearchSummary:
        """Return a search as it stands."""
        cells = self.cells(plan)
        trials = [self._trial(plan, trial, cells) for trial in self.trials(plan)]
        sign = -1.0 if plan.metric in LARGER_IS_BETTER else 1.0
        trials.sort(
            key=lambda one: (
                one.mean is None,
                sign * (one.mean if one.mean is not None else 0),
                one.trial.number,
            )
        )
        states = [cell.state for one in trials for cell in one.cells]
        return SearchSummary(
            plan=plan,
            trials=tuple(trials),
            states={state: states.count(state) for state in CellState},
            seconds=round(sum(cell.seconds for cell in cells.values()), 3),
        )

    def _trial(
        self, plan: SearchPlan, trial: TrialDocument, cells: Mapping[tuple[int, int], Cell]
    ) -> TrialSummary:
        """Return a trial over its folds."""
        found = tuple(self._cell(plan, trial.number, fold, cells) for fold in range(plan.folds))
        known = [cell.score for cell in found if cell.score is not None]
        whole = len(known) == plan.folds
        return TrialSummary(
            trial=trial,
            cells=found,
            seconds=round(sum(cell.seconds or 0.0 for cell in found), 3),
            mean=fmean(known) if whole else None,
            spread=stdev(known) if whole and len(known) > 1 else None,
        )

    def _cell(
        self, plan: SearchPlan, trial: int, fold: int, cells: Mapping[tuple[int, int], Cell]
    ) -> CellSummary:
        """Return a trial on a fold."""
        cell = cells.get((trial, fold))
        if cell is None:
            claimed = self.is_claimed(plan, trial, fold)
            return CellSummary(state=CellState.RUNNING if claimed else CellState.PENDING)
        return CellSummary(
            state=cell.state, score=cell.scores.get(plan.metric), seconds=cell.seconds, error=cell.error
        )


LARGER_IS_BETTER = frozenset({"accuracy", "macro_recall", "macro_f1"})


def best_parameters(settings: Settings, challenge: str, search_id: str) -> tuple[str, dict[str, Parameter]]:
    """Return the model and the parameters of the best trial of a search.

    Raises
    ------
    NotFoundError
        There is no such search, or no trial of it is done.
    """
    store = SearchStore(settings)
    plan = store.get(challenge, search_id)
    best = store.summary(plan).best
    if best is None:
        raise NotFoundError("no trial of this search is done", where=search_id, hint="go on with the search")
    return plan.model, plan.base | best.trial.parameters


def _read(path: Path, kind: type[DocumentT]) -> DocumentT:
    """Read a document of a search; `RegistryError` where it is broken."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise RegistryError(
            "this file of a search cannot be read", where=str(path), got=str(error), hint="remove it"
        ) from error
