"""Which columns decided: how much each moves the answer against typical rows, as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from numpy.typing import NDArray

from outclass.charts.ranges import effect_bar, lattice_svg
from outclass.inference.columns import ColumnShare, explain_record
from outclass.inference.predictor import Predictor
from outclass.inputs.columns import InputColumn
from outclass.site.tables.coding import Columns
from outclass.site.tables.lattices import Lattice, lattice_of
from outclass.site.tables.shown import shown_value

SHOWN = 8
MOST_COLUMNS = 150
LEAST = 0.05
"""What moves the logarithm of the probability by less is not worth a bar."""
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one column adds.

    Attributes
    ----------
    effect
        By how much it moves the logarithm of the answer's probability; above 0 speaks for the answer.
    """

    title: str
    value: str
    unit: str
    effect: float
    bar: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What the columns add, the most first; `picture` shows where it was, for columns that are a picture.

    Attributes
    ----------
    told
        Whether it was looked for.
    """

    first: tuple[Effect, ...]
    rest: tuple[Effect, ...]
    picture: SafeString
    told: bool = True


def effects_of(predictor: Predictor, row: Values, columns: Columns) -> Effects:
    """Return which columns decided about a record; none of very many, which would take long.

    Parameters
    ----------
    columns
        What the model reads, with the titles of pages.
    """
    if len(columns) > MOST_COLUMNS:
        return Effects(first=(), rest=(), picture=SafeString(), told=False)
    places = {column.name: place for place, column in enumerate(columns)}
    found = [one for one in explain_record(predictor, row) if one.name in places]
    strongest = sorted(found, key=lambda one: -abs(one.effect))
    most = abs(strongest[0].effect) if strongest else 0.0
    shown = [
        effect_of(columns[places[one.name]], row[places[one.name]], one.effect, most)
        for one in strongest
        if abs(one.effect) >= LEAST
    ]
    lattice = lattice_of(columns)
    return Effects(
        first=tuple(shown[:SHOWN]),
        rest=tuple(shown[SHOWN:]),
        picture=SafeString() if lattice is None or not shown else drawn(lattice, found, places, most),
    )


def effect_of(column: InputColumn, value: np.float32, effect: float, most: float) -> Effect:
    """Return what one column adds."""
    return Effect(
        title=column.label,
        value=shown_value(column, value),
        unit="" if column.is_category or np.isnan(value) else column.unit,
        effect=effect,
        bar=mark_safe(effect_bar(effect, most)),  # noqa: S308 (numbers only)
    )


def drawn(
    lattice: Lattice, found: Sequence[ColumnShare], places: Mapping[str, int], most: float
) -> SafeString:
    """Return where in a picture the answer comes from: the lighter, the more a cell counted."""
    sizes = [0.0] * (lattice.down * lattice.across)
    for one in found:
        sizes[places[one.name]] = abs(one.effect)
    label = "where the answer comes from: the lighter, the more a number counted"
    return mark_safe(lattice_svg(sizes, lattice.across, 0.0, most, label))  # noqa: S308 (numbers only)
