"""What an item of the queue is about: an object of a data version, or an input that people let us keep."""

import io
from functools import lru_cache

import numpy as np
from django.conf import settings as django_conf
from django.urls import reverse
from numpy.typing import NDArray
from PIL import Image

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.content import Inputs
from outclass.catalog.dataset import current_version, find_version
from outclass.feedback.items import CheckItem
from outclass.inputs.observations import read_series
from outclass.inputs.photos import PhotoTable
from outclass.inputs.records import read_record
from outclass.inputs.series import Series, SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.site.database import shared_database
from outclass.site.photos.serving import LARGE, photo_or_none
from outclass.site.photos.shown import Attribution, ShownPhoto, may_show
from outclass.site.play.exhibits import Exhibit, photo_exhibit, record_exhibit, text_exhibit
from outclass.site.play.pool import png

LABEL = "What you are asked about"
Thing = str | Series | NDArray[np.uint8] | PhotoTable | ColumnTable | bytes
"""A text, a series, a drawing, a photo of a data set, a record, or a photo that we may keep, as JPEG."""


def exhibit_of_item(challenge: Challenge, item: CheckItem) -> Exhibit:
    """Return the object of an item as pages show it; one that is gone says so."""
    thing = thing_of(challenge, item)
    address = [challenge.name, item.id]
    match thing:
        case None:
            return Exhibit(template="play/objects/gone.html", identity="item", label=LABEL)
        case str():
            return text_exhibit("item", LABEL, thing)
        case Series():
            return Exhibit(
                template="play/objects/series.html",
                identity="item",
                label=LABEL,
                series=thing,
                bands=challenge.input.bands,
                points=reverse("check:points", args=address),
                model=reverse("check:model-curve", args=address),
            )
        case PhotoTable():
            url = reverse("check:photo", args=address)
            return photo_exhibit("item", LABEL, thing, (url, url), told=False)
        case ColumnTable():
            return record_exhibit(challenge, "item", LABEL, thing)
        case bytes():
            return kept_photo_exhibit(thing, reverse("check:photo", args=address))
        case _:
            return Exhibit(
                template="play/objects/drawing.html",
                identity="item",
                label=LABEL,
                picture=reverse("check:picture", args=address),
            )


def thing_of(challenge: Challenge, item: CheckItem) -> Thing | None:
    """Return the text, series, record or picture that an item is about, None where it is no longer here."""
    try:
        if item.prediction_id is not None:
            return kept_thing(challenge, item.prediction_id)
        return object_thing(challenge.name, item.data_version, str(item.object_id))
    except OutclassError:
        return None


@lru_cache(maxsize=256)
def object_thing(challenge: str, version: str | None, object_id: str) -> Thing | None:
    """Return an object of a data version; of the one in use where that is gone."""
    settings = django_conf.OUTCLASS
    found = None if version is None else find_version(challenge, version, settings)
    data = found or current_version(challenge, settings)
    table = None if data is None else data.find(object_id)
    return None if table is None else first_of(table.inputs)


def first_of(inputs: Inputs) -> Thing:
    """Return the only object of a table; a photo or a record as it is."""
    if isinstance(inputs, PhotoTable | ColumnTable):
        return inputs
    if isinstance(inputs, SeriesTable | TextTable):
        return inputs[0]
    picture: NDArray[np.uint8] = inputs[0]
    return picture


def kept_thing(challenge: Challenge, prediction_id: str) -> Thing | None:
    """Return the input of a prediction, as far as it was kept."""
    row = shared_database().fetch_one("SELECT input FROM prediction WHERE id = ?", (prediction_id,))
    content = None if row is None else row["input"]
    if not isinstance(content, bytes | memoryview):
        return None
    body, declared = bytes(content), challenge.input
    match declared.kind:
        case InputKind.TEXT:
            return body.decode("utf-8", "replace")
        case InputKind.SERIES:
            read = read_series(body, "application/json", challenge.limits, declared.band_places)
            return read.series[0] if read.series else None
        case InputKind.PHOTO:
            return body
        case InputKind.TABLE:
            values = read_record(body, "application/json", challenge.limits, declared.columns)
            return ColumnTable(declared.columns, values[np.newaxis])
        case _:
            if len(body) != declared.size**2:
                return None
            return np.frombuffer(body, dtype=np.uint8).reshape(declared.size, declared.size)


def picture_of(challenge: Challenge, item: CheckItem) -> bytes | None:
    """Return the picture of an item as PNG, None where it is none."""
    thing = thing_of(challenge, item)
    return png(thing) if isinstance(thing, np.ndarray) else None


def photo_of(challenge: Challenge, item: CheckItem) -> bytes | None:
    """Return the photo of an item as JPEG, None where it is none, or may not be shown."""
    thing = thing_of(challenge, item)
    if isinstance(thing, bytes):
        return thing
    if not isinstance(thing, PhotoTable) or not may_show(thing.credits[0]):
        return None
    return photo_or_none(thing.media, thing.names[0], LARGE)


def kept_photo_exhibit(jpeg: bytes, url: str) -> Exhibit:
    """Return a photo that somebody let us keep."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        width, height = picture.size
    whose = Attribution(author="somebody who tried it", licence="kept to learn from", licence_url="")
    photo = ShownPhoto(url=url, small_url=url, width=width, height=height, box=None, attribution=whose)
    return Exhibit(template="play/objects/photo.html", identity="item", label=LABEL, photo=photo)
