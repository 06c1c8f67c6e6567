"""The objects that are dealt: the playable split of the current data version, or the embedded sample.

This is the one module of the site that reads data versions. A new version is noticed without a restart.
"""

import io
import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import msgspec
import numpy as np
from django.conf import settings as django_conf
from numpy.typing import NDArray
from PIL import Image

from outclass.base.errors import NotFoundError, OutclassError
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge
from outclass.catalog.content import Inputs
from outclass.catalog.dataset import DatasetVersion, current_version, find_version
from outclass.catalog.retired import played_split, read_retired
from outclass.catalog.versions import collect
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import Series, SeriesTable, first_nights
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.site.play.challenges import loaded_challenge
from outclass.site.play.rows import ModelRows, Rows, rows_file

POLL_SECONDS = 2.0
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The playable objects of one data version.

    Attributes
    ----------
    targets
        Index of the true class of each object, in the challenge's order.
    inputs
        One object each: uint8 pictures, a `SeriesTable`, a `TextTable`, a `PhotoTable` or a `ColumnTable`.
    sample
        Whether this is the embedded sample.
    made
        What models read of the objects, made once for each.
    retired
        Objects that are not dealt any more.
    """

    challenge: Challenge
    version: str
    sample: bool
    licence: str
    ids: tuple[str, ...]
    targets: NDArray[np.int64]
    inputs: Inputs
    places: Mapping[str, int]
    made: ModelRows
    retired: frozenset[str] = frozenset()

    def counts(self) -> list[int]:
        """Return the number of objects of each class."""
        return [int(n) for n in np.bincount(self.targets, minlength=len(self.challenge.classes))]

    def truth(self, object_id: str) -> str:
        """Return the name of an object's class."""
        return self.challenge.class_names[int(self.targets[self.places[object_id]])]

    def rows(self, object_ids: Sequence[str], nights: int = 0) -> Rows | None:
        """Return what models read, one row per object: of its first nights, or of all with 0.

        None where the challenge has no code that makes it.
        """
        return self.made.of([self.places[object_id] for object_id in object_ids], nights)

    def picture(self, object_id: str) -> bytes:
        """Return a drawing as PNG: pixels and nothing else."""
        if not isinstance(self.inputs, np.ndarray):
            raise NotFoundError("the object is no drawing")
        return png(self.inputs[self.places[object_id]])

    def series(self, object_id: str, nights: int = 0) -> Series | None:
        """Return a series, or its first nights; None where objects are something else."""
        if not isinstance(self.inputs, SeriesTable):
            return None
        series = self.inputs[self.places[object_id]]
        return first_nights(series, nights) if nights else series

    def text(self, object_id: str) -> str | None:
        """Return a text as it was written, numbers and all; None where objects are something else."""
        return self.inputs[self.places[object_id]] if isinstance(self.inputs, TextTable) else None

    def photo(self, object_id: str) -> PhotoTable | None:
        """Return a photo as a table of one; None where objects are something else."""
        return self.inputs.take([self.places[object_id]]) if isinstance(self.inputs, PhotoTable) else None

    def record(self, object_id: str) -> ColumnTable | None:
        """Return a record as a table of one; None where objects are something else."""
        return self.inputs.take([self.places[object_id]]) if isinstance(self.inputs, ColumnTable) else None


class PoolStore:
    """The pools of this process, loaded when first asked for.

    Parameters
    ----------
    settings
        Says where data versions are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)
        self._current: dict[str, tuple[float, str | None]] = {}
        self._pools: dict[tuple[str, str], Pool] = {}

    def current(self, name: str) -> Pool | None:
        """Return the pool that is dealt from now; None while there is no data at all."""
        with self._locks[name]:
            checked, version = self._current.get(name, (-POLL_SECONDS, None))
            if time.monotonic() - checked >= POLL_SECONDS:
                version = self._latest(name)
                self._current[name] = (time.monotonic(), version)
            return None if version is None else self._pools[name, version]

    def version(self, name: str, version: str) -> Pool | None:
        """Return the pool of an earlier data version, for a deal that is from it; None where it is gone."""
        with self._locks[name]:
            if (name, version) not in self._pools:
                found = find_version(name, version, self._settings)
                if found is None:
                    return None
                self._remember(found)
            return self._pools[name, version]

    def _latest(self, name: str) -> str | None:
        """Return the id of the newest version, loaded; the one before stays where it cannot be read."""
        before = self._current.get(name, (0.0, None))[1]
        try:
            found = current_version(name, self._settings) or self._sample(name)
            if found is not None and (name, found.id) not in self._pools:
                self._remember(found)
        except (OutclassError, msgspec.MsgspecError, OSError) as error:
            LOG.error("pool not loaded: %s", error, extra={"challenge": name})
            return before
        return None if found is None else found.id

    def _sample(self, name: str) -> DatasetVersion | None:
        """Return the embedded sample as a data version, if the challenge has one."""
        loaded = loaded_challenge(name)
        if not loaded.challenge.dataset.sample:
            return None
        return collect(loaded, self._settings, sample=True)

    def _remember(self, version: DatasetVersion) -> None:
        """Keep what is played of a version in memory."""
        pool = read_pool(version, self._settings)
        self._pools[version.challenge, version.id] = pool
        found = {"challenge": version.challenge, "version": version.id, "objects": len(pool.ids)}
        LOG.info("pool loaded", extra=found)


def read_pool(version: DatasetVersion, settings: Settings) -> Pool:
    """Read what is played of a data version."""
    loaded = loaded_challenge(version.challenge)
    challenge = loaded.challenge
    table = version.objects(played_split(version))
    places = np.array([challenge.class_names.index(name) for name in table.class_names], dtype=np.int64)
    return Pool(
        challenge=challenge,
        version=version.id,
        sample=version.document.sample,
        licence=version.document.licence,
        ids=table.ids,
        targets=places[table.targets],
        inputs=table.inputs,
        places={object_id: place for place, object_id in enumerate(table.ids)},
        made=ModelRows(loaded, table.inputs, rows_file(loaded, version.id, settings)),
        retired=read_retired(version.folder.parent),
    )


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a gray picture as PNG without any metadata."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@lru_cache(maxsize=1)
def pools() -> PoolStore:
    """Return the pools of this process."""
    return PoolStore(django_conf.OUTCLASS)
