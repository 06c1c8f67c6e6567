"""From bodies to views of photos: a file, a form, JSON with a file in base64, or the address of one."""

import asyncio
import functools
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from outclass.api.bodies import decode_json
from outclass.api.exchange import Exchange
from outclass.api.multipart import FORM, file_of_form
from outclass.api.objects import Subject, check_count
from outclass.api.service import Service
from outclass.base.errors import (
    InputError,
    InvalidInputError,
    TooLargeError,
    UnsupportedMediaError,
)
from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge
from outclass.inputs.drawing import media_type
from outclass.inputs.photo import PHOTO_TYPES, preview, read_photo, seen_part
from outclass.inputs.photo_header import work_of
from outclass.inputs.photos import Box
from outclass.inputs.view import view_of

JSON = "application/json"
KEPT_SIDE = 1024
"""Longer side in pixels of what is stored with consent."""
MOST_URLS = 32
"""Most addresses in one batch."""
MOST_PIXELS = 200_000_000
"""Most pixels to decode in one batch."""
AT_ONCE = 2
"""Photos of a batch that are fetched or decoded at once."""
UNTOLD = frozenset({"", "application/octet-stream", "application/x-www-form-urlencoded"})
"""Types that programs send where nobody told them: the bytes decide."""
BODY_TYPES = (*PHOTO_TYPES, "application/octet-stream", FORM, JSON)

View = NDArray[np.uint8]


class PhotoRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A photo: the file in base64, or its address."""

    photo: Annotated[bytes | None, Meta(description="the file, in base64")] = None
    url: Annotated[
        Annotated[str, Meta(max_length=2048)] | None,
        Meta(description="http or https address of the file, on a public host"),
    ] = None
    id: Annotated[
        Annotated[str, Meta(max_length=200)] | None, Meta(description="your name of it, for the answer")
    ] = None
    box: Annotated[
        Annotated[list[int], Meta(min_length=4, max_length=4)] | None,
        Meta(description="left, top, width and height of what counts, in pixels of the upright photo"),
    ] = None


class PhotoBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many photos."""

    objects: list[PhotoRequest]


class PhotoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood of a photo."""

    format: Annotated[str, Meta(description="JPEG, PNG or WebP")]
    width: Annotated[int, Meta(ge=1, description="in pixels, turned upright")]
    height: Annotated[int, Meta(ge=1)]
    frames: Annotated[int, Meta(ge=1, description="of an animation; the first one is answered about")]
    seen: Annotated[
        tuple[int, ...],
        Meta(
            description="left, top, width and height of the part that the model saw, in pixels of the photo"
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPhoto:
    """A photo as a model sees it, uint8 ``[224, 224, 3]``, and what is told and stored of it.

    What is stored with consent is a smaller JPEG without EXIF; the hash is of that, else of the file.
    """

    view: View
    about: PhotoAnswer
    subject: Subject


async def read_one_photo(
    service: Service, challenge: Challenge, exchange: Exchange, body: bytes, *, keep: bool
) -> SeenPhoto:
    """Return the photo of a body."""
    content_type = exchange.headers.get(b"content-type", b"").decode("latin-1")
    kind = media_type(content_type)
    if kind in UNTOLD and body.lstrip()[:1] == b"{":
        kind = JSON
    match kind:
        case "application/json":
            with service.room.taken(exchange.caller, len(body)):
                request = await service.in_decoder(decode_json, body, None, PhotoRequest)
            return await read_request(service, challenge, exchange, request, keep=keep)
        case "multipart/form-data":
            body = file_of_form(body, content_type)
        case other if other not in UNTOLD and not other.startswith("image/"):
            raise UnsupportedMediaError(
                "this kind of body is not read here",
                where="Content-Type",
                got=other,
                accepted=", ".join(BODY_TYPES),
            )
    return await decoded(service, challenge, exchange, body, PhotoRequest(), keep=keep)


async def read_request(
    service: Service, challenge: Challenge, exchange: Exchange, request: PhotoRequest, *, keep: bool
) -> SeenPhoto:
    """Return the photo of a request in JSON."""
    if (request.photo is None) == (request.url is None):
        raise InvalidInputError(
            "one of photo and url is needed", accepted='{"url": "..."} or {"photo": "..."}'
        )
    content = request.photo
    if request.url is not None:
        content = (await service.fetching.fetch(exchange, request.url)).body
    return await decoded(service, challenge, exchange, content or b"", request, keep=keep)


async def decoded(
    service: Service,
    challenge: Challenge,
    exchange: Exchange,
    content: bytes,
    request: PhotoRequest,
    *,
    keep: bool,
) -> SeenPhoto:
    """Return a photo as soon as there is room and a thread for it."""
    with service.room.taken(exchange.caller, len(content), work_of(content)):
        work = functools.partial(see, content, challenge.limits, request, keep=keep)
        return await service.in_decoder(work)


def see(content: bytes, limits: Limits, request: PhotoRequest, *, keep: bool) -> SeenPhoto:
    """Decode a photo, and make what is kept of it."""
    photo = read_photo(content, limits, box=box_of(request))
    kept = preview(read_photo(content, limits, side=KEPT_SIDE), KEPT_SIDE) if keep else None
    about = PhotoAnswer(
        format=photo.format.value,
        width=photo.width,
        height=photo.height,
        frames=photo.frames,
        seen=seen_part(photo.width, photo.height, box_of(request)),
    )
    digest = hashlib.sha256(content if kept is None else kept).hexdigest()
    return SeenPhoto(
        view=view_of(photo.pixels), about=about, subject=Subject(name=request.id, kept=kept, sha256=digest)
    )


def box_of(request: PhotoRequest) -> Box | None:
    """Return the part of a photo that counts."""
    if request.box is None:
        return None
    left, top, width, height = request.box
    return (left, top, width, height)


async def each_photo(
    service: Service,
    challenge: Challenge,
    exchange: Exchange,
    requests: Sequence[PhotoRequest],
    work: Callable[[int, SeenPhoto], Awaitable[None]],
    *,
    keep: bool,
) -> None:
    """Read the photos of a batch, a few at once, and do something with each while it is in memory."""
    check_count(len(requests), challenge)
    check_addresses(requests)
    check_work(requests)
    slots = asyncio.Semaphore(AT_ONCE)

    async def do(place: int, request: PhotoRequest) -> None:
        """Read one."""
        async with slots:
            try:
                seen = await read_request(service, challenge, exchange, request, keep=keep)
            except InputError as error:
                raise placed(error, f"objects[{place}]") from None
            await work(place, seen)

    try:
        async with asyncio.TaskGroup() as group:
            for place, request in enumerate(requests):
                group.create_task(do(place, request))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


def check_addresses(requests: Sequence[PhotoRequest]) -> None:
    """Refuse a batch of too many addresses."""
    count = sum(request.url is not None for request in requests)
    if count > MOST_URLS:
        raise TooLargeError(
            "there are too many addresses", where="objects", got=count, accepted=f"at most {MOST_URLS}"
        )


def check_work(requests: Sequence[PhotoRequest]) -> None:
    """Refuse a batch that takes too long, small files of many pixels, say."""
    pixels = sum(work_of(request.photo) for request in requests if request.photo is not None)
    if pixels > MOST_PIXELS:
        raise TooLargeError(
            "the photos take too much work together",
            where="objects",
            got=f"{pixels} pixels to decode",
            accepted=f"at most {MOST_PIXELS}",
            hint="send smaller ones, as JPEG, or fewer at once",
        )


def placed(error: InputError, place: str) -> InputError:
    """Return an error of the same kind that says which object of a batch it is about."""
    kinds: tuple[type[InputError], ...] = (TooLargeError, UnsupportedMediaError, InvalidInputError)
    kind = next((one for one in kinds if isinstance(error, one)), InputError)
    where = f"{place}.{error.where}" if error.where else place
    return kind(error.what, where=where, got=error.got, accepted=error.accepted, hint=error.hint)
