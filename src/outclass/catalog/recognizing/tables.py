"""Read a table of any format for a look at it, by the keys of a data dictionary that its draft will have."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import msgspec
import polars as pl

from outclass.base.errors import DataError, MissingExtraError
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.declaration import DataDictionary
from outclass.catalog.dictionary.drafting import MISSING
from outclass.catalog.dictionary.places import database_batches
from outclass.catalog.dictionary.reading import JSON_LINES, WORKBOOKS, TableFile, read_table
from outclass.catalog.packed import is_parquet, open_data
from outclass.catalog.recognizing.found import Choices, Question
from outclass.catalog.recognizing.parsing import Parsing, parsing_of
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError

SQLITE = b"SQLite format 3\x00"
MOST_CELLS = 60_000_000
"""So many values are looked at; of a longer table the first rows."""
TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".data", ".parquet", ".pq", *JSON_LINES, *WORKBOOKS)
DATABASE_ENDINGS = (".sqlite", ".sqlite3", ".db")
DAMAGED = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLook:
    """A table and how it is read.

    Attributes
    ----------
    keys, notes
        Keys of a data dictionary, with their reasons.
    frame
        The rows, or the first of them.
    whole
        Whether these are all rows.
    """

    path: Path
    keys: dict[str, object]
    notes: dict[str, str]
    frame: pl.DataFrame
    whole: bool = True
    evidence: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    questions: tuple[Question, ...] = field(default=())


def look_at_table(path: Path, choices: Choices) -> TableLook:
    """Find out how a table is read, and read it.

    Raises
    ------
    RefusedDataError
        It is empty or broken, or a database has several tables and nobody says which.
    """
    try:
        look = _database(path, choices) if is_database(path) else _file(path)
    except RefusedDataError:
        raise
    except (DataError, MissingExtraError) as error:
        raise RefusedDataError(
            Refusal.UNREADABLE,
            error.what,
            where=error.where or str(path),
            got=error.got,
            accepted=error.accepted,
            hint=error.hint,
        ) from error
    if look.frame.is_empty():
        raise RefusedDataError(
            Refusal.EMPTY, "there are no rows", where=str(path), got="a header without rows"
        )
    return look


def is_database(path: Path) -> bool:
    """Tell whether a file is a database of SQLite."""
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _file(path: Path) -> TableLook:
    """Look at a file."""
    endings = {ending.lower() for ending in path.suffixes}
    known = is_parquet(path) or endings & {*JSON_LINES, *WORKBOOKS}
    parsing = Parsing() if known else parsing_of(path)
    frame, whole = _read(file_frames(path, parsing.keys), path)
    form = "Parquet" if is_parquet(path) else form_of(endings, parsing)
    keys, notes = dict(parsing.keys), dict(parsing.notes)
    if words := missing_words(frame):
        keys["na_values"] = words
        notes["na_values"] = "these stand where nothing is known"
        frame, whole = _read(file_frames(path, keys), path)
    return TableLook(
        path=path,
        keys={"path": path} | keys,
        notes=notes,
        frame=frame,
        whole=whole,
        evidence=(f"{form} with {len(frame):,} rows and {frame.width} columns", *told_of(parsing)),
    )


def form_of(endings: set[str], parsing: Parsing) -> str:
    """Return what people call the format."""
    if endings & set(JSON_LINES):
        return "JSON lines"
    if endings & set(WORKBOOKS):
        return "a workbook"
    return "a table with tabs" if parsing.keys.get("delimiter") == "\t" else "a text table"


def told_of(parsing: Parsing) -> Iterator[str]:
    """Yield how the file is read where that is unusual."""
    for key, value in parsing.keys.items():
        shown = {"\t": "a tab", ";": "a semicolon", " ": "a space"}.get(str(value), value)
        yield f"{key.replace('_', ' ')}: {shown} ({parsing.notes.get(key, 'as found')})"


def file_frames(path: Path, keys: dict[str, object]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file."""
    declared = msgspec.convert({"path": str(path)} | keys, DataDictionary)
    missing = list(declared.na_values)
    for frame in read_table(TableFile(name=path.name, path=path), open_data(path), declared):
        texts = [name for name, kind in frame.schema.items() if kind == pl.String]
        cleared = (
            pl.when(pl.col(name).is_in(missing)).then(None).otherwise(pl.col(name)).alias(name)
            for name in texts
        )
        yield frame.drop(ROW, strict=False) if not missing else frame.with_columns(cleared).drop(ROW)


def _read(frames: Iterable[pl.DataFrame], path: Path) -> tuple[pl.DataFrame, bool]:
    """Return the rows, as many as are looked at, and whether these are all."""
    found: list[pl.DataFrame] = []
    cells = 0
    iterator = iter(frames)
    for frame in iterator:
        found.append(frame)
        cells += frame.width * len(frame)
        if cells > MOST_CELLS:
            break
    if not found:
        raise RefusedDataError(Refusal.EMPTY, "there are no rows", where=str(path))
    more = next((frame for frame in iterator if len(frame)), None)
    return pl.concat(found, how="vertical_relaxed"), more is None


def missing_words(frame: pl.DataFrame) -> list[str]:
    """Return the words that stand for a missing value, as they are written in the file.

    A word that stands among numbers means nothing; among words only one of those that never mean something.
    """
    found: dict[str, None] = {}
    known = set(MISSING)
    for series in frame:
        if series.dtype != pl.String or not series.str.strip_chars().is_in(list(known)).any():
            continue
        values = series.unique().drop_nulls()
        if len(values) > 100_000:
            values = values.head(100_000)
        words = [word for word in values.to_list() if word.strip() in known]
        others = [value for value in values.to_list() if value.strip() not in known and value.strip()]
        numbers = sum(1 for value in others[:500] if _numeric(value)) >= 0.9 * len(others[:500])
        sure = {"?", "NA", "N/A", "n/a", "nan", "NaN", "NULL", "null"}
        found |= dict.fromkeys(word for word in words if numbers or word.strip() in sure)
    return sorted(found)


def _numeric(text: str) -> bool:
    """Tell whether a text has the look of a number."""
    return text.strip().lstrip("+-").replace(".", "", 1).replace(",", "").replace(" ", "").isdigit()


def _database(path: Path, choices: Choices) -> TableLook:
    """Look at a table of a database."""
    names = tables_of(path)
    if not names:
        raise RefusedDataError(Refusal.EMPTY, "this database has no table", where=str(path))
    table, questions = chosen_table(path, names, choices)
    keys: dict[str, object] = {"source": "sqlite", "path": path, "table_name": table}
    declared = msgspec.convert(keys | {"path": str(path)}, DataDictionary)
    frames = (batch.frame.drop(ROW) for batch in database_batches(declared, path.parent))
    frame, whole = _read(frames, path)
    evidence = f"table `{table}` of a SQLite database, {len(frame):,} rows and {frame.width} columns"
    return TableLook(
        path=path, keys=keys, notes={}, frame=frame, whole=whole, evidence=(evidence,), questions=questions
    )


def tables_of(path: Path) -> dict[str, int]:
    """Return the tables and views of a database with how many rows each has."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    asked = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            names = [row[0] for row in connection.execute(asked)]
            counts = (connection.execute(f"SELECT count(*) FROM {quoted(name)}") for name in names)  # noqa: S608 - its own names
            return {name: cursor.fetchone()[0] for name, cursor in zip(names, counts, strict=True)}
    except sqlite3.Error as error:
        raise RefusedDataError(
            Refusal.UNREADABLE, "this database cannot be read", where=str(path), got=str(error)
        ) from error


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def chosen_table(path: Path, names: dict[str, int], choices: Choices) -> tuple[str, tuple[Question, ...]]:
    """Return the table that is meant: the one named, the only one, or else the one with the most rows."""
    if choices.table is not None:
        if choices.table not in names:
            raise RefusedDataError(
                Refusal.UNREADABLE,
                "this database has no such table",
                where=str(path),
                got=choices.table,
                accepted=", ".join(names),
            )
        return choices.table, ()
    ranked = sorted(names, key=lambda name: -names[name])
    if len(ranked) == 1:
        return ranked[0], ()
    sure = names[ranked[0]] >= 10 * max(names[ranked[1]], 1)
    question = Question(option="table", text="Which table?", answers=tuple(ranked), sure=sure)
    if not sure:
        counts = ", ".join(f"{name} ({count:,} rows)" for name, count in names.items())
        raise UnsureError(
            question,
            RefusedDataError(
                Refusal.UNCLEAR_LABEL,
                "this database has several tables",
                where=str(path),
                got=counts,
                hint="say which: --table NAME",
            ),
        )
    return ranked[0], (question,)


class UnsureError(Exception):
    """Only the owner can tell; where nobody can be asked, the refusal stands."""

    def __init__(self, question: Question, refusal: RefusedDataError) -> None:
        super().__init__(question.text)
        self.question = question
        self.refusal = refusal


def all_values(frame: pl.DataFrame, names: Iterable[str]) -> Iterator[str]:
    """Yield the different texts of some columns."""
    return chain.from_iterable(frame[name].cast(pl.String).unique().drop_nulls().to_list() for name in names)
