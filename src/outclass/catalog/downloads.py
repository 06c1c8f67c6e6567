"""Get the declared files from a mirror, the disk or their original hosts; always checked by content."""

import hashlib
import http.client
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import msgspec

import outclass
from outclass.base.errors import DownloadError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import sync_file
from outclass.catalog.declared_data import FileDeclaration
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.packed import PackedError, open_content

CHUNK = 1 << 18
ATTEMPTS = 3
TIMEOUT_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 1.0
MAX_BYTES = 20 << 30
SLACK = 1 << 20
PART = ".part"
PACKED = (".gz", ".zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A file on disk that is the declared one; hash and size are of its decompressed content."""

    path: Path
    sha256: str
    bytes: int


class _WrongContentError(Exception):
    """A file is there but is not the declared one; the text says what differs."""


def fetch(
    declared: FileDeclaration,
    into: Path,
    settings: Settings,
    *,
    challenge: LoadedChallenge,
    progress: Progress = no_progress,
    pause: float = FIRST_PAUSE_SECONDS,
) -> FetchedFile:
    """Return a declared file, downloading it where it is not at hand.

    A file without an `url` lies under the challenge's folder. Else the first of these that has the right
    content is taken: the mirror where one is set (nothing else is asked then), what was downloaded before,
    the original host, its mirrors. A download that broke off goes on where it stopped; one process at a time
    may fetch into a folder.

    Parameters
    ----------
    into
        Folder that downloads are kept in.
    pause
        Seconds before the second attempt at an address; doubled before each further one.

    Raises
    ------
    DownloadError
        The file cannot be had, or its content is not what was declared; says which file to put where.
    """
    name = PurePosixPath(declared.path).name
    problems: list[str] = []
    for path, expected in _local_places(declared, into, settings, challenge):
        try:
            return check_file(path, expected)
        except _WrongContentError as error:
            problems.append(f"{path}: {error}")
    for url, expected in _addresses(declared, settings):
        try:
            return _download(url, into / PurePosixPath(expected.path).name, expected, progress, pause)
        except (_WrongContentError, OSError, http.client.HTTPException) as error:
            problems.append(f"{url}: {_reason(error)}")
    raise DownloadError(
        f"cannot get {name}",
        where=challenge.name,
        got="; ".join(problems) or "there is no such file",
        accepted=_expected(declared),
        hint=_what_to_do(declared, into / name, settings, challenge),
    )


def download_address(
    url: str,
    target: Path,
    *,
    shown: str,
    progress: Progress = no_progress,
    pause: float = FIRST_PAUSE_SECONDS,
) -> Path:
    """Download a file of which nothing is known beforehand, by the rules of all downloads.

    Parameters
    ----------
    shown
        The address as errors may tell it.

    Raises
    ------
    DownloadError
        It cannot be had.
    """
    try:
        return _download(url, target, FileDeclaration(path=target.name), progress, pause).path
    except (_WrongContentError, OSError, http.client.HTTPException) as error:
        raise DownloadError("this file cannot be had", where=shown, got=_reason(error)) from error


def check_file(path: Path, declared: FileDeclaration) -> FetchedFile:
    """Compare a file's decompressed content with what was declared.

    Raises
    ------
    _WrongContentError
        It is broken, or another file.
    """
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    limit = declared.bytes or MAX_BYTES
    try:
        with open_content(path) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise _WrongContentError(f"its content is longer than {limit:,} bytes")
                sha256.update(chunk)
                md5.update(chunk)
    except PackedError as error:
        raise _WrongContentError(str(error)) from error
    if declared.bytes is not None and size < declared.bytes:
        raise _WrongContentError(f"its content is {size:,} bytes instead of {declared.bytes:,}")
    for name, found, expected in (
        ("sha256", sha256.hexdigest(), declared.sha256),
        ("md5", md5.hexdigest(), declared.md5),
    ):
        if expected is not None and found != expected:
            raise _WrongContentError(f"{name} of its content is {found} instead of {expected}")
    if declared.packed_md5 is not None and (found := _md5_of(path)) != declared.packed_md5:
        raise _WrongContentError(f"its md5 is {found} instead of {declared.packed_md5}")
    return FetchedFile(path=path, sha256=sha256.hexdigest(), bytes=size)


def _md5_of(path: Path) -> str:
    """Return the md5 of a file as it is, by which some publishers name it."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _local_places(
    declared: FileDeclaration, into: Path, settings: Settings, challenge: LoadedChallenge
) -> list[tuple[Path, FileDeclaration]]:
    """Return the files on this machine that may be the declared one, in the order in which to try them.

    Each with what it must be: the declared content under its own name; under the name of another form, or
    unpacked where only the packed file has a checksum, what its owner put there.
    """
    free = _unchecked(declared, declared.path)
    places: list[tuple[Path, FileDeclaration]] = []
    for number, name in enumerate((declared.path, *declared.other_forms)):
        path, exact = PurePosixPath(name), number == 0
        folders = [] if declared.url else [challenge.folder / path]
        if (mirror := mirror_folder(settings)) is not None:
            folders = [mirror / path, mirror / challenge.name / path.name, mirror / path.name, *folders]
        for place in (*folders, into / path.name):
            places.append((place, declared if exact else free))
            unpacked = free if declared.packed_md5 else declared
            places += [(other, unpacked if exact else free) for other in _other_forms(place)]
    return [(path, expected) for path, expected in places if path.is_file()]


def _other_forms(path: Path) -> list[Path]:
    """Return the names of the same file, packed and not."""
    plain = path.with_suffix("") if path.suffix in PACKED else path
    names = [plain, *(plain.with_name(plain.name + suffix) for suffix in PACKED)]
    return [name for name in names if name != path]


def mirror_folder(settings: Settings) -> Path | None:
    """Return the mirror where it is a folder."""
    mirror = settings.mirror
    return Path(mirror).expanduser() if mirror and not mirror.startswith(("http://", "https://")) else None


def _unchecked(declared: FileDeclaration, path: str) -> FileDeclaration:
    """Return the declaration of another form of a file, whose content nobody knows beforehand."""
    return msgspec.structs.replace(declared, path=path, sha256=None, md5=None, packed_md5=None, bytes=None)


def _addresses(declared: FileDeclaration, settings: Settings) -> list[tuple[str, FileDeclaration]]:
    """Return the addresses to ask, in order, and what is to be had there; a mirror replaces all others."""
    if not settings.mirror:
        return [(url, declared) for url in (declared.url, *declared.mirrors)] if declared.url else []
    if mirror_folder(settings) is not None:
        return []
    forms = [name + ending for name in declared.other_forms for ending in ("", *PACKED)]
    wanted = [declared, *(_unchecked(declared, name) for name in forms)]
    return [(f"{settings.mirror.rstrip('/')}/{quote(one.path)}", one) for one in wanted]


def _download(
    url: str, target: Path, declared: FileDeclaration, progress: Progress, pause: float
) -> FetchedFile:
    """Download to `target`, trying several times; raise the last error."""
    part = target.with_name(target.name + PART)
    target.parent.mkdir(parents=True, exist_ok=True)
    last: Exception = OSError("not tried")
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(pause * 2 ** (attempt - 1))
        resumed = part.exists()
        try:
            _transfer(url, part, declared, progress)
            checked = check_file(part, declared)
        except _WrongContentError as error:
            part.unlink(missing_ok=True)
            if not resumed:
                raise
            last = error
        except (OSError, http.client.HTTPException) as error:
            if _is_final(error):
                raise
            last = error
        else:
            part.replace(target)
            return FetchedFile(path=target, sha256=checked.sha256, bytes=checked.bytes)
    raise last


def _transfer(url: str, part: Path, declared: FileDeclaration, progress: Progress) -> None:
    """Fetch what is still missing of a partial file."""
    start = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": f"outclass/{outclass.__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http or https, by the schema
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and error.headers.get("Content-Range") == f"bytes */{start}":
            return
        if error.code == 416:
            part.unlink(missing_ok=True)
        raise
    with response:
        follows = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        if response.status != 206 or not follows:
            start = 0
        _write_body(response, part, start, declared, progress)


def _write_body(
    response: http.client.HTTPResponse, part: Path, start: int, declared: FileDeclaration, progress: Progress
) -> None:
    """Append a body to a partial file, or begin it anew; what came is kept when the connection breaks."""
    length = response.headers.get("Content-Length")
    total = start + int(length) if length is not None and length.isdigit() else None
    limit = declared.bytes + SLACK if declared.bytes is not None else MAX_BYTES
    done = start
    with part.open("ab" if start else "wb") as file:
        while chunk := response.read(CHUNK):
            done += len(chunk)
            if done > limit:
                raise _WrongContentError(f"it is longer than {limit:,} bytes")
            file.write(chunk)
            progress("download", done / total if total else None, f"{part.stem} {done / 1e6:.1f} MB")
    sync_file(part)
    if total is not None and done < total:
        raise OSError(f"the connection ended after {done:,} of {total:,} bytes")


def _is_final(error: Exception) -> bool:
    """Tell whether trying the same address again is of no use."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code < 500 and error.code not in {408, 416, 425, 429}
    return isinstance(error, urllib.error.URLError) and isinstance(error.reason, socket.gaierror)


def _reason(error: Exception) -> str:
    """Return an error's text without its class."""
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__


def _expected(declared: FileDeclaration) -> str | None:
    """Say by which hash a file is known."""
    if declared.sha256:
        return f"a file whose decompressed content has sha256 {declared.sha256}"
    if declared.md5:
        return f"a file whose decompressed content has md5 {declared.md5}"
    return f"a file with md5 {declared.packed_md5}" if declared.packed_md5 else None


def _what_to_do(
    declared: FileDeclaration, target: Path, settings: Settings, challenge: LoadedChallenge
) -> str:
    """Say which file to put where."""
    names = " or ".join((declared.path, *declared.other_forms))
    if settings.mirror:
        way = ", or unset OUTCLASS_MIRROR" if declared.url else ""
        return f"put the file at {settings.mirror.rstrip('/')}/{names}{way}"
    if not declared.url:
        place = challenge.folder / declared.path
        return f"put the file at {place}, or set OUTCLASS_MIRROR to a folder that holds {names}"
    return (
        f"get {declared.url} on a machine with network and put it at {target}, "
        f"or set OUTCLASS_MIRROR to a folder that holds {names}"
    )
