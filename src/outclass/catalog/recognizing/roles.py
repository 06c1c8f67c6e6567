"""What each column of a table is to the challenge: an input, an id, a group, a text, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.columns import (
    MOST_CATEGORIES,
    Column,
    Content,
    is_identity,
    numbers_of,
    texts_of,
)
from outclass.catalog.recognizing.found import Choices
from outclass.catalog.recognizing.leaks import cut_of, find_leaks, sorted_by
from outclass.catalog.recognizing.pixels import find_pixels
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.tables import TableLook

HOLLOW = 0.95
"""A column that is missing from so many rows is left out."""
FEW_GROUPS = 10
LARGEST_GROUP = 0.3
MOST_COLUMNS = 800
LONGEST_VALUE = 100
LABEL = "\0label"
ADDRESSES = {"url", "link", "domain", "host", "hostname", "address"}
"""Columns that are ids for the most part, and texts where there is nothing else."""


@dataclass(slots=True, kw_only=True)
class Roles:
    """The columns by their role, and why the others are left out."""

    inputs: dict[str, Column] = field(default_factory=dict)
    texts: list[Column] = field(default_factory=list)
    id: Column | None = None
    group: Column | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def roles_of(
    columns: Mapping[str, Column], label: Column, look: TableLook, labels: pl.Series, choices: Choices
) -> Roles:
    """Give each column its role.

    Parameters
    ----------
    labels
        The label of each row, spellings put together, null where the row is not used.

    Raises
    ------
    RefusedDataError
        A column is a copy of the label.
    """
    roles = Roles()
    cells = frozenset(find_pixels(columns, label.header) or ())
    for header, column in columns.items():
        if header == label.header:
            continue
        if header in choices.ignore:
            roles.left_out[header] = "you left it out"
        elif header in cells:  # a corner that is always dark is a part of the picture, too
            roles.inputs[header] = as_cell(column)
        else:
            place_column(roles, column, labels)
    without_leaks(roles, look, labels, choices)
    if len(roles.inputs) > MOST_COLUMNS:
        kept = list(roles.inputs)[:MOST_COLUMNS]
        roles.doubts.append(
            f"{len(roles.inputs):,} columns are more than a form can have: the first {MOST_COLUMNS} are used"
        )
        roles.inputs = {header: roles.inputs[header] for header in kept}
    return roles


def as_cell(column: Column) -> Column:
    """Return a pixel as a column of numbers, also where it is the same in every row."""
    if column.content is Content.NUMBER:
        return column
    only = float(column.values[0][0])
    return replace(column, content=Content.NUMBER, low=only, high=only, whole=only.is_integer())


def place_column(roles: Roles, column: Column, labels: pl.Series) -> None:
    """Give one column its role."""
    header = column.header
    if useless := uselessness(column):
        roles.left_out[header] = useless
        return
    match column.content:
        case _ if is_groups(column):
            group_of(roles, column)
        case _ if is_identity(column):
            identify(roles, column, labels)
        case Content.NUMBER | Content.CATEGORY:
            roles.inputs[header] = column
        case Content.TEXT:
            roles.texts.append(column)
        case Content.NAMES | Content.UNIQUE:
            roles.texts.append(column)


def uselessness(column: Column) -> str:
    """Return why nothing can be told by a column; empty where something may be."""
    if column.content is Content.EMPTY:
        return "it is empty"
    if column.content is Content.CONSTANT:
        return "it has the same value in every row"
    if column.missing_share >= HOLLOW:
        return f"{column.missing_share:.0%} of its values are missing"
    if names.plain(column.header) in names.SPLITS and column.different <= 5:
        return "it names a split of its own, which is not followed here"
    return "it is a date" if column.content is Content.DATE else ""


def is_groups(column: Column) -> bool:
    """Tell whether a column says what several rows are of."""
    if not names.is_group(column.header) or column.content not in {
        Content.NUMBER,
        Content.CATEGORY,
        Content.NAMES,
    }:
        return False
    if column.content is Content.NUMBER and not column.whole:
        return False
    several = column.different >= FEW_GROUPS and column.filled >= 1.2 * column.different
    return several and column.values[0][1] <= LARGEST_GROUP * column.filled


def group_of(roles: Roles, column: Column) -> None:
    """Keep rows of one group together; a second column of groups is left out."""
    if roles.group is None:
        roles.group = column
    else:
        roles.left_out[column.header] = "it names a group of rows, and another column does already"


def identify(roles: Roles, column: Column, labels: pl.Series) -> None:
    """Take a column as the id where it is one for sure; it is never an input."""
    header = column.header
    named = names.is_id(header) and column.unique_share == 1.0 and not column.missing
    if named and roles.id is None and column.rows == column.different:
        roles.id = column
    often = "each value comes" if column.unique_share == 1.0 else "nearly all values come"
    roles.left_out[header] = f"it names rows: {often} once"
    if column.steps and sorted_by(labels):
        roles.doubts.append(
            f"the rows are sorted by their label, so `{header}` would tell it; it is no input, but mind this "
            "where other columns come from the order, too"
        )
    if column.content is Content.UNIQUE and (not names.is_id(header) or names.plain(header) in ADDRESSES):
        roles.texts.append(column)


def without_leaks(roles: Roles, look: TableLook, labels: pl.Series, choices: Choices) -> None:
    """Take out the columns that tell the label; refuse where one is a copy of it."""
    series = {
        header: numbers_of(texts_of(look.frame, header), look.keys)
        if column.content is Content.NUMBER
        else texts_of(look.frame, header)
        for header, column in roles.inputs.items()
        if header not in choices.keep
    }
    # A row that is repeated is no further evidence.
    different = pl.DataFrame({**series, LABEL: labels}).unique(maintain_order=True)
    known = {header: different[header] for header in series}
    for leak in find_leaks(known, different[LABEL], {header: roles.inputs[header] for header in series}):
        twice = names.label_weight(leak.header) >= 2.0
        if leak.copy and leak.purity == 1.0 and not twice:
            raise RefusedDataError(
                Refusal.LEAK,
                str(leak),
                where=f"{look.path}, column {leak.header}",
                got=f"{roles.inputs[leak.header].different} values for as many labels",
                hint=f"leave it out: --ignore {quoted(leak.header)}; if it is known before the label is: "
                f"--keep {quoted(leak.header)}",
            )
        del roles.inputs[leak.header]
        roles.left_out[leak.header] = "it is the label once more" if twice else "it tells the label"
        roles.doubts.append(f"{leak}; left out (to use it all the same: --keep {quoted(leak.header)})")
    for header in [name for name, column in roles.inputs.items() if column.content is Content.NUMBER]:
        if header in series and len(roles.inputs) > 1 and cut_of(series[header], labels):
            del roles.inputs[header]
            roles.left_out[header] = "the label seems to be cut from it"
            roles.doubts.append(
                f"sorted by column `{header}` each label is in one piece, as if the label were cut from it; "
                f"left out (to use it all the same: --keep {quoted(header)})"
            )


def quoted(header: str) -> str:
    """Return a name as a shell takes it."""
    return header if header.replace("_", "").replace("-", "").isalnum() else f"'{header}'"


def declared_input(column: Column, name: str) -> dict[str, object]:
    """Return an input column as it stands in the YAML."""
    title, unit = titled(column.header)
    found: dict[str, object] = {"name": name}
    if title != name:
        found["title"] = title
    if column.content is Content.NUMBER:
        found["kind"] = "number"
        if unit:
            found["unit"] = unit
        assert column.low is not None
        assert column.high is not None
        whole = {"whole": True} if column.whole else {}
        return found | {"low": rounded(column.low), "high": rounded(column.high)} | whole
    values = [value for value, _ in column.values if len(value) <= LONGEST_VALUE]
    kept = values[:MOST_CATEGORIES]
    found |= {"kind": "category", "values": [{"name": value} for value in sorted(kept, key=str.casefold)]}
    return found | ({"others": True} if len(kept) < column.different else {})


def titled(header: str) -> tuple[str, str]:
    """Return the title and the unit that a header tells.

    >>> titled("petal length (cm)"), titled("odor")
    (('Petal length', 'cm'), ('Odor', ''))
    """
    title, _, rest = header.partition("(")
    if rest.endswith(")") and title.strip() and len(rest) <= 12 and ")" not in rest[:-1]:
        return names.title_of(title.strip()), rest[:-1].strip()
    return names.title_of(header), ""


def rounded(number: float) -> float | int:
    """Return a bound with six digits; a whole one as such."""
    short = float(f"{number:.6g}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short
