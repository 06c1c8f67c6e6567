"""Which data files are shown: those that lie in the home folder, those to be built, those that cannot be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from outclass.base.document import Document, to_json
from outclass.base.errors import OutclassError
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.catalog.dataset import current_version
from outclass.catalog.loader import LoadedChallenge, list_challenges, load_challenge
from outclass.publish.database.files import (
    NAME_LENGTH,
    DataFile,
    current_file,
    data_files,
    models_in_use,
    published_folder,
)
from outclass.publish.database.metadata import metadata_of
from outclass.registry.aliases import ALIASES

Metadata = dict[str, Any]
SITE = "site.json"
SITE_SUFFIX = ".site.json"
MOST_OLDER = 20
"""Older versions of one challenge that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """A data file as it is to be shown.

    Attributes
    ----------
    group
        The name that its address begins with: that of the challenge.
    mark
        The beginning of the hash of its content.
    sha256
        Of its bytes.
    rows
        Rows by table.
    current
        Whether the address without a mark leads here.
    version, models
        The data version that it is of, and the models that were in use.
    """

    group: str
    mark: str
    path: Path
    sha256: str
    rows: Mapping[str, int]
    metadata: Metadata
    current: bool = True
    version: str = ""
    models: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name in addresses, with the hash."""
        return f"{self.group}-{self.mark}"


class SiteDocument(Document, frozen=True, kw_only=True):
    """A data site that is of no challenge's objects: games and leaderboards, a table without a label.

    Attributes
    ----------
    file
        Name of the data file, which lies beside the document.
    metadata
        What Datasette is told, as of the other files.
    """

    name: str
    file: str
    sha256: str
    content_sha256: str
    rows: dict[str, int]
    metadata: Metadata


def write_site(folder: Path, document: SiteDocument) -> None:
    """Show a data file that lies in `HOME/published/NAME/`, in the place of the one before."""
    text = to_json(document)
    write_atomic(folder / f"{document.content_sha256[:NAME_LENGTH]}{SITE_SUFFIX}", text)
    write_atomic(folder / SITE, text)


def sites_of(folder: Path) -> list[SiteFile]:
    """Return the data files of a folder that are of no challenge's objects."""
    used = read_site(folder / SITE)
    if used is None:
        return []
    kept = {used.path: used}
    for path in sorted(folder.glob(f"*{SITE_SUFFIX}"))[-MOST_OLDER:]:
        older = read_site(path, current=False)
        if older is not None:
            kept.setdefault(older.path, older)
    return list(kept.values())


def read_site(path: Path, *, current: bool = True) -> SiteFile | None:
    """Return the data file that a document tells of; None where either is not there."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=SiteDocument)
    except (OSError, msgspec.MsgspecError):
        return None
    file = path.with_name(document.file)
    if Path(document.file).name != document.file or not file.is_file():
        return None
    return SiteFile(
        group=document.name,
        mark=document.content_sha256[:NAME_LENGTH],
        path=file,
        sha256=document.sha256,
        rows=document.rows,
        metadata=document.metadata,
        current=current,
    )


class State(StrEnum):
    """How it stands with the data site of a challenge."""

    SHOWN = "shown"
    OUTDATED = "outdated"
    TO_BUILD = "to build"
    EMPTY = "empty"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is there at a moment, by challenge."""

    files: tuple[SiteFile, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def current(self) -> dict[str, str]:
        """Return the name with its hash of each challenge that can be shown."""
        return {file.group: file.name for file in self.files if file.current}

    def to_build(self) -> tuple[str, ...]:
        """Return the challenges whose file is missing or behind, the missing ones first."""
        wanted = [name for name, state in self.states.items() if state is State.TO_BUILD]
        return (*wanted, *(name for name, state in self.states.items() if state is State.OUTDATED))


Look = Callable[[], Shelf]


def look(settings: Settings, challenges: Iterable[str] | None = None) -> Shelf:
    """Return what is in the home folder now."""
    files: list[SiteFile] = []
    states: dict[str, State] = {}
    titles: dict[str, str] = {}
    for name in list_challenges() if challenges is None else challenges:
        try:
            loaded = load_challenge(name)
            titles[name] = loaded.challenge.title
            found = files_of(loaded, settings)
            version, models = current_version(name, settings), models_in_use(loaded, settings)
        except OutclassError:
            states[name] = State.BROKEN
            continue
        files.extend(found)
        states[name] = state_of(found, version.id if version else None, models)
    for folder in sorted(published_folder("", settings).glob("*/")):
        others = sites_of(folder)
        files.extend(others)
        states |= {file.group: State.SHOWN for file in others}
    return Shelf(files=tuple(files), states=states, titles=titles)


def state_of(found: Sequence[SiteFile], version: str | None, models: tuple[str, ...]) -> State:
    """Return how it stands with a challenge that has these files, and this version and models in use."""
    shown = next((file for file in found if file.current), None)
    if version is None:
        return State.SHOWN if shown else State.EMPTY
    if shown is None:
        return State.TO_BUILD
    return State.SHOWN if (shown.version, shown.models) == (version, models) else State.OUTDATED


def files_of(loaded: LoadedChallenge, settings: Settings) -> list[SiteFile]:
    """Return the data files of a challenge; of several versions, the one in use is the current one."""
    used = current_file(loaded.name, settings)
    kept = {file.path: file for file in data_files(loaded.name, settings)[-MOST_OLDER:]}
    if used is not None:
        kept[used.path] = used
    return [
        as_shown(file, loaded, current=used is not None and file.path == used.path) for file in kept.values()
    ]


def as_shown(file: DataFile, loaded: LoadedChallenge, *, current: bool) -> SiteFile:
    """Return a data file with what is told of it."""
    return SiteFile(
        group=loaded.name,
        mark=file.content_sha256[:NAME_LENGTH],
        path=file.path,
        sha256=file.sha256,
        rows=file.rows,
        metadata=metadata_of(file, loaded)
        | {"short_title": loaded.challenge.title, "accent": loaded.challenge.accent},
        current=current,
        version=file.version,
        models=file.document.models,
    )


def fingerprint(settings: Settings) -> tuple[tuple[str, int], ...]:
    """Return what changes when a version comes into use, a data file is made, or a model is promoted."""
    folders = (settings.data_folder, published_folder("", settings), settings.models_folder)
    paths = [path for folder in folders for path in folder.glob("*/current.json")]
    paths += published_folder("", settings).glob(f"*/{SITE}")
    paths += settings.models_folder.glob(f"*/{ALIASES}")
    found = []
    for path in paths:
        try:
            found.append((str(path), path.stat().st_mtime_ns))
        except OSError:
            continue
    return tuple(sorted(found))
