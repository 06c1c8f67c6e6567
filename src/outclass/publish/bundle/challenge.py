"""The folder of a challenge as it goes into a bundle: declaration, code, pages; no data, no own paths."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from outclass.base.errors import DataError
from outclass.catalog.declared_data import SourceDeclaration
from outclass.catalog.loader import FILE_NAME, LoadedChallenge, packaged_folder, read_challenge
from outclass.catalog.strict_yaml import read_yaml
from outclass.publish.bundle.documents import CHALLENGES

CODE = ".py"
PAGES = frozenset({"templates", "static", "pages"})
TEXTS = frozenset({".md", CODE})
MOST_BYTES = 5_000_000
"""Of one file; what is larger is data."""
SKIPPED = frozenset({"__pycache__"})


def public_challenge(loaded: LoadedChallenge, stage: Path, *, everything: bool) -> tuple[str, ...]:
    """Copy the folder of a challenge, and of those that it extends; return the files of code.

    Parameters
    ----------
    everything
        Copy all files and the declaration as it is.

    Raises
    ------
    DataError
        The declaration says how a database is reached.
    """
    code = []
    for folder in (loaded.folder, *(base for base in loaded.bases if not is_packaged(base))):
        name = read_challenge(folder / FILE_NAME).name
        target = stage / CHALLENGES / name
        for path in _all_files(folder) if everything else _public_files(folder):
            place = target / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            if path.suffix == CODE:
                code.append(place.relative_to(stage).as_posix())
        if not everything:
            content = public_declaration(folder / FILE_NAME)
            (target / FILE_NAME).write_bytes(content.encode())
    return tuple(sorted(code))


def is_packaged(folder: Path) -> bool:
    """Tell whether a challenge comes with Outclass."""
    return folder.resolve().is_relative_to(packaged_folder().resolve())


def _public_files(folder: Path) -> Iterator[Path]:
    """Yield declaration, code, card and pages."""
    for path in _all_files(folder):
        parts = path.relative_to(folder).parts
        if path.name == FILE_NAME or path.suffix in TEXTS or parts[0] in PAGES:
            if path.stat().st_size > MOST_BYTES:
                raise DataError("this file is too large for a challenge", where=str(path))
            yield path


def _all_files(folder: Path) -> Iterator[Path]:
    """Yield all plain files of a folder."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part in SKIPPED or part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not hidden:
            yield path


def public_declaration(path: Path) -> str:
    """Return a declaration in which files lie nowhere in particular: paths may tell who somebody is."""
    challenge = read_challenge(path)
    source = challenge.dataset.source
    if challenge.dataset.config is not None or (
        source is not None and not isinstance(source, SourceDeclaration)
    ):
        raise DataError(
            "this challenge reads a database, and how it is reached is not for others",
            where=str(path),
            hint="export its rows to a file and declare that; or move the whole project: --with-source",
        )
    text = path.read_text(encoding="utf-8")
    for found in sorted(set(_own_paths(read_yaml(path).value)), key=len, reverse=True):
        text = text.replace(found, PureWindowsPath(found).name or "data")
    return text


def _own_paths(value: object) -> Iterator[str]:
    """Yield the texts of a document that are paths of this machine."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _own_paths(each)
    elif isinstance(value, list):
        for each in value:
            yield from _own_paths(each)
    elif isinstance(value, str) and is_own_path(value):
        yield value


def is_own_path(text: str) -> bool:
    r"""Tell whether a text is the path of a file of one's own.

    >>> [is_own_path(text) for text in ("/home/ann/a.csv", "~/a.csv", r"C:\\a.csv", "data/a.csv", "a / b")]
    [True, True, True, False, False]
    """
    rooted = PurePosixPath(text).is_absolute() or text.startswith(("~", "../", "file:"))
    return "\n" not in text and (rooted or re.match(r"[A-Za-z]:[\\/]", text) is not None)
