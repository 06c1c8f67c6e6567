"""Small models of photos for tests: a network that averages colors, and a head that tells them apart.

The network reads views, uint8 ``[n, 224, 224, 3]``, like the packaged one; its features are the mean red,
green and blue from 0 to 1. The head says which of the three is largest.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models import write_version
from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.inference.abstain import softmax
from outclass.inference.backbone import view_code
from outclass.registry.version import Abstention, ModelVersion, PredictionSet, Signature
from small_challenge import write_challenge

CLASSES = ("red", "green", "blue")
STEEP = 20.0


@cache
def color_backbone() -> bytes:
    """Return the network of mean colors."""
    constants = {
        "scale": np.array(1 / 255, dtype=np.float32),
        "spatial": np.array([2, 3], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["views"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["numbers", "scale"], ["unit"]),
        helper.make_node("Transpose", ["unit"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["map"], kernel_shape=[32, 32], strides=[32, 32]),
        helper.make_node("ReduceMean", ["map", "spatial"], ["features"], keepdims=0),
    ]
    return serialized(
        nodes,
        [helper.make_tensor_value_info("views", TensorProto.UINT8, ["n", 224, 224, 3])],
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 3]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", 3, 7, 7]),
        ],
        constants,
    )


@cache
def color_head() -> bytes:
    """Return the head: logits are steep in the colors."""
    return serialized(
        [helper.make_node("Mul", ["features", "steep"], ["logits"])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        {"steep": np.array(STEEP, dtype=np.float32)},
    )


def serialized(nodes: list, inputs: list, outputs: list, constants: dict[str, np.ndarray]) -> bytes:
    """Return a model of nodes."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def color_signature(name: str = "colors", **changed: object) -> Signature:
    """Return the signature that fits the head."""
    fields: dict[str, object] = {
        "challenge": "colors",
        "name": name,
        "input": InputDeclaration(kind=InputKind.PHOTO),
        "input_name": "features",
        "shape": (3,),
        "classes": CLASSES,
        "prior": (0.25, 0.25, 0.5),
        "abstention": Abstention(confidence=0.4),
        "prediction_set": PredictionSet(coverage=0.9, quantile=0.9),
        "features_sha256": sha256(color_backbone() + view_code()).hexdigest(),
        "canary": tuple(softmax([0.0, 0.0, 0.0], 1.0)),
    }
    return Signature(**fields | changed)


def color_version(models_folder: Path, name: str = "colors", **changed: object) -> ModelVersion:
    """Write a version with its own backbone, and make it the champion."""
    signature = color_signature(name, **changed)
    return write_version(
        models_folder, signature, color_head(), champion=True, more={"backbone.onnx": color_backbone()}
    )


def colors(folder: Path, **changed: object) -> Path:
    """Write the challenge of colors and return its folder."""
    return write_challenge(
        folder,
        {
            "name": "colors",
            "title": "Colors",
            "question": "Which color?",
            "summary": "Photos of one color.",
            "accent": "#ff8800",
            "input": {"kind": "photo"},
            "classes": [{"name": name, "title": name.title()} for name in CLASSES],
            "dataset": {
                "title": "Colors",
                "licence": "CC0-1.0",
                "citation": "Made for a test.",
                "sample": "Made for a test.",
                "source": {"kind": "idx", "files": {role: {"path": f"{role}.gz"} for role in ROLES}},
            },
            "split": {"salt": "colors-1"},
            "models": {"mean": {"title": "Mean color"}},
            "advisers": ["mean"],
            "champion": "mean",
        }
        | changed,
    )


ROLES = ("train_images", "train_labels")
