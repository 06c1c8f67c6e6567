import hashlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import UnavailableError
from outclass.base.store import (
    PARTIAL,
    FileLock,
    make_folder_atomic,
    remove_leftovers,
    replace_folder,
    sha256_of_file,
    write_atomic,
)

HOLD_LOCK = """
import sys
from pathlib import Path
from outclass.base.store import FileLock
with FileLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
COUNT_UP = """
import sys
from pathlib import Path
from outclass.base.store import FileLock, write_atomic
path = Path(sys.argv[1])
for _ in range(20):
    with FileLock(path.with_name("lock")):
        write_atomic(path, str(int(path.read_text()) + 1).encode())
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_write_replaces_the_whole_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_atomic(path, b"first and long")
    write_atomic(path, b"second")
    assert path.read_bytes() == b"second"
    assert names(path.parent) == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such rights")
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_write_gives_the_rights_asked_for(tmp_path: Path, mode: int) -> None:
    write_atomic(tmp_path / "file", b"", mode=mode)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode


def test_write_that_fails_keeps_the_old_content(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", b"old")
    with pytest.raises(TypeError):
        write_atomic(tmp_path / "file", "no bytes")  # type: ignore[arg-type]
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_reader_never_sees_a_part(tmp_path: Path) -> None:
    path, contents = tmp_path / "file", [bytes([value]) * 100_000 for value in range(20)]
    write_atomic(path, contents[0])
    done = threading.Event()

    def write() -> None:
        for content in contents * 3:
            write_atomic(path, content)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(contents)


def test_folder_appears_at_the_end(tmp_path: Path) -> None:
    with make_folder_atomic(tmp_path / "final") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "file").write_text("text")
        assert not (tmp_path / "final").exists()
    assert (tmp_path / "final" / "inner" / "file").read_text() == "text"
    assert names(tmp_path) == ["final"]


def test_folder_with_an_error_never_appears(tmp_path: Path) -> None:
    def half() -> None:
        with make_folder_atomic(tmp_path / "final") as folder:
            (folder / "file").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert names(tmp_path) == []


@pytest.mark.parametrize("there", [["file"], []], ids=["full", "empty"])
def test_folder_that_is_there_is_kept(tmp_path: Path, there: list[str]) -> None:
    (tmp_path / "final").mkdir()
    for name in there:
        (tmp_path / "final" / name).write_text("first")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "other").write_text("second")
    assert replace_folder(tmp_path / "made", tmp_path / "final") is False
    assert names(tmp_path / "final") == there
    assert not (tmp_path / "made").exists()


def test_leftovers_are_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / f"{PARTIAL}abc").mkdir()
    (tmp_path / f"{PARTIAL}abc" / "file").touch()
    (tmp_path / f"{PARTIAL}def").touch()
    (tmp_path / "kept").touch()
    assert remove_leftovers(tmp_path) == 2
    assert names(tmp_path) == ["kept"]


def test_lock_is_held_against_threads(tmp_path: Path) -> None:
    def hold() -> None:
        with pytest.raises(UnavailableError), FileLock(tmp_path / "lock", timeout=0):
            pass
        refused.set()

    refused = threading.Event()
    with FileLock(tmp_path / "lock"):
        other = threading.Thread(target=hold)
        other.start()
        other.join()
    assert refused.is_set()
    with FileLock(tmp_path / "lock", timeout=0):
        pass


def test_lock_is_held_against_processes_and_freed_when_one_is_killed(tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLD_LOCK, str(tmp_path / "lock")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(UnavailableError, match="another process"),
            FileLock(tmp_path / "lock", timeout=0.1),
        ):
            pass
        other.kill()
        start = time.monotonic()
        with FileLock(tmp_path / "lock", timeout=30):
            assert time.monotonic() - start < 30
        assert other.wait() == -signal.SIGKILL


def test_lock_lets_no_update_get_lost(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    words = [sys.executable, "-c", COUNT_UP, str(tmp_path / "count")]
    for process in [subprocess.Popen(words) for _ in range(3)]:
        assert process.wait(timeout=60) == 0
    assert (tmp_path / "count").read_text() == "60"


@given(content=st.binary(max_size=100))
def test_hash_is_that_of_the_content(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hashed"
    path.write_bytes(content)
    assert sha256_of_file(path) == hashlib.sha256(content).hexdigest()
