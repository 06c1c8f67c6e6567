"""Limits that hold before any work is done; declared once, shown in the docs and the API."""

from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document

Positive = Annotated[int, Meta(ge=1)]


class Limits(Document, frozen=True, kw_only=True):
    """What one request may cost. All are on by default."""

    body_bytes: Annotated[Positive, Meta(description="largest request body, in bytes")] = 10_000_000
    pixels: Annotated[Positive, Meta(description="largest picture, checked before decoding")] = 25_000_000
    text_bytes: Annotated[Positive, Meta(description="longest text, in bytes of UTF-8")] = 100_000
    series_points: Annotated[Positive, Meta(description="longest series, in observations")] = 20_000
    batch: Annotated[Positive, Meta(description="most objects in one request")] = 256
