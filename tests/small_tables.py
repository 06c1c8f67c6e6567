"""A small challenge of records: flowers of three kinds, by three numbers and two categories, for tests.

`flower_challenge(folder)` writes challenge and data; `flowers_version(settings.models_folder)` writes a model
of it in milliseconds: its logits are those of `flower_onnx`.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models import write_version
from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.catalog.declared_columns import CategoryValue, ColumnKind, InputColumn
from outclass.inference.abstain import softmax
from outclass.registry.version import Abstention, ModelVersion, PredictionSet, Signature
from small_challenge import write_challenge

CLASSES = ("rose", "tulip", "daisy")
COLORS = ("red", "yellow", "white")
COLUMNS = (
    InputColumn(name="height", title="Height", kind=ColumnKind.NUMBER, unit="cm", low=5.0, high=120.0),
    InputColumn(name="petals", title="Petals", kind=ColumnKind.NUMBER, low=3, high=60, whole=True),
    InputColumn(
        name="color",
        title="Color",
        kind=ColumnKind.CATEGORY,
        description="of the petals",
        values=tuple(CategoryValue(name=name, title=name.title()) for name in COLORS),
    ),
    InputColumn(
        name="thorns",
        title="Thorns",
        kind=ColumnKind.CATEGORY,
        values=(CategoryValue(name="y", title="yes"), CategoryValue(name="n", title="no")),
        others=True,
    ),
    InputColumn(name="stem_width", title="Stem", kind=ColumnKind.NUMBER, unit="mm"),
)
HEADER = ("Kind", "Height (cm)", "petals", "color", "thorns", "stem_width")
FIRST = {"height": 62.5, "petals": 30, "color": "red", "thorns": "y", "stem_width": 7.5}
"""A rose if ever there was one."""


def declaration() -> dict[str, object]:
    """Return what the challenge file says."""
    return {
        "name": "flowers",
        "title": "Flowers",
        "question": "Which flower is it?",
        "summary": "Flowers that were made up.",
        "accent": "#cc3366",
        "input": {"kind": "table", "columns": [declared(column) for column in COLUMNS]},
        "classes": [{"name": name, "title": name.title()} for name in CLASSES],
        "dataset": {
            "title": "Flowers",
            "licence": "CC0-1.0",
            "citation": "Made for a test.",
            "path": "flowers.csv",
            "columns": {"label": "Kind", "inputs": {"height": "Height (cm)"}},
        },
        "split": {"salt": "flowers-1", "train": 0.55, "validation": 0.15, "holdout": 0.15, "game": 0.15},
        "models": {"best": {"title": "Best"}},
        "advisers": ["best"],
        "champion": "best",
    }


def declared(column: InputColumn) -> dict[str, object]:
    """Return a column as a challenge file has it."""
    found: dict[str, object] = {"name": column.name, "title": column.title, "kind": column.kind.value}
    for key in ("description", "unit", "low", "high"):
        if value := getattr(column, key):
            found[key] = value
    if column.whole:
        found["whole"] = True
    if column.values:
        found["values"] = [{"name": value.name, "title": value.title} for value in column.values]
    if column.others:
        found["others"] = True
    return found


def flower_challenge(folder: Path, count: int = 240, seed: int = 3, **changed: object) -> Path:
    """Write challenge and data and return the folder."""
    write_challenge(folder, declaration() | changed)
    (folder / "flowers.csv").write_text(flowers_csv(count, seed), encoding="utf-8")
    return folder


def flowers_csv(count: int, seed: int = 3) -> str:
    """Return so many flowers, of the three kinds in turn; every ninth has no height, every tenth no color."""
    random = np.random.default_rng(seed)
    lines = [",".join(HEADER)]
    for number in range(count):
        kind = number % 3
        height = (60.0, 40.0, 15.0)[kind] + random.normal(0, 8)
        petals = (30, 6, 21)[kind] + int(random.integers(-3, 4))
        color = COLORS[kind if random.random() < 0.7 else int(random.integers(3))]
        thorns = "y" if kind == 0 and random.random() < 0.9 else "n"
        stem = (7.0, 9.0, 3.0)[kind] + random.normal(0, 1)
        lines.append(
            f"{CLASSES[kind]},{'' if number % 9 == 8 else f'{height:.1f}'},{petals},"
            f"{'' if number % 10 == 9 else color},{thorns},{stem:.2f}"
        )
    return "\n".join(lines) + "\n"


def flower_onnx() -> bytes:
    """Return a model that reads color and petals: `logits` [n, 3] of a row with NaN, which count as 0."""
    weights = np.zeros((len(COLUMNS), len(CLASSES)), dtype=np.float32)
    weights[COLUMNS_BY_NAME["petals"]] = (0.2, -0.2, 0.05)
    weights[COLUMNS_BY_NAME["thorns"]] = (-2.0, 1.0, 1.0)
    tensors = {
        "weights": weights,
        "bias": np.array([-1.0, 2.0, 0.0], dtype=np.float32),
        "zero": np.array(0.0, dtype=np.float32),
    }
    nodes = [
        helper.make_node("IsNaN", ["inputs"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "inputs"], ["known"]),
        helper.make_node("Gemm", ["known", "weights", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "flowers",
        [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["n", len(COLUMNS)])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(CLASSES)])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


COLUMNS_BY_NAME: Mapping[str, int] = {column.name: place for place, column in enumerate(COLUMNS)}


def flower_signature() -> Signature:
    """Return the signature that fits `flower_onnx`."""
    return Signature(
        challenge="flowers",
        name="flowers",
        input=InputDeclaration(kind=InputKind.TABLE, columns=COLUMNS),
        input_name="inputs",
        shape=(len(COLUMNS),),
        classes=CLASSES,
        prior=(1 / 3, 1 / 3, 1 / 3),
        abstention=Abstention(),
        prediction_set=PredictionSet(coverage=0.99, quantile=0.99),
        canary=tuple(softmax([-1.0, 2.0, 0.0], 1.0)),
    )


def flowers_version(models_folder: Path, *, champion: bool = True) -> ModelVersion:
    """Write a version of `flowers` and make it the champion."""
    return write_version(models_folder, flower_signature(), flower_onnx(), champion=champion)
