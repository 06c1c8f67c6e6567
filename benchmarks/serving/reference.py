"""The model and the body that every server gets: a net of 784-256-128-10 with seeded weights, one drawing."""

import hashlib
import itertools
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.inference.abstain import softmax
from outclass.inputs.drawing import normalize
from outclass.registry.version import Abstention, PredictionSet, Signature

LAYERS = (784, 256, 128, 10)
SEED = 20
DIGITS = tuple("0123456789")


def weights() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights and biases of each layer."""
    random = np.random.default_rng(SEED)
    return [
        (random.normal(0, np.sqrt(2 / n), (n, m)).astype(np.float32), np.zeros(m, dtype=np.float32))
        for n, m in itertools.pairwise(LAYERS)
    ]


def write_net(path: Path) -> bytes:
    """Write the net; input `image` [n, 28, 28], output `logits` [n, 10]."""
    nodes = [helper.make_node("Flatten", ["image"], ["x0"], axis=1)]
    constants = []
    for index, (weight, bias) in enumerate(weights()):
        last = index == len(LAYERS) - 2
        constants += [
            numpy_helper.from_array(weight, f"w{index}"),
            numpy_helper.from_array(bias, f"b{index}"),
        ]
        out = "logits" if last else f"h{index}"
        nodes.append(helper.make_node("Gemm", [f"x{index}", f"w{index}", f"b{index}"], [out]))
        if not last:
            nodes.append(helper.make_node("Relu", [out], [f"x{index + 1}"]))
    graph = helper.make_graph(
        nodes,
        "reference",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    path.write_bytes(content)
    return content


def expected(image: np.ndarray) -> list[float]:
    """Return the probabilities that every server must answer."""
    x = image.reshape(1, -1)
    for index, (weight, bias) in enumerate(weights()):
        x = x @ weight + bias
        x = x if index == len(LAYERS) - 2 else np.maximum(x, 0)
    return softmax(x[0].tolist(), 1.0)


def signature() -> Signature:
    """Return what our registry needs to know of the net."""
    return Signature(
        challenge="digits",
        name="digits",
        input=InputDeclaration(kind=InputKind.DRAWING, size=28),
        input_name="image",
        shape=(28, 28),
        classes=DIGITS,
        prior=(0.1,) * 10,
        abstention=Abstention(),
        prediction_set=PredictionSet(coverage=0.99, quantile=0.99),
        canary=(0.1,) * 10,
    )


def three(side: int) -> np.ndarray:
    """Draw a 3 of two arcs on a square of any side."""
    y, x = np.mgrid[0:side, 0:side] / side
    ink = np.zeros((side, side), dtype=np.float32)
    for center in (0.36, 0.6):
        angle = np.arctan2(y - center, x - 0.5)
        ring = np.abs(np.hypot(y - center, x - 0.5) - 0.12)
        ink = np.maximum(ink, np.where(np.abs(angle) < 2.2, np.clip((0.035 - ring) * side / 1.5, 0, 1), 0))
    return ink.astype(np.float32)


def framed_body() -> tuple[bytes, np.ndarray]:
    """Return 28 x 28 numbers in the form of MNIST, and what the model sees."""
    image = np.round(normalize(three(140)), 4)
    assert normalize(image) is image, "this body must pass without cropping"
    return json.dumps(np.round(image.astype(float), 4).reshape(-1).tolist()).encode(), image


def canvas_body() -> bytes:
    """Return 28 x 28 numbers that must be cropped, scaled and centered."""
    image = np.zeros((28, 28), dtype=np.float32)
    image[8:28, 8:28] = three(20)
    assert normalize(image) is not image, "this body must need cropping"
    return json.dumps(np.round(image.astype(float), 4).reshape(-1).tolist()).encode()


def fingerprint(content: bytes) -> str:
    """Return a short hash for the report."""
    return hashlib.sha256(content).hexdigest()[:12]
