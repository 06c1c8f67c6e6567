"""The reader of each kind of source."""

from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.sources.base import Source
from outclass.catalog.sources.curves import LightCurvesSource, PlasticcSource
from outclass.catalog.sources.idx import IdxSource
from outclass.catalog.sources.inaturalist.source import INaturalistSource
from outclass.catalog.sources.kinds import PHOTOS, TABLES
from outclass.catalog.sources.photos import PhotoSource
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


def reader_of(challenge: Challenge) -> Source:
    """Return what reads the data of a challenge: of tables by what their rows are."""
    kind = challenge.dataset.reader.kind
    photos = kind == TABLES.name and challenge.input.kind is InputKind.PHOTO
    return READERS[PHOTOS.name if photos else kind]
