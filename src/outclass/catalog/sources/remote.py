"""Files by address: read from https://, s3:// and gs://, and written to object storage.

A file is brought to this machine's disk first and read there, and one that is written goes up whole: neither
has to fit in memory, and a reader of the store never sees a part. `http` and `https` go the way of all
downloads, object storage goes through fsspec, whose drivers take their credentials from the environment.
"""

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from outclass.base.errors import DataError, InputError, MissingExtraError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.catalog.downloads import download_address, mirror_folder

if TYPE_CHECKING:
    import fsspec

MARK = "://"
WEB = ("http", "https")
EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}
"""By the scheme, which extra brings its driver."""
PLAIN = ("memory",)
"""Schemes that need no driver."""
ACCEPTED = "https://, s3://BUCKET/KEY, gs://BUCKET/KEY"
STORE_ERRORS = (OSError, ValueError, RuntimeError)


def is_remote(name: str | Path) -> bool:
    """Tell whether a name is an address rather than a path of this machine.

    >>> is_remote("s3://bucket/sms.csv"), is_remote("data/sms.csv")
    (True, False)
    """
    return MARK in str(name)


def shown(address: str) -> str:
    """Return an address as it may be shown: without a user, a password and what follows a question mark.

    >>> shown("https://ann:secret@example.org/sms.csv?token=abc")
    'https://example.org/sms.csv'
    """
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def file_name(address: str) -> str:
    """Return the last part of an address.

    >>> file_name("https://example.org/data/sms%202.csv.gz?raw=1")
    'sms 2.csv.gz'
    """
    return PurePosixPath(unquote(urlsplit(address).path)).name or "data"


def fetch_remote(address: str, into: Path, settings: Settings, *, progress: Progress = no_progress) -> Path:
    """Bring a file to this machine and return where it lies.

    Parameters
    ----------
    into
        The folder to put it in.
    settings
        A mirror, where one is set, replaces the hosts of `http` and `https`.

    Raises
    ------
    DataError
        It cannot be had, or no such address is read.
    """
    scheme = _scheme(address)
    into.mkdir(parents=True, exist_ok=True)
    target = into / file_name(address)
    if scheme in WEB:
        return _fetch_web(address, target, settings, progress)
    with _store_errors(address):
        _store(scheme).get_file(address, str(target))
    return target


def put_remote(path: Path, address: str) -> None:
    """Write a file of this machine to object storage: there it appears whole, or not at all.

    Raises
    ------
    DataError
        The store does not take it.
    InputError
        Nothing is written to such an address.
    """
    scheme = _scheme(address)
    if scheme in WEB:
        raise InputError(
            "nothing is written here", got=shown(address), accepted="s3://BUCKET/KEY, gs://BUCKET/KEY"
        )
    with _store_errors(address):
        _store(scheme).put_file(str(path), address)


def _scheme(address: str) -> str:
    """Return what an address begins with, if it is one of those that are read."""
    scheme = address.partition(MARK)[0].lower()
    if scheme not in {*WEB, *EXTRAS, *PLAIN}:
        raise DataError("there is no way to read such an address", got=shown(address), accepted=ACCEPTED)
    return scheme


def _store(scheme: str) -> "fsspec.AbstractFileSystem":
    """Return the object storage of a scheme; its driver is an optional extra."""
    extra = EXTRAS.get(scheme, "s3")
    try:
        module = importlib.import_module("fsspec")
        store: fsspec.AbstractFileSystem = module.filesystem(scheme)
    except ImportError as error:
        raise MissingExtraError(extra, what=f"{scheme}:// needs a driver that is not installed") from error
    store.invalidate_cache()
    return store


@contextlib.contextmanager
def _store_errors(address: str) -> Iterator[None]:
    """Turn the errors of a driver into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError("there is no such file", where=shown(address)) from error
    except PermissionError as error:
        hint = "see the credentials in the environment"
        raise DataError(
            "the store does not let us in", where=shown(address), got=str(error), hint=hint
        ) from error
    except STORE_ERRORS as error:
        raise DataError("the store gave an error", where=shown(address), got=str(error)) from error


def _fetch_web(address: str, target: Path, settings: Settings, progress: Progress) -> Path:
    """Download a file, or take it from the mirror."""
    folder = mirror_folder(settings)
    if folder is not None:
        parts = urlsplit(address)
        places = [
            folder / (parts.hostname or "") / unquote(parts.path.lstrip("/")),
            folder / file_name(address),
        ]
        for place in places:
            if place.is_file():
                return place
        raise DataError(
            "the mirror does not have this file",
            where=shown(address),
            hint=f"put it at {places[-1]}, or unset OUTCLASS_MIRROR",
        )
    url = f"{settings.mirror.rstrip('/')}/{file_name(address)}" if settings.mirror else address
    return download_address(url, target, shown=shown(address), progress=progress)
