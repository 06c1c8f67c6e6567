"""Objects of different sides of a split that are nearly the same, so that one tells of the other.

Exact repeats never part, as cleaning groups them, nor do photos that are nearly the same. What is looked for
here are records whose numbers differ by less than a thousandth of their range, and texts that differ in
nothing but numbers, marks and case.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.content import Inputs
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable

STEPS = 1000
"""A column of numbers is cut into so many steps."""
LETTERS = re.compile(r"[\d\W_]+")
LEAST_LETTERS = 20
"""Shorter texts are the same by chance."""
LEAST_COLUMNS = 3
"""Records of fewer columns of numbers are the same by chance."""
MISSING = -(2**31)


def repeat_keys(inputs: Inputs) -> list[tuple[bytes, ...]] | None:
    """Return keys of each object, one shared by what is nearly the same; None where that is not known."""
    match inputs:
        case ColumnTable():
            numbers = [not column.is_category for column in inputs.columns]
            if sum(numbers) < LEAST_COLUMNS:
                return None
            return list(record_keys(inputs.values, np.array(numbers)))
        case TextTable():
            return [text_key(text) for text in inputs]
        case _:
            return None


def record_keys(values: NDArray[np.float32], numbers: NDArray[np.bool_]) -> Iterator[tuple[bytes, ...]]:
    """Yield two keys for each record, of numbers cut at two offsets: few near pairs are cut apart by both."""
    low, high = np.nanquantile(values, 0.0, axis=0), np.nanquantile(values, 1.0, axis=0)
    width = np.where(high > low, (high - low) / STEPS, 1.0)
    width = np.where(numbers, width, 1.0)
    scaled = (values - np.where(numbers, low, 0.0)) / width
    cuts = []
    for offset in (0.0, 0.5):
        steps = np.floor(scaled + np.where(numbers, offset, 0.0))
        cuts.append(np.where(np.isnan(steps), MISSING, steps).astype(np.int32))
    for first, second in zip(*cuts, strict=True):
        yield b"0" + first.tobytes(), b"5" + second.tobytes()


def text_key(text: str) -> tuple[bytes, ...]:
    """Return the letters of a text; nothing where there are few."""
    plain = LETTERS.sub("", text.casefold())
    return (plain.encode(),) if len(plain) >= LEAST_LETTERS else ()


def repeats_across(
    keys: Sequence[tuple[bytes, ...]], sides: Sequence[str], groups: Sequence[str]
) -> list[tuple[int, int]]:
    """Return pairs of places: an object and one on another side, of another group, that shares a key."""
    owners: dict[bytes, list[int]] = defaultdict(list)
    for place, own in enumerate(keys):
        for key in own:
            owners[key].append(place)
    found: dict[int, int] = {}
    for places in owners.values():
        if len(places) < 2:
            continue
        by_side: dict[str, int] = {}
        for place in places:
            by_side.setdefault(sides[place], place)
        if len(by_side) < 2:
            continue
        for place in places:
            other = next((one for side, one in by_side.items() if side != sides[place]), None)
            if other is not None and groups[other] != groups[place]:
                found.setdefault(place, other)
    return sorted(found.items())
