"""Run a search: what is missing of it, and nothing twice."""

import hashlib
import time
from contextlib import closing
from dataclasses import dataclass, replace
from math import inf

import msgspec

from outclass.base.errors import InputError, NotFoundError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.versions import DatasetVersion
from outclass.registry.runs import RunStore
from outclass.registry.searches import (
    LARGER_IS_BETTER,
    CellState,
    Method,
    SearchPlan,
    SearchStore,
    SearchSummary,
    TrialDocument,
    TrialSummary,
)
from outclass.registry.store import utc_now
from outclass.training.pipeline import collect_data
from outclass.training.rows import rows_sha256
from outclass.training.search.engines import Engine, Job, engine_of
from outclass.training.search.shards import Shard, deal_folds, late_parameters, plan_shards
from outclass.training.search.space import Grid, Optuna, Proposer, Space, space_of
from outclass.training.split import lay_out, read_training_data, rows_name

ID_LENGTH = 10
TRIALS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """How to search.

    Attributes
    ----------
    model
        One of the challenge's models; the first member of its champion by default.
    folds
        Of cross-validation, over the training rows.
    engine
        The address of a Dask scheduler; processes of this machine by default.
    workers
        How many such processes; one for each processor by default.
    trials, budget
        Of Optuna: most trials in all, and after how many seconds of this call no new ones begin.
    """

    model: str | None = None
    method: Method = Method.GRID
    folds: int = 5
    seed: int = 0
    engine: str | None = None
    workers: int | None = None
    trials: int = TRIALS
    budget: float | None = None


def search_challenge(
    loaded: LoadedChallenge,
    settings: Settings,
    options: SearchOptions,
    *,
    progress: Progress = no_progress,
) -> SearchSummary:
    """Try parameters by cross-validation, going on where an earlier call with the same options ended.

    Raises
    ------
    InputError
        The options do not fit each other, or the model declares nothing to search.
    UnavailableError
        Another process is at the same search, or the engine does not answer.
    """
    check_options(options)
    version = collect_data(loaded, settings, progress)
    plan, space = make_plan(loaded, options, version)
    store = SearchStore(settings)
    folder = store.folder(plan.challenge, plan.id)
    with (
        FileLock(folder.with_suffix(".lock"), timeout=0),
        closing(engine_of(options.engine, options.workers)) as engine,
    ):
        if (folder / "search.json").exists():
            plan = store.get(plan.challenge, plan.id)
        store.save_plan(plan)
        job = open_job(loaded, settings, plan, version, progress)
        forget_failures(job)
        Search(job=job, engine=engine, space=space, options=options, progress=progress).run()
    return store.summary(plan)


def check_options(options: SearchOptions) -> None:
    """Refuse options that contradict each other."""
    if options.folds < 2:
        raise InputError(
            "cross-validation needs folds", where="folds", got=options.folds, accepted="2 or more"
        )
    if options.method is Method.GRID and options.budget is not None:
        raise InputError(
            "a grid is searched whole", where="budget", got=options.budget, hint="take the method optuna"
        )


def make_plan(
    loaded: LoadedChallenge, options: SearchOptions, version: DatasetVersion
) -> tuple[SearchPlan, Space]:
    """Return the plan of a search, whose id follows from all that decides its outcome, and its space."""
    challenge = loaded.challenge
    model = options.model or challenge.members[0]
    if model not in challenge.models:
        raise NotFoundError(
            f"{challenge.name} declares no model {model}", accepted=", ".join(challenge.models)
        )
    declared = challenge.models[model]
    space = space_of(declared, model)
    plan = SearchPlan(
        id="",
        challenge=challenge.name,
        model=model,
        method=options.method,
        metric=challenge.metric.value,
        folds=options.folds,
        seed=options.seed,
        data_version=version.id,
        base=declared.parameters,
        created="",
    )
    decisive = [plan, rows_sha256(loaded), space]
    digest = hashlib.sha256(msgspec.json.encode(decisive, order="sorted")).hexdigest()
    name = f"{model}-{options.method}-{digest[:ID_LENGTH]}"
    return msgspec.structs.replace(plan, id=name, created=utc_now()), space


def open_job(
    loaded: LoadedChallenge,
    settings: Settings,
    plan: SearchPlan,
    version: DatasetVersion,
    progress: Progress,
) -> Job:
    """Lay out the rows and deal them into folds."""
    name = rows_name(version.id, rows_sha256(loaded))
    folder = lay_out(loaded, version, RunStore(settings).folder(loaded.name, name), progress, settings)
    data = read_training_data(folder, challenge=loaded.challenge, data_version=version.id, version=version)
    return Job(
        loaded=loaded,
        plan=plan,
        store=SearchStore(settings),
        data=data,
        folds=deal_folds(data, plan.folds, plan.seed),
    )


def forget_failures(job: Job) -> None:
    """Let trials that failed be tried again."""
    for (trial, fold), cell in job.store.cells(job.plan).items():
        if cell.state is CellState.FAILED:
            job.store.cell_path(job.plan, trial, fold).unlink()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One call that searches."""

    job: Job
    engine: Engine
    space: Space
    options: SearchOptions
    progress: Progress

    def run(self) -> None:
        """Finish what was begun, then try what is proposed until there is nothing or no time left."""
        job = self.job
        ends = time.monotonic() + (self.options.budget if self.options.budget is not None else inf)
        self.do(job.store.trials(job.plan))
        proposer = self.proposer()
        while time.monotonic() < ends:
            trials = proposer.propose(self.engine.workers)
            if not trials:
                return
            job.store.save_trials(job.plan, trials)
            self.do(trials)
            means = {one.trial.number: one for one in job.store.summary(job.plan).trials}
            for trial in trials:
                proposer.tell(trial, loss_of(means[trial.number], job.plan.metric))

    def proposer(self) -> Proposer:
        """Return what proposes trials."""
        job = self.job
        if self.options.method is Method.GRID:
            return Grid(self.space)
        summary = job.store.summary(job.plan)
        known = sorted(summary.trials, key=lambda one: one.trial.number)
        return Optuna(
            self.space,
            seed=job.plan.seed,
            most=self.options.trials,
            known=[(one.trial, loss_of(one, job.plan.metric)) for one in known],
        )

    def do(self, trials: tuple[TrialDocument, ...] | list[TrialDocument]) -> None:
        """Run what is missing of some trials."""
        job = self.job
        done = set(job.store.cells(job.plan))
        wanted = {(trial.number, fold) for trial in trials for fold in range(job.plan.folds)}
        shards = plan_shards(job.plan, trials, wanted - done, late_parameters(job.loaded))
        if not shards:
            return
        self.progress(
            "search", None, f"{len(wanted - done):,} trials on a fold, {self.engine.workers} at a time"
        )
        self.engine.run(balanced(shards, self.engine.workers), job)
        self.progress("search", 1.0, f"{len(wanted):,} trials on a fold")


def balanced(shards: list[Shard], workers: int) -> list[Shard]:
    """Cut the largest shards in two while there are too few for all workers."""
    found = sorted(shards, key=lambda shard: len(shard.trials), reverse=True)
    while len(found) < 2 * workers and len(found[0].trials) > 1:
        first, *others = found
        half = len(first.trials) // 2
        parts = [replace(first, trials=first.trials[:half]), replace(first, trials=first.trials[half:])]
        found = sorted([*parts, *others], key=lambda shard: len(shard.trials), reverse=True)
    return found


def loss_of(trial: TrialSummary, metric: str) -> float | None:
    """Return the mean score of a trial so that lower is better; None where it is not whole."""
    if trial.mean is None:
        return None
    return -trial.mean if metric in LARGER_IS_BETTER else trial.mean
