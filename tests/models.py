"""Small model versions for tests, made in milliseconds.

`tiny_digits_version(settings.models_folder)` writes a valid version of `digits` and makes it the champion.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from outclass.base.document import to_json
from outclass.base.store import write_atomic
from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.inference.abstain import softmax
from outclass.registry.card import SECTIONS, write_card
from outclass.registry.version import Abstention, Manifest, ModelVersion, PredictionSet, Signature

DIGITS = tuple("0123456789")
CARD = write_card("digits, tiny model for tests", dict.fromkeys(SECTIONS, "Random weights, for tests."))


def tiny_onnx(*, favorite: int | None = None, seed: int = 0, hidden: int = 16) -> bytes:
    """Return a net of 784-hidden-10 with random weights; `favorite` is its usual answer.

    Outputs: `logits` [n, 10] and `energy` [n], the negative log-sum-exp of the logits.
    """
    random = np.random.default_rng(seed)
    bias = np.zeros(10, dtype=np.float32)
    if favorite is not None:
        bias[favorite] = 8.0
    weights = {
        "w1": random.normal(0, 0.05, (784, hidden)).astype(np.float32),
        "b1": np.zeros(hidden, dtype=np.float32),
        "w2": random.normal(0, 0.5, (hidden, 10)).astype(np.float32),
        "b2": bias,
        "minus": np.array(-1.0, dtype=np.float32),
        "axes": np.array([1], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "w1", "b1"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["logits"]),
        helper.make_node("ReduceLogSumExp", ["logits", "axes"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "minus"], ["energy"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 28, 28])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10]),
            helper.make_tensor_value_info("energy", TensorProto.FLOAT, ["n"]),
        ],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def tiny_signature(
    *, favorite: int | None = None, outlier_above: float | None = None, confidence: float = 0.0
) -> Signature:
    """Return the signature that fits `tiny_onnx`; its canary is exact, as zeros leave only the bias."""
    bias = [8.0 if index == favorite else 0.0 for index in range(10)]
    return Signature(
        challenge="digits",
        name="digits",
        input=InputDeclaration(kind=InputKind.DRAWING, size=28),
        input_name="image",
        shape=(28, 28),
        outlier_name="energy",
        classes=DIGITS,
        prior=(0.1,) * 10,
        temperature=1.0,
        abstention=Abstention(outlier=outlier_above, confidence=confidence),
        prediction_set=PredictionSet(coverage=0.99, quantile=0.99),
        canary=tuple(softmax(bias, 1.0)),
    )


def tiny_digits_version(
    models_folder: Path,
    *,
    favorite: int | None = None,
    seed: int = 0,
    outlier_above: float | None = None,
    confidence: float = 0.0,
    champion: bool = True,
) -> ModelVersion:
    """Write `models_folder/digits/<id>/` and, unless `champion` is False, make it the champion."""
    signature = tiny_signature(favorite=favorite, outlier_above=outlier_above, confidence=confidence)
    return write_version(models_folder, signature, tiny_onnx(favorite=favorite, seed=seed), champion=champion)


def write_version(
    models_folder: Path,
    signature: Signature,
    model: bytes,
    *,
    champion: bool,
    file: str = "model.onnx",
    more: Mapping[str, bytes] | None = None,
) -> ModelVersion:
    """Write a version's folder as the registry lays it out."""
    files = {file: model, "signature.json": to_json(signature), "card.md": CARD.encode()} | dict(more or {})
    manifest = Manifest(
        challenge=signature.challenge,
        name=signature.name,
        created="2026-01-01T00:00:00Z",
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        sizes={name: len(content) for name, content in files.items()},
        lineage={"data": "none", "seed": "0", "run": "test"},
        scores={},
    )
    written = to_json(manifest)
    identity = hashlib.sha256(written).hexdigest()[:12]
    folder = models_folder / signature.name / identity
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files | {"manifest.json": written}).items():
        (folder / name).write_bytes(content)
    if champion:
        aliases = {"champion": identity, "challenger": None, "previous": []}
        write_atomic(folder.parent / "aliases.json", json.dumps(aliases).encode())
    return ModelVersion(
        id=identity, folder=folder, manifest=manifest, signature=msgspec.convert(signature, Signature)
    )
