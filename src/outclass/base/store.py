"""Files that are there wholly or not at all, also after a crash and with several processes at once.

A write goes to a temporary name in the same folder, is flushed to the disk, and is then renamed over the
final name. A process that is killed leaves at most a temporary name behind, which `remove_leftovers` clears
away.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from outclass.base.errors import UnavailableError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PARTIAL = ".partial-"
CHUNK_BYTES = 1 << 20
LOCK_POLL_SECONDS = 0.05


def write_atomic(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Missing folders are made. Give mode 0o600 for a secret: nobody else can read it at any moment.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=PARTIAL, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            temporary.chmod(mode)
            os.fsync(file.fileno())
        _rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def make_folder_atomic(final: Path) -> Iterator[Path]:
    """Yield an empty folder beside `final`; it becomes `final` when the block ends without an error.

    Where `final` exists by then, what was made is discarded: folders made so are named by their content.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     with make_folder_atomic(Path(home) / "abc") as folder:
    ...         _ = (folder / "text").write_text("whole")
    ...     (Path(home) / "abc" / "text").read_text()
    'whole'
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=final.parent))
    temporary.chmod(0o755)
    try:
        yield temporary
        replace_folder(temporary, final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def replace_folder(temporary: Path, final: Path) -> bool:
    """Rename a finished folder to its final name; return False, and drop it, where that name is taken.

    Every file in it is flushed to the disk first.
    """
    for path in sorted(temporary.rglob("*")):
        if path.is_file():
            sync_file(path)
    if not final.exists():
        try:
            _rename(temporary, final)
        except OSError:
            if not final.is_dir():
                raise
        else:
            _sync_folder(final.parent)
            return True
    shutil.rmtree(temporary, ignore_errors=True)
    return False


def remove_leftovers(folder: Path) -> int:
    """Remove what killed processes left in a folder, whose lock the caller holds; return how many."""
    leftovers = sorted(folder.glob(f"{PARTIAL}*"))
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(leftovers)


class FileLock:
    """A lock between processes and between threads, held inside a `with` block.

    The operating system releases it when its process dies, so a crash leaves no stale lock. The file itself
    stays. One instance serves one thread at a time and is not reentrant.

    Parameters
    ----------
    path
        The lock file; missing folders are made.
    timeout
        Seconds to wait before `UnavailableError`; None waits for ever.
    """

    def __init__(self, path: Path, *, timeout: float | None = None) -> None:
        self.path = path
        self.timeout = timeout
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Wait until the lock is ours."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        file = self.path.open("a+b")
        try:
            while not _try_lock(file):
                if deadline is not None and time.monotonic() >= deadline:
                    raise UnavailableError(
                        "another process is at work here",
                        where=str(self.path),
                        hint=f"waited {self.timeout:g} seconds; try again when it has finished",
                    )
                time.sleep(LOCK_POLL_SECONDS)
        except BaseException:
            file.close()
            raise
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        if self._file is not None:
            _unlock(self._file)
            self._file.close()
            self._file = None


def sha256_of_file(path: Path) -> str:
    """Return the sha256 of a file's bytes as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _try_lock(file: BinaryIO) -> bool:
    """Take the lock of an open file if it is free."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _unlock(file: BinaryIO) -> None:
    """Release the lock of an open file."""
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)


def _rename(temporary: Path, final: Path) -> None:
    """Rename over the final name; on Windows, where a reader may hold it for a moment, try several times."""
    if sys.platform == "win32":
        for pause in (0.01, 0.05, 0.2, 1.0):
            try:
                os.replace(temporary, final)
            except PermissionError:
                time.sleep(pause)
            else:
                return
    os.replace(temporary, final)


def sync_file(path: Path) -> None:
    """Flush a file to the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, where the system knows how."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
