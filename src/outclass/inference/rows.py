"""Rows that a model is asked about: their shape, their range, and whether they say anything."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError
from outclass.catalog.challenge import InputKind
from outclass.inputs.framing import FAINTEST
from outclass.inputs.table import coder_of
from outclass.inputs.text import is_blank, rows_of_texts
from outclass.inputs.view import SIDE
from outclass.registry.version import Signature

LARGEST_VALUE = 1e9
ROUNDING = 1e-6
COUNT = "context.count"
"""The feature that counts observations: where there are none, nothing is known."""
MOST_BITS, FAINTEST_BITS = np.array([1.0, FAINTEST], dtype=np.float32).view(np.uint32).tolist()
"""The numbers 1 and `FAINTEST` as their bits."""
SENTENCE = "Your parcel is waiting, see https://example.org or call 555 0100 before 6 pm."
"""The text by which the speed of models of texts is measured."""
VIEW_SHAPE = (SIDE, SIDE, 3)

Values = NDArray[np.float32]
Rows = NDArray[Any]
"""float32 ``[n, *shape]``; or texts: `TextRows`; or views of photos: uint8 ``[n, 224, 224, 3]``."""


def canary_row(signature: Signature) -> Rows:
    """Return the input that every version must answer as recorded: zeros, or an empty text."""
    if signature.input.kind is InputKind.TEXT:
        return rows_of_texts([""])
    return np.zeros((1, *signature.shape), dtype=np.float32)


def usual_row(signature: Signature) -> Rows:
    """Return an input by which the speed of a model is measured."""
    match signature.input.kind:
        case InputKind.TEXT:
            return rows_of_texts([SENTENCE])
        case InputKind.PHOTO:
            return np.full((1, *VIEW_SHAPE), 127, dtype=np.uint8)
        case _:
            return np.ones((1, *signature.shape), dtype=np.float32)


def shaped(rows: Rows, signature: Signature) -> Rows:
    """Bring rows into the shape that the model reads, or refuse them."""
    shape, kind = signature.shape, signature.input.kind
    if kind is InputKind.TEXT:
        return check_texts(rows)
    if kind is InputKind.TABLE:
        return check_records(rows, signature)
    if rows.shape[1:] == shape and rows.dtype == np.float32 and rows.flags.c_contiguous:
        return rows
    if kind is InputKind.PHOTO and are_views(rows):
        return np.ascontiguousarray(rows)
    rows = np.asarray(rows, dtype=np.float32)
    if rows.ndim == 0 or math.prod(rows.shape[1:]) != math.prod(shape):
        views = f", or views [n, {SIDE}, {SIDE}, 3] of bytes" if kind is InputKind.PHOTO else ""
        raise InvalidInputError(
            "the input has the wrong shape",
            got=list(rows.shape),
            accepted=f"[n, {', '.join(map(str, shape))}]{views}",
        )
    return np.ascontiguousarray(rows.reshape(len(rows), *shape))


def say_something(rows: Rows, kind: InputKind, count: int | None) -> list[bool]:
    """Tell for each row whether there is anything to answer; `count` is the place of the feature `COUNT`."""
    match kind:
        case InputKind.DRAWING:
            return are_drawn(rows)
        case InputKind.TEXT:
            return [not is_blank(text) for text in rows.tolist()]
        case InputKind.TABLE:
            return [bool(known) for known in np.atleast_1d((~np.isnan(rows)).any(axis=1))]
        case _ if are_views(rows):
            return [True] * len(rows)
        case _:
            return are_known(rows, count)


def are_views(rows: Rows) -> bool:
    """Tell whether rows are views of photos, of which no features were made yet."""
    return rows.dtype == np.uint8 and rows.shape[1:] == VIEW_SHAPE


def check_texts(rows: Rows) -> Rows:
    """Return rows that are texts, or refuse them."""
    if rows.dtype != np.object_ or rows.ndim != 1 or not all(isinstance(row, str) for row in rows.tolist()):
        raise InvalidInputError("the input holds no texts", got=f"{rows.dtype} {list(rows.shape)}")
    return rows


def check_records(rows: Rows, signature: Signature) -> Values:
    """Return rows of columns, NaN where nothing is known, or refuse them, naming the column."""
    count = len(signature.input.columns)
    if rows.ndim != 2 or rows.shape[1] != count or rows.dtype.kind not in "fiu":
        got, accepted = f"{rows.dtype} {list(rows.shape)}", f"numbers [n, {count}]"
        raise InvalidInputError("the input has the wrong shape", got=got, accepted=accepted)
    values = np.ascontiguousarray(rows, dtype=np.float32)
    coder_of(signature.input.columns).check(values)
    return values


def are_drawn(rows: Values) -> list[bool]:
    """Tell for each drawing whether it holds ink, and refuse values outside 0 to 1.

    Read as whole numbers, floats from 0 up keep their order, and negative ones and NaN lie above all others:
    one pass finds the peak and whatever is out of range.
    """
    bits = rows.view(np.uint32)
    if len(rows) == 1:  # where the peak is, is found sooner than how high it is
        peaks = [int(bits.item(bits.argmax()))]
    else:
        peaks = bits.reshape(len(rows), -1).max(axis=1).tolist()
    if max(peaks) > MOST_BITS:
        least, most = float(rows.min()), float(rows.max())
        if not (least >= -ROUNDING and most <= 1.0 + ROUNDING):
            raise out_of_range(least, most, "0 to 1")
        return [float(row.max()) >= FAINTEST for row in rows]
    return [peak >= FAINTEST_BITS for peak in peaks]


def are_known(rows: Values, count: int | None) -> list[bool]:
    """Tell for each row whether anything was observed; refuse values that are no numbers or beyond all use.

    Without a column that counts observations no row counts as empty.
    """
    least, most = float(rows.min()), float(rows.max())
    if not (least >= -LARGEST_VALUE and most <= LARGEST_VALUE):
        raise out_of_range(least, most, f"{-LARGEST_VALUE:g} to {LARGEST_VALUE:g}")
    known: list[bool] = [True] * len(rows) if count is None else (rows[:, count] > 0).tolist()
    return known


def out_of_range(least: float, most: float, accepted: str) -> InvalidInputError:
    """Return the error for such values."""
    return InvalidInputError(
        "the input holds values that are out of range or no numbers",
        got=f"{least:g} to {most:g}",
        accepted=accepted,
    )
