"""The reader of each kind of source."""

from outclass.catalog.sources.base import Source
from outclass.catalog.sources.curves import LightCurvesSource, PlasticcSource
from outclass.catalog.sources.idx import IdxSource
from outclass.catalog.sources.texts import TableSource

READERS: dict[str, Source] = {
    source.kind.name: source for source in (IdxSource(), PlasticcSource(), LightCurvesSource(), TableSource())
}
