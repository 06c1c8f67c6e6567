"""Photos of a data version that are not in play and may be shown: those of the side that is learned from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings as django_conf
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from outclass.catalog.dataset import DatasetVersion, current_version, find_version
from outclass.catalog.split import Split
from outclass.inputs.photos import PhotoTable
from outclass.site.photos.serving import LARGE, SMALL, photo_or_none, photo_response
from outclass.site.photos.shown import may_show


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """The photos, with the label of each, and the place of each by its name."""

    photos: PhotoTable
    labels: tuple[str, ...]
    places: Mapping[str, int]


def gallery_of(challenge: str) -> Gallery | None:
    """Return the photos of the version in use, None where there is none, or where it holds no photos."""
    version = current_version(challenge, django_conf.OUTCLASS)
    return None if version is None else _gallery(challenge, version.id)


@lru_cache(maxsize=8)
def _gallery(challenge: str, version_id: str) -> Gallery | None:
    """Read the photos of a version."""
    version = find_version(challenge, version_id, django_conf.OUTCLASS)
    return None if version is None else shown_photos(version)


def shown_photos(version: DatasetVersion) -> Gallery | None:
    """Return the photos of the training side whose licence lets them be shown."""
    table = version.objects(Split.TRAIN.value)
    if not isinstance(table.inputs, PhotoTable):
        return None
    chosen = [place for place, credit in enumerate(table.inputs.credits) if may_show(credit)]
    photos = table.inputs.take(chosen)
    return Gallery(
        photos=photos,
        labels=tuple(table.labels[place] for place in chosen),
        places={name: place for place, name in enumerate(photos.names)},
    )


def photo_urls(challenge: str, name: str) -> tuple[str, str]:
    """Return the addresses of a photo of the gallery, to look at and for lists."""
    large, small = (
        reverse("play:gallery-photo", args=[challenge, name, size]) for size in ("large", "small")
    )
    return large, small


@require_safe
def gallery_photo(_request: HttpRequest, challenge: str, name: str, size: str) -> HttpResponse:
    """Answer a photo of the gallery; its address is its content, so it never changes."""
    gallery = gallery_of(challenge)
    if gallery is None or name not in gallery.places:
        raise Http404
    content = photo_or_none(gallery.photos.media, name, SMALL if size == "small" else LARGE)
    if content is None:
        raise Http404
    return photo_response(content, private=False)
