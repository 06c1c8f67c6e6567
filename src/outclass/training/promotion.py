"""Ask the gate, and promote what it lets through."""

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.errors import ConflictError, MissingExtraError, NotFoundError, UnavailableError
from outclass.base.settings import Settings
from outclass.catalog.challenge import Expectation, InputKind
from outclass.catalog.content import choose
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.inputs.photos import PhotoTable
from outclass.registry.files import BACKBONE, MODEL_FILES, OUT_OF_FOLD
from outclass.registry.store import Registry
from outclass.registry.verdict import Verdict
from outclass.registry.version import ModelVersion, Signature
from outclass.training.asking import rows_for
from outclass.training.estimator import make_outliers, model_hook
from outclass.training.gate import MARGINS, Margins, Trial, judge, refusal
from outclass.training.rows import ModelRows, rows_of, rows_sha256, timed_rows
from outclass.training.split import night_counts

if TYPE_CHECKING:
    from outclass.catalog.dataset import ObjectTable

VALIDATION, HOLD_OUT = "validation", "holdout"
LEAST_HOLD_OUT = 100
"""Fewer rows decide nothing; validation rows do then."""
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
    table = None if version is None else version.objects(VALIDATION)
    return trial_on(loaded, settings, table, side=VALIDATION)


def make_gate_trial(loaded: LoadedChallenge, settings: Settings, champion: ModelVersion | None) -> Trial:
    """Return the rows on which the gate decides.

    These are of the frozen hold-out, whose labels no feedback changes, where it is large enough. Else they
    are validation rows, but for those whose label is another one than when the champion learned: whoever
    changed it may have changed what the challenger learned from, too.
    """
    version = catalog.current_version(loaded.name, settings)
    if version is not None and len(version.ids(HOLD_OUT)) >= LEAST_HOLD_OUT:
        return trial_on(loaded, settings, version.objects(HOLD_OUT), side=HOLD_OUT)
    table = None if version is None else version.objects(VALIDATION)
    if table is None or champion is None:
        return trial_on(loaded, settings, table, side=VALIDATION)
    before = labels_before(loaded, settings, champion)
    kept = [
        place
        for place, (name, label) in enumerate(zip(table.ids, table.labels, strict=True))
        if before.get(name, label) == label
    ]
    return trial_on(loaded, settings, table, side=VALIDATION, kept=kept)


def labels_before(loaded: LoadedChallenge, settings: Settings, champion: ModelVersion) -> dict[str, str]:
    """Return the labels of the validation rows of the data that a champion learned from, as far as known."""
    from outclass.catalog.dataset import find_version  # noqa: PLC0415 - an optional extra

    data = find_version(loaded.name, str(champion.manifest.lineage.get("data")), settings)
    if data is None:
        return {}
    table = data.objects(VALIDATION)
    return dict(zip(table.ids, table.labels, strict=True))


def trial_on(
    loaded: LoadedChallenge,
    settings: Settings,
    table: "ObjectTable | None",
    *,
    side: str,
    kept: Sequence[int] | None = None,
) -> Trial:
    """Return some rows of a table as a trial."""
    places = range(0 if table is None else len(table)) if kept is None else kept
    if table is None or not places:
        raise UnavailableError(
            f"there are no {side} rows to compare models on",
            where=loaded.name,
            hint=f"collect them: outclass collect {loaded.name}; or promote with --force",
        )
    whole = len(places) == len(table)
    inputs = table.inputs if whole else choose(table.inputs, places)
    rows = rows_of(loaded, inputs, settings=settings)
    return Trial(
        rows=rows,
        timed=timed_rows(loaded, rows),
        by_model=asks_photos(loaded, settings, inputs) if isinstance(inputs, PhotoTable) else None,
        targets=table.targets if whole else table.targets[list(places)],
        outliers=find_outliers(loaded),
        challenge=loaded.challenge,
        groups=tuple(table.groups[place] for place in places),
        side=side,
        left_out=len(table) - len(places),
    )


def asks_photos(
    loaded: LoadedChallenge, settings: Settings, photos: PhotoTable
) -> Callable[[Predictor], ModelRows]:
    """Return what makes rows of photos by the backbone of a model, which may be its own."""
    return lambda predictor: rows_for(loaded, predictor, photos, settings)


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
    return decide(loaded, settings, version, margins=margins).refused


def decide(
    loaded: LoadedChallenge, settings: Settings, version: ModelVersion, *, margins: Margins | None = None
) -> Verdict:
    """Return the gate's verdict on a version: all that is against it, and the figures of both models."""
    try:
        champion = Registry(settings).champion(version.name)
    except NotFoundError:
        champion = None
    short = Verdict(
        challenger=version.reference,
        champion=None if champion is None else champion.reference,
        side="none",
        rows=0,
        confidence=(margins or MARGINS).confidence,
    )
    if champion is not None and champion.id == version.id:
        return short
    if champion is not None and same_model(champion, version):
        reason = f"its model is the champion's own, {champion.reference}"
        return msgspec.structs.replace(short, refused=(reason,))
    if lack := lacking_advice(loaded, settings, version):
        return msgspec.structs.replace(short, refused=(lack,))
    trial = make_gate_trial(loaded, settings, champion)
    present = None if champion is None else load_comparable(champion, version, loaded)
    return judge(Predictor.load(version, loaded), present, trial, expected_of(version, loaded), margins)


def load_comparable(
    champion: ModelVersion, version: ModelVersion, loaded: LoadedChallenge
) -> Predictor | None:
    """Load the champion to compare a version with, or nothing where it cannot be asked the same rows.

    So it is when it reads other columns or knows other classes, or learned from features that other code made
    than that which the challenge has now; a backbone of its own it brings along.
    """
    if not same_task(champion.signature, version.signature):
        return None
    made = champion.signature.features_sha256
    if made != version.signature.features_sha256 and BACKBONE not in champion.manifest.files:
        is_photo = champion.signature.input.kind is InputKind.PHOTO
        if not is_photo or made != rows_sha256(loaded):
            return None
    return Predictor.load(champion, loaded)


def same_task(one: Signature, other: Signature) -> bool:
    """Tell whether two models read the same rows and answer with the same classes."""
    if one.classes != other.classes:
        return False
    if one.input.kind is not InputKind.PHOTO and prod(one.shape) != prod(other.shape):
        return False  # photos are made into rows by each model's own backbone
    # A category stands in a row by its place among the values.
    mine, theirs = (
        [(column.name, column.kind, [value.name for value in column.values]) for column in each.input.columns]
        for each in (one, other)
    )
    return mine == theirs


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
    return all(mine.get(n) == theirs.get(n) for n in (*MODEL_FILES, BACKBONE, "signature.json"))


def promote_version(
    loaded: LoadedChallenge, settings: Settings, version: ModelVersion, *, force: bool = False
) -> ModelVersion:
    """Make a version the champion if the gate lets it pass, or without asking.

    Raises
    ------
    GateRefusedError
        With all reasons; the version stays registered.
    ConflictError
        The version is of another challenge.
    """
    if version.manifest.challenge != loaded.name:
        raise ConflictError(
            f"{version.reference} is of another challenge",
            got=loaded.name,
            accepted=version.manifest.challenge,
        )
    reasons = () if force else ask_gate(loaded, settings, version)
    if reasons:
        raise refusal(version.reference, reasons)
    return Registry(settings).promote(version.name, version.id)
