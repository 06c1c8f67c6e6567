"""A data file as Datasette's database: opened immutable, hardened, with bounded time, rows and bytes."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from datasette.database import Database, QueryInterrupted, Results
from datasette.utils import escape_sqlite

from outclass.publish.data_site.limits import (
    MAX_RESULT_BYTES,
    OWN_LENGTH,
    STRANGER_LENGTH,
    WATCHDOG,
    Authorizer,
    SqlValue,
    harden,
)
from outclass.publish.data_site.paging import Stretch, Term, order_by, read_page

Found = TypeVar("Found")
MAX_TEMPORARY_KIB = 4000
MOST_REMEMBERED = 2000


@dataclass(slots=True, kw_only=True)
class Page:
    """The page of a table that is being read: its order, where it begins, and what was found.

    Attributes
    ----------
    parts
        What comes after the row before; None on the first page.
    head, params
        The statement up to its conditions, kept for reading on.
    """

    table: str
    terms: tuple[Term, ...]
    old_order: str
    parts: Sequence[Stretch] | None = None
    head: str = ""
    params: dict[str, SqlValue] = field(default_factory=dict)
    rows: list[sqlite3.Row] = field(default_factory=list)

    def takes(self, sql: str) -> bool:
        """Tell whether this is the statement that reads the page, and keep its head."""
        found = sql.rpartition(f"order by {self.old_order} limit ")
        if self.head or not found[1] or not found[2].isdigit() or not sql.startswith("select "):
            return False
        self.head = with_conditions(found[0], self.table)
        return True


def with_conditions(start: str, table: str) -> str:
    """Return a statement up to where conditions are added; those that are there are held together."""
    source = f"from {escape_sqlite(table)} "
    columns, found, conditions = start.partition(f" {source}")
    conditions = conditions.strip().removeprefix("where").strip()
    kept = f"({conditions}\n) and" if conditions else ""
    return f"{columns}{found}where {kept}"


PAGE: ContextVar[Page | None] = ContextVar("page", default=None)
LONG_VALUES: ContextVar[bool] = ContextVar("long_values", default=False)
CUT_SHORT: ContextVar[list[str] | None] = ContextVar("cut_short", default=None)


@contextmanager
def long_values() -> Iterator[None]:
    """Let our own statements read values of any length."""
    token = LONG_VALUES.set(True)
    try:
        yield
    finally:
        LONG_VALUES.reset(token)


class DataFileDatabase(Database):  # type: ignore[misc]  # Datasette has no types
    """One data file, the same for as long as it is attached."""

    def __init__(self, ds: Any, path: Path) -> None:
        super().__init__(ds, path=str(path), is_mutable=False)
        self._threads = threading.local()
        self._known: dict[tuple[str, ...], Any] = {}

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 - as Datasette calls it
        """Open the file: nothing is ever written, and nobody else writes."""
        assert not write
        uri = f"file:{quote(str(self.path))}?immutable=1&mode=ro"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute(f"PRAGMA cache_size = -{MAX_TEMPORARY_KIB}")
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA trusted_schema = 0")
        self._all_file_connections.append(connection)
        return connection

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Found]) -> Found:
        """Call a function with this thread's connection; ours end with the database, not with the thread."""

        def in_thread() -> Found:
            return fn(self._connection()[0])

        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, in_thread)

    def _connection(self) -> tuple[sqlite3.Connection, Authorizer]:
        """Return the connection of the thread that asks."""
        known: tuple[sqlite3.Connection, Authorizer] | None = getattr(self._threads, "connection", None)
        if known is None:
            connection = self.connect()
            self.ds._prepare_connection(connection, self.name)  # noqa: SLF001 - as Datasette does itself
            known = self._threads.connection = (connection, harden(connection))
        return known

    async def execute(
        self,
        sql: str,
        params: Any = None,
        truncate: bool = False,  # noqa: FBT001, FBT002
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,  # noqa: ARG002, FBT001, FBT002 - nothing of strangers is logged
    ) -> Any:
        """Run a statement within the limits; the one that reads a page is read by its order.

        Raises
        ------
        QueryInterrupted
            It took too long.
        sqlite3.OperationalError
            It is refused or wrong.
        """
        limit_ms = min(custom_time_limit or self.ds.sql_time_limit_ms, self.ds.sql_time_limit_ms)
        page, length = PAGE.get(), OWN_LENGTH if LONG_VALUES.get() else STRANGER_LENGTH
        reading = page if page and page.takes(sql) else None
        most = self.ds.max_returned_rows + (page_size == self.ds.max_returned_rows) if truncate else None

        def in_thread(connection: sqlite3.Connection) -> Results:
            self._connection()[1].begin()
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, length)
            with WATCHDOG.limit(connection, limit_ms):
                if reading:
                    return read_in_order(connection, reading, sql, params or {})
                return read_rows(connection, sql, {} if params is None else params, most)

        try:
            return await self.execute_fn(in_thread)
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            raise self._told(error, sql, params) from error

    def _told(self, error: Exception, sql: str, params: Any) -> Exception:
        """Return an error as one that Datasette tells the visitor."""
        if error.args == ("interrupted",):
            if (cut := CUT_SHORT.get()) is not None:
                cut.append(sql)
            interrupted: Exception = QueryInterrupted(error, sql, params)
            return interrupted
        return sqlite3.OperationalError(str(error))

    async def remembered(self, name: str, *given: str) -> Any:
        """Return what Datasette tells of the schema: asked once, as it never changes."""
        key = (name, *given)
        if key not in self._known:
            if len(self._known) > MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = await getattr(super(), name)(*given)
        return self._known[key]

    async def table_exists(self, table: str) -> Any:
        """Tell whether there is a table."""
        return await self.remembered("table_exists", table)

    async def table_names(self) -> Any:
        """Return the names of all tables."""
        return await self.remembered("table_names")

    async def table_columns(self, table: str) -> Any:
        """Return the names of a table's columns."""
        return await self.remembered("table_columns", table)

    async def table_column_details(self, table: str) -> Any:
        """Return the columns of a table."""
        return await self.remembered("table_column_details", table)

    async def primary_keys(self, table: str) -> Any:
        """Return the columns of a table's key."""
        return await self.remembered("primary_keys", table)

    async def fts_table(self, table: str) -> Any:
        """Return the index of words of a table."""
        return await self.remembered("fts_table", table)

    async def foreign_keys_for_table(self, table: str) -> Any:
        """Return what a table refers to."""
        return await self.remembered("foreign_keys_for_table", table)

    async def get_all_foreign_keys(self) -> Any:
        """Return what all tables refer to."""
        return await self.remembered("get_all_foreign_keys")

    async def hidden_table_names(self) -> Any:
        """Return the tables of indexes of words."""
        return await self.remembered("hidden_table_names")

    async def view_names(self) -> Any:
        """Return the names of all views."""
        return await self.remembered("view_names")

    async def label_column_for_table(self, table: str) -> Any:
        """Return the column that names a table's rows."""
        return await self.remembered("label_column_for_table", table)

    async def get_table_definition(self, table: str, type_: str = "table") -> Any:
        """Return the statement that made a table, or a view."""
        return await self.remembered("get_table_definition", table, type_)

    async def attached_databases(self) -> list[Any]:
        """Return none: the path of the file is nobody's business."""
        return []


def read_rows(connection: sqlite3.Connection, sql: str, params: Any, most: int | None) -> Results:
    """Return rows until there are too many of them or of their bytes."""
    cursor = connection.execute(sql, params)
    rows: list[sqlite3.Row] = []
    spent, truncated = 0, False
    for row in cursor:
        if most is not None and len(rows) == most:
            truncated = True
            break
        spent += sum(len(value) for value in row if type(value) is str or type(value) is bytes)
        if spent > MAX_RESULT_BYTES:
            if most is None:
                raise ValueError("the result is too large")
            truncated = True
            break
        rows.append(row)
    described = cursor.description
    cursor.close()
    return Results(rows, truncated, described)


def read_in_order(connection: sqlite3.Connection, page: Page, sql: str, params: Any) -> Results:
    """Return a page of a table in an order that has no ties."""
    limit = int(sql.rpartition(" ")[2])
    page.params = dict(params)
    if page.parts is None:
        start = sql.rpartition(f"order by {page.old_order} limit ")[0]
        found = read_rows(connection, f"{start}order by {order_by(page.terms)} limit {limit}", params, limit)
        rows, described = found.rows, found.description
    else:
        rows, described = read_page(connection, page.head, page.params, page.parts, limit)
    page.rows = rows
    return Results(rows, False, described)  # noqa: FBT003
