"""The roles of deploy/database on a real PostgreSQL: the site changes tables, all others only rows."""

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from outclass.base.sql import Database
from outclass.feedback.log import LoggedPrediction, PredictionLog

psycopg = pytest.importorskip("psycopg", reason="the extra postgres is not installed")
ROLES_SQL = Path(__file__).resolve().parents[2] / "deploy/database/roles.sql"
ROLES = ("outclass_owner", "outclass_member")


@pytest.fixture
def urls(postgres_url, tmp_path):
    """Make the roles in a fresh database; yields the path of a file with each one's address."""
    psql = shutil.which("psql") or pytest.skip("no psql here to run the script of the database's image")
    passwords = {"OWNER_PASSWORD": "of the owner", "MEMBER_PASSWORD": "of the member"}
    command = [
        psql,
        "--set",
        "ON_ERROR_STOP=1",
        "--quiet",
        "--dbname",
        postgres_url,
        "--file",
        str(ROLES_SQL),
    ]
    subprocess.run(command, check=True, env=os.environ | passwords)
    found = {}
    for role in ROLES:
        found[role] = tmp_path / role
        found[role].write_text(as_role(postgres_url, role))
    yield found
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for role in ROLES:
            connection.execute(f"DROP OWNED BY {role} CASCADE")
            connection.execute(f"DROP ROLE {role}")


def as_role(url, role):
    """Return the address of the same database for another role."""
    head, _, rest = url.partition("://")
    _, _, tail = rest.rpartition("@")
    return f"{head}://{role}@{tail}"


def django(url_file, home, *words):
    """Run Django's own tool, as a container of the site would to go up or down."""
    environment = os.environ | {
        "DATABASE_URL_FILE": str(url_file),
        "OUTCLASS_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "outclass.site.settings",
    }
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "django", *words], env=environment, capture_output=True, text=True, check=False
    )


def tables_of(url):
    """Return the names of the tables."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in rows}


def prediction(name):
    """Return an answer to keep."""
    return LoggedPrediction(
        id=name,
        challenge="digits",
        model="digits@1",
        created_at=1.0,
        key_id=None,
        answer="7",
        confidence=1.0,
        abstained=False,
        reason=None,
        probabilities={"7": 1.0},
        milliseconds=1.0,
        input_sha256="0" * 64,
    )


def test_the_site_goes_up_and_down_and_the_others_only_write(urls, tmp_path):
    owner, member = urls["outclass_owner"], urls["outclass_member"]
    up = django(owner, tmp_path / "home", "migrate")
    assert up.returncode == 0, up.stderr

    refused = django(member, tmp_path / "home", "migrate", "shared", "zero")
    with closing(Database.connect(member.read_text())) as database:
        log = PredictionLog(database).start()
        log.add(prediction("a"))
        log.close()
        kept = log.find("a")

    assert refused.returncode != 0
    assert kept.answer == "7"
    assert "prediction" in tables_of(owner.read_text())

    down = django(owner, tmp_path / "home", "migrate", "shared", "zero")

    assert down.returncode == 0, down.stderr
    assert "prediction" not in tables_of(owner.read_text())
