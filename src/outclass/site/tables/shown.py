"""A record as pages show it: a line for each column, or a picture, and where each value lies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge
from outclass.charts.ranges import Strip, lattice_svg, range_mark
from outclass.inputs.columns import InputColumn
from outclass.inputs.table import value_of
from outclass.site.tables.coding import Columns, titled
from outclass.site.tables.lattices import lattice_of
from outclass.site.tables.spreads import Spread, Spreads, spreads_of

Values = NDArray[np.float32]
ALL, FIRST, FEW = 10, 8, 3
"""So many columns are shown together; of more so many first; in lists of records so many."""
NOT_KNOWN = "not known"
EXCERPT = 80
ENDS = (1, 99)
"""The centiles at which a strip ends, so that one far value does not press all others together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One column of a record.

    Attributes
    ----------
    title, value, unit
        What people read; the value of a category is its title.
    known
        Whether there is a value.
    mark
        Where the value lies among the training rows, as SVG; empty where that is not known.
    standing
        The same in words.
    """

    title: str
    value: str
    unit: str
    known: bool
    mark: SafeString
    standing: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A record on a page.

    Attributes
    ----------
    lines, rest
        What is shown, and what is shown on demand.
    few
        The most telling columns, which stand for the record in a list.
    picture
        The record drawn, where its columns are the cells of a picture.
    telling
        Whether the lines are the columns that tell most of the class.
    """

    lines: tuple[Line, ...]
    rest: tuple[Line, ...]
    few: tuple[Line, ...]
    picture: SafeString
    telling: bool

    @property
    def columns(self) -> int:
        """Return the number of columns."""
        return len(self.lines) + len(self.rest)


def record_view(challenge: Challenge, row: Values, coding: Columns | None = None) -> RecordView:
    """Return a record as pages show it.

    Parameters
    ----------
    row
        float32 ``[columns]``.
    coding
        What its numbers mean; by default those of the challenge as it is now.
    """
    columns = titled(coding or challenge.input.columns, challenge)
    spreads = spreads_of(challenge.name, columns)
    picture = picture_of(columns, row)
    folded = len(columns) > ALL
    ranked = range(len(columns)) if spreads is None else spreads.ranked
    order = ranked if folded and not picture else range(len(columns))
    lines = tuple(lines_of(columns, row, order, spreads))
    first = 0 if picture else FIRST if folded else len(lines)
    return RecordView(
        lines=lines[:first],
        rest=lines[first:],
        few=tuple(lines_of(columns, row, ranked[:FEW], spreads)),
        picture=picture,
        telling=folded and spreads is not None and not picture,
    )


def lines_of(
    columns: Sequence[InputColumn], row: Values, order: Sequence[int], spreads: Spreads | None
) -> Iterator[Line]:
    """Yield the columns in some order."""
    for place in order:
        yield line_of(columns[place], row[place], spreads.columns[place] if spreads else None)


def line_of(column: InputColumn, value: np.float32, spread: Spread | None) -> Line:
    """Return one column of a record."""
    mark, standing = standing_of(column, float(value), spread)
    return Line(
        title=column.label,
        value=shown_value(column, value),
        unit="" if column.is_category or isnan(value) else column.unit,
        known=not isnan(value),
        mark=mark,
        standing=standing,
        description=column.description,
    )


def shown_value(column: InputColumn, value: np.float32) -> str:
    """Return a value as people read it: the title of a category, a number as short as it can be told."""
    if isnan(value):
        return NOT_KNOWN
    if column.is_category:
        return column.values[int(value)].label
    return str(value_of(column, value))


def standing_of(column: InputColumn, value: float, spread: Spread | None) -> tuple[SafeString, str]:
    """Return where a value lies among the training rows, drawn and in words."""
    if spread is None or isnan(value):
        return SafeString(), ""
    if column.is_category:
        share = spread.shares[int(value)]
        return SafeString(), f"in {share_words(share)} of the rows"
    if not spread.centiles:
        return SafeString(), ""
    words = place_words(spread, value)
    drawn = range_mark(strip_of(spread), value, words)
    return mark_safe(drawn), words  # noqa: S308 (numbers and an escaped label)


def strip_of(spread: Spread) -> Strip:
    """Return the strip of a column of numbers."""
    low, lower, middle, upper, high = (spread.centiles[at] for at in (ENDS[0], 25, 50, 75, ENDS[1]))
    if low == high:
        low, high = spread.centiles[0], spread.centiles[-1]
    return Strip(low=low, high=high, lower=lower, upper=upper, middle=middle)


def place_words(spread: Spread, value: float) -> str:
    """Say where a number lies among those of the training rows."""
    if value < spread.centiles[0]:
        return "less than in any row"
    if value > spread.centiles[-1]:
        return "more than in any row"
    if spread.centiles[0] == spread.centiles[-1]:
        return "as in all rows"
    return f"more than in {100 * spread.below(value):.0f} % of the rows"


def share_words(share: float) -> str:
    """Return a share in per cent, never 0 or 100 by rounding alone.

    >>> share_words(0.0), share_words(0.001), share_words(0.456), share_words(0.999), share_words(1.0)
    ('none', 'less than 1 %', '46 %', 'more than 99 %', 'all')
    """
    if share in {0.0, 1.0}:
        return "all" if share else "none"
    rounded = round(100 * share)
    return {0: "less than 1 %", 100: "more than 99 %"}.get(rounded, f"{rounded} %")


def picture_of(columns: tuple[InputColumn, ...], row: Values) -> SafeString:
    """Return a record as a picture, nothing where its columns are none."""
    lattice = lattice_of(columns)
    if lattice is None:
        return SafeString()
    label = f"{lattice.down} by {lattice.across} numbers as shades; the lighter, the larger"
    drawn = lattice_svg(row.tolist(), lattice.across, lattice.low, lattice.high, label)
    return mark_safe(drawn)  # noqa: S308 (numbers and an escaped label)


def excerpt_of_record(challenge: Challenge, row: Values, coding: Columns) -> str:
    """Return how a record begins, in a line: its most telling columns."""
    view = record_view(challenge, row, coding)
    if view.picture:
        return ""
    text = ", ".join(f"{line.title}: {line.value}" for line in view.few)
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}\u2026"
