"""The exported model equals the estimator that it was exported from, where that is still here."""

from outclass.base.errors import MissingExtraError, NotFoundError
from outclass.base.progress import no_progress
from outclass.checks.result import NotCheckedError
from outclass.checks.subject import Subject
from outclass.registry.runs import RunRecord, RunStore
from outclass.training.plan import RunPlan

ROWS = 200


def exported_model_equals_estimator(subject: Subject) -> str:
    """Both give the same probabilities, within 0.0001, on real rows."""
    record = find_run(subject)
    try:
        from outclass.catalog.versions import find_version  # noqa: PLC0415 - an optional extra
        from outclass.training.consensus import MODEL, ConsensusWorkspace  # noqa: PLC0415 - an optional extra
        from outclass.training.export import check_parity  # noqa: PLC0415 - an optional extra
        from outclass.training.workspace import Workspace  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise NotCheckedError(f"needs {error.name}: pip install 'outclass[train]'") from error
    version = find_version(subject.challenge.name, record.data_version, subject.settings)
    if version is None:
        raise NotCheckedError(f"data version {record.data_version} is not here")
    kind = ConsensusWorkspace if record.model == MODEL else Workspace
    work = kind(
        loaded=subject.loaded,
        settings=subject.settings,
        plan=plan_of(record),
        version=version,
        device="cpu",
        progress=no_progress,
        record=record,
    )
    if not (work.folder / "fit.json").exists() or not work.rows_folder.exists():
        raise NotCheckedError(f"what run {record.id} learned is not here any more")
    try:
        rows = work.asked("validation", most=ROWS)
        expected = work.estimator.predict(rows)
    except MissingExtraError as error:
        raise NotCheckedError(str(error)) from error
    difference, _ = check_parity(subject.predictor, expected, rows)
    return f"largest difference {difference:.1g} on {len(rows)} rows"


def find_run(subject: Subject) -> RunRecord:
    """Return the record of the run that made the champion."""
    run_id = subject.champion.manifest.lineage.get("run")
    if run_id is None:
        raise NotCheckedError("the model was made elsewhere")
    try:
        return RunStore(subject.settings).get(subject.challenge.name, run_id)
    except NotFoundError as error:
        raise NotCheckedError(f"run {run_id} was made elsewhere") from error


def plan_of(record: RunRecord) -> RunPlan:
    """Return the plan that a run followed."""
    return RunPlan(
        challenge=record.challenge,
        model=record.model,
        recipe=record.recipe,
        parameters=record.parameters,
        seed=record.seed,
        data_version=record.data_version,
        features=record.features,
    )
