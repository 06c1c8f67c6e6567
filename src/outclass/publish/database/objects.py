"""Objects and observations of a version as rows of a data file; hidden ones last, in no telling order."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from outclass.base.progress import Progress
from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import BLOCK, DatasetVersion, ObjectTable
from outclass.catalog.licences import Licence
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.inputs.text import TextTable
from outclass.publish.database.kinds import KindColumns, columns_of
from outclass.publish.database.schema import OBSERVATIONS, Table, objects_table
from outclass.publish.database.writer import SqlValue
from outclass.publish.sharing import Sharing, licence_of_photo, masked_name, public_text, was_sent_in

PHOTO_BLOCK = 64
UNNAMED = "author not stated"
HIDDEN = "temp.hidden"
"""Holds rows of objects that are played until all are there and can be put in order."""


@dataclass(slots=True, kw_only=True)
class ObjectRows:
    """Makes rows of objects, and counts what passes.

    Attributes
    ----------
    origin
        Where labels come from.
    licence
        Of what has none of its own.
    licences, credits
        Objects by licence, and by whom to credit.
    hidden, sent_in
        Objects that are played, and those that somebody sent in, which are not published.
    names
        Public names of texts in which something is hidden, by their own.
    """

    version: DatasetVersion
    challenge: Challenge
    sharing: Sharing
    origin: str
    licence: Licence
    kind: KindColumns
    licences: Counter[Licence] = field(default_factory=Counter)
    credits: Counter[str] = field(default_factory=Counter)
    sent_in: int = 0
    hidden: int = 0
    names: dict[str, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def table(self) -> Table:
        """Return the table of objects."""
        return objects_table(self.kind.columns, facets=self.kind.facets)

    def of(self, table: ObjectTable) -> Iterator[tuple[SqlValue, ...]]:
        """Yield the rows of a block; what was sent in is left out."""
        kept = [place for place, name in enumerate(table.ids) if not was_sent_in(name)]
        self.sent_in += len(table) - len(kept)
        if len(kept) < len(table):
            table = table.take(kept)
        labels = table.labels
        for place, values in enumerate(self.kind.rows(table, self.sharing)):
            name, split = table.ids[place], table.splits[place]
            hidden = self.sharing.is_hidden(name, split)
            self.hidden += hidden
            yield (
                self.name_of(table, place),
                split.value,
                None if hidden else labels[place],
                None if hidden else self.origin,
                None,
                None,
                None,
                *self.terms(table, place, hidden=hidden),
                *values,
            )

    def name_of(self, table: ObjectTable, place: int) -> str:
        """Return the public name of an object."""
        name, split = table.ids[place], table.splits[place]
        if isinstance(table.inputs, TextTable) and not self.sharing.is_hidden(name, split):
            text = table.inputs[place]
            if (shown := public_text(text)) != text or "@" in name:
                self.names[name] = masked_name(shown, self.seen)
        return self.names.get(name) or self.sharing.name_of(name, split)

    def terms(self, table: ObjectTable, place: int, *, hidden: bool) -> tuple[str, str, str | None]:
        """Return licence, credit and source of an object; of a hidden one the source would tell it."""
        document = self.version.document
        licence, author, link = self.licence, document.title, document.homepage
        if isinstance(table.inputs, PhotoTable):
            credit = table.inputs.credits[place]
            licence, author, link = licence_of_photo(credit), credit.author or UNNAMED, credit.link
            link = "" if hidden else link
        self.licences[licence] += 1
        self.credits[author] += 1
        return licence.name, author, link or None


def fill_objects(connection: sqlite3.Connection, rows: ObjectRows, progress: Progress) -> None:
    """Make and fill `objects`."""
    table = rows.table
    into = table.insert(), table.insert(into=HIDDEN)
    connection.execute(table.create())
    connection.execute("CREATE TEMP TABLE hidden AS SELECT * FROM objects")
    for split in Split:
        for block in blocks(rows.version, split):
            connection.executemany(into[split is Split.GAME], rows.of(block))
            progress("objects", None, split.value)
    connection.execute("INSERT INTO objects SELECT * FROM temp.hidden ORDER BY id")
    connection.execute("DROP TABLE temp.hidden")


def blocks(version: DatasetVersion, split: Split) -> Iterator[ObjectTable]:
    """Yield the objects of one split, of photos few at a time."""
    size = PHOTO_BLOCK if version.document.kind.value == "photo" else BLOCK
    return version.blocks(split.value, size)


def fill_observations(connection: sqlite3.Connection, rows: ObjectRows) -> None:
    """Make and fill `observations`, in the order of the objects."""
    bands = tuple(band.name for band in rows.challenge.input.bands)
    connection.execute(OBSERVATIONS.create())
    for split in Split:
        for block in blocks(rows.version, split):
            connection.executemany(OBSERVATIONS.insert(), points(block, rows.sharing, bands))


def points(table: ObjectTable, sharing: Sharing, bands: Sequence[str]) -> Iterator[tuple[SqlValue, ...]]:
    """Yield the observations of some objects; none of those that are played or were sent in."""
    series = table.inputs
    assert isinstance(series, SeriesTable)
    for place, one in enumerate(series):
        name = table.ids[place]
        if was_sent_in(name) or sharing.is_hidden(name, table.splits[place]):
            continue
        columns = (one.mjd, one.passband, one.flux, one.flux_err, one.detected)
        for mjd, band, flux, error, found in zip(*(values.tolist() for values in columns), strict=True):
            yield name, mjd, bands[band] if band < len(bands) else str(band), flux, error, int(found)


def rows_of(
    loaded: LoadedChallenge, version: DatasetVersion, sharing: Sharing, licence: Licence
) -> ObjectRows:
    """Return what makes rows of a version's objects."""
    return ObjectRows(
        version=version,
        challenge=loaded.challenge,
        sharing=sharing,
        origin=label_origin(version, loaded),
        licence=licence,
        kind=columns_of(version, loaded.challenge),
    )


def label_origin(version: DatasetVersion, loaded: LoadedChallenge) -> str:
    """Return where the labels of a version come from, as far as it tells."""
    dataset, lineage = loaded.challenge.dataset, version.document.lineage
    if version.document.sample:
        return "simulated"
    origins = ["data set"]
    origins += ["checked by hand"] if dataset.checked else []
    origins += ["rules"] if dataset.rules else []
    origins += ["people's ballots"] if "feedback" in lineage else []
    return ", ".join(origins)
