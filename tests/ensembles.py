"""Small models of series and an ensemble of them, made in milliseconds.

Two rows of weights decide a member: `logits = galactic * first + bias`. The third class is impossible for
galactic objects. The challenge is `pulses` in name only: its features are not needed.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models import CARD
from outclass.base.document import to_json
from outclass.base.store import sha256_of_file
from outclass.catalog.challenge import Band, InputDeclaration, InputKind
from outclass.inference.abstain import softmax
from outclass.registry.store import Registry
from outclass.registry.version import (
    Abstention,
    EnsembleDocument,
    ModelVersion,
    Pinned,
    PredictionSet,
    Signature,
)

CLASSES = ("flash", "glow", "burst")
FEATURES = ("context.galactic", "context.photoz_known", "context.count")
IMPOSSIBLE = -1e9


def signature_of(name: str, canary: tuple[float, ...], *, temperature: float = 1.0) -> Signature:
    """Return the signature of a member or of the ensemble."""
    return Signature(
        challenge="pulses",
        name=name,
        input=InputDeclaration(kind=InputKind.SERIES, bands=(Band(name="g", wavelength=4800),)),
        input_name="rows",
        shape=(3,),
        classes=CLASSES,
        prior=(0.4, 0.4, 0.2),
        temperature=temperature,
        abstention=Abstention(),
        prediction_set=PredictionSet(coverage=0.9, quantile=0.9),
        features=FEATURES,
        canary=canary,
    )


def member_onnx(bias: tuple[float, float, float]) -> bytes:
    """Return a model whose logits are the bias, with the last class ruled out for galactic objects."""
    weights = np.zeros((3, 3), dtype=np.float32)
    weights[0, 2] = IMPOSSIBLE
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["rows", "weights", "bias"], ["logits"])],
        "member",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array(bias, dtype=np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def register_member(
    registry: Registry, folder: Path, name: str, bias: tuple[float, float, float], *, temperature: float = 1.0
) -> ModelVersion:
    """Register a member."""
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(member_onnx(bias))
    canary = tuple(softmax(bias, temperature))
    (folder / "signature.json").write_bytes(to_json(signature_of(name, canary, temperature=temperature)))
    (folder / "card.md").write_text(CARD)
    return registry.register(folder, lineage={"data": "d1"}, scores={}, created="2026-01-01T00:00:00Z")


def write_ensemble(folder: Path, members: tuple[ModelVersion, ...]) -> Path:
    """Write the files of an ensemble."""
    folder.mkdir(parents=True)
    pinned = tuple(
        Pinned(name=m.name, id=m.id, manifest_sha256=sha256_of_file(m.folder / "manifest.json"))
        for m in members
    )
    (folder / "ensemble.json").write_bytes(to_json(EnsembleDocument(geometric_mean=pinned)))
    mean = np.exp(np.mean([np.log(member.signature.canary) for member in members], axis=0))
    canary = tuple((mean / mean.sum()).tolist())
    (folder / "signature.json").write_bytes(to_json(signature_of("pulses", canary)))
    (folder / "card.md").write_text(CARD)
    return folder


def register_ensemble(registry: Registry, folder: Path) -> ModelVersion:
    """Register two members and their ensemble, and make all of them champions."""
    members = (
        register_member(registry, folder / "plain", "pulses.plain", (2.0, 0.0, 1.0)),
        register_member(registry, folder / "noisy", "pulses.noisy", (0.0, 1.0, 0.5), temperature=2.0),
    )
    files = write_ensemble(folder / "both", members)
    version = registry.register(
        files, lineage={"data": "d1"}, scores={"accuracy": 0.5}, created="2026-01-01T00:00:00Z"
    )
    for each in (*members, version):
        registry.promote(each.name, each.id)
    return version
