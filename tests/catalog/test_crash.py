"""A collect that is killed, and several at once."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from file_host import serve_files
from outclass.base.media import MediaFolder
from outclass.base.store import PARTIAL
from outclass.catalog import collect, current_version, load_challenge
from outclass.catalog.versions import list_versions
from small_challenge import FILES, declaration, settings_in, small_challenge, write_challenge
from small_photos import photo_challenge

COLLECT = """
import os, signal, sys
from pathlib import Path
import polars as pl
from small_challenge import settings_in
from outclass.catalog import load_challenge
from outclass.catalog.versions import collect

CHANGES = ("os.rename", "os.mkdir", "os.remove", "os.rmdir")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
count, kill_at, home = 0, 0, ""

def step():
    global count
    count += 1
    if count == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

def audit(event, arguments):
    opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
    if (opened or event in CHANGES) and any(home in str(argument) for argument in arguments):
        step()

def write_parquet(frame, path, **options):
    write(frame, path, **options)
    path.write_bytes(path.read_bytes()[:-7])
    step()
    write(frame, path, **options)

write, pl.DataFrame.write_parquet = pl.DataFrame.write_parquet, write_parquet
sys.addaudithook(audit)
loaded = load_challenge(Path(sys.argv[1]))
"""
ONCE = """
home = sys.argv[2]
print(collect(loaded, settings_in(Path(home))).id)
"""
KILLED_AT_EVERY_STEP = """
while True:  # each in a process of its own, until one gets through
    kill_at += 1
    home = f"{sys.argv[2]}/{kill_at}"
    child = os.fork()
    if child == 0:
        collect(loaded, settings_in(Path(home)))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status):
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
print(kill_at - 1, status)
"""


def start(code: str, folder: Path, home: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", COLLECT + code, str(folder), str(home)]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environ)


def finish(process: "subprocess.Popen[str]") -> list[str]:
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    return output.split()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(("name", "objects"), [("shapes", 72), ("pets", 5)])
def test_a_collect_killed_at_any_change_of_a_file_leaves_nothing_half_done(
    tmp_path: Path, name: str, objects: int
) -> None:
    folder = tmp_path / name
    small_challenge(folder) if name == "shapes" else photo_challenge(folder, count=objects)
    expected = collect(load_challenge(folder), settings_in(tmp_path / "whole")).id
    kills, status = map(int, finish(start(KILLED_AT_EVERY_STEP, folder, tmp_path / "homes")))
    assert status == 0
    assert kills > 10
    for kill_at in range(1, kills + 1):
        check_after_crash(folder, tmp_path / "homes" / str(kill_at), expected, objects)


def check_after_crash(folder: Path, home: Path, expected: str, objects: int = 72) -> None:
    """What is there is whole; the next collect works, and leaves one version and nothing else."""
    settings = settings_in(home)
    for found in (*list_versions(folder.name, settings), current_version(folder.name, settings)):
        if found is not None:
            found.verify()
    version = collect(load_challenge(folder), settings)
    assert version.id == expected
    assert len(version.objects()) == objects
    version.verify()
    data = settings.data_folder / folder.name
    names = {path.name for path in data.iterdir()}
    assert names - {".lock", "files", "media"} == {"current.json", expected}
    MediaFolder(data / "media").remove_leftovers(older=0)
    assert not list(data.rglob(f"{PARTIAL}*"))
    media = [path.name for path in (data / "media").glob("*/*")]
    assert len(media) == (objects if "media" in names else 0)


def test_several_collects_at_once_make_one_version(tmp_path: Path) -> None:
    folder = small_challenge(tmp_path / "shapes")
    running = [start(ONCE, folder, tmp_path / "home") for _ in range(3)]
    ids = {finish(process)[0] for process in running}
    assert len(ids) == 1
    check_after_crash(folder, tmp_path / "home", ids.pop())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_collect_killed_while_downloading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    small_challenge(tmp_path / "origin")
    declared = declaration()
    with serve_files() as host:
        content = (tmp_path / "origin" / FILES["train_images"]).read_bytes() + b"\0" * 700_000
        host.files["/train"] = content
        host.stall_after = 600_000
        source = declared["dataset"]["source"]  # type: ignore[index]
        source["files"]["train_images"] = {
            "path": "data/train.gz",
            "url": f"{host.url}/train",
            "sha256": "0" * 64,
        }
        folder = write_challenge(tmp_path / "shapes", declared)
        part = tmp_path / "home" / "data" / "shapes" / "files" / "train.gz.part"
        process = start(ONCE, folder, tmp_path / "home")
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size >= 500_000):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
        process.communicate()
        size = part.stat().st_size
        with pytest.raises(Exception, match="sha256 of its content"):
            collect(load_challenge(folder), settings_in(tmp_path / "home"))
        assert ("/train", f"bytes={size}-") in host.requests
