"""What stands in a bundle's first file, and what may be asked of one."""

from dataclasses import dataclass
from pathlib import Path

from outclass.base.document import Document

FORMAT = 1
MANIFEST = "bundle.json"
CHALLENGES, DATA, MEDIA, MODELS, FILES = "challenges", "data", "media", "models", "files"
DATABASE, CARDS = "database", "cards"


class BundledFile(Document, frozen=True, kw_only=True):
    """A file of a bundle."""

    sha256: str
    bytes: int


class BundleDocument(Document, frozen=True, kw_only=True):
    """The `bundle.json` of a bundle.

    Attributes
    ----------
    data
        The data version in it; None without data.
    models
        References of the models in it.
    code
        Files of code, which run when the project is used.
    answers
        Whether it holds the labels of objects that are played: it moves a project and is not for others.
    left_out
        How many objects stayed behind, by reason.
    """

    format: int
    challenge: str
    title: str
    licence: str
    data: str | None
    models: tuple[str, ...]
    code: tuple[str, ...]
    answers: bool
    left_out: dict[str, int]
    files: dict[str, BundledFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOptions:
    """What goes into a bundle.

    Attributes
    ----------
    with_data, with_models, with_database
        Whether these do.
    with_source
        Whether the original files, texts as they were written, and the answers of the game do: to move a
        project of one's own.
    licence, licence_url
        Of the data set, where its declaration leaves it open.
    """

    with_data: bool = True
    with_models: bool = True
    with_database: bool = True
    with_source: bool = False
    licence: str = ""
    licence_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle as it lies on disk."""

    path: Path
    sha256: str
    document: BundleDocument
