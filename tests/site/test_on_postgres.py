"""All tests of the site again, on a real PostgreSQL: settling, races, kills, migrations, pages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PARTS = ("migrations", "check", "settle", "play_through", "accounts", "boards", "pool", "staff")
VARIABLE = "OUTCLASS_TEST_DATABASE"


@pytest.mark.postgres
@pytest.mark.timeout(600)
@pytest.mark.skipif(VARIABLE in os.environ, reason="this is the run on PostgreSQL")
def test_the_site_on_postgresql(postgres_url: str) -> None:
    files = [str(HERE / f"test_{name}.py") for name in PARTS]
    command = [sys.executable, "-m", "pytest", *files, "-q", "-x", "-p", "no:cacheprovider", "-n", "0"]
    done = subprocess.run(
        command,
        env={**os.environ, VARIABLE: postgres_url},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
