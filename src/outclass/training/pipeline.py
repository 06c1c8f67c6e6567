"""The pipeline: collect, split, fit, calibrate, evaluate, export, register, as Luigi tasks.

A task is done when its target is there, and a target is put in place in one step by renaming. So a run that
was killed at any moment goes on with the first thing that is missing. The scheduler runs inside the process.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec

from outclass.base.errors import GateRefusedError, InputError, OutclassError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import FileLock, remove_leftovers
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split as Sides
from outclass.catalog.versions import DatasetVersion, collect, current_version
from outclass.registry.runs import Parameter, RunRecord, RunState, RunStore
from outclass.registry.searches import PREFIX as SEARCHED
from outclass.registry.searches import best_parameters
from outclass.registry.store import Registry, utc_now
from outclass.registry.version import ModelVersion
from outclass.training import steps
from outclass.training.budget import budget_of
from outclass.training.consensus import ConsensusWorkspace, plan_consensus
from outclass.training.gate import MARGINS, Margins, refusal
from outclass.training.plan import DECLARED, RunPlan, account_name, make_plan
from outclass.training.promotion import decide
from outclass.training.rows import rows_sha256
from outclass.training.tasks import Task, There, ValueParameter, build
from outclass.training.workspace import Workspace

STEPS = ("collect", "split", "fit", "calibrate", "evaluate", "export", "register")


class Collection:
    """A data set to collect, unless it is there."""

    def __init__(self, loaded: LoadedChallenge, settings: Settings, progress: Progress) -> None:
        self.loaded = loaded
        self.settings = settings
        self.progress = progress
        self.failure: BaseException | None = None

    def exists(self) -> bool:
        """Tell whether data to learn from is there: real, or simulated with a split to learn from.

        The embedded sample is to be played with and nothing else.
        """
        present = self.version()
        if present is None:
            return False
        return not present.document.sample or sum(present.document.counts[Sides.TRAIN].values()) > 0

    def version(self) -> DatasetVersion | None:
        """Return the version in use."""
        return current_version(self.loaded.name, self.settings)


class Collect(Task):
    """Fetches, cleans and splits the data; what a version is made of decides its id, and that the run's."""

    work = ValueParameter[Collection]()

    def output(self) -> Collection:
        """Return the target: the data set itself."""
        return self.work

    def run(self) -> None:
        """Collect."""
        try:
            collect(self.work.loaded, self.work.settings, progress=self.work.progress)
        except BaseException as error:
            self.work.failure = error
            raise


class Step(Task):
    """One step of a run; subclasses name what they do, where it lies, and what comes before."""

    work = ValueParameter[Workspace]()
    action: ClassVar[Callable[[Workspace], None]]
    before: "ClassVar[type[Step] | None]" = None
    result: ClassVar[str]

    @property
    def title(self) -> str:
        """Return the step's name as people read it."""
        return type(self).__name__.lower()

    def requires(self) -> "list[Step]":
        """Return the step before this one."""
        return [] if self.before is None else [self.before(work=self.work)]

    def output(self) -> "There":
        """Return the file or folder whose presence says that the step is done."""
        return There(self.path())

    def path(self) -> Path:
        """Return where the result lies."""
        return self.work.folder / self.result

    def run(self) -> None:
        """Do the step, and take down how long it took."""
        self.work.progress(self.title, None)
        started = time.monotonic()
        try:
            type(self).action(self.work)
        except BaseException as error:
            self.work.failure = error
            raise
        self.work.add_seconds(self.title, started)
        self.work.progress(self.title, 1.0)


class Split(Step):
    """Lays out the rows."""

    action = steps.split
    result = "rows"

    def path(self) -> Path:
        """Return the folder that all runs on this data version share."""
        return self.work.rows_folder


class Fit(Step):
    """Learns."""

    action = steps.fit
    before = Split
    result = "fit.json"


class Calibrate(Step):
    """Makes the probabilities honest, and chooses when not to answer."""

    action = steps.calibrate
    before = Fit
    result = "calibration.json"


class Evaluate(Step):
    """Measures."""

    action = steps.evaluate
    before = Calibrate
    result = "scores.json"


class Export(Step):
    """Writes the files of a version."""

    action = steps.export
    before = Evaluate
    result = "export"


class Register(Step):
    """Puts the version into the registry."""

    action = steps.register
    before = Export
    result = "registered.json"


def train_challenge(  # noqa: PLR0913 - one for each choice of the command, and the margins
    loaded: LoadedChallenge,
    settings: Settings,
    *,
    model: str | None = None,
    seed: int = 1,
    recipe: str = DECLARED,
    device: str = "auto",
    seconds: float | None = None,
    promote: bool = True,
    margins: Margins = MARGINS,
    experiment: str = "",
    experimenter: str | None = None,
    progress: Progress = no_progress,
) -> RunRecord:
    """Run the pipeline, or what is missing of it, and return the run's record.

    Where several models make the champion, each is trained by a run of its own; then comes the run that joins
    them, whose record is returned.

    Parameters
    ----------
    model
        One of the challenge's models; its champion by default.
    seed
        All chance comes from it.
    recipe
        Named changes to the model's parameters, or `search-ID` for the best that a search found.
    device
        "auto", "cpu" or "cuda".
    seconds
        Another budget than declared, for models that learn within one.
    promote
        Whether to ask the gate to make the version the champion.
    margins
        What the gate allows.
    experiment, experimenter
        For what it is trained, and by whom: by default as `settings` say, else the name of the account.
    progress
        Told what is being done.

    Raises
    ------
    GateRefusedError
        If the version was made and registered but may not become the champion.
    UnavailableError
        If another process is at work on the same run.
    """
    searched = None
    if recipe.startswith(SEARCHED):
        model, searched = find_searched(loaded, settings, recipe, model)
    version = collect_data(loaded, settings, progress)
    names = [model] if model else loaded.challenge.members
    plans = [
        make_plan(
            loaded.challenge,
            model=name,
            recipe=recipe,
            seed=seed,
            data_version=version.id,
            features=rows_sha256(loaded),
            searched=searched,
            changes=budget_of(loaded, name, seconds),
        )
        for name in names
    ]
    several = Several(
        loaded=loaded,
        settings=settings,
        version=version,
        device=device,
        progress=progress,
        margins=margins,
        experiment=experiment,
        experimenter=experimenter or settings.experimenter or account_name(),
    )
    if len(plans) == 1:
        return several.train(plans[0], promote=promote)
    return several.join(plans, promote=promote)


def find_searched(
    loaded: LoadedChallenge, settings: Settings, recipe: str, model: str | None
) -> tuple[str, dict[str, Parameter]]:
    """Return model and parameters of the best trial of the search that a recipe names."""
    searched, parameters = best_parameters(settings, loaded.name, recipe.removeprefix(SEARCHED))
    if model not in {None, searched}:
        raise InputError("the search was of another model", where=recipe, got=model, accepted=searched)
    return searched, parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """What the runs of one command share."""

    loaded: LoadedChallenge
    settings: Settings
    version: DatasetVersion
    device: str
    progress: Progress
    margins: Margins = MARGINS
    experiment: str = ""
    experimenter: str = ""

    def train(self, plan: RunPlan, *, promote: bool, title: str = "") -> RunRecord:
        """Do one run; the steps of one of several are told under its title."""
        return self._run(Workspace, plan, promote=promote, title=title)

    def join(self, plans: Sequence[RunPlan], *, promote: bool) -> RunRecord:
        """Train each member, then join their versions.

        A member that the gate refuses leaves its place to the champion before it; where all are refused, so
        is the whole.
        """
        registry = Registry(self.settings)
        members: list[ModelVersion] = []
        refused: list[GateRefusedError] = []
        for plan in plans:
            try:
                record = self.train(plan, promote=promote, title=f"{plan.model}: ")
                reference = str(record.reference)
            except GateRefusedError as error:
                refused.append(error)
                reference = self.loaded.challenge.registered_name(plan.model)
                if len(refused) == len(plans) or registry.aliases(reference).champion is None:
                    raise
            members.append(registry.get(reference))
        return self._run(ConsensusWorkspace, plan_consensus(members, plans[0]), promote=promote, title="")

    def _run(self, kind: type[Workspace], plan: RunPlan, *, promote: bool, title: str) -> RunRecord:
        """Do what is missing of a run."""

        def tell(step: str, share: float | None, text: str = "") -> None:
            self.progress(f"{title}{step}", share, text)

        folder = RunStore(self.settings).folder(plan.challenge, plan.run_id)
        with FileLock(folder.with_suffix(".lock"), timeout=0):
            work = open_run(self, plan, kind, tell)
            run_steps(work)
            if promote and not work.record.promoted:
                promote_run(work, self.margins)
        return work.record


def collect_data(loaded: LoadedChallenge, settings: Settings, progress: Progress) -> DatasetVersion:
    """Return the current data set, collecting it first where there is none to learn from."""
    collection = Collection(loaded, settings, progress)
    build(Collect(work=collection))  # type: ignore[no-untyped-call] # of Luigi
    if collection.failure is not None:
        raise collection.failure
    version = collection.version()
    assert version is not None
    return version


def open_run(several: "Several", plan: RunPlan, kind: type[Workspace], progress: Progress) -> Workspace:
    """Return the run of a plan, new or as it was left; the caller holds its lock."""
    store = RunStore(several.settings)
    remove_leftovers(store.folder(plan.challenge, plan.run_id))
    known = {record.id: record for record in store.list(plan.challenge)}
    fresh = RunRecord(
        id=plan.run_id,
        challenge=plan.challenge,
        model=plan.model,
        recipe=plan.recipe,
        parameters=plan.parameters,
        seed=plan.seed,
        data_version=plan.data_version,
        features=plan.features,
        simulated=several.version.document.sample,
        device=several.device,
        experimenter=several.experimenter,
        experiment=several.experiment,
        state=RunState.RUNNING,
        created=utc_now(),
    )
    record = known.get(plan.run_id, fresh)
    if several.experiment and record.experiment != several.experiment:
        record = msgspec.structs.replace(record, experiment=several.experiment)
    work = kind(
        loaded=several.loaded,
        settings=several.settings,
        plan=plan,
        version=several.version,
        device=several.device,
        progress=progress,
        record=record,
    )
    if record.state is not RunState.FINISHED:
        work.update(state=RunState.RUNNING, error=None)
    return work


def run_steps(work: Workspace) -> None:
    """Do what is missing; an error of a step is raised as it was.

    The record says "failed" after an error, and stays "running" where the process was killed.
    """
    try:
        build(Register(work=work))  # type: ignore[no-untyped-call] # of Luigi
    except KeyboardInterrupt:
        work.update(state=RunState.FAILED, error="stopped by hand")
        raise
    if work.failure is not None:
        work.update(state=RunState.FAILED, error=describe_failure(work.failure))
        raise work.failure
    if work.record.state is not RunState.FINISHED:
        work.update(state=RunState.FINISHED, finished=utc_now())


def describe_failure(error: BaseException) -> str:
    """Return one line on what stopped a run."""
    return str(error) if isinstance(error, OutclassError) else f"{type(error).__name__}: {error}"


def promote_run(work: Workspace, margins: Margins = MARGINS) -> None:
    """Ask the gate about the run's version, note its answer, and promote what passes."""
    registry = Registry(work.settings)
    version = registry.get(str(work.record.reference))
    work.progress("gate", None)
    verdict = decide(work.loaded, work.settings, version, margins=margins)
    work.update(refused=verdict.refused, verdict=verdict)
    if not verdict.passed:
        raise refusal(version.reference, verdict.refused)
    registry.promote(version.name, version.id)
    work.update(promoted=True)
    work.progress("gate", 1.0)
