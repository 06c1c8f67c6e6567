"""Under which licences the photos of a data version are, how many of each, and by how many people."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licences import MEANINGS, Licence, licence_of

STATED = ("licence", "licence_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceUse:
    """The photos of a version that are under one licence."""

    licence: Licence
    photos: int
    authors: int

    @property
    def meaning(self) -> str:
        """Return what the licence allows, as people read it."""
        return MEANINGS[self.licence.terms]


def licence_uses(version: DatasetVersion) -> tuple[LicenceUse, ...]:
    """Return the licences of a version's photos, those of most photos first; none where it has no photos.

    Raises
    ------
    DataError
        The version's file of objects is broken.
    """
    if version.document.kind is not InputKind.PHOTO:
        return ()
    found: dict[Licence, list[pl.DataFrame]] = {}
    for (stated, link), rows in _by_statement(version.folder / "objects.parquet"):
        found.setdefault(licence_of(stated, link), []).append(rows)
    uses = [_use(licence, pl.concat(parts)) for licence, parts in found.items()]
    return tuple(sorted(uses, key=lambda use: (-use.photos, use.licence.name)))


def _by_statement(path: Path) -> list[tuple[tuple[str, str], pl.DataFrame]]:
    """Return authors and photos by what is stated of their licence."""
    try:
        counted = pl.scan_parquet(path).group_by(*STATED, "author").agg(pl.len().alias("photos")).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError("this file of a data version is broken", where=str(path), got=str(error)) from error
    return [((str(key[0]), str(key[1])), rows) for key, rows in counted.group_by(*STATED)]


def _use(licence: Licence, rows: pl.DataFrame) -> LicenceUse:
    """Return how many photos and people there are; who is not named is not counted."""
    authors = rows.filter(pl.col("author") != "")["author"].n_unique()
    return LicenceUse(licence=licence, photos=int(rows["photos"].sum()), authors=authors)
