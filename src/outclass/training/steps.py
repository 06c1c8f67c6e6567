"""What each step of the pipeline does; every result is committed whole, or not at all."""

import sys
import time

import numpy as np

from outclass.base.document import Document, to_json
from outclass.base.store import make_folder_atomic, remove_leftovers, write_atomic
from outclass.catalog.challenge import InputKind
from outclass.catalog.neighbors import write_features
from outclass.registry.experiments import TRAINABLE
from outclass.registry.store import Registry
from outclass.registry.suspects import write_report
from outclass.training.calibrate import Calibration, choose
from outclass.training.data import Outputs
from outclass.training.estimator import make_outliers
from outclass.training.export import Exported, export_version, parameter_count
from outclass.training.rows import as_asked
from outclass.training.scoring import score, score_outliers
from outclass.training.split import SIDES, lay_out, night_counts, read_inputs
from outclass.training.suspects import can_be_checked, find_suspects
from outclass.training.workspace import Workspace

OUTLIERS = 2000
EARLY_SCORES = ("accuracy", "log_loss", "flat_log_loss", "weighted_log_loss", "macro_recall")
TUNING, MEASURING = 1, 2


class Fitted(Document, frozen=True, kw_only=True):
    """Says that learning is finished, and how long it took in all."""

    seconds: float


class Scored(Document, frozen=True, kw_only=True):
    """Scores by side of the split; `unseen` are those of rows answered out of fold, and of early cuts."""

    validation: dict[str, float]
    holdout: dict[str, float]
    unseen: dict[str, float] = {}


class Registered(Document, frozen=True, kw_only=True):
    """Names the version that the run registered."""

    reference: str


def split(work: Workspace) -> None:
    """Lay out the rows, once for all runs on this data version."""
    lay_out(work.loaded, work.version, work.rows_folder, work.progress, work.settings)
    if work.challenge.input.kind is InputKind.PHOTO:
        rows = as_asked(read_inputs(work.rows_folder, "train"))
        write_features(work.version, np.asarray(rows, dtype=np.float32), str(work.plan.features))


def fit(work: Workspace) -> None:
    """Let the estimator learn in its folder, going on where a killed run stopped."""
    started = time.monotonic()
    estimator = work.estimator
    spent = float(getattr(estimator, "seconds_", 0.0)) or time.monotonic() - started
    work.update(device=device_used(work.device), facts=dict(getattr(estimator, "facts_", {})))
    write_atomic(work.folder / "fit.json", to_json(Fitted(seconds=round(spent, 1))))


def device_used(device: str) -> str:
    """Return what "auto" came to: torch says so, where the estimator has loaded it."""
    torch = sys.modules.get("torch")
    if device != "auto":
        return device
    return "cuda" if torch is not None and torch.cuda.is_available() else "cpu"


def calibrate(work: Workspace) -> None:
    """Choose temperature, prediction set and abstention on rows that the model did not see."""
    outputs, targets = work.chosen_by()
    outliers = outlier_outputs(work, TUNING)
    chosen = choose(outputs, targets, outliers, work.challenge, work.chosen_groups)
    write_atomic(work.folder / "calibration.json", to_json(chosen))


def evaluate(work: Workspace) -> None:
    """Score the validation rows; the hold-out, too, which nothing is ever chosen by."""
    chosen = work.calibration
    found: dict[str, dict[str, float]] = {}
    for side in SIDES[1:]:
        outputs, targets = work.outputs(side)
        found[side] = {}
        if len(targets):
            found[side] = score(outputs, targets, chosen, work.challenge)
            found[side] |= outlier_scores(work, outputs, chosen)
    scored = Scored(
        validation=found["validation"], holdout=found["holdout"], unseen=unseen_scores(work, chosen)
    )
    write_atomic(work.folder / "scores.json", to_json(scored))
    work.update(scores=all_scores(work, scored))


def export(work: Workspace) -> None:
    """Write the version's files; they must answer as the estimator does."""
    remove_leftovers(work.folder)
    with make_folder_atomic(work.folder / "export") as folder:
        export_version(work, all_scores(work, work.read("scores.json", Scored)), fit_seconds(work), folder)
    count = parameter_count(work.folder / "export" / "version")
    if count is not None:
        work.update(facts={TRAINABLE: count, **work.record.facts})


def register(work: Workspace) -> None:
    """Register the version, which becomes the challenger, and report what looks wrong with its data."""
    exported = work.read("export/exported.json", Exported)
    version = Registry(work.settings).register(
        work.folder / "export" / "version",
        lineage=exported.lineage,
        scores=exported.scores,
        created=exported.created,
    )
    if can_be_checked(version, work.version):
        write_report(version, find_suspects(version, work.version), work.settings)
    # The record first: a run that is killed after the step's result is there never comes here again.
    work.update(reference=version.reference, scores=exported.scores)
    write_atomic(work.folder / "registered.json", to_json(Registered(reference=version.reference)))


def unseen_scores(work: Workspace, chosen: Calibration) -> dict[str, float]:
    """Return the scores of all rows that the model did not see, also after the nights of each early bet."""
    if not work.cross_fitted:
        return {}
    found: dict[str, float] = {}
    for nights in night_counts(work.challenge):
        values = score(*work.chosen_by(nights), chosen, work.challenge)
        prefix = f"night_{nights}" if nights else "oof"
        names = EARLY_SCORES if nights else tuple(values)
        found |= {f"{prefix}_{name}": values[name] for name in names if name in values}
    return found


def outlier_outputs(work: Workspace, purpose: int) -> Outputs | None:
    """Return the outputs for made-up outliers; others for tuning than for measuring."""
    rows = make_outliers(work.hook, seed=work.plan.seed * 10 + purpose, count=OUTLIERS)
    return None if rows is None else work.estimator.predict(rows)


def outlier_scores(work: Workspace, rows: Outputs, chosen: Calibration) -> dict[str, float]:
    """Return the scores against made-up outliers that the tuning did not see."""
    outliers = outlier_outputs(work, MEASURING)
    return {} if outliers is None else score_outliers(rows, outliers, chosen)


def fit_seconds(work: Workspace) -> float:
    """Return how long learning took in all."""
    return work.read("fit.json", Fitted).seconds


def all_scores(work: Workspace, scored: Scored) -> dict[str, float]:
    """Return the scores of a run: those of the validation rows plain, those of the hold-out with a prefix."""
    chosen = work.calibration
    return {
        **scored.validation,
        **{f"holdout_{name}": value for name, value in scored.holdout.items()},
        **scored.unseen,
        "temperature": chosen.temperature,
        "set_quantile": chosen.prediction_set.quantile,
        "fit_seconds": fit_seconds(work),
    }
