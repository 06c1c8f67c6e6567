"""The tables that processes share, as data. The site's migrations make them; a test holds both to one schema.

All times are seconds since 1970 in UTC as a float, so that both databases agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from outclass.base.sql import Database, Dialect


class ColumnType(StrEnum):
    """What a column holds, alike in both databases."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    BYTES = "bytes"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `null` says whether it may be empty."""

    name: str
    type: ColumnType
    null: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table; `primary` names its primary key, `unique` and `indexes` the groups of columns so marked."""

    name: str
    primary: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()


def text(name: str, *, null: bool = False) -> Column:
    """Return a column of text."""
    return Column(name=name, type=ColumnType.TEXT, null=null)


def integer(name: str, *, null: bool = False) -> Column:
    """Return a column of whole numbers."""
    return Column(name=name, type=ColumnType.INTEGER, null=null)


def real(name: str, *, null: bool = False) -> Column:
    """Return a column of floating point numbers."""
    return Column(name=name, type=ColumnType.REAL, null=null)


API_KEY = Table(
    name="api_key",
    primary="id",
    columns=(
        text("id"),
        text("secret_hash"),
        integer("owner_id", null=True),
        text("name"),
        text("scopes"),
        integer("requests_per_day"),
        real("created_at"),
        real("revoked_at", null=True),
        real("last_used_at", null=True),
    ),
    indexes=(("owner_id",),),
)
API_KEY_USE = Table(
    name="api_key_use",
    primary="id",
    columns=(
        Column(name="id", type=ColumnType.SERIAL),
        text("key_id"),
        text("day"),
        integer("requests"),
    ),
    unique=(("key_id", "day"),),
)
PREDICTION = Table(
    name="prediction",
    primary="id",
    columns=(
        text("id"),
        text("challenge"),
        text("model"),
        real("created_at"),
        text("key_id", null=True),
        text("answer", null=True),
        real("confidence"),
        Column(name="abstained", type=ColumnType.BOOLEAN),
        text("reason", null=True),
        text("probabilities"),
        real("milliseconds"),
        text("input_sha256"),
        Column(name="input", type=ColumnType.BYTES, null=True),
        text("source"),
    ),
    indexes=(("challenge", "created_at"),),
)
BALLOT = Table(
    name="ballot",
    primary="id",
    columns=(
        text("id"),
        text("challenge"),
        text("prediction_id", null=True),
        text("object_id", null=True),
        text("label"),
        integer("user_id", null=True),
        text("key_id", null=True),
        text("address_hash", null=True),
        text("checker_id", null=True),
        text("source"),
        real("created_at"),
    ),
    indexes=(("prediction_id",), ("challenge", "object_id")),
)
CHECK_ITEM = Table(
    name="check_item",
    primary="id",
    columns=(
        text("id"),
        text("challenge"),
        text("object_id", null=True),
        text("prediction_id", null=True),
        text("data_version", null=True),
        text("reason"),
        text("given", null=True),
        text("truth", null=True),
        real("score"),
        real("created_at"),
        real("retired_at", null=True),
        text("label", null=True),
        real("posterior", null=True),
    ),
    unique=(("challenge", "object_id"), ("challenge", "prediction_id")),
    indexes=(("challenge", "retired_at"),),
)
CHECKER = Table(
    name="checker",
    primary="id",
    columns=(
        text("id"),
        integer("user_id", null=True),
        text("invitation_id", null=True),
        text("name"),
        Column(name="staff", type=ColumnType.BOOLEAN),
        real("known_since"),
        real("created_at"),
    ),
    unique=(("user_id",),),
)
INVITATION = Table(
    name="invitation",
    primary="id",
    columns=(
        text("id"),
        text("token_hash"),
        text("challenge"),
        integer("created_by", null=True),
        integer("most_uses"),
        integer("uses"),
        real("created_at"),
        real("expires_at"),
        real("revoked_at", null=True),
    ),
    unique=(("token_hash",),),
    indexes=(("challenge",),),
)
IDEMPOTENCY = Table(
    name="idempotency",
    primary="key",
    columns=(
        text("key"),
        text("scope"),
        text("request_sha256"),
        text("response"),
        real("created_at"),
    ),
    indexes=(("created_at",),),
)
BOT_POST = Table(
    name="bot_post",
    primary="id",
    columns=(
        text("id"),
        text("kind"),
        text("network"),
        text("account"),
        text("challenge"),
        text("game"),
        text("post"),
        text("author"),
        text("url", null=True),
        text("state"),
        text("reason", null=True),
        text("seen", null=True),
        text("draft", null=True),
        text("answers", null=True),
        text("reply", null=True),
        integer("attempts"),
        real("created_at"),
        real("next_at", null=True),
        real("sent_at", null=True),
        text("truth", null=True),
        real("revealed_at", null=True),
        text("summary_id", null=True),
    ),
    unique=(("post", "game"),),
    indexes=(("game", "state"),),
)
JOB = Table(
    name="job",
    primary="id",
    columns=(
        text("id"),
        text("kind"),
        text("challenge"),
        text("arguments"),
        integer("owner_id", null=True),
        text("state"),
        text("step"),
        real("progress", null=True),
        text("message"),
        integer("attempts"),
        text("worker", null=True),
        real("created_at"),
        real("started_at", null=True),
        real("heartbeat_at", null=True),
        real("cancel_at", null=True),
        real("ended_at", null=True),
    ),
    indexes=(("state", "created_at"), ("challenge",)),
)
TABLES = (
    *(API_KEY, API_KEY_USE, PREDICTION, BALLOT, IDEMPOTENCY),
    *(CHECK_ITEM, CHECKER, INVITATION, BOT_POST, JOB),
)

_SPELLING: Mapping[Dialect, Mapping[ColumnType, str]] = {
    Dialect.SQLITE: {
        ColumnType.TEXT: "text",
        ColumnType.INTEGER: "bigint",
        ColumnType.REAL: "real",
        ColumnType.BOOLEAN: "bool",
        ColumnType.BYTES: "BLOB",
        ColumnType.SERIAL: "integer",
    },
    Dialect.POSTGRES: {
        ColumnType.TEXT: "text",
        ColumnType.INTEGER: "bigint",
        ColumnType.REAL: "double precision",
        ColumnType.BOOLEAN: "boolean",
        ColumnType.BYTES: "bytea",
        ColumnType.SERIAL: "bigint GENERATED BY DEFAULT AS IDENTITY",
    },
}
_FAMILIES: Mapping[str, ColumnType] = {
    "text": ColumnType.TEXT,
    "varchar": ColumnType.TEXT,
    "char": ColumnType.TEXT,
    "character varying": ColumnType.TEXT,
    "character": ColumnType.TEXT,
    "integer": ColumnType.INTEGER,
    "bigint": ColumnType.INTEGER,
    "smallint": ColumnType.INTEGER,
    "integer unsigned": ColumnType.INTEGER,
    "bigint unsigned": ColumnType.INTEGER,
    "smallint unsigned": ColumnType.INTEGER,
    "real": ColumnType.REAL,
    "double precision": ColumnType.REAL,
    "bool": ColumnType.BOOLEAN,
    "boolean": ColumnType.BOOLEAN,
    "blob": ColumnType.BYTES,
    "bytea": ColumnType.BYTES,
}


def create_statements(table: Table, dialect: Dialect) -> list[str]:
    """Return the DDL of a table, for tests and for reading; the product's tables are made by migrations."""
    lines = []
    for column in table.columns:
        line = f'"{column.name}" {_SPELLING[dialect][column.type]}'
        line += "" if column.null else " NOT NULL"
        line += " PRIMARY KEY" if column.name == table.primary else ""
        lines.append(line)
    lines += [f"UNIQUE ({', '.join(group)})" for group in table.unique]
    statements = [f'CREATE TABLE "{table.name}" ({", ".join(lines)})']
    for group in table.indexes:
        name = f"{table.name}_{'_'.join(group)}"
        statements.append(f'CREATE INDEX "{name}" ON "{table.name}" ({", ".join(group)})')
    return statements


def actual_columns(db: Database, name: str) -> tuple[Column, ...]:
    """Return the columns that a table has in the database; empty where there is no such table.

    A serial column reads as INTEGER, since it is one to everybody but the database.
    """
    if db.dialect is Dialect.SQLITE:
        rows = db.fetch_all(
            'SELECT name, lower(type) AS kind, "notnull" = 0 AND pk = 0 AS empty FROM pragma_table_info(?)',
            (name,),
        )
    else:
        rows = db.fetch_all(
            "SELECT column_name AS name, data_type AS kind, is_nullable = 'YES' AS empty "
            "FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ? "
            "ORDER BY ordinal_position",
            (name,),
        )
    return tuple(
        Column(name=str(row["name"]), type=_family(str(row["kind"])), null=bool(row["empty"])) for row in rows
    )


def schema_problems(db: Database, tables: tuple[Table, ...] = TABLES) -> list[str]:
    """Return how the database differs from what is declared here, a sentence each; empty when it does not."""
    problems = []
    for table in tables:
        actual = {column.name: column for column in actual_columns(db, table.name)}
        if not actual:
            problems.append(f"the table {table.name} is missing")
            continue
        for column in table.columns:
            problems += _differences(table.name, column, actual.get(column.name))
        for extra in sorted(actual.keys() - {column.name for column in table.columns}):
            problems.append(f"{table.name}.{extra} is not declared")
    return problems


def _differences(table: str, declared: Column, actual: Column | None) -> list[str]:
    """Return how one column differs."""
    if actual is None:
        return [f"{table}.{declared.name} is missing"]
    wanted = ColumnType.INTEGER if declared.type is ColumnType.SERIAL else declared.type
    problems = []
    if actual.type is not wanted:
        problems.append(f"{table}.{declared.name} is {actual.type}, not {wanted}")
    if actual.null != declared.null:
        problems.append(f"{table}.{declared.name} {'may' if actual.null else 'may not'} be empty")
    return problems


def _family(kind: str) -> ColumnType:
    """Return what a database's type name means, without its length."""
    return _FAMILIES.get(kind.split("(", 1)[0].strip(), ColumnType.TEXT)
