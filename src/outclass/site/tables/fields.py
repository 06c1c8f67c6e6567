"""The form of a record: which fields it has, how they are grouped, what stands beside each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from math import floor, log10

from outclass.inputs.columns import InputColumn
from outclass.site.tables.lattices import lattice_of
from outclass.site.tables.typed import PREFIX, Typed

MOST_FIELDS = 150
"""Of more columns there is one field, for a line of CSV: nobody fills in hundreds."""
UNGROUPED = 12
"""So many columns stand together; more are grouped by how their names begin."""
OTHERS = "Others"
FEW_VALUES, FEW_COLUMNS = 4, 8
"""In a short form a category of a few values is a row of radio buttons."""


class Layout(StrEnum):
    """How a form is laid out."""

    FIELDS = "fields"
    LATTICE = "lattice"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A value that may be chosen."""

    value: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The field of one column.

    Attributes
    ----------
    kind
        `number`, `select` or `radio`.
    hint
        What is usual of a number; empty where that is not declared.
    warning
        That a number lies outside what is usual.
    place
        Its place among the columns.
    """

    name: str
    title: str
    description: str
    kind: str
    unit: str
    hint: str
    step: str
    text: str
    options: tuple[Option, ...]
    error: str
    warning: str
    place: int

    @property
    def identity(self) -> str:
        """Return the id of its element."""
        return f"c{self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that stand together; `title` is empty where all do."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordForm:
    """All of a form; `rows` are the fields of a lattice, `cells` what is usual of any of them."""

    layout: Layout
    groups: tuple[Group, ...]
    rows: tuple[tuple[Field, ...], ...]
    cells: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return all fields."""
        return tuple(field for group in self.groups for field in group.fields)


def form_of(typed: Typed) -> RecordForm:
    """Return the form with what was typed into it."""
    columns = typed.columns
    layout = layout_of(columns)
    if layout is Layout.LINE:
        return RecordForm(layout=layout, groups=(), rows=())
    short = len(columns) <= FEW_COLUMNS
    fields = [field_of(column, place, typed, short=short) for place, column in enumerate(columns)]
    lattice = lattice_of(columns)
    across = lattice.across if lattice else len(fields)
    rows = [tuple(fields[start : start + across]) for start in range(0, len(fields), across)]
    return RecordForm(
        layout=layout,
        groups=grouped(fields) if layout is Layout.FIELDS else (Group(title="", fields=tuple(fields)),),
        rows=tuple(rows) if layout is Layout.LATTICE else (),
        cells=f"usually {lattice.low:g} to {lattice.high:g}" if lattice else "",
    )


def layout_of(columns: tuple[InputColumn, ...]) -> Layout:
    """Return how the form of some columns is laid out."""
    if len(columns) > MOST_FIELDS:
        return Layout.LINE
    return Layout.FIELDS if lattice_of(columns) is None else Layout.LATTICE


def field_of(column: InputColumn, place: int, typed: Typed, *, short: bool) -> Field:
    """Return the field of a column."""
    text = typed.texts[place]
    radio = short and len(column.values) <= FEW_VALUES
    return Field(
        name=f"{PREFIX}{column.name}",
        title=column.label,
        description=column.description,
        kind=("radio" if radio else "select") if column.is_category else "number",
        unit=column.unit,
        hint=usual_words(column),
        step=step_of(column),
        text=text,
        options=tuple(
            Option(value=value.name, title=value.label, chosen=value.name == text) for value in column.values
        ),
        error=typed.errors.get(place, ""),
        warning="Outside what it has learned from." if place in typed.unusual else "",
        place=place,
    )


def usual_words(column: InputColumn) -> str:
    """Say what is usual of a number.

    >>> usual_words(InputColumn(name="w", kind="number", low=0.1, high=2.5))
    'usually 0.1 to 2.5'
    """
    match column.low, column.high:
        case None, None:
            return ""
        case None, high:
            return f"usually at most {high:g}"
        case low, None:
            return f"usually at least {low:g}"
        case low, high:
            return f"usually {low:g} to {high:g}"


def step_of(column: InputColumn) -> str:
    """Return by how much an arrow key changes a number: a power of ten, about a hundredth of its range.

    >>> step_of(InputColumn(name="w", kind="number", low=0.1, high=2.5))
    '0.01'
    """
    if column.whole:
        return "1"
    span = 0.0 if column.low is None or column.high is None else column.high - column.low
    return f"{10.0 ** floor(log10(span / 50)):.12g}" if span > 0 else "any"


def grouped(fields: Sequence[Field]) -> tuple[Group, ...]:
    """Group fields by the first word of their titles, where there are many and that says anything."""
    if len(fields) <= UNGROUPED:
        return (Group(title="", fields=tuple(fields)),)
    ordered = sorted(fields, key=lambda field: first_word(field.title))
    by_word = {word: tuple(found) for word, found in groupby(ordered, lambda field: first_word(field.title))}
    together = {word: found for word, found in by_word.items() if len(found) > 1}
    if not 1 < len(together) <= len(fields) // 2:
        return (Group(title="", fields=tuple(fields)),)
    groups = [Group(title=word, fields=found) for word, found in together.items()]
    groups.sort(key=lambda group: group.fields[0].place)
    alone = tuple(field for field in fields if first_word(field.title) not in together)
    return (*groups, Group(title=OTHERS, fields=alone)) if alone else tuple(groups)


def first_word(title: str) -> str:
    """Return how a title begins.

    >>> first_word("gill_size"), first_word("Petal length")
    ('Gill', 'Petal')
    """
    return title.replace("_", " ").strip().partition(" ")[0].capitalize()
