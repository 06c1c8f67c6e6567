"""Keyset paging that is exact over duplicates, NULLs, descending order and keys of several columns.

The place after a row is told as stretches, each a range of an index: of the order `a desc, id` after the row
(5, 'x') there come `a is 5 and id > 'x'`, then `a < 5`, then `a is null`, and they are read one after the
other until a page is full. Values keep their type in the token, as columns without a type compare 5 and '5'
as different.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from datasette.utils import escape_sqlite, tilde_decode, tilde_encode

from outclass.publish.data_site.limits import SqlValue

NULL = "$null"
Description = tuple[tuple[str | None, ...], ...]
"""What a cursor tells of its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A column of an order."""

    column: str
    descending: bool = False

    @property
    def name(self) -> str:
        """Return the column as SQL has it."""
        return str(escape_sqlite(self.column))

    @property
    def ordered(self) -> str:
        """Return the term of `ORDER BY`."""
        return f"{self.name} desc" if self.descending else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Rows that follow: a condition, its parameters by name, and the terms that still need an order."""

    where: str
    params: dict[str, SqlValue]
    order: str


def order_of(keys: Sequence[str], sort: str | None = None, *, descending: bool = False) -> tuple[Term, ...]:
    """Return the order by a column, rows that are equal in it by the primary key."""
    first = (Term(column=sort, descending=descending),) if sort else ()
    return (*first, *(Term(column=key) for key in keys if key != sort))


def order_by(terms: Sequence[Term]) -> str:
    """Return the clause without its first words.

    >>> order_by(order_of(["id"], "size", descending=True))
    'size desc, id'
    """
    return ", ".join(term.ordered for term in terms)


def stretches(terms: Sequence[Term], values: Sequence[SqlValue]) -> list[Stretch]:
    """Return what comes after the row with these values, in order.

    >>> for each in stretches(order_of(["id"], "size"), [5, "x"]): print(each.where, "/", each.order)
    size is :next0 and id > :next1 / id
    size > :next0 / size, id
    """
    found = []
    for place in reversed(range(len(terms))):
        same = [f"{term.name} is :next{i}" for i, term in enumerate(terms[:place])]
        params = {f"next{i}": value for i, value in enumerate(values[:place])}
        for after in following(terms[place], place, values[place]):
            needed = params | ({f"next{place}": values[place]} if ":next" in after else {})
            ordered = terms[place + 1 :] if after.endswith("is null") else terms[place:]
            found.append(Stretch(where=" and ".join([*same, after]), params=needed, order=order_by(ordered)))
    return found


def following(term: Term, place: int, value: SqlValue) -> list[str]:
    """Return the conditions for a column's values that come after one; NULL is less than anything."""
    if term.descending:
        return [] if value is None else [f"{term.name} < :next{place}", f"{term.name} is null"]
    return [f"{term.name} is not null"] if value is None else [f"{term.name} > :next{place}"]


def write_token(values: Sequence[SqlValue]) -> str:
    """Return values as the text of `_next`.

    >>> write_token([None, 5, 0.5, "a,b"])
    '$null,$i5,$f0.5,a~2Cb'
    """
    return ",".join(map(write_value, values))


def write_value(value: SqlValue) -> str:
    """Return one value; texts have no mark, as in Datasette's own tokens."""
    match value:
        case None:
            return NULL
        case int():
            return f"$i{value}"
        case float():
            return f"$f{value!r}"
        case bytes():
            return f"$b{value.hex()}"
        case _:
            return str(tilde_encode(value))


def read_token(token: str) -> list[SqlValue]:
    """Return the values of a token; ValueError where it is none."""
    return [read_value(part) for part in token.split(",")]


def read_value(part: str) -> SqlValue:
    """Return the value of one part."""
    if part == NULL:
        return None
    kind, digits = part[:2], part[2:]
    if kind == "$i":
        return whole(digits)
    if kind == "$f":
        return float(digits)
    if kind == "$b":
        return bytes.fromhex(digits)
    if part.startswith("$"):
        raise ValueError("this is no value")
    return str(tilde_decode(part))


def whole(digits: str) -> int:
    """Return a whole number that SQLite can hold."""
    value = int(digits)
    if not -(2**63) <= value < 2**63:
        raise ValueError("this number is too large")
    return value


def read_page(
    connection: sqlite3.Connection,
    head: str,
    params: dict[str, SqlValue],
    parts: Sequence[Stretch],
    limit: int,
) -> tuple[list[sqlite3.Row], Description]:
    """Return up to `limit` rows of the stretches, and the description of the columns.

    Parameters
    ----------
    head
        `select ... from ...`, with `where ... and` or `where` as its last word.
    """
    rows: list[sqlite3.Row] = []
    described: Description = ()
    for part in parts:
        order = f" order by {part.order}" if part.order else ""
        cursor = connection.execute(
            f"{head} {part.where}{order} limit {limit - len(rows)}",
            params | part.params,
        )
        described = cursor.description
        rows.extend(cursor.fetchall())
        if len(rows) >= limit:
            break
    return rows, described
