"""The reader of each kind of source."""

from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.sources.base import Source
from outclass.catalog.sources.curves import LightCurvesSource, PlasticcSource
from outclass.catalog.sources.idx import IdxSource
from outclass.catalog.sources.inaturalist.source import INaturalistSource
from outclass.catalog.sources.kinds import PHOTOS, TABLES
from outclass.catalog.sources.photos import PhotoSource
from outclass.catalog.sources.records import RecordSource
from outclass.catalog.sources.texts import TableSource

READERS: dict[str, Source] = {
    source.kind.name: source
    for source in (
        IdxSource(),
        PlasticcSource(),
        LightCurvesSource(),
        TableSource(),
        PhotoSource(),
        INaturalistSource(),
    )
}
RECORDS = RecordSource()


def reader_of(challenge: Challenge) -> Source:
    """Return what reads the data of a challenge: of tables by what their rows are."""
    kind = challenge.dataset.reader.kind
    if kind != TABLES.name:
        return READERS[kind]
    match challenge.input.kind:
        case InputKind.PHOTO:
            return READERS[PHOTOS.name]
        case InputKind.TABLE:
            return RECORDS
        case _:
            return READERS[kind]
