"""Data files as they lie on disk: where they are, and what stands beside each.

They lie in `HOME/published/CHALLENGE/`, each named by its content hash with a document beside it, and
`current.json` there names the file of the version in use.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from outclass.base.document import Document
from outclass.base.errors import NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.dataset import find_version
from outclass.catalog.loader import LoadedChallenge
from outclass.registry.store import Registry

FOLDER = "published"
CURRENT = "current.json"
SUFFIX = ".sqlite"
LOCK = ".lock"
NAME_LENGTH = 12


class DataFileDocument(Document, frozen=True, kw_only=True):
    """What stands beside a data file.

    Attributes
    ----------
    version
        The data version that it is of.
    file
        Its name.
    sha256
        Of its bytes.
    content_sha256
        Of all that it was made of: version, models, declaration, what is retired.
    rows
        Rows by table.
    models
        References of the models that were in use for the challenge.
    """

    challenge: str
    version: str
    file: str
    sha256: str
    content_sha256: str
    rows: dict[str, int]
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A data file as it lies on disk."""

    path: Path
    document: DataFileDocument

    @property
    def sha256(self) -> str:
        """Return the hash of its bytes."""
        return self.document.sha256

    @property
    def content_sha256(self) -> str:
        """Return the hash of all that it was made of."""
        return self.document.content_sha256

    @property
    def rows(self) -> dict[str, int]:
        """Return the number of rows by table."""
        return self.document.rows

    @property
    def challenge(self) -> str:
        """Return the challenge that it is of."""
        return self.document.challenge

    @property
    def version(self) -> str:
        """Return the data version that it is of."""
        return self.document.version


def models_in_use(loaded: LoadedChallenge, settings: Settings) -> tuple[str, ...]:
    """Return the references of a challenge's models that answer or advise now, sorted."""
    challenge, registry = loaded.challenge, Registry(settings)
    named = (*challenge.advisers, *challenge.members)
    found = set()
    for name in {loaded.name, *map(challenge.registered_name, named)}:
        with contextlib.suppress(NotFoundError):
            found.add(registry.champion(name).reference)
    return tuple(sorted(found))


def published_folder(challenge: str, settings: Settings) -> Path:
    """Return where the data files of a challenge lie."""
    return settings.home / FOLDER / challenge


def current_file(challenge: str, settings: Settings) -> DataFile | None:
    """Return the data file of the version in use when it was made; None where there is none.

    It may be of an earlier version than the one that is in use by now: compare `version`.
    """
    return read_file(published_folder(challenge, settings) / CURRENT, settings)


def data_files(challenge: str, settings: Settings) -> tuple[DataFile, ...]:
    """Return the data files of all versions of a challenge that are still there."""
    paths = sorted(published_folder(challenge, settings).glob("*.json"))
    found = (read_file(path, settings) for path in paths if path.name != CURRENT)
    return tuple(file for file in found if file is not None)


def read_file(path: Path, settings: Settings) -> DataFile | None:
    """Read the document of a data file; None where it, the file or the data version is gone."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=DataFileDocument)
    except (OSError, msgspec.MsgspecError):
        return None
    file = path.with_name(document.file)
    if not file.is_file() or find_version(document.challenge, document.version, settings) is None:
        return None
    return DataFile(path=file, document=document)
