"""Write a version's files; the exported model must answer real rows as the estimator does."""

import importlib.metadata
import platform
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import onnx

from outclass.base.document import Document, to_json
from outclass.base.errors import RegistryError
from outclass.catalog.challenge import InputKind
from outclass.inference.backbone import Backbone
from outclass.inference.predictor import Predictor, Rows, calibrate, canary_row
from outclass.registry.files import (
    BACKBONE,
    MANIFEST,
    MODEL_FILES,
    OUT_OF_FOLD,
    describe_files,
    manifest_id,
    read_version,
)
from outclass.registry.version import ModelVersion, Signature
from outclass.training.calibrate import Calibration
from outclass.training.data import Outputs, groups_of
from outclass.training.describe import card_text
from outclass.training.rows import timed_rows
from outclass.training.typical import typical_rows
from outclass.training.unseen import write_unseen
from outclass.training.workspace import Workspace

PARITY_ROWS = 1000
PARITY_TOLERANCE = 1e-4
OUTLIER_TOLERANCE = 1e-3
TIMED_ROWS = 50
PACKAGES = ("outclass", "numpy", "scikit-learn", "torch", "lightgbm", "numba", "onnx", "onnxruntime")
MODEL = "model.onnx"
LEARNED_TYPES = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)


class Exported(Document, frozen=True, kw_only=True):
    """What goes into the manifest, and how near the exported model is to the estimator."""

    created: str
    lineage: dict[str, str]
    scores: dict[str, float]
    probability_difference: float
    outlier_difference: float | None


def export_version(work: Workspace, scores: dict[str, float], fit_seconds: float, folder: Path) -> None:
    """Write `version/` with the version's files, and `exported.json` for the step that registers it.

    Raises
    ------
    RegistryError
        If the exported model's answers differ from the estimator's.
    """
    files = folder / "version"
    files.mkdir()
    work.write_model(files)
    rows = work.asked("validation", most=PARITY_ROWS)
    calibration = work.calibration
    predictor = stage(work, calibration, files)
    differences = check_parity(predictor, work.estimator.predict(rows), rows)
    measured = {
        "latency_ms": round(time_answers(predictor, timed_rows(work.loaded, rows)), 3),
        "bytes": float(model_bytes(files, work.members)),
    }
    scores = {**scores, **measured}
    lineage = describe_lineage(work)
    if work.cross_fitted:
        write_unseen(work, files / OUT_OF_FOLD)
    (files / "card.md").write_text(
        card_text(work, scores, fit_seconds=fit_seconds, lineage=lineage), encoding="utf-8"
    )
    (files / MANIFEST).unlink()
    exported = Exported(
        created=work.record.created,
        lineage=lineage,
        scores=scores,
        probability_difference=differences[0],
        outlier_difference=differences[1],
    )
    (folder / "exported.json").write_bytes(to_json(exported))


def stage(work: Workspace, calibration: Calibration, files: Path) -> Predictor:
    """Write signature and manifest beside the model and return its predictor, which is that of serving."""
    signature = make_signature(work, calibration, files)
    (files / "card.md").write_text("The card is written when everything is measured.\n")
    nothing = canary_row(signature)
    canary = Predictor.unchecked(staged(work, files, signature), work.loaded).scores(nothing).probabilities[0]
    return Predictor.load(
        staged(work, files, msgspec.structs.replace(signature, canary=tuple(canary.tolist()))), work.loaded
    )


def staged(work: Workspace, files: Path, signature: Signature) -> ModelVersion:
    """Write signature and manifest and return the folder as a version that is not registered."""
    (files / "signature.json").write_bytes(to_json(signature))
    manifest = describe_files(files, signature, created="not yet", lineage={}, scores={})
    (files / MANIFEST).write_bytes(manifest)
    version = read_version(files, name=signature.name, version_id=manifest_id(manifest))
    return replace(version, members=work.members)


def make_signature(work: Workspace, calibration: Calibration, files: Path) -> Signature:
    """Return the signature of an exported model, still without its own canary."""
    challenge = work.challenge
    tensors = read_tensors(work, files)
    return Signature(
        challenge=challenge.name,
        name=work.name,
        input=challenge.input,
        input_name=tensors.input_name,
        shape=tensors.shape,
        outlier_name=tensors.outlier_name,
        classes=challenge.class_names,
        features=work.features,
        features_sha256=features_hash(work, files),
        groups=groups_of(challenge),
        prior=calibration.prior,
        temperature=calibration.temperature,
        abstention=calibration.abstention,
        prediction_set=calibration.prediction_set,
        background=background_of(work),
        canary=calibration.prior,
    )


def background_of(work: Workspace) -> tuple[tuple[float | None, ...], ...]:
    """Return the typical rows of records; none for other inputs; of an ensemble, the members have some."""
    if work.challenge.input.kind is not InputKind.TABLE or work.members:
        return ()
    return typical_rows(work.data.inputs)


def features_hash(work: Workspace, files: Path) -> str | None:
    """Return the hash of what makes the rows of the model: of photos, of the version's own backbone."""
    own = files / BACKBONE
    return Backbone.open(own).fingerprint if own.exists() else work.plan.features


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """What a model reads and gives."""

    input_name: str
    shape: tuple[int, ...]
    outlier_name: str | None


def read_tensors(work: Workspace, files: Path) -> Tensors:
    """Return what an exported model reads and gives; an ensemble reads what its members read."""
    if work.members:
        signature = work.members[0].signature
        return Tensors(input_name=signature.input_name, shape=signature.shape, outlier_name=None)
    if work.challenge.input.kind is InputKind.TEXT:
        return Tensors(input_name="text", shape=(), outlier_name=None)
    graph = onnx.load(str(files / MODEL)).graph
    outputs = [output.name for output in graph.output]
    return Tensors(
        input_name=graph.input[0].name,
        shape=tuple(d.dim_value for d in graph.input[0].type.tensor_type.shape.dim[1:]),
        outlier_name="outlier" if "outlier" in outputs else None,
    )


def model_bytes(files: Path, members: tuple[ModelVersion, ...]) -> int:
    """Return the size of a model, for an ensemble with those of its members."""
    names = (*MODEL_FILES, BACKBONE)
    here = sum((files / name).stat().st_size for name in names if (files / name).exists())
    return here + sum(member.manifest.sizes.get(name, 0) for member in members for name in MODEL_FILES)


def parameter_count(files: Path) -> int | None:
    """Return how many numbers a model holds that it learned; None where it is no graph."""
    if not (files / MODEL).exists():
        return None
    tensors = onnx.load(str(files / MODEL)).graph.initializer
    return sum(int(np.prod(one.dims)) for one in tensors if one.data_type in LEARNED_TYPES)


def check_parity(predictor: Predictor, expected: Outputs, rows: Rows) -> tuple[float, float | None]:
    """Return the largest differences of probabilities and outlier scores; refuse them above the tolerance."""
    found = predictor.scores(rows)
    probabilities = calibrate(expected.logits, predictor.version.signature.temperature)
    difference = float(np.abs(found.probabilities - probabilities).max())
    if not difference <= PARITY_TOLERANCE:
        raise RegistryError(
            "the exported model gives other probabilities than the estimator",
            where=predictor.version.name,
            got=f"a difference of {difference:.2g}",
            accepted=f"at most {PARITY_TOLERANCE:g} on {len(rows)} rows",
        )
    if expected.outlier is None or found.outlier is None:
        return difference, None
    scale = np.maximum(1.0, np.abs(expected.outlier))
    relative = float((np.abs(found.outlier - expected.outlier) / scale).max())
    if not relative <= OUTLIER_TOLERANCE:
        raise RegistryError(
            "the exported model gives other outlier scores than the estimator",
            where=predictor.version.name,
            got=f"a difference of {relative:.2g}",
            accepted=f"at most {OUTLIER_TOLERANCE:g}",
        )
    return difference, relative


def time_answers(predictor: Predictor, rows: Rows) -> float:
    """Return the median milliseconds of an answer for one row."""
    times = []
    for row in rows[:TIMED_ROWS]:
        started = time.perf_counter()
        predictor.predict_one(row)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def describe_lineage(work: Workspace) -> dict[str, str]:
    """Return all that is needed to make the version again."""
    plan = work.plan
    return {
        "data": plan.data_version,
        "run": plan.run_id,
        "model": plan.model,
        "recipe": plan.recipe,
        "parameters": msgspec.json.encode(plan.parameters, order="sorted").decode(),
        "seed": str(plan.seed),
        "device": work.record.device,
        "advice": "unseen",
        "source": work.version.document.lineage.get("source", ""),
        **({"simulated": "yes"} if work.simulated else {}),
        **({"features": plan.features} if plan.features else {}),
        "python": platform.python_version(),
        **package_versions(),
    }


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that have a say in the outcome."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
