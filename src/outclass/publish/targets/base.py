"""What a publish target is: the one seam between the command line and any place to publish to.

Every target writes files into a folder, and may then hand them over. `--generate-dir` stops after the first,
so that everything can be read, changed and kept in a repository before anything runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from outclass.base.errors import InputError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge
from outclass.publish.bundle.documents import BundleOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOption:
    """One option of a target's command, a text.

    Attributes
    ----------
    name
        As in `--name`; words with hyphens.
    metavar, help
        What its help shows.
    default
        What holds where it is not given.
    required
        Whether it must be given.
    """

    name: str
    help: str
    metavar: str = "TEXT"
    default: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishContext:
    """What is published, and how.

    Attributes
    ----------
    challenges
        What is published, with its data and models; at least one where the target carries data.
    settings
        Where state lives.
    bundle
        What of it may go along: licences and sources, as for `outclass publish bundle`.
    options
        The target's own options by name, every one of them.
    """

    challenges: tuple[LoadedChallenge, ...]
    settings: Settings
    bundle: BundleOptions = field(default_factory=BundleOptions)
    options: Mapping[str, str] = field(default_factory=dict)
    progress: Progress = no_progress


class Target(Protocol):
    """A place to publish to; found by `outclass.publish.targets.finding`."""

    name: str
    """The word after `outclass publish`."""
    help: str
    """One line."""
    options: tuple[TargetOption, ...]

    def generate(self, context: PublishContext, into: Path) -> None:
        """Write all that is needed into an empty folder, and start nothing.

        Raises
        ------
        InputError
            An option is not as it should be.
        DataError
            A licence forbids it.
        """

    def publish(self, context: PublishContext, folder: Path) -> str:
        """Hand over what was generated, by the tools of this machine; return what to say at the end.

        Raises
        ------
        UnavailableError
            A tool that it takes is not here; the error names it, and `--generate-dir`.
        """


def files_in(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder and of those within, sorted, relative to it."""
    return tuple(sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()))


def empty_folder(folder: Path) -> Path:
    """Return a folder that is there and has nothing in it.

    Raises
    ------
    InputError
        Something lies in it: nothing of anybody's is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "this folder is not empty",
            where="--generate-dir",
            got=str(folder),
            accepted="a new or an empty folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder
