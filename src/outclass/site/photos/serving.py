"""Photos as answers to browsers: pixels and nothing else, and nothing that could run."""

from functools import lru_cache

from django.http import HttpResponse

from outclass.base.errors import OutclassError
from outclass.base.media import MediaFolder
from outclass.catalog.photo_checks import LIMITS
from outclass.inputs.photo import preview, read_photo

LARGE, SMALL, THUMBNAIL = 1024, 360, 200
"""Pixels of the longer side of a photo to look at, of one in a list, and of one among many on a page."""
SHORTER = 0.75
"""So much of that the shorter side keeps while decoding."""
KEPT = 96
SANDBOX = "default-src 'none'; sandbox"
PRIVATE, PUBLIC = "private, max-age=86400, immutable", "public, max-age=31536000, immutable"


def photo_response(content: bytes, *, private: bool) -> HttpResponse:
    """Return a JPEG of ours; what is private only its viewer's browser keeps."""
    response = HttpResponse(content, content_type="image/jpeg")
    response.headers["Cache-Control"] = PRIVATE if private else PUBLIC
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = 'inline; filename="photo.jpg"'
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@lru_cache(maxsize=KEPT)
def shown_photo(media: MediaFolder, name: str, side: int) -> bytes:
    """Return a photo of a data set as a JPEG without whatever its file told besides.

    Raises
    ------
    OutclassError
        It is not there, or cannot be read.
    """
    return preview(read_photo(media.read(name), LIMITS, side=round(SHORTER * side)), side)


def photo_or_none(media: MediaFolder, name: str, side: int) -> bytes | None:
    """Return a photo of a data set as a JPEG, None where it cannot be had."""
    try:
        return shown_photo(media, name, side)
    except OutclassError:
        return None
