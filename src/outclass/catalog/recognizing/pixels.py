"""Tables whose columns are the pixels of drawings."""

import re
import struct
from collections.abc import Mapping
from math import isqrt
from pathlib import Path
from typing import TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.store import write_atomic
from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing.columns import Column, Content, numbers_of, texts_of
from outclass.catalog.recognizing.found import Found, Question
from outclass.catalog.recognizing.labels import Classes
from outclass.catalog.recognizing.sections import draft_of
from outclass.catalog.recognizing.tables import TableLook

SMALLEST, LARGEST = 8, 64
PIXEL = re.compile(r"^(pixel|px|pix|p|x|v|f|c|column|feature|attribute)?_?\d+(_?[x_]\d+)?$", re.IGNORECASE)
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


class Told(TypedDict):
    """What any challenge of a table tells."""

    path: Path
    title: str
    question: str
    evidence: tuple[str, ...]
    doubts: tuple[str, ...]
    questions: tuple[Question, ...]


def find_pixels(columns: Mapping[str, Column], label: str) -> list[str] | None:
    """Return the columns that are pixels of square pictures, in their order; None where there are no such."""
    found = [
        header
        for header, column in columns.items()
        if header != label
        and PIXEL.match(header)
        and (column.content is Content.NUMBER or (column.content is Content.CONSTANT and is_zero(column)))
    ]
    size = isqrt(len(found))
    if size * size != len(found) or not SMALLEST <= size <= LARGEST:
        return None
    inside = all((columns[header].low or 0) >= 0 and (columns[header].high or 0) <= 255 for header in found)
    return found if inside else None


def is_zero(column: Column) -> bool:
    """Tell whether the only value is a number."""
    return all(value.replace(".", "", 1).isdigit() for value, _ in column.values)


def found_pixels(
    look: TableLook, pixels: list[str], *, classes: Classes, labels: pl.Series, told: Told
) -> Found:
    """Draft the challenge of drawings whose pixels are columns; they are written as IDX beside it."""
    size = isqrt(len(pixels))

    def prepare(folder: Path) -> None:
        """Write the drawings as IDX."""
        used = labels.is_not_null()
        frame = look.frame.filter(used)
        values = np.column_stack(
            [numbers_of(texts_of(frame, name), look.keys).fill_null(0).to_numpy() for name in pixels]
        )
        most = float(values.max())
        scale = 255 if most <= 1 else 255 / 16 if most <= 16 else 1
        images = (values * scale).clip(0, 255).round().astype(np.uint8).reshape(-1, size, size)
        places = {name: place for place, name in enumerate(classes.counts)}
        numbers = np.array([places[name] for name in labels.filter(used).to_list()], dtype=np.uint8)
        write_idx(folder, images, numbers)

    objects = sum(classes.counts.values())
    title = told["title"]
    return Found(
        kind=InputKind.DRAWING,
        path=look.path,
        title=title,
        objects=objects,
        classes=classes.counts,
        evidence=(*told["evidence"], f"{len(pixels)} columns are the pixels of drawings of {size} x {size}"),
        doubts=told["doubts"],
        questions=(
            *told["questions"],
            Question(option="kind", text="What is one row?", answers=("drawing", "table")),
        ),
        draft=drawing_draft(
            title=title,
            question=told["question"],
            path=look.path,
            size=size,
            classes=classes,
            objects=objects,
        ),
        notes={"dataset.source": "The drawings were written beside this file, in the form of MNIST."},
        prepare=prepare,
    )


def drawing_draft(
    *, title: str, question: str, path: Path, size: int, classes: Classes, objects: int
) -> dict[str, object]:
    """Return the draft of a challenge of drawings in IDX files beside it."""
    files = {"train_images": {"path": f"data/{IMAGES}"}, "train_labels": {"path": f"data/{LABELS}"}}
    return draft_of(
        kind=InputKind.DRAWING,
        title=title,
        question=question,
        summary=f"{objects:,} drawings of {path.name}: tell which of {len(classes.counts)} classes each "
        "belongs to.",
        source=path,
        inputs={"size": size},
        classes=classes.declared,
        dataset={"source": {"kind": "idx", "files": files}},
        objects=objects,
    )


def write_idx(
    folder: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8], part: str = "train"
) -> None:
    """Write drawings and their labels under `data` of a folder, in the form of MNIST."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    head = struct.pack(">IIII", 2051, *images.shape)
    write_atomic(data / f"{part}-images-idx3-ubyte", head + images.tobytes())
    write_atomic(data / f"{part}-labels-idx1-ubyte", struct.pack(">II", 2049, len(labels)) + labels.tobytes())
