"""Where a database is and who asks: from the dictionary, what is secret from the environment only."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from outclass.base.errors import DataError
from outclass.catalog.dictionary.declaration import DataDictionary, SqlConfig, SqlKind

PRODUCT = "OUTCLASS"
VARIABLE = "OUTCLASS_SQL_URL"
TIMEOUT_VARIABLE = "OUTCLASS_SQL_TIMEOUT"
TIMEOUT_SECONDS = 600.0
EXAMPLE = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"


class Engine(StrEnum):
    """A kind of database."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    SQLITE = "sqlite"


SCHEMES = {
    "postgresql": Engine.POSTGRESQL,
    "postgres": Engine.POSTGRESQL,
    "psql": Engine.POSTGRESQL,
    "mysql": Engine.MYSQL,
    "mysql+pymysql": Engine.MYSQL,
    "mariadb": Engine.MYSQL,
    "sqlite": Engine.SQLITE,
}
ENGINES = {
    SqlKind.POSTGRESQL: Engine.POSTGRESQL,
    SqlKind.PSQL: Engine.POSTGRESQL,
    SqlKind.MYSQL: Engine.MYSQL,
    SqlKind.SQLITE: Engine.SQLITE,
}
"""The engine of each kind but `sql`, which takes that of the address."""
PASSWORDS = {Engine.POSTGRESQL: "PGPASSWORD", Engine.MYSQL: "MYSQL_PWD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database and who asks; what is empty is left to the driver, as libpq reads PGHOST by itself.

    Attributes
    ----------
    path
        The file, for SQLite.
    options
        Further parameters of the driver, such as `sslmode`.
    seconds
        How long one statement may take.
    """

    engine: Engine
    host: str = ""
    port: int | None = None
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Path | None = None
    seconds: float = TIMEOUT_SECONDS

    def __str__(self) -> str:
        """Return the address as it may be shown: without the password and the options."""
        if self.path is not None:
            return str(self.path)
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.engine}://{user}{self.host}{port}/{self.database}"

    def clean(self, text: str) -> str:
        """Return a driver's message without the password, should it quote it."""
        line = " ".join(text.split())
        for secret in {self.password, quote(self.password, safe=""), quote(self.password)} - {""}:
            line = line.replace(secret, "***")
        return line


def address_of(declared: DataDictionary, folder: Path, environ: Mapping[str, str] | None = None) -> Address:
    """Return the database of a dictionary.

    Parameters
    ----------
    folder
        What the path of a SQLite file is relative to.
    environ
        The variables to read; those of this process if not given.

    Raises
    ------
    DataError
        A variable that is needed is not set, or no address; the error names it, never a value.
    """
    env = os.environ if environ is None else environ
    kind = declared.source or SqlKind.SQL
    engine = ENGINES.get(kind)
    if engine is Engine.SQLITE or (engine is None and declared.path is not None):
        if declared.path is None:
            raise DataError("a SQLite file is needed", where="path", hint="add `path: FILE.sqlite3`")
        path = folder / Path(declared.path).expanduser()
        return Address(engine=Engine.SQLITE, path=path, seconds=timeout_of(env))
    return server_address(declared.config, engine, env)


def server_address(config: SqlConfig | None, engine: Engine | None, env: Mapping[str, str]) -> Address:
    """Return the address of a server; `engine` is what the dictionary says it must be."""
    variable = config.variable if config is not None and config.variable else VARIABLE
    named = config is not None and bool(config.variable)
    plain = config is not None and bool(config.server_host or config.server_database or config.server_user)
    if named and variable not in env:
        raise DataError(
            f"the environment variable {variable} is not set", where="config.variable", accepted=EXAMPLE
        )
    if variable in env and (named or not plain):
        return parse_address(env[variable], variable, engine, env)
    found = engine or Engine.POSTGRESQL
    if config is not None and plain:
        return _declared_address(config, found, env)
    if found is Engine.POSTGRESQL and any(name in env for name in ("PGHOST", "PGDATABASE", "PGSERVICE")):
        return Address(engine=found, password=env.get("PGPASSWORD", ""), seconds=timeout_of(env))
    raise DataError(
        "nothing says where the database is",
        where="config",
        accepted=f"`config:` with host, database and user, or the environment variable {VARIABLE}",
    )


def parse_address(text: str, variable: str, engine: Engine | None, env: Mapping[str, str]) -> Address:
    """Return the address in a variable; an error names the variable, never what stands in it."""
    try:
        parts = urlsplit(text)
        port = parts.port
        found = SCHEMES[parts.scheme.lower()]
    except (KeyError, ValueError):
        accepted = f"{EXAMPLE}; also mysql:// and sqlite:///"
        raise DataError("this is no address of a database", where=variable, accepted=accepted) from None
    if engine not in {None, found}:
        raise DataError(
            "this address is of another kind of database", where=variable, got=found, accepted=engine
        )
    if found is Engine.SQLITE:
        return Address(engine=found, path=Path(unquote(parts.path[1:])), seconds=timeout_of(env))
    options = dict(parse_qsl(parts.query))
    return Address(
        engine=found,
        host=options.pop("host", "") or parts.hostname or "",
        port=port,
        database=unquote(parts.path.lstrip("/")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or "") or env.get(PASSWORDS[found], ""),
        options=options,
        seconds=timeout_of(env),
    )


def _declared_address(config: SqlConfig, engine: Engine, env: Mapping[str, str]) -> Address:
    """Return the address that a dictionary spells out; the password comes from the environment."""
    database = resolved(config.server_database, "config.database", env)
    own = password_variable(database)
    return Address(
        engine=engine,
        host=resolved(config.server_host, "config.host", env),
        port=config.port,
        database=database,
        user=resolved(config.server_user, "config.user", env),
        password=env.get(own) or env.get(PASSWORDS[engine], ""),
        seconds=timeout_of(env),
    )


def password_variable(database: str) -> str:
    """Return the variable that holds the password of one database.

    >>> password_variable("sms-2024")
    'OUTCLASS_SQL_SMS_2024_PASSWORD'
    """
    name = re.sub(r"[^A-Z0-9]+", "_", database.upper()).strip("_")
    return f"{PRODUCT}_SQL_{name}_PASSWORD"


def resolved(value: str, where: str, env: Mapping[str, str]) -> str:
    """Return a value, or what the environment variable that it names holds."""
    if not value.startswith("$"):
        return value
    name = value[1:].strip("{}")
    if name not in env:
        raise DataError(f"the environment variable {name} is not set", where=where)
    return env[name]


def timeout_of(env: Mapping[str, str]) -> float:
    """Return how many seconds one statement may take."""
    text = env.get(TIMEOUT_VARIABLE, "")
    try:
        seconds = float(text) if text else TIMEOUT_SECONDS
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds <= 86_400.0:
        raise DataError("this is no time", where=TIMEOUT_VARIABLE, got=text, accepted="1 to 86400 seconds")
    return seconds
