"""How the training rows lie in each column: where a value stands among them, and which columns tell most."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.conf import settings as django_conf
from numpy.typing import NDArray

from outclass.catalog.dataset import DatasetVersion, current_version, find_version
from outclass.catalog.split import Split
from outclass.inputs.columns import InputColumn
from outclass.inputs.table import ColumnTable
from outclass.site.tables.coding import same_coding

MOST = 20_000
"""Rows that are looked at; more say no more."""
BLOCK = 4096
BINS = 10
CENTILES = 100

Values = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the training rows lie in one column.

    Attributes
    ----------
    gain
        How many bits of the class the column tells by itself.
    centiles
        Of a number: what so many per cent of the rows are below, ``[101]``; empty where no row has one.
    shares
        Of a category: the share of each value among the rows that have one.
    """

    gain: float
    centiles: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def below(self, value: float) -> float:
        """Return the share of rows whose number is smaller, to a hundredth."""
        return min(int(np.searchsorted(self.centiles, value, "left")), CENTILES) / CENTILES


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreads:
    """All columns of a data version, in their order; `ranked` has their places, the most telling first."""

    rows: int
    coding: tuple[InputColumn, ...]
    columns: tuple[Spread, ...]
    ranked: tuple[int, ...]


def spreads_of(challenge: str, columns: Sequence[InputColumn]) -> Spreads | None:
    """Return how the training rows of the version in use lie; None where there are none of these columns."""
    version = current_version(challenge, django_conf.OUTCLASS)
    found = None if version is None else _spreads(challenge, version.id)
    return found if found is not None and same_coding(found.coding, columns) else None


@lru_cache(maxsize=16)
def _spreads(challenge: str, version_id: str) -> Spreads | None:
    """Look at the rows of a version."""
    version = find_version(challenge, version_id, django_conf.OUTCLASS)
    found = None if version is None else training_rows(version)
    return None if found is None else measure(*found)


def training_rows(version: DatasetVersion) -> tuple[ColumnTable, Places] | None:
    """Return training rows with their classes, of many some thousands from all over."""
    total = sum(version.document.counts.get(Split.TRAIN, {}).values())
    step = max(1, -(-total // MOST))
    columns: tuple[InputColumn, ...] = ()
    values: list[Values] = []
    targets: list[Places] = []
    for block in version.blocks(Split.TRAIN, BLOCK):
        if not isinstance(block.inputs, ColumnTable):
            return None
        columns = block.inputs.columns
        values.append(block.inputs.values[::step])
        targets.append(block.targets[::step])
    if not values:
        return None
    return ColumnTable(columns, np.concatenate(values)), np.concatenate(targets)


def measure(table: ColumnTable, targets: Places) -> Spreads:
    """Return how rows lie in each of their columns."""
    found = tuple(
        spread_of(column, table.values[:, place], targets) for place, column in enumerate(table.columns)
    )
    ranked = sorted(range(len(found)), key=lambda place: -found[place].gain)
    return Spreads(rows=len(table), coding=table.columns, columns=found, ranked=tuple(ranked))


def spread_of(column: InputColumn, values: Values, targets: Places) -> Spread:
    """Return how rows lie in one column."""
    known = values[~np.isnan(values)].astype(np.float64)
    if column.is_category:
        counts = np.bincount(known.astype(np.int64), minlength=len(column.values))
        shares = counts / max(1, counts.sum())
        codes = np.where(np.isnan(values), len(column.values), values).astype(np.int64)
        return Spread(gain=bits_told(codes, targets), shares=tuple(shares.tolist()))
    if not len(known):
        return Spread(gain=0.0)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    codes = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    centiles = np.quantile(known, np.linspace(0, 1, CENTILES + 1))
    return Spread(gain=bits_told(codes, targets), centiles=tuple(centiles.tolist()))


def bits_told(codes: Places, targets: Places) -> float:
    """Return the mutual information of two columns of whole numbers, in bits.

    Source: C. E. Shannon, A Mathematical Theory of Communication, 1948.

    >>> bits_told(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    1.0
    """
    joint = np.zeros((int(codes.max(initial=0)) + 1, int(targets.max(initial=0)) + 1))
    np.add.at(joint, (codes, targets), 1)
    joint /= max(1.0, joint.sum())
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0
    return max(0.0, float((joint[seen] * np.log2(joint[seen] / apart[seen])).sum()))


def most_telling(challenge: str, columns: Sequence[InputColumn]) -> tuple[int, ...]:
    """Return the places of columns, the most telling first; as declared where no row is known."""
    spreads = spreads_of(challenge, columns)
    return tuple(range(len(columns))) if spreads is None else spreads.ranked
