"""Base of all documents that are read from and written to disk as JSON or YAML."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from outclass.base.errors import InputError, InvalidInputError

T = TypeVar("T")


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An immutable value with strict parsing; its JSON Schema comes from its types.

    Subclasses repeat `frozen=True, kw_only=True`: the second is not inherited, the first is for mypy.
    """


def to_json(document: object) -> bytes:
    """Return canonical, indented JSON: keys in order of declaration, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=2) + b"\n"


def parse_json(body: bytes, decode: Callable[[bytes], T]) -> T:
    """Return what a decoder makes of JSON that a caller sent.

    Raises
    ------
    InputError
        It is no JSON.
    InvalidInputError
        It is JSON of another shape.
    """
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        what, _, where = str(error).replace("`", "'").partition(" - at '$")
        raise InvalidInputError(what, where=where.strip("'.") or None) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("the body is not valid JSON", got=str(error)) from None
