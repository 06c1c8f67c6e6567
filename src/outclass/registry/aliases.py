"""Aliases: which version is the champion, which one challenges it, and which came before."""

from enum import StrEnum
from pathlib import Path

import msgspec

from outclass.base.document import Document, to_json
from outclass.base.errors import ConflictError, RegistryError
from outclass.base.store import write_atomic

ALIASES = "aliases.json"
REMEMBERED = 20


class Alias(StrEnum):
    """The names that a version can go by."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


class Aliases(Document, frozen=True, kw_only=True):
    """Ids by alias; `previous` are earlier champions, the latest first."""

    champion: str | None = None
    challenger: str | None = None
    previous: tuple[str, ...] = ()

    def id_of(self, alias: Alias) -> str | None:
        """Return the id that an alias stands for."""
        match alias:
            case Alias.CHAMPION:
                return self.champion
            case Alias.CHALLENGER:
                return self.challenger


def read_aliases(folder: Path) -> Aliases:
    """Read the aliases of a model's folder; there are none where the file is missing."""
    path = folder / ALIASES
    try:
        return msgspec.json.decode(path.read_bytes(), type=Aliases)
    except FileNotFoundError:
        return Aliases()
    except msgspec.DecodeError as error:
        raise RegistryError("the aliases cannot be read", where=str(path), got=str(error)) from error


def write_aliases(folder: Path, aliases: Aliases) -> None:
    """Replace the aliases of a model's folder at once."""
    write_atomic(folder / ALIASES, to_json(aliases))


def overlay(home: Aliases, packaged: Aliases) -> Aliases:
    """Return the aliases that hold: what was set at home, else what came with the package."""
    return Aliases(
        champion=home.champion or packaged.champion,
        challenger=home.challenger or packaged.challenger,
        previous=home.previous,
    )


def crown(aliases: Aliases, version_id: str) -> Aliases:
    """Return the aliases after a version became champion.

    >>> crown(Aliases(champion="a", challenger="b"), "b")
    Aliases(champion='b', challenger=None, previous=('a',))
    """
    if aliases.champion == version_id:
        return aliases
    before = () if aliases.champion is None else (aliases.champion,)
    previous = (*before, *(i for i in aliases.previous if i not in {version_id, *before}))[:REMEMBERED]
    challenger = None if aliases.challenger == version_id else aliases.challenger
    return Aliases(champion=version_id, challenger=challenger, previous=previous)


def step_back(aliases: Aliases, name: str) -> Aliases:
    """Return the aliases after the champion gave way to the one before; it becomes the challenger.

    >>> step_back(Aliases(champion="b", previous=("a",)), "digits")
    Aliases(champion='a', challenger='b', previous=())
    """
    if not aliases.previous:
        raise ConflictError(
            "there is no earlier champion to go back to", where=name, hint="see: outclass models list"
        )
    return Aliases(champion=aliases.previous[0], challenger=aliases.champion, previous=aliases.previous[1:])
