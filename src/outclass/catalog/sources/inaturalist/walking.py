"""Reads the observations of a class page by page, by number, and keeps what may be fetched of them."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from urllib.parse import urlencode

from outclass.base.errors import DownloadError
from outclass.catalog.sources.inaturalist.asking import AGAIN_HINT, Asker
from outclass.catalog.sources.inaturalist.branches import Branches
from outclass.catalog.sources.inaturalist.declaration import ObservationQuery, Order
from outclass.catalog.sources.inaturalist.records import (
    Observation,
    address_of,
    credit_of,
    licence_of,
    numbers_of,
    read_page,
    records_of,
)
from outclass.catalog.sources.inaturalist.state import FoundPhoto, State, Walk

PER_PAGE = 200
LICENCE = "another licence, or all rights reserved"
CLASS = "of no declared taxon"
QUALITY = "of another grade"
FLAGGED = "flagged or hidden"
ADDRESS = "without a usable address"
UNREADABLE = "in a record that cannot be read"


def parameters_of(query: ObservationQuery, branches: Branches, name: str) -> dict[str, str]:
    """Return what is asked of the API for one class."""
    found = {
        "taxon_id": _list(branches.taxa_of(name)),
        "without_taxon_id": _list(branches.others_below(name)),
        "place_id": _list(query.places),
        "quality_grade": _list(query.quality),
        "identified": "true",
        "photos": "true",
        "identifications": query.agreement or "",
        "photo_license": _list(query.licences),
        "order_by": "id",
        "order": "asc" if query.order is Order.OLDEST else "desc",
    }
    return {key: value for key, value in found.items() if value}


def walk_key(parameters: dict[str, str]) -> str:
    """Return a name for all pages of a query: another query begins anew."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()


def walk_page(
    query: ObservationQuery, branches: Branches, name: str, *, asker: Asker, state: State, api: str
) -> tuple[Walk, list[FoundPhoto]]:
    """Read the next page of a class, and return how far its walk is and what was found on it.

    Raises
    ------
    DownloadError
        No answer, or the server sends what it sent before, so that there would be no end.
    """
    parameters = parameters_of(query, branches, name)
    key = walk_key(parameters)
    walk = state.walk(key)
    if walk.last is not None:
        parameters["id_above" if query.order is Order.OLDEST else "id_below"] = str(walk.last)
    url = f"{api}/observations?{urlencode(parameters | {'per_page': str(PER_PAGE)}, safe=',')}"
    page = asker.must_get(url, read_page)
    numbers = [one for one in numbers_of(page) if _is_beyond(one, walk.last, query.order)]
    if page.results and not numbers:
        raise DownloadError("iNaturalist sends the same page again", where=url, hint=AGAIN_HINT)
    observations, unreadable = records_of(page, Observation)
    new = [one for one in observations if _is_beyond(one.id, walk.last, query.order)]
    left_out: Counter[str] = Counter({UNREADABLE: unreadable} if unreadable else {})
    photos = [photo for one in new for photo in photos_of(one, query, branches, left_out)]
    furthest = max if query.order is Order.OLDEST else min
    walk = replace(
        walk,
        last=furthest(numbers) if numbers else walk.last,
        ended=not numbers or page.total_results == len(numbers) < PER_PAGE,
        pages=walk.pages + 1,
        observations=walk.observations + len(new),
        remaining=max(0, page.total_results - len(numbers)),
    )
    state.keep_page(key, walk, photos, left_out)
    return walk, photos


def photos_of(
    observation: Observation, query: ObservationQuery, branches: Branches, left_out: Counter[str]
) -> list[FoundPhoto]:
    """Return the photos of an observation that may be fetched; count those that may not."""
    taxon = observation.taxon
    if taxon is None or branches.class_of(taxon.branch) is None:
        left_out[CLASS] += len(observation.photos)
        return []
    if observation.quality_grade not in query.quality:
        left_out[QUALITY] += len(observation.photos)
        return []
    found: dict[int, FoundPhoto] = {}
    for photo in observation.photos:
        licence = licence_of(photo, query.licences)
        if licence is None:
            left_out[LICENCE] += 1
        elif photo.flags or photo.hidden:
            left_out[FLAGGED] += 1
        elif address_of(photo.url, query.size) is None:
            left_out[ADDRESS] += 1
        else:
            found.setdefault(
                photo.id,
                FoundPhoto(
                    id=photo.id,
                    observation=observation.id,
                    place=len(found),
                    branch=taxon.branch,
                    taxon=taxon.name,
                    common_name=taxon.preferred_common_name or "",
                    observed_on=observation.observed_on or "",
                    url=photo.url or "",
                    code=licence,
                    credit=credit_of(photo, observation, licence),
                ),
            )
    return list(found.values())


def _list(values: tuple[object, ...]) -> str:
    """Return values as the API takes them."""
    return ",".join(map(str, values))


def _is_beyond(number: int, last: int | None, order: Order) -> bool:
    """Tell whether an observation comes after the last one that was read."""
    if last is None:
        return True
    return number > last if order is Order.OLDEST else number < last
