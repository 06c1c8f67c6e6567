"""What a stranger's statement may cost, and how that is held: limits of SQLite, an authorizer, a watchdog."""

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

TIME_LIMIT_MS = 1000
FACET_TIME_LIMIT_MS = 200
SUGGEST_TIME_LIMIT_MS = 50
MAX_ROWS = 1000
MAX_RESULT_BYTES = 24_000_000
MAX_FUNCTIONS = 64
"""Calls of functions in one statement: the time limit holds between two steps, not inside of one."""
STRANGER_LENGTH = 250_000
"""Bytes of a value in a statement of a stranger; the row's own page shows longer ones."""
OWN_LENGTH = 20_000_000
SPARE_COLUMNS = 40
FEWEST_COLUMNS = 120

FIXED_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: STRANGER_LENGTH,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 40,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 1200,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
READABLE_PRAGMAS = frozenset(
    {
        "data_version",
        "foreign_key_list",
        "function_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "page_count",
        "page_size",
        "schema_version",
        "table_info",
        "table_list",
        "table_xinfo",
    }
)
WITHOUT_ARGUMENT = frozenset({"data_version", "function_list", "page_count", "page_size", "schema_version"})
REFUSED_FUNCTIONS = frozenset(
    {"fts3_tokenizer", "load_extension", "randomblob", "sqlite_offset", "sqlite_log", "zeroblob"}
)
# The statements of others on the same connection, and every page of the file.
REFUSED_TABLES = frozenset({"bytecode", "dbstat", "sqlite_dbpage", "sqlite_stmt", "tables_used"})
# What SQLite asks before it reads from json_each() and its like; the table itself can never be changed.
TABLE_OF_FUNCTION = (sqlite3.SQLITE_UPDATE, "sqlite_master")
DIGITS = re.compile(r"[0-9]+")
READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE})


class Authorizer:
    """Lets statements read, and nothing else; `begin` starts to count anew."""

    def __init__(self) -> None:
        self.functions = 0

    def begin(self) -> None:
        """Forget the functions of the statement before."""
        self.functions = 0

    def __call__(
        self, action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None
    ) -> int:
        """Tell SQLite whether a step of a statement may be compiled."""
        if action in READING or (action, first) == TABLE_OF_FUNCTION:
            allowed = True
        elif action == sqlite3.SQLITE_READ:
            allowed = (first or "").lower() not in REFUSED_TABLES
        elif action == sqlite3.SQLITE_FUNCTION:
            self.functions += 1
            allowed = self.functions <= MAX_FUNCTIONS and (second or "").lower() not in REFUSED_FUNCTIONS
        elif action == sqlite3.SQLITE_PRAGMA:
            name = (first or "").lower()
            allowed = name in READABLE_PRAGMAS and (name not in WITHOUT_ARGUMENT or second is None)
        else:
            allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def harden(connection: sqlite3.Connection) -> Authorizer:
    """Limit what statements on a connection may do; returns what counts the functions of each."""
    if hasattr(connection, "enable_load_extension"):  # a Python without it cannot load any
        connection.enable_load_extension(False)  # noqa: FBT003 - as the library has it
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    widest = max(
        (
            len(connection.execute("SELECT 1 FROM pragma_table_info(?)", (table,)).fetchall())
            for table in tables
        ),
        default=0,
    )
    for limit, value in FIXED_LIMITS.items():
        connection.setlimit(limit, value)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, max(FEWEST_COLUMNS, widest + SPARE_COLUMNS))
    # Those of SQLite take minutes for two long texts that nearly match, and cannot be stopped meanwhile.
    connection.create_function("instr", 2, instr, deterministic=True)
    connection.create_function("replace", 3, replace, deterministic=True)
    for name in ("printf", "format"):
        connection.create_function(name, -1, BoundedFormat(), deterministic=True)
    authorizer = Authorizer()
    connection.set_authorizer(authorizer)
    return authorizer


SqlValue = str | int | float | bytes | None


def instr(value: SqlValue, part: SqlValue) -> int | None:
    """Return the place of a part, from 1; 0 where it is not there.

    >>> instr("outclass", "class"), instr(1234, 3), instr(None, "a")
    (4, 3, None)
    """
    if value is None or part is None:
        return None
    if isinstance(value, bytes) and isinstance(part, bytes):
        return value.find(part) + 1
    return as_text(value).find(as_text(part)) + 1


def replace(value: SqlValue, old: SqlValue, new: SqlValue) -> SqlValue:
    """Return a text with every part `old` exchanged.

    >>> replace("stars", "s", "")
    'tar'
    """
    if value is None or old is None or new is None:
        return None
    text, before, after = as_text(value), as_text(old), as_text(new)
    if not before:
        return value
    if len(after) > len(before) and len(text) + text.count(before) * len(after) > 4 * STRANGER_LENGTH:
        raise ValueError("the text gets too long")
    return text.replace(before, after)


class BoundedFormat:
    """SQLite's own `printf`, for widths that do not keep it busy for minutes.

    >>> BoundedFormat()("%03d|%s", 7, "x")
    '007|x'
    """

    def __init__(self) -> None:
        self._plain = sqlite3.connect(":memory:", check_same_thread=False)

    def __call__(self, *values: SqlValue) -> SqlValue:
        """Return the text; ValueError where it would be too long."""
        pattern = as_text(values[0]) if values and values[0] is not None else ""
        wide = [int(digits) for digits in DIGITS.findall(pattern)]
        if "*" in pattern:
            wide += [abs(value) for value in values[1:] if isinstance(value, int)]
        if sum(wide) > STRANGER_LENGTH:
            raise ValueError("the text gets too long")
        holes = ", ".join("?" * len(values))
        found: SqlValue = self._plain.execute(f"SELECT printf({holes})", values).fetchone()[0]
        return found


def as_text(value: str | float | bytes) -> str:
    """Return a value as SQLite casts it to a text.

    >>> as_text(1e20), as_text(0.5), as_text(7)
    ('1.0e+20', '0.5', '7')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int):
        return str(value)
    digits, *exponent = f"{value:.15g}".split("e")
    digits = digits if "." in digits or not digits.lstrip("-").isdigit() else f"{digits}.0"
    return "e".join([digits, *exponent])


class Watchdog:
    """Interrupts connections that are past their time, from one thread.

    Nothing runs inside of SQLite's own loop, so that a statement does not wait for Python's lock while others
    compute, and a connection is never interrupted after its time was called off.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[int, tuple[float, sqlite3.Connection]] = {}
        self._numbers = count()
        self._awake_at = float("inf")
        self._thread: threading.Thread | None = None

    @contextmanager
    def limit(self, connection: sqlite3.Connection, milliseconds: float) -> Iterator[None]:
        """Interrupt the connection when the block takes longer."""
        due = time.monotonic() + milliseconds / 1000
        with self._changed:
            number = next(self._numbers)
            self._due[number] = (due, connection)
            self._start()
            if due < self._awake_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._due[number]

    def _start(self) -> None:
        """Start the thread where none runs."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, name="sql-watchdog", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        """Wait for the next that is due, and interrupt it until it has ended."""
        with self._changed:
            while True:
                now = time.monotonic()
                late = [connection for due, connection in self._due.values() if due <= now]
                for connection in late:
                    connection.interrupt()
                ahead = (due for due, _ in self._due.values() if due > now)
                self._awake_at = min(now + 0.01 if late else float("inf"), min(ahead, default=float("inf")))
                self._changed.wait(None if self._awake_at == float("inf") else self._awake_at - now)


WATCHDOG = Watchdog()
