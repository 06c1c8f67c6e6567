"""What is imported when a part runs: import-linter reads the code, these tests run it."""

import subprocess
import sys

import pytest

HEAVY = {"sklearn", "scipy", "torch", "lightgbm", "bokeh", "django", "datasette", "luigi", "polars"}


def modules_after(code):
    """Run code in a fresh interpreter; return the names of the packages it has then."""
    listing = "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code + listing], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "module",
    [
        "outclass.inference.predictor",
        "outclass.inference.champion",
        "outclass.registry.store",
        "outclass.catalog.loader",
        "outclass.inputs.drawing",
        "outclass.api.app",
        "outclass.server",
        "outclass.cli.main",
        "outclass.cli.predict",
        "outclass.cli.models",
        "outclass.cli.evaluate",
        "outclass.cli.serve",
        "outclass.cli.stream",
        "outclass.stream.service",
    ],
)
def test_what_serves_predictions_loads_nothing_heavy(module):
    assert modules_after(f"import {module}") & HEAVY == set()


def test_the_prediction_service_runs_without_the_site():
    code = """
import pathlib, tempfile
from outclass.base.settings import Settings
from outclass.server import Role, create_app
home = pathlib.Path(tempfile.mkdtemp())
settings = Settings(home=home, database_url=f"sqlite:///{home.as_posix()}/site.sqlite3")
create_app(settings, frozenset({Role.API}))
"""

    assert modules_after(code) & HEAVY == set()


def test_the_help_loads_no_command():
    code = "from outclass.cli.main import build_app; build_app(frozenset())"

    assert modules_after(code) & (HEAVY | {"onnxruntime", "numpy", "litestar", "uvicorn"}) == set()
