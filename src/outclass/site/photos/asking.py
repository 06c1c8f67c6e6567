"""A photo that somebody brought, by file or by address: read it, ask the champion, note the answer."""

import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from threading import Lock

import numpy as np
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from numpy.typing import NDArray

from outclass.base.errors import InputError, UnavailableError
from outclass.base.fetch import Fetcher
from outclass.catalog.challenge import Challenge
from outclass.inference.looking import Looking, look
from outclass.inference.prediction import Prediction
from outclass.inputs.photo import Photo, preview, read_photo
from outclass.inputs.view import view_of
from outclass.site.accounts.throttle import PHOTOS, check_throttle
from outclass.site.pages.draw import read_limited
from outclass.site.photos.own import Answered, note
from outclass.site.play.advice import site_advisers

SHORT_SIDE, LONG_SIDE = 640, 1024
"""Pixels of what is kept with consent, and of what is shown of a photo that came by an address."""
ACCEPTED = "a JPEG, PNG or WebP file"

_turn = Lock()
"""Photos are looked at one after the other, so that pages stay quick meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the champion says of a photo.

    Attributes
    ----------
    features, fingerprint
        What the network made of it, for finding photos like it, and which network that was.
    """

    prediction: Prediction
    looking: Looking | None
    features: NDArray[np.float32]
    fingerprint: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer to a photo that was brought.

    Attributes
    ----------
    id
        Of the prediction.
    jpeg
        The photo upright and small, without whatever its file told besides.
    """

    id: str
    photo: Photo
    jpeg: bytes
    seen: Seen


def ask(request: HttpRequest, challenge: Challenge) -> Reading:
    """Answer for the photo of a form, and note the answer as one of the player's own.

    Raises
    ------
    InputError
        There is no photo in it, or none that can be read or fetched.
    RateLimitedError
        Too many photos came from this address within the hour.
    UnavailableError
        No model is there yet.
    """
    check_throttle(request, PHOTOS)
    body = brought(request, challenge)
    photo = read_photo(body, challenge.limits)
    jpeg = preview(read_photo(body, challenge.limits, side=SHORT_SIDE), LONG_SIDE)
    seen = look_at(challenge, photo)
    answered = Answered(
        prediction=seen.prediction,
        picture=jpeg if request.POST.get("keep") == "on" else None,
        digest=sha256(jpeg).hexdigest(),
        milliseconds=seen.milliseconds,
    )
    return Reading(id=note(request, answered), photo=photo, jpeg=jpeg, seen=seen)


def brought(request: HttpRequest, challenge: Challenge) -> bytes:
    """Return the photo of a form as it came: its file, or else what lies at its address."""
    files: list[UploadedFile[bytes]] = request.FILES.getlist("photo")
    if files:
        return read_limited(files[0], challenge.limits, ACCEPTED)
    address = request.POST.get("url", "").strip()
    if not address:
        raise InputError("choose a photo first", accepted=f"{ACCEPTED}, or the address of one")
    return site_fetcher(challenge.limits.body_bytes).fetch(address).body


def look_at(challenge: Challenge, photo: Photo) -> Seen:
    """Return the champion's answer, and where it looked."""
    predictor = site_advisers().champion(challenge.name)
    if predictor is None:
        raise UnavailableError("no model is there yet", hint=f"train one: outclass train {challenge.name}")
    view = view_of(photo.pixels)
    with _turn:
        started = time.perf_counter()
        features = predictor.backbone.embed(view[np.newaxis])[0]
        prediction = predictor.predict_one(features)
        spent = 1000 * (time.perf_counter() - started)
        return Seen(
            prediction=prediction,
            looking=look(predictor, view),
            features=features,
            fingerprint=predictor.backbone.fingerprint,
            milliseconds=spent,
        )


@lru_cache(maxsize=4)
def site_fetcher(most: int) -> Fetcher:
    """Return what fetches photos by their address."""
    return Fetcher(most_bytes=most)
