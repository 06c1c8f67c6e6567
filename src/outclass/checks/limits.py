"""Promises on input: what is too large or broken is refused before any work is done."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from outclass.base.errors import InputError, TooLargeError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.checks.photos import broken_photos, oversized_photos, png_header
from outclass.checks.result import BrokenPromiseError, require
from outclass.checks.subject import Subject
from outclass.inputs.columns import InputColumn
from outclass.inputs.drawing import read_drawing
from outclass.inputs.observations import read_series
from outclass.inputs.photo import read_photo
from outclass.inputs.records import FORM, read_record, read_records
from outclass.inputs.text import read_text

JSON, RAW, PNG = "application/json", "application/octet-stream", "image/png"
CSV, TEXT = "text/csv", "text/plain"
WIDEST = 1_000_000
"""A longer series than this one request need not have."""

Bodies: TypeAlias = Mapping[str, tuple[str, bytes]]


def oversized_input_is_refused(subject: Subject) -> str:
    """A body, picture or series over its limit is refused as too large."""
    return refuse_all(subject.challenge, oversized_bodies(subject.challenge), TooLargeError)


def broken_input_is_refused(subject: Subject) -> str:
    """What cannot be read is refused with a reason, never with an unexpected error."""
    return refuse_all(subject.challenge, broken_bodies(subject.challenge), InputError)


def oversized_bodies(challenge: Challenge) -> Bodies:
    """Return bodies that are larger than a challenge allows."""
    limits = challenge.limits
    match challenge.input.kind:
        case InputKind.DRAWING:
            side = int(limits.pixels**0.5) + 1
            return {
                "a body over the limit": (RAW, bytes(limits.body_bytes + 1)),
                "a picture of 10^9 x 10^9": (JSON, b'{"width":1000000000,"height":1000000000,"pixels":[0]}'),
                "a small PNG of too many pixels": (PNG, png_header(side, side)),
            }
        case InputKind.SERIES:
            longest = limits.series_points
            require(longest <= WIDEST, f"a series may have {longest} points")
            return {
                "a series of too many points": (JSON, curve(longest + 1)),
                "too many objects": (JSON, msgspec.json.encode({"objects": [{}] * (limits.batch + 1)})),
            }
        case InputKind.TEXT:
            long = b"a" * (limits.text_bytes + 1)
            return {"a text that is too long": (TEXT, long), "the same as JSON": (JSON, b'"%s"' % long)}
        case InputKind.PHOTO:
            return oversized_photos(limits)
        case InputKind.TABLE:
            name, most = challenge.input.columns[0].name, limits.batch
            return {
                "too many objects": (JSON, msgspec.json.encode({"objects": [{}] * (most + 1)})),
                "too many lines": (CSV, name.encode() + b'\n""' * (most + 1)),
            }


def broken_bodies(challenge: Challenge) -> Bodies:
    """Return bodies that mean nothing to a challenge."""
    match challenge.input.kind:
        case InputKind.DRAWING:
            return {
                "an empty body": (RAW, b""),
                "a length that is no square": (RAW, bytes(783)),
                "a list whose length is no square": (JSON, b"[0,0,0]"),
                "not a number": (JSON, b"[NaN]"),
                "infinity": (JSON, b"[1e999]"),
                "a word for a number": (JSON, b'["ink"]'),
                "deep nesting": (JSON, b"[" * 100_000),
                "a cut PNG": (PNG, png_header(28, 28)),
                "no PNG": (PNG, b"GIF89a"),
                "an unknown kind": ("text/html", b"<p>"),
            }
        case InputKind.SERIES:
            return {
                "an empty body": (JSON, b""),
                "not a number": (JSON, curve(3).replace(b"1.5", b"NaN")),
                "infinity": (JSON, curve(3).replace(b"1.5", b"1e999")),
                "a word for a number": (JSON, curve(3).replace(b"1.5", b'"bright"')),
                "no error": (JSON, curve(3).replace(b"0.25", b"0")),
                "columns of unequal length": (JSON, curve(3).replace(b"[1.5,", b"[1.5,1.5,")),
                "a band that is not declared": (JSON, curve(3).replace(b'"passband":[', b'"passband":["?",')),
                "deep nesting": (JSON, b"[" * 100_000),
                "CSV without its columns": (CSV, b"time,light\n1,2\n"),
                "CSV with a word": (CSV, b"mjd,passband,flux,flux_err\n60000,0,bright,1\n"),
                "an unknown kind": ("text/html", b"<p>"),
            }
        case InputKind.TEXT:
            return {
                "an empty body": (JSON, b""),
                "a number": (JSON, b"7"),
                "another key": (JSON, b'{"message": "hi"}'),
                "half of a surrogate pair": (JSON, b'"\\ud800"'),
                "deep nesting": (JSON, b"[" * 100_000),
                "another encoding": (TEXT, b"caf\xe9"),
                "an unknown kind": ("text/html", b"<p>"),
            }
        case InputKind.PHOTO:
            return broken_photos()
        case InputKind.TABLE:
            return broken_records(challenge.input.columns)


def broken_records(columns: Sequence[InputColumn]) -> Bodies:
    """Return bodies that mean nothing to a challenge of records."""
    found = {
        "an empty body": (JSON, b""),
        "a list": (JSON, b"[1]"),
        "a column that is not declared": (JSON, b'{"no such column": 1}'),
        "not a number": (JSON, b'{"%s": NaN}' % columns[0].name.encode()),
        "deep nesting": (JSON, b"[" * 100_000),
        "CSV without a header": (CSV, b"1,2\n3,4\n"),
        "a form with half a field": (FORM, b"&&"),
        "an unknown kind": ("text/html", b"<p>"),
    }
    for column in columns:
        if column.is_category and column.others:
            continue
        wrong = b"[]" if column.is_category else b'"much"'
        found[f"another value of {column.name}"] = (JSON, b'{"%s": %s}' % (column.name.encode(), wrong))
    return found


def refuse_all(challenge: Challenge, bodies: Bodies, expected: type[InputError]) -> str:
    """Send each body; each must raise the error that is expected."""
    for name, (kind, body) in bodies.items():
        try:
            read(challenge, body, kind)
        except expected:
            continue
        raise BrokenPromiseError(f"{name} is not refused")
    return f"{len(bodies)} bodies"


def read(challenge: Challenge, body: bytes, kind: str) -> None:
    """Read a body as a request is read."""
    match challenge.input.kind:
        case InputKind.SERIES:
            read_series(body, kind, challenge.limits, challenge.input.band_places)
        case InputKind.TEXT:
            read_text(body, kind, challenge.limits)
        case InputKind.PHOTO:
            read_photo(body, challenge.limits)
        case InputKind.TABLE:
            many = b'"objects"' in body or body.count(b"\n") > 1
            (read_records if many else read_record)(body, kind, challenge.limits, challenge.input.columns)
        case _:
            read_drawing(body, kind, challenge.limits, challenge.input.size)


def curve(points: int) -> bytes:
    """Return a series of so many observations in the first band, as JSON in columns."""
    columns = {
        "mjd": [60_000.0 + place / 16 for place in range(points)],
        "passband": [0] * points,
        "flux": [1.5] * points,
        "flux_err": [0.25] * points,
    }
    return msgspec.json.encode({"object": {}, **columns})
