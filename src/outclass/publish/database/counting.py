"""What is counted once when a data file is made, as its data never changes: facets, objects of each class."""

import sqlite3
from collections.abc import Iterable, Iterator

from outclass.publish.database.schema import CLASS_COUNTS, FACET_COUNTS, Table, quoted
from outclass.publish.database.writer import SqlValue, fill

MOST_VALUES = 1000
"""A column with more values is no facet."""


def fill_facets(connection: sqlite3.Connection, tables: Iterable[Table]) -> None:
    """Make and fill `facet_counts`."""
    rows = [
        (table.name, column, place, value, objects)
        for table in tables
        for column in table.facets
        for place, (value, objects) in enumerate(counts(connection, table.name, column))
    ]
    fill(connection, FACET_COUNTS, rows)


def counts(connection: sqlite3.Connection, table: str, column: str) -> Iterator[tuple[SqlValue, int]]:
    """Yield the values of a column and how many rows have each, the most frequent first."""
    name = quoted(column)
    found = connection.execute(
        f"SELECT {name}, COUNT(*) FROM {quoted(table)} "  # noqa: S608 - quoted
        f"GROUP BY {name} ORDER BY COUNT(*) DESC, {name} LIMIT ?",
        (MOST_VALUES + 1,),
    ).fetchall()
    yield from found if len(found) <= MOST_VALUES else ()


def fill_class_counts(connection: sqlite3.Connection) -> None:
    """Make and fill `class_counts`."""
    connection.execute(CLASS_COUNTS.create())
    connection.execute(
        "INSERT INTO class_counts SELECT label, split, COUNT(*), COUNT(predicted), "
        "COALESCE(SUM(predicted = label), 0) FROM objects WHERE label IS NOT NULL "
        "GROUP BY label, split ORDER BY label, split"
    )
