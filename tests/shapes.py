"""A small challenge for tests of the game: pictures of 28x28, three classes that occur and one that does not.

It has what stars will have: two advisers, a class that is never dealt, names given by players.
"""

import struct
from pathlib import Path

import msgspec
import numpy as np
from onnx import ModelProto, helper, numpy_helper

from models import tiny_onnx, write_version
from outclass.base.settings import Settings
from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.inference.abstain import softmax
from outclass.registry.version import Abstention, PredictionSet, Signature

CLASSES = ("dot", "bar", "ring", "cross")
COUNTS = {"dot": 60, "bar": 24, "ring": 8}
YAML = """\
name: shapes
title: Shapes
question: Which shape is this?
summary: A challenge for tests.
accent: "#ffcc00"
input: {kind: drawing, size: 28}
classes:
  - {name: dot, title: Dot, description: A full disk., story: The first shape., link: "https://example.org/dot"}
  - {name: bar, title: Bar}
  - {name: ring, title: Ring}
  - {name: cross, title: Cross}
dataset:
  title: Shapes
  licence: CC0-1.0
  citation: Nobody
  source:
    kind: idx
    files:
      train_images: {path: images.idx}
      train_labels: {path: labels.idx}
split: {salt: shapes-1, train: 0.2, validation: 0.1, holdout: 0.0, game: 0.7}
models:
  first: {title: First}
  second: {title: Second}
advisers: [first, second]
champion: first
game: {rounds: 5, minimum_rounds: 3, naming: true}
"""


def make_shapes(project: Path, settings: Settings) -> None:
    """Write the challenge into a project folder and collect its data."""
    folder = project / "challenges" / "shapes"
    folder.mkdir(parents=True)
    (folder / "challenge.yaml").write_text(YAML)
    write_pictures(folder, COUNTS)
    collect(load_challenge("shapes"), settings)


def write_pictures(folder: Path, counts: dict[str, int]) -> None:
    """Write IDX files of pictures that all differ."""
    random = np.random.default_rng(7)
    labels = np.repeat(
        np.array([CLASSES.index(name) for name in counts], dtype=np.uint8), list(counts.values())
    )
    images = random.integers(0, 256, (len(labels), 28, 28), dtype=np.uint8)
    (folder / "images.idx").write_bytes(struct.pack(">IIII", 2051, len(labels), 28, 28) + images.tobytes())
    (folder / "labels.idx").write_bytes(struct.pack(">II", 2049, len(labels)) + labels.tobytes())


def shapes_model(settings: Settings, name: str, *, seed: int) -> str:
    """Write a model of four classes with random weights, make it the champion, return its reference."""
    signature = Signature(
        challenge="shapes",
        name=name,
        input=InputDeclaration(kind=InputKind.DRAWING, size=28),
        input_name="image",
        shape=(28, 28),
        outlier_name="energy",
        classes=CLASSES,
        prior=(0.25,) * 4,
        temperature=1.0,
        abstention=Abstention(),
        prediction_set=PredictionSet(coverage=0.99, quantile=0.99),
        canary=tuple(softmax([0.0] * 4, 1.0)),
    )
    version = write_version(settings.models_folder, signature, four_outputs(seed), champion=True)
    return msgspec.convert(version.reference, str)


def four_outputs(seed: int) -> bytes:
    """Return the tiny net, cut down to its first four outputs."""
    model = ModelProto.FromString(tiny_onnx(seed=seed))
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.name in {"w2", "b2"}:
            weight.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values[..., :4]), weight.name))
    for output in model.graph.output:
        if output.name == "logits":
            shape = [d.dim_param or d.dim_value for d in output.type.tensor_type.shape.dim]
            if len(shape) == 2 and shape[1] == 10:
                output.CopyFrom(helper.make_tensor_value_info("logits", 1, ["n", 4]))
    content: bytes = model.SerializeToString()
    return content
