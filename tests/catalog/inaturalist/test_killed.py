"""A collector that is killed at any moment goes on where it was, and asks for nothing again."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from naturalists import Naturalists, serve_naturalists
from outclass.base.settings import Settings
from outclass.catalog.sources.inaturalist.collecting import collect_photos
from outclass.catalog.sources.inaturalist.source import read_lines
from wild_cats import many_sightings, outside, wild_cats

PROGRAM = """
import sys
from pathlib import Path
from naturalists import Naturalists
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.sources.inaturalist.collecting import collect_photos
from wild_cats import outside
challenge, home, port = sys.argv[1:]
settings = Settings.from_environment({"OUTCLASS_HOME": home})
host = Naturalists(url=f"http://127.0.0.1:{port}", port=int(port))
collect_photos(load_challenge(challenge), settings, outside=outside(host, settings, per_minute=3000))
"""
PATIENCE_SECONDS = 60.0
KILLS = (2, 6, 11, 24, 37)
"""After so many requests, counted over all runs."""


def start(folder: Path, home: Path, host: Naturalists) -> subprocess.Popen[bytes]:
    """Start a collector as a process of its own."""
    tests = Path(__file__).parents[2]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent / "src")])}
    words = [sys.executable, "-c", PROGRAM, str(folder), str(home), str(host.port)]
    return subprocess.Popen(words, env=environ)


def kill_after(process: subprocess.Popen[bytes], host: Naturalists, requests: int) -> None:
    """Kill a process, whatever it is doing, once so many requests have come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(host.log) < requests:
        assert process.poll() is None, f"it ended after {len(host.log)} requests"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_SECONDS)


@pytest.fixture
def undisturbed(tmp_path) -> set[str]:
    """The photos that a collector finds that nobody kills."""
    settings = Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "other")})
    with serve_naturalists(sightings=many_sightings(60), most=9) as host:
        found = collect_photos(wild_cats(tmp_path / "cats"), settings, outside=outside(host, settings))
    return {line.sha256 for line in read_lines(found.path)}


def test_killed_again_and_again(tmp_path, undisturbed):
    home = tmp_path / "home"
    settings = Settings.from_environment({"OUTCLASS_HOME": str(home)})
    loaded = wild_cats(tmp_path / "cats")
    with serve_naturalists(sightings=many_sightings(60), most=9) as host:
        for requests in KILLS:
            kill_after(start(tmp_path / "cats", home, host), host, requests)
        process = start(tmp_path / "cats", home, host)
        assert process.wait(PATIENCE_SECONDS) == 0
        asked = Counter((one.path, tuple(one.query.items())) for one in host.log)
        count = len(host.log)
        found = collect_photos(loaded, settings, outside=outside(host, settings))
    assert len(host.log) == count
    assert {line.sha256 for line in read_lines(found.path)} == undisturbed
    again = sum(number - 1 for number in asked.values())
    assert again <= len(KILLS), "only what was on its way when a process was killed is asked for twice"
    assert max(asked.values()) <= 3
    media = settings.data_folder / "pets" / "media"
    assert {path.name for path in media.rglob("*") if path.is_file() and path.name[0] != "."} >= undisturbed
