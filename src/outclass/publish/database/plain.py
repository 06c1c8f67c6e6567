"""A data file straight from a table of any kind, without a challenge and without a label."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import polars as pl

from outclass.base.errors import DataError, NotFoundError
from outclass.base.store import PARTIAL, sha256_of_file
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.declaration import TableKeys
from outclass.catalog.dictionary.drafting import MISSING, parsing_of
from outclass.catalog.dictionary.reading import JSON_LINES, WORKBOOKS, TableFile, read_table
from outclass.catalog.packed import is_parquet, open_data
from outclass.publish.database import schema
from outclass.publish.database.counting import fill_facets
from outclass.publish.database.metadata import PAGE, Metadata, map_of
from outclass.publish.database.schema import Column, Table
from outclass.publish.database.writer import SqlValue, count, fill, search_in, writing
from outclass.publish.sharing import public_text

ROWS = "rows"
"""The name of the table."""
BATCH = 50_000
FREE_TEXT = 60
"""A column with a longer value and different ones in most rows is read as free text, and searched."""
MOST_FACETED = 30
MOST_FACETS = 12
WHOLE = r"^[-+]?(0|[1-9][0-9]{0,17})(\.0)?$"
NUMBER = r"^[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is said of a table: its name, its licence, where it comes from; empty where nothing is known."""

    title: str
    description: str = ""
    licence: str = ""
    licence_url: str = ""
    source: str = ""
    source_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainFile:
    """A data file of a table as it lies on disk, and its metadata in the form of Datasette."""

    path: Path
    sha256: str
    content_sha256: str
    rows: int
    metadata: Metadata


@dataclass(slots=True)
class Seen:
    """What was seen of a column; `own` is what the data file calls it."""

    name: str
    own: str = ""
    whole: bool = True
    number: bool = True
    longest: int = 0
    missing: int = 0
    values: set[str] | None = field(default_factory=set)

    def look(self, values: pl.Series) -> None:
        """Look at some more values."""
        texts = values.cast(pl.String)
        given = texts.drop_nulls()
        self.missing += len(texts) - len(given)
        if given.is_empty():
            return
        longest = given.str.len_chars().max()
        self.longest = max(self.longest, longest if isinstance(longest, int) else 0)
        self.whole = self.whole and bool(given.str.contains(WHOLE).all())
        self.number = self.number and (
            self.whole or bool((given.str.contains(NUMBER) & given.str.contains("[0-9]")).all())
        )
        if self.values is not None:
            self.values.update(given.unique().to_list())
            self.values = self.values if len(self.values) <= MOST_FACETED else None

    def column(self, rows: int) -> Column:
        """Return it as a column of the file."""
        return Column(name=self.own, type=self.type if self.missing < rows else "TEXT")

    @property
    def type(self) -> str:
        """Return the narrowest type that holds all values."""
        return "INTEGER" if self.whole else "REAL" if self.number else "TEXT"

    @property
    def is_free_text(self) -> bool:
        """Tell whether people wrote it."""
        return self.type == "TEXT" and self.values is None and self.longest > FREE_TEXT

    @property
    def is_facet(self) -> bool:
        """Tell whether it has few values, each of more than one row."""
        return self.type != "REAL" and self.values is not None and len(self.values) > 1


def build_table_database(
    source: Path | pl.DataFrame, to: Path, *, terms: Terms, left_out: Sequence[str] = ()
) -> PlainFile:
    """Make a data file of a table: typed columns, facets, search in texts, coordinates for a map.

    Numbers and addresses inside free texts are hidden. The file is read twice and never held in memory.

    Parameters
    ----------
    source
        CSV, TSV, Parquet, JSON lines, a workbook, or a table at hand.
    to
        The file to write; the same table gives the same bytes.
    left_out
        Columns that are not published.

    Raises
    ------
    DataError
        It cannot be read, or has no row or no column that may be published.

    Examples
    --------
    >>> build_table_database(Path("trees.csv"), Path("trees.sqlite"), terms=Terms(title="Trees"))
    ... # doctest: +SKIP
    """
    seen, rows = look_at(source, frozenset(left_out))
    if not rows or not seen:
        raise DataError("there is nothing to publish", where=terms.title, got=f"{rows} rows")
    table = table_of(seen, rows)
    searched = [one.own for one in seen if one.is_free_text]
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=to.parent) as name:
        made = Path(name) / to.name
        digest = hashlib.sha256(msgspec.json.encode([schema.FORMAT, table.create(), searched, terms]))
        with writing(made) as connection:
            fill(connection, table, values(source, seen, digest))
            for statement in table.create_indexes():
                connection.execute(statement)
            fill_facets(connection, [table])
            fill(connection, schema.ABOUT, about_rows(terms, digest.hexdigest()))
            if searched:
                search_in(connection, ROWS, searched)
            rows = count(connection, ROWS)
        made.replace(to)
    return PlainFile(
        path=to,
        sha256=sha256_of_file(to),
        content_sha256=digest.hexdigest(),
        rows=rows,
        metadata=metadata_of_table(table, searched, terms),
    )


def look_at(source: Path | pl.DataFrame, left_out: frozenset[str]) -> tuple[list[Seen], int]:
    """Return what each column holds, and the number of rows."""
    seen: dict[str, Seen] = {}
    rows = 0
    for frame in frames_of(source):
        rows += len(frame)
        for name in frame.columns:
            if name not in left_out:
                seen.setdefault(name, Seen(name)).look(frame[name])
    for one, own in zip(seen.values(), distinct(list(seen)), strict=True):
        one.own = own
    return list(seen.values()), rows


def table_of(seen: Sequence[Seen], rows: int) -> Table:
    """Return the table to make."""
    columns = tuple(one.column(rows) for one in seen)
    few = tuple(one.own for one in seen if one.is_facet)[:MOST_FACETS]
    return Table(
        name=ROWS,
        about="The rows as they came.",
        columns=columns,
        indexes=tuple((name,) for name in few),
        facets=few,
    )


def distinct(names: Sequence[str]) -> list[str]:
    """Return names that differ in more than the case of their letters, as SQL asks.

    >>> distinct(["A", "a", "b"])
    ['A', 'a_2', 'b']
    """
    taken: set[str] = set()
    found = []
    for name in names:
        number, free = 1, name
        while free.lower() in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free.lower())
        found.append(free)
    return found


def frames_of(source: Path | pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows, some thousands at a time; what stands for a missing value in a text file is missing."""
    if isinstance(source, pl.DataFrame):
        yield from source.iter_slices(BATCH)
        return
    if not source.is_file():
        raise NotFoundError("there is no such file", got=str(source))
    plain = not is_parquet(source) and source.suffix.lower() not in {*WORKBOOKS, *JSON_LINES}
    keys = parsing_of(source) if plain else {}
    declared = TableKeys(**keys, chunksize=BATCH)  # type: ignore[arg-type]
    file = TableFile(name=source.name, path=source)
    for frame in read_table(file, open_data(source), declared):
        rows = frame.drop(ROW)
        yield rows.with_columns(pl.col(pl.String).replace(["", *MISSING], None)) if plain else rows


def values(
    source: Path | pl.DataFrame, seen: Sequence[Seen], digest: "hashlib._Hash"
) -> Iterator[tuple[SqlValue, ...]]:
    """Yield the rows as SQL has them, and hash them as they pass."""
    encode = msgspec.json.Encoder().encode
    for frame in frames_of(source):
        columns = [as_sql(frame[one.name], one) for one in seen]
        for row in zip(*columns, strict=True):
            digest.update(encode(row))
            yield row


def as_sql(column: pl.Series, seen: Seen) -> list[SqlValue]:
    """Return the values of a column as SQL has them."""
    match seen.type:
        case "INTEGER":
            return column.cast(pl.String).str.strip_suffix(".0").cast(pl.Int64).to_list()
        case "REAL":
            # As it is written: 0.1 of single precision is not 0.10000000149.
            single = column.dtype == pl.Float32
            found = (column.cast(pl.String) if single else column).cast(pl.Float64)
            return found.set(~found.is_finite(), None).to_list()
        case _:
            texts = column.cast(pl.String).to_list()
            if seen.is_free_text:
                return [None if text is None else public_text(text) for text in texts]
            return texts


def about_rows(terms: Terms, content: str) -> Iterator[tuple[SqlValue, ...]]:
    """Yield what is said of the table."""
    facts = {
        "title": terms.title,
        "description": terms.description,
        "licence": terms.licence,
        "licence_url": terms.licence_url,
        "source": terms.source,
        "homepage": terms.source_url,
        "content_sha256": content,
        "format": str(schema.FORMAT),
    }
    return ((key, value) for key, value in facts.items() if value)


def metadata_of_table(table: Table, searched: Sequence[str], terms: Terms) -> Metadata:
    """Return the metadata of a table's data file in the form of Datasette."""
    rows: Metadata = {"description": table.about, "size": PAGE, "facets": list(table.facets)}
    if searched:
        rows |= {"fts_table": f"{ROWS}_fts", "fts_pk": "rowid"}
    if place := map_of([column.name for column in table.columns]):
        rows["map"] = place
    return {
        "title": terms.title,
        "description": terms.description or None,
        "license": terms.licence or None,
        "license_url": terms.licence_url or None,
        "source": terms.source or None,
        "source_url": terms.source_url or None,
        "tables": {ROWS: rows},
        "queries": {},
    }
