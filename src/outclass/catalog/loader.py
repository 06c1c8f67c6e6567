"""Find and load a challenge by its name or folder, without running any of its code.

A name is looked for in the project, then among those that come with Outclass, then among the uploads of this
installation: no upload can take the place of another challenge.
"""

import importlib.resources
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from outclass.base.errors import ChallengeFileError, NotFoundError, Problem, nearest_name
from outclass.base.settings import find_home
from outclass.catalog.challenge import Challenge
from outclass.catalog.rules import broken_rules
from outclass.catalog.strict_yaml import YamlFile, read_yaml
from outclass.catalog.uploads import is_draft, uploads_folder

__all__ = ["LoadedChallenge", "list_challenges", "load_challenge"]

FILE_NAME = "challenge.yaml"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LoadedChallenge:
    """A valid challenge and the folder of its file, hooks and card.

    Attributes
    ----------
    bases
        Folders of the challenge that it extends, of the one which that extends, and so on.
    """

    challenge: Challenge
    folder: Path
    bases: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        return f"LoadedChallenge({self.name} in {self.folder})"

    @property
    def name(self) -> str:
        """Return the challenge's name."""
        return self.challenge.name


def load_challenge(name_or_folder: str | Path, *, home: Path | None = None) -> LoadedChallenge:
    """Load a challenge.

    Parameters
    ----------
    name_or_folder
        The name of a challenge of this project (`challenges/NAME/challenge.yaml` here), of
        one that comes with Outclass or was uploaded, or the path of a folder that holds a `challenge.yaml`.
    home
        Folder of all state, which holds the uploads; that of the environment by default.

    Raises
    ------
    NotFoundError
        There is none; the message lists those that are there.
    ChallengeFileError
        The file has problems; all of them are in `problems`.

    Examples
    --------
    >>> load_challenge("digits").challenge.question
    'Which digit is this?'
    """
    path = find_challenge(name_or_folder, home=home)
    challenge = read_challenge(path)
    if isinstance(name_or_folder, str) and path.parent.name == name_or_folder != challenge.name:
        problem = Problem(
            id="name-mismatch",
            where="name",
            what="the challenge has another name than its folder",
            got=challenge.name,
            accepted=name_or_folder,
        )
        raise ChallengeFileError(str(path), [problem])
    return LoadedChallenge(challenge=challenge, folder=path.parent, bases=bases_of(challenge, path))


def bases_of(challenge: Challenge, path: Path) -> tuple[Path, ...]:
    """Return the folders of the challenges that a challenge extends, the nearest first.

    Raises
    ------
    ChallengeFileError
        One of them is not there, has problems, or extends the first.
    """
    found: list[Path] = []
    while challenge.extends:
        try:
            base = find_challenge(challenge.extends)
        except NotFoundError as error:
            raise _wrong_base(
                path, "unknown-challenge", error.what, challenge.extends, error.accepted
            ) from error
        if base == path or base.parent in found:
            what = "this challenge extends itself"
            raise _wrong_base(path, "endless-extends", what, challenge.extends, "another challenge")
        found.append(base.parent)
        challenge = read_challenge(base)
    return tuple(found)


def _wrong_base(path: Path, name: str, what: str, got: str, accepted: str | None) -> ChallengeFileError:
    """Return the error of an `extends` that leads nowhere."""
    problem = Problem(id=name, where="extends", what=what, got=got, accepted=accepted)
    return ChallengeFileError(str(path), [problem])


def read_challenge(path: Path) -> Challenge:
    """Read one `challenge.yaml`; `ChallengeFileError` lists all its problems."""
    file = read_yaml(path)
    try:
        found = msgspec.convert(file.value, Challenge)
    except msgspec.ValidationError as error:
        raise ChallengeFileError(str(path), problems_in(file, str(error))) from error
    if file.problems or any(broken_rules(file)):
        raise ChallengeFileError(str(path), problems_in(file))
    return found


def problems_in(file: YamlFile, otherwise: str = "") -> tuple[Problem, ...]:
    """Return all problems of a file that has some.

    Only then is the schema needed, whose validator takes 6 MB that a server can do without.
    """
    from outclass.catalog.validation import challenge_problems  # noqa: PLC0415 - see above

    return challenge_problems(file) or (Problem(id="invalid", where="line 1", what=otherwise),)


def find_challenge(name_or_folder: str | Path, *, home: Path | None = None) -> Path:
    """Return the path of the `challenge.yaml` that a name or folder means."""
    given = Path(name_or_folder).expanduser()
    places = [given / FILE_NAME]
    if isinstance(name_or_folder, str) and len(given.parts) == 1 and given.name == name_or_folder:
        places = [*(folder / given / FILE_NAME for folder in challenge_folders(home)), *places]
    if given.name == FILE_NAME:
        places = [given]
    for place in places:
        if place.is_file():
            return place.resolve()
    known = list_challenges(home=home)
    nearest = nearest_name(str(name_or_folder), known)
    raise NotFoundError(
        "there is no such challenge",
        got=str(name_or_folder),
        accepted=f"{', '.join(known)}, or a folder with a {FILE_NAME}",
        hint=f"the nearest name is {nearest}" if nearest else None,
    )


def list_challenges(*, home: Path | None = None) -> tuple[str, ...]:
    """Return the names of all challenges but those that are only drafts, sorted.

    They are those of this project, those that come with Outclass, and those that were uploaded and published.
    """
    places = (path.parent for folder in challenge_folders(home) for path in folder.glob(f"*/{FILE_NAME}"))
    return tuple(sorted({place.name for place in places if not is_draft(place)}))


def challenge_folders(home: Path | None = None) -> tuple[Path, Path, Path]:
    """Return the folders of challenges: of the project, of the package, and of uploads."""
    return Path("challenges"), packaged_folder(), uploads_folder(home or find_home(os.environ))


def packaged_folder() -> Path:
    """Return the folder of the challenges that come with Outclass."""
    return Path(str(importlib.resources.files("outclass") / "challenges"))
