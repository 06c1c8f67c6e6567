"""Ask the gate, and promote what it lets through."""

import numpy as np
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.errors import MissingExtraError, NotFoundError, UnavailableError
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion
from outclass.training.estimator import make_outliers, model_hook
from outclass.training.gate import Margins, Trial, judge, refusal
from outclass.training.split import as_floats, prepare

OUTLIERS = 1000
OUTLIER_SEED = 90_000


def make_trial(loaded: LoadedChallenge, settings: Settings) -> Trial:
    """Return the validation rows of the current data, and made-up outliers.

    Raises
    ------
    UnavailableError
        If no data with a validation split is there: a gate without rows would let anything pass.
    """
    version = catalog.current_version(loaded.name, settings)
    table = None if version is None else version.objects("validation")
    if table is None or len(table.targets) == 0:
        raise UnavailableError(
            "there are no validation rows to compare models on",
            where=loaded.name,
            hint=f"collect them: outclass collect {loaded.name}; or promote with --force",
        )
    rows = as_floats(prepare(loaded.challenge, table.inputs))
    return Trial(rows=rows, targets=table.targets, outliers=find_outliers(loaded))


def find_outliers(loaded: LoadedChallenge) -> NDArray[np.float32] | None:
    """Return made-up outliers, or None where what makes them is not here: recorded figures count then."""
    try:
        return make_outliers(model_hook(loaded), seed=OUTLIER_SEED, count=OUTLIERS)
    except (MissingExtraError, NotFoundError):
        return None


def ask_gate(
    loaded: LoadedChallenge, settings: Settings, version: ModelVersion, *, margins: Margins | None = None
) -> tuple[str, ...]:
    """Return what is against a version; nothing where it is the champion already."""
    registry = Registry(settings)
    try:
        champion = registry.champion(version.name)
    except NotFoundError:
        champion = None
    if champion is not None and champion.id == version.id:
        return ()
    if champion is not None and same_model(champion, version):
        return (f"its model is the champion's own, {champion.reference}",)
    trial = make_trial(loaded, settings)
    present = None if champion is None else Predictor.load(champion)
    return judge(Predictor.load(version), present, trial, loaded.challenge.expect, margins)


def same_model(one: ModelVersion, other: ModelVersion) -> bool:
    """Tell whether two versions hold the same model under the same signature."""
    mine, theirs = one.manifest.files, other.manifest.files
    return all(mine.get(n) == theirs.get(n) for n in ("model.onnx", "model.json", "signature.json"))


def promote_version(
    loaded: LoadedChallenge, settings: Settings, version: ModelVersion, *, force: bool = False
) -> ModelVersion:
    """Make a version the champion if the gate lets it pass, or without asking.

    Raises
    ------
    GateRefusedError
        With all reasons; the version stays registered.
    """
    reasons = () if force else ask_gate(loaded, settings, version)
    if reasons:
        raise refusal(version.reference, reasons)
    return Registry(settings).promote(version.name, version.id)
