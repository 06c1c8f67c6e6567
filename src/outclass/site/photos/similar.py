"""The training photos that are most like one that somebody brought, with whose they are."""

from dataclasses import dataclass

import numpy as np
from django.conf import settings as django_conf
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import current_version
from outclass.catalog.neighbors import Neighbor, nearest
from outclass.site.photos.gallery import Gallery, gallery_of, photo_urls
from outclass.site.photos.shown import ShownPhoto, shown_photo_of

SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A training photo, what it is, and how alike the model takes them to be, at most 1."""

    photo: ShownPhoto
    title: str
    likeness: float


def similar_to(challenge: Challenge, features: NDArray[np.float32], fingerprint: str) -> tuple[Similar, ...]:
    """Return the nearest training photos; none where nothing was collected or learned.

    Parameters
    ----------
    fingerprint
        Of the network that made the features.
    """
    version, gallery = current_version(challenge.name, django_conf.OUTCLASS), gallery_of(challenge.name)
    if version is None or gallery is None:
        return ()
    found = nearest(version, features, fingerprint, count=SHOWN)
    return tuple(similar(challenge, gallery, one) for one in found if one.name in gallery.places)


def similar(challenge: Challenge, gallery: Gallery, neighbor: Neighbor) -> Similar:
    """Return one of them as pages show it."""
    titles = {label.name: label.title for label in challenge.classes}
    place, urls = gallery.places[neighbor.name], photo_urls(challenge.name, neighbor.name)
    return Similar(
        photo=shown_photo_of(gallery.photos, place, *urls, told=True),
        title=titles.get(neighbor.label, neighbor.label),
        likeness=neighbor.similarity,
    )
