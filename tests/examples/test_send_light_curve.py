"""The script for devices asks a real server, with nothing but the standard library."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from outclass.catalog.loader import load_challenge
from processes import Server, prepared_site

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "send_light_curve.py"
CURVE = (
    "mjd, passband, flux, flux_err\n"
    "60600.1, g, 35.2, 2.1\n60604.2, 2, 160.4, 2.9\n60611.3, i, 148.7, 3.6\n60625.0, r, -4.0, 2.5\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a running server."""
    with prepared_site(tmp_path_factory.mktemp("device") / "home") as running:
        yield running


def send(server: Server, *words: str, given: str = CURVE) -> "subprocess.CompletedProcess[str]":
    """Run the script as on a device: no package of ours can be imported (-I), no proxy is asked."""
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), server.url, *words],
        input=given,
        capture_output=True,
        text=True,
        env={"no_proxy": "127.0.0.1"},
        check=False,
        timeout=60,
    )


def test_a_file_is_answered_for_people(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(CURVE)
    done = send(server, str(path), "--photoz", "0.12")
    assert done.returncode == 0, done.stderr
    assert all(adviser in done.stdout for adviser in load_challenge("stars").challenge.advisers)
    assert len(done.stdout.splitlines()) >= 4


def test_standard_input_is_answered_as_json(server: Server) -> None:
    done = send(server, "-", "--photoz", "0", "--json")
    assert done.returncode == 0, done.stderr
    probabilities = json.loads(done.stdout)["probabilities"]
    assert abs(sum(probabilities.values()) - 1) < 1e-6
    assert probabilities["90"] == 0, "a supernova Ia is none of our Galaxy"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("mjd,passband,flux\n1,1,1\n", "missing"),
        ("mjd,passband,flux,flux_err\n", "no observations"),
        ("mjd,passband,flux,flux_err\n60000,Q,1,1\n", "there is no such band"),
    ],
)
def test_what_is_wrong_is_said(server: Server, given: str, said: str) -> None:
    done = send(server, "-", given=given)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
