"""SQL for SQLite and PostgreSQL: one spelling (`?` for values), one connection per thread, errors of ours."""

import importlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

import msgspec

from outclass.base.errors import ConflictError, InputError, MissingExtraError, UnavailableError

if TYPE_CHECKING:
    import psycopg

Value = str | int | float | bytes | bool | None
Row = dict[str, Value]
T = TypeVar("T")

SQLITE_PREFIX = "sqlite:///"
POSTGRES_PREFIXES = ("postgresql://", "postgres://")
BUSY_SECONDS = 10.0
HINT = "start the site once, or run its migrations, then try again"


class Dialect(StrEnum):
    """The two databases that are supported."""

    SQLITE = "sqlite"
    POSTGRES = "postgresql"


class Database:
    """A database shared by processes; safe to use from any thread.

    Nothing is opened before the first statement. Each thread has a connection of its own; outside
    `transaction` every statement commits by itself. A PostgreSQL connection that broke is opened again by the
    next statement.

    Parameters
    ----------
    url
        `sqlite:///PATH` or `postgresql://USER@HOST/NAME`.
    create
        Whether a missing SQLite file is made; without it the first statement raises `UnavailableError`.

    Examples
    --------
    >>> db = Database.connect("sqlite:///" + str(getfixture("tmp_path") / "x.sqlite3"), create=True)
    >>> db.execute("CREATE TABLE t (name TEXT, n INTEGER)")
    -1
    >>> db.execute("INSERT INTO t VALUES (?, ?)", ("a", 1))
    1
    >>> db.fetch_all("SELECT * FROM t WHERE n = ?", (1,))
    [{'name': 'a', 'n': 1}]
    >>> db.close()
    """

    def __init__(self, url: str, *, create: bool = False) -> None:
        self.url = url
        self.dialect = dialect_of(url)
        self._create = create
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[_Connection] = []

    @classmethod
    def connect(cls, url: str, *, create: bool = False) -> "Database":
        """Return a database that opens itself when it is first used."""
        return cls(url, create=create)

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        """Run one statement; return the number of rows it changed (-1 where the database does not say)."""
        return self._connection().execute(sql, params)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement once for each row of values, in one transaction."""
        with self.transaction():
            self._connection().execute_many(sql, rows)

    def fetch_all(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """Return all rows, each as a dictionary by column name."""
        return self._connection().fetch(sql, params)

    def fetch_one(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        """Return the first row, or None."""
        rows = self.fetch_all(sql, params)
        return rows[0] if rows else None

    def fetch_as(self, kind: type[T], sql: str, params: Sequence[Value] = ()) -> list[T]:
        """Return all rows as values of a dataclass or msgspec Struct whose fields are the columns."""
        return msgspec.convert(self.fetch_all(sql, params), list[kind], strict=False)  # type: ignore[valid-type]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside together, or nothing; an inner transaction joins the outer one.

        On SQLite it takes the write lock at once, so that reading and then writing is safe.
        """
        connection = self._connection()
        if connection.depth:
            yield
            return
        connection.begin()
        try:
            yield
        except BaseException:
            connection.rollback()
            raise
        connection.commit()

    def close(self) -> None:
        """Close the connections of all threads; the next statement opens new ones."""
        with self._lock:
            connections, self._open = self._open, []
            self._local = threading.local()
        for connection in connections:
            connection.close()

    def _connection(self) -> "_Connection":
        """Return this thread's connection, opened when there is none or it broke."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is not None and not connection.broken:
            return connection
        opened: _Connection = (
            _SqliteConnection(self.url, create=self._create)
            if self.dialect is Dialect.SQLITE
            else _PostgresConnection(self.url)
        )
        with self._lock:
            self._open = [one for one in self._open if one is not connection]
            self._open.append(opened)
        self._local.connection = opened
        return opened


class _Connection:
    """What both databases offer to `Database`."""

    depth = 0
    broken = False

    def execute(self, sql: str, params: Sequence[Value]) -> int:
        raise NotImplementedError

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        raise NotImplementedError

    def fetch(self, sql: str, params: Sequence[Value]) -> list[Row]:
        raise NotImplementedError

    def begin(self) -> None:
        self.execute("BEGIN", ())
        self.depth = 1

    def commit(self) -> None:
        self.depth = 0
        self.execute("COMMIT", ())

    def rollback(self) -> None:
        """Give up what was done; a connection that broke has rolled back by itself."""
        self.depth = 0
        try:
            self.execute("ROLLBACK", ())
        except UnavailableError:
            self.broken = True

    def close(self) -> None:
        raise NotImplementedError


class _SqliteConnection(_Connection):
    """SQLite in WAL mode: readers and one writer at a time do not block each other."""

    def __init__(self, url: str, *, create: bool) -> None:
        path = sqlite_path(url)
        if not create and not path.exists():
            raise UnavailableError("the database does not exist yet", where=path.name, hint=HINT)
        with sqlite_errors():
            self._raw = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._raw.row_factory = sqlite3.Row
            self._raw.execute("PRAGMA journal_mode = WAL")
            self._raw.execute("PRAGMA foreign_keys = ON")

    def execute(self, sql: str, params: Sequence[Value]) -> int:
        with sqlite_errors():
            return self._raw.execute(sql, params).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        with sqlite_errors():
            self._raw.executemany(sql, rows)

    def fetch(self, sql: str, params: Sequence[Value]) -> list[Row]:
        with sqlite_errors():
            return [dict(row) for row in self._raw.execute(sql, params)]

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE", ())
        self.depth = 1

    def close(self) -> None:
        self._raw.close()


class _PostgresConnection(_Connection):
    """PostgreSQL through psycopg, which is imported only here, as it is an optional extra."""

    def __init__(self, url: str) -> None:
        try:
            self._driver = importlib.import_module("psycopg")
            rows = importlib.import_module("psycopg.rows")
        except ImportError as error:
            raise MissingExtraError("postgres", what="PostgreSQL needs the package psycopg") from error
        with self.errors():
            self._raw: psycopg.Connection[Row] = self._driver.connect(
                url, autocommit=True, row_factory=rows.dict_row, connect_timeout=int(BUSY_SECONDS)
            )

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the driver's errors into ours; their texts may hold values, so only their kind is told."""
        try:
            yield
        except self._driver.IntegrityError as error:
            raise ConflictError("a rule of the database forbids this", got=type(error).__name__) from error
        except self._driver.errors.UndefinedTable as error:
            raise UnavailableError("a table is missing in the database", hint=HINT) from error
        except (self._driver.OperationalError, self._driver.InterfaceError) as error:
            self.broken = not hasattr(self, "_raw") or self._raw.closed
            raise UnavailableError("the database does not answer", got=type(error).__name__) from error

    def execute(self, sql: str, params: Sequence[Value]) -> int:
        with self.errors():
            return self._raw.execute(to_postgres(sql), params or None).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        with self.errors(), self._raw.cursor() as cursor:
            cursor.executemany(to_postgres(sql), rows)

    def fetch(self, sql: str, params: Sequence[Value]) -> list[Row]:
        with self.errors():
            return self._raw.execute(to_postgres(sql), params or None).fetchall()

    def close(self) -> None:
        self._raw.close()


@contextmanager
def sqlite_errors() -> Iterator[None]:
    """Turn the errors of sqlite3 into ours."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise ConflictError("a rule of the database forbids this", got=type(error).__name__) from error
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            raise UnavailableError("a table is missing in the database", hint=HINT) from error
        if "syntax error" in str(error) or "no such column" in str(error):
            raise
        raise UnavailableError("the database does not answer", got=str(error)) from error


def dialect_of(url: str) -> Dialect:
    """Return which database a URL is of."""
    if url.startswith(SQLITE_PREFIX) and len(url) > len(SQLITE_PREFIX) and ":memory:" not in url:
        return Dialect.SQLITE
    if url.startswith(POSTGRES_PREFIXES):
        return Dialect.POSTGRES
    raise InputError(
        "this database is not supported",
        where="DATABASE_URL",
        got=url.split(":", 1)[0] + ":...",
        accepted="sqlite:///PATH or postgresql://USER@HOST/NAME",
    )


def sqlite_path(url: str) -> Path:
    """Return the file of a SQLite URL.

    >>> sqlite_path("sqlite:////srv/a%20b.sqlite3").as_posix()
    '/srv/a b.sqlite3'
    """
    return Path(unquote(url.removeprefix(SQLITE_PREFIX)))


@lru_cache(maxsize=512)
def to_postgres(sql: str) -> str:
    """Spell a statement for psycopg: `?` outside quotes becomes `%s`, `%` is doubled.

    >>> to_postgres("SELECT '?' FROM t WHERE a = ? AND b LIKE 'x%'")
    "SELECT '?' FROM t WHERE a = %s AND b LIKE 'x%%'"
    """
    parts: list[str] = []
    quote = ""
    for character in sql:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "?":
            parts.append("%s")
            continue
        parts.append("%%" if character == "%" else character)
    return "".join(parts)
