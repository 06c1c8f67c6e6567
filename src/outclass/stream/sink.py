"""The sink: writes each result once, however often it comes, with its place in the topic in one transaction.

Two things make it exact. The key (topic, partition, offset) of the message that a result is about is unique,
so that a result that was published twice is written once. And how far the sink has read stands in the same
database and changes in the same transaction, so that after a crash it goes on exactly where its rows end.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from outclass.base.errors import ConflictError, InputError, OutclassError, UnavailableError
from outclass.base.sql import Database, Dialect, Value
from outclass.base.tables import (
    Column,
    ColumnType,
    Table,
    actual_columns,
    create_statements,
    integer,
    real,
    schema_problems,
    text,
)
from outclass.stream.classify import DEAD
from outclass.stream.letters import dead_letter
from outclass.stream.reading import is_not_utf8, not_json, not_utf8
from outclass.stream.records import Outgoing, Place, PoisonError, Reason, Record, Work
from outclass.stream.results import Result, decoder

TABLE_NAME = re.compile(r"(?!sqlite_)[a-z_][a-z0-9_]{0,48}")
WRITTEN, DOUBLED = "written", "doubled"
STATEMENT_ROWS = 256
"""Most rows of one statement; databases bound the number of its values."""

Row = tuple[Value, ...]


def results_table(name: str) -> Table:
    """Return the table of results; its key is unique."""
    return Table(
        name=name,
        primary="key",
        columns=(
            text("key"),
            text("topic"),
            integer("partition"),
            integer("position"),
            text("id", null=True),
            text("challenge"),
            text("model"),
            text("answer", null=True),
            real("confidence"),
            text("probabilities"),
            Column(name="abstained", type=ColumnType.BOOLEAN),
            text("reason", null=True),
            real("sent_at", null=True),
            real("answered_at"),
            real("written_at"),
        ),
        unique=(("topic", "partition", "position"),),
        indexes=(("answered_at",),),
    )


def progress_table(name: str) -> Table:
    """Return the table of how far each partition of the results' topic was read."""
    return Table(
        name=f"{name}_progress",
        primary="place",
        columns=(text("place"), text("topic"), integer("partition"), integer("next")),
        unique=(("topic", "partition"),),
    )


class Sink:
    """Writes results to a table; a stage like the classifier.

    Parameters
    ----------
    database
        SQLite or PostgreSQL.
    table
        Name of the table; it is made where it is missing, with a second one for the progress.
    """

    def __init__(self, database: Database, table: str) -> None:
        if not TABLE_NAME.fullmatch(table):
            raise InputError(
                "this cannot be the name of a table",
                where="--table",
                got=table,
                accepted="small letters, digits and _, at most 49, not beginning with sqlite_",
            )
        self._db = database
        self._results = results_table(table)
        self._progress = progress_table(table)
        # In quotes, as `order` and the like are words of SQL; the names have no capitals and no quotes.
        self._target, self._places = f'"{self._results.name}"', f'"{self._progress.name}"'
        self._advance = (
            f"INSERT INTO {self._places} (place, topic, partition, next) VALUES (?, ?, ?, ?) "  # noqa: S608
            f"ON CONFLICT (place) DO UPDATE SET next = excluded.next "
            f"WHERE {self._places}.next < excluded.next"
        )

    def prepare(self) -> None:
        """Make the tables where they are missing.

        Raises
        ------
        ConflictError
            A table of that name is there and has other columns.
        """
        for table in (self._results, self._progress):
            if not actual_columns(self._db, table.name):
                for statement in create_statements(table, self._db.dialect):
                    self._db.execute(statement)
        if problems := schema_problems(self._db, (self._results, self._progress)):
            raise ConflictError(
                "a table of this name is there and is another",
                where=self._results.name,
                got="; ".join(problems[:3]),
                hint="choose another name with --table",
            )

    def positions(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Return where to go on in each partition: at its beginning where nothing was written from it.

        What the broker remembers of this group does not count: it may belong to another database.
        """
        rows = self._db.fetch_all(f"SELECT topic, partition, next FROM {self._places}")  # noqa: S608
        known = {(str(row["topic"]), int(str(row["partition"]))): int(str(row["next"])) for row in rows}
        return {(topic, number): known.get((topic, number), 0) for topic, number in places}

    def work(self, records: Sequence[Record]) -> Work:
        """Write the results of a batch and how far it reaches, all or nothing."""
        rows, letters = read_rows(records)
        ends = {(record.topic, record.partition): record.offset + 1 for record in records}
        places = [(f"{topic}:{number}", topic, number, end) for (topic, number), end in ends.items()]
        try:
            with self._db.transaction():
                written = self._write(rows)
                self._db.execute_many(self._advance, places)
        except OutclassError as error:
            raise UnavailableError("the database takes no results now", got=error.what) from error
        outcomes = {WRITTEN: written, DOUBLED: len(rows) - written, DEAD: len(letters)}
        return Work(letters=letters, outcomes={name: number for name, number in outcomes.items() if number})

    def _write(self, rows: Sequence[Row]) -> int:
        """Insert rows; return how many of them were new."""
        names = [column.name for column in self._results.columns]
        target = f"INSERT INTO {self._target} ({', '.join(names)})"
        if self._db.dialect is Dialect.POSTGRES:
            # One text for all rows: a tenth of the time that the driver takes for as many values.
            body = msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
            source = f"SELECT {', '.join(names)} FROM json_populate_recordset(NULL::{self._target}, ?)"  # noqa: S608
            return self._db.execute(f"{target} {source} ON CONFLICT DO NOTHING", [body]) if rows else 0
        marks = "(" + ", ".join("?" * len(names)) + ")"
        return sum(
            self._db.execute(
                f"{target} VALUES {', '.join([marks] * len(part))} ON CONFLICT DO NOTHING",
                [value for row in part for value in row],
            )
            for part in parts(rows)
        )


def parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Split rows into powers of two, so that there are few different statements."""
    start = 0
    while start < len(rows):
        size = min(STATEMENT_ROWS, 1 << ((len(rows) - start).bit_length() - 1))
        yield rows[start : start + size]
        start += size


def read_rows(records: Sequence[Record]) -> tuple[list[Row], list[Outgoing]]:
    """Return the rows of results, and letters for what is no result."""
    now = datetime.now(UTC).timestamp()
    rows: list[Row] = []
    letters: list[Outgoing] = []
    for record in records:
        try:
            rows.append(row_of(read_result(record.value), now))
        except PoisonError as poison:
            letters.append(dead_letter(record, poison))
    return rows, letters


def read_result(value: bytes | None) -> Result:
    """Read one result.

    Raises
    ------
    PoisonError
        It is none.
    """
    if value is None:
        raise PoisonError(Reason.NO_VALUE, "the message has no value")
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        raise PoisonError(Reason.INVALID, f"this is no result: {error}") from None
    except UnicodeDecodeError:
        raise not_utf8() from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise (not_utf8() if is_not_utf8(value) else not_json(error)) from None


def row_of(result: Result, now: float) -> Row:
    """Return a result as the values of the table's columns."""
    return (
        f"{storable(result.topic)}:{result.partition}:{result.offset}",
        storable(result.topic),
        result.partition,
        result.offset,
        None if result.id is None else storable(str(result.id)),
        storable(result.challenge),
        storable(result.model),
        None if result.answer is None else storable(result.answer),
        result.confidence,
        storable(msgspec.json.encode(result.probabilities).decode()),
        result.abstained,
        None if result.reason is None else storable(result.reason),
        None if result.sent_at is None else result.sent_at.timestamp(),
        result.answered_at.timestamp(),
        now,
    )


def storable(text: str) -> str:
    """Return a text without the one character that PostgreSQL cannot keep.

    >>> storable("a" + chr(0)) == "a" + chr(0xFFFD)
    True
    """
    return text.replace("\x00", "\ufffd") if "\x00" in text else text
