"""Ask the gate, and promote what it lets through."""

import numpy as np
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.errors import MissingExtraError, NotFoundError, UnavailableError
from outclass.base.settings import Settings
from outclass.catalog.challenge import Expectation
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.registry.files import MODEL_FILES, OUT_OF_FOLD
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion
from outclass.training.estimator import make_outliers, model_hook
from outclass.training.gate import Margins, Trial, judge, refusal
from outclass.training.rows import rows_of
from outclass.training.split import night_counts

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
    return Trial(
        rows=rows_of(loaded, table.inputs),
        targets=table.targets,
        outliers=find_outliers(loaded),
        challenge=loaded.challenge,
    )


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
    if lack := lacking_advice(loaded, settings, version):
        return (lack,)
    trial = make_trial(loaded, settings)
    present = None if champion is None else load_comparable(champion, version, loaded)
    return judge(Predictor.load(version, loaded), present, trial, expected_of(version, loaded), margins)


def load_comparable(
    champion: ModelVersion, version: ModelVersion, loaded: LoadedChallenge
) -> Predictor | None:
    """Load the champion to compare a version with, or nothing where it cannot be asked the same rows.

    So it is when it learned from features that other code made than that which the challenge has now.
    """
    if champion.signature.features_sha256 != version.signature.features_sha256:
        return None
    return Predictor.load(champion, loaded)


def expected_of(version: ModelVersion, loaded: LoadedChallenge) -> Expectation:
    """Return what a version must reach: size and speed, and everything where it is to be the champion."""
    expect = loaded.challenge.expect
    if version.name == loaded.name:
        return expect
    return Expectation(latency_ms=expect.latency_ms, bytes=expect.bytes)


def lacking_advice(loaded: LoadedChallenge, settings: Settings, version: ModelVersion) -> str | None:
    """Return why a version cannot advise on the objects that are dealt, or None where it can.

    A version that learned from this very data must bring its advice, made by models that did not see the
    objects; any other has seen none of them.
    """
    data = catalog.current_version(loaded.name, settings)
    if data is None or version.manifest.lineage.get("data") != data.id:
        return None
    if OUT_OF_FOLD not in version.manifest.files:
        return None
    from outclass.registry.advice import missing_advice  # noqa: PLC0415 - an optional extra

    ids = data.objects("game").ids
    lacking = missing_advice(version, ids, data_version=data.id, nights=night_counts(loaded.challenge))
    return f"there is no advice on {lacking} of the {len(ids)} objects that are dealt" if lacking else None


def same_model(one: ModelVersion, other: ModelVersion) -> bool:
    """Tell whether two versions hold the same model under the same signature."""
    mine, theirs = one.manifest.files, other.manifest.files
    return all(mine.get(n) == theirs.get(n) for n in (*MODEL_FILES, "signature.json"))


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
