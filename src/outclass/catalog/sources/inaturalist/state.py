"""What was asked, found and fetched so far, in a file that survives a process killed at any moment."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outclass.base.errors import DataError
from outclass.catalog.sources.inaturalist.records import TaxonRecord
from outclass.inputs.photos import Credit

SCHEMA = """
CREATE TABLE IF NOT EXISTS taxon (
  term TEXT PRIMARY KEY, id INTEGER NOT NULL, name TEXT NOT NULL, common_name TEXT, branch TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS walk (
  key TEXT PRIMARY KEY, last INTEGER, ended INTEGER NOT NULL, pages INTEGER NOT NULL,
  observations INTEGER NOT NULL, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS photo (
  id INTEGER PRIMARY KEY, observation INTEGER NOT NULL, place INTEGER NOT NULL, branch TEXT NOT NULL,
  taxon TEXT NOT NULL, common_name TEXT NOT NULL, observed_on TEXT NOT NULL, url TEXT NOT NULL,
  code TEXT NOT NULL, author TEXT NOT NULL, licence TEXT NOT NULL, licence_url TEXT NOT NULL,
  link TEXT NOT NULL, sha256 TEXT, bytes INTEGER, fault TEXT, tries INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS left_out (reason TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""
PHOTO_COLUMNS = (
    "id, observation, place, branch, taxon, common_name, observed_on, url, code, author, licence, "
    "licence_url, link, sha256, bytes, fault"
)
COUNT_LEFT_OUT = (
    "INSERT INTO left_out VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far the observations of a class were read.

    Attributes
    ----------
    last
        The number of the last one; None before the first page.
    ended
        Whether there are no more.
    remaining
        How many there were from the last page's beginning on.
    """

    last: int | None = None
    ended: bool = False
    pages: int = 0
    observations: int = 0
    remaining: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPhoto:
    """A photo that may be fetched.

    Attributes
    ----------
    observation, place
        Whose photo it is, and which of its photos, from 0.
    branch
        The taxa above what is on it, the most general first.
    code
        Its licence by the name that iNaturalist gives it.
    sha256, bytes
        Of the file, once it is here.
    fault
        Why it will never be here.
    """

    id: int
    observation: int
    place: int
    branch: tuple[int, ...]
    taxon: str
    common_name: str
    observed_on: str
    url: str
    code: str
    credit: Credit
    sha256: str | None = None
    bytes: int | None = None
    fault: str | None = None


class State:
    """The file; every method leaves it whole."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._file = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def taxon(self, term: str) -> TaxonRecord | None:
        """Return the taxon that a number or name means, None where it was not looked up yet."""
        row = self._file.execute(
            "SELECT id, name, common_name, branch FROM taxon WHERE term = ?", (term,)
        ).fetchone()
        if row is None:
            return None
        number, name, common, branch = row
        return TaxonRecord(
            id=number, name=name, preferred_common_name=common, ancestor_ids=tuple(json.loads(branch))
        )

    def keep_taxa(self, taxa: Mapping[str, TaxonRecord]) -> None:
        """Keep what was looked up."""
        rows = [
            (term, taxon.id, taxon.name, taxon.preferred_common_name, json.dumps(taxon.branch))
            for term, taxon in taxa.items()
        ]
        with self._changes():
            self._file.executemany("INSERT OR REPLACE INTO taxon VALUES (?, ?, ?, ?, ?)", rows)

    def walk(self, key: str) -> Walk:
        """Return how far the observations of a query were read."""
        row = self._file.execute(
            "SELECT last, ended, pages, observations, remaining FROM walk WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return Walk()
        last, ended, pages, observations, remaining = row
        return Walk(last=last, ended=bool(ended), pages=pages, observations=observations, remaining=remaining)

    def keep_page(
        self, key: str, walk: Walk, photos: Iterable[FoundPhoto], left_out: Mapping[str, int]
    ) -> None:
        """Keep the photos of a page, how far the walk is now, and how many photos were left out for what."""
        rows = [
            (
                *(one.id, one.observation, one.place, json.dumps(one.branch), one.taxon, one.common_name),
                *(one.observed_on, one.url, one.code),
                *(one.credit.author, one.credit.licence, one.credit.licence_url, one.credit.link),
                *(one.sha256, one.bytes, one.fault),
            )
            for one in photos
        ]
        marks = ", ".join("?" * len(PHOTO_COLUMNS.split(",")))
        with self._changes():
            self._file.executemany(
                f"INSERT OR IGNORE INTO photo ({PHOTO_COLUMNS}) VALUES ({marks})",  # noqa: S608 - constants
                rows,
            )
            self._file.execute(
                "INSERT OR REPLACE INTO walk VALUES (?, ?, ?, ?, ?, ?)",
                (key, walk.last, walk.ended, walk.pages, walk.observations, walk.remaining),
            )
            self._file.executemany(COUNT_LEFT_OUT, left_out.items())

    def photos(self) -> list[FoundPhoto]:
        """Return all photos that were found, in order of observations."""
        query = f"SELECT {PHOTO_COLUMNS} FROM photo ORDER BY observation, place, id"  # noqa: S608 - constants
        return [_photo(row) for row in self._file.execute(query)]

    def keep_photo(self, number: int, sha256: str, size: int) -> None:
        """Note that a photo is here."""
        self._set("UPDATE photo SET sha256 = ?, bytes = ? WHERE id = ?", sha256, size, number)

    def forget_files(self, names: Iterable[str]) -> None:
        """Note that files are not here any more."""
        rows = [(name,) for name in names]
        with self._changes():
            self._file.executemany("UPDATE photo SET sha256 = NULL, bytes = NULL WHERE sha256 = ?", rows)

    def refuse_photo(self, number: int, fault: str) -> None:
        """Note that a photo will never be here."""
        self._set("UPDATE photo SET fault = ? WHERE id = ?", fault, number)

    def count_try(self, number: int) -> int:
        """Note that a photo did not come this time; return how often that has been so."""
        self._set("UPDATE photo SET tries = tries + 1 WHERE id = ?", number)
        (tries,) = self._file.execute("SELECT tries FROM photo WHERE id = ?", (number,)).fetchone()
        return int(tries)

    def left_out(self) -> dict[str, int]:
        """Return how many photos were left out, by reason."""
        return dict(self._file.execute("SELECT reason, count FROM left_out ORDER BY count DESC, reason"))

    def faults(self) -> dict[str, int]:
        """Return how many photos could not be had, by reason."""
        rows = self._file.execute("SELECT fault FROM photo WHERE fault IS NOT NULL")
        return dict(Counter(fault for (fault,) in rows))

    def _set(self, statement: str, *values: object) -> None:
        """Change one row."""
        with self._changes():
            self._file.execute(statement, values)

    @contextmanager
    def _changes(self) -> Iterator[None]:
        """Make some changes, all or none."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def _broken(self, error: sqlite3.Error) -> DataError:
        """Return the error of a file that cannot be read."""
        return DataError(
            "the state of collecting cannot be read",
            where=str(self.path),
            got=str(error),
            hint="move the file away to begin anew; photos that are here already are fetched again",
        )


def _photo(row: tuple[object, ...]) -> FoundPhoto:
    """Return a row as a photo."""
    number, observation, place, branch, taxon, common, observed, url, code, *credit, digest, size, fault = row
    author, licence, licence_url, link = map(str, credit)
    return FoundPhoto(
        id=int(str(number)),
        observation=int(str(observation)),
        place=int(str(place)),
        branch=tuple(json.loads(str(branch))),
        taxon=str(taxon),
        common_name=str(common),
        observed_on=str(observed),
        url=str(url),
        code=str(code),
        credit=Credit(author=author, licence=licence, licence_url=licence_url, link=link),
        sha256=None if digest is None else str(digest),
        bytes=None if size is None else int(str(size)),
        fault=None if fault is None else str(fault),
    )
