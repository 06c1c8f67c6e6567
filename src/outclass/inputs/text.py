"""Texts: reading one from a request, and many as a table or as the rows that a model is asked."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from outclass.base.document import parse_json
from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits

CONTENT_TYPES = ("application/json", "text/plain")
INVISIBLE = frozenset({"Z", "C"})
"""Of the general categories of Unicode: separators, and control and format characters."""

TextRows = NDArray[np.object_]
"""Texts as a model is asked them: str, shape ``[n]``."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """Many texts, in the order in which they were found."""

    texts: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def __iter__(self) -> Iterator[str]:
        """Yield each text."""
        return iter(self.texts)

    def __getitem__(self, place: int) -> str:
        """Return one text."""
        return self.texts[place]

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> "TextTable":
        """Return the texts at some places, in that order."""
        texts = self.texts
        return TextTable(tuple([texts[place] for place in np.asarray(places, dtype=np.int64).tolist()]))


class TextRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text under its name."""

    text: Annotated[str, Meta(description="the text, in any language")]


_decoder = msgspec.json.Decoder(str | TextRequest)


def rows_of_texts(texts: Sequence[str]) -> TextRows:
    """Return texts as the rows that a model is asked."""
    rows = np.empty(len(texts), dtype=np.object_)
    rows[:] = texts
    return rows


def read_text(body: bytes, content_type: str | None, limits: Limits) -> str:
    """Read a text from a request.

    Parameters
    ----------
    body
        JSON, `{"text": "..."}` or `"..."`, or plain text in UTF-8.
    content_type
        Its media type, with or without parameters; None or an empty text means: JSON if it begins like it.
    limits
        What one request may cost.

    Raises
    ------
    InputError
        Or one of its kinds: TooLargeError, UnsupportedMediaError, InvalidInputError.
    """
    match (content_type or "").partition(";")[0].strip().lower() or sniff(body):
        case "application/json":
            found = parse_json(body, _decoder.decode)
            return check_text(found if isinstance(found, str) else found.text, limits)
        case "text/plain":
            return check_text(decode_utf8(body), limits)
        case other:
            raise UnsupportedMediaError(
                "this kind of body is not read here",
                where="Content-Type",
                got=other,
                accepted=", ".join(CONTENT_TYPES),
            )


def sniff(body: bytes) -> str:
    """Return what a body without a media type is: a text may begin with a quotation mark, too.

    >>> sniff(b' {"text": "hi"}'), sniff(b'"hi"'), sniff(b'"hi" he said')
    ('application/json', 'application/json', 'text/plain')
    """
    bare = body.strip()
    quoted = len(bare) > 1 and bare[:1] == bare[-1:] == b'"'
    return "application/json" if bare[:1] == b"{" or quoted else "text/plain"


def decode_utf8(body: bytes) -> str:
    """Return a body as text; `InputError` where it is not in UTF-8."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        got = f"byte {body[error.start]:#04x} at {error.start}"
        raise InputError("the text is not in UTF-8", got=got, accepted="UTF-8") from None


def check_text(text: str, limits: Limits, where: str | None = None) -> str:
    """Return a text that is not too long and can be written down.

    Raises
    ------
    TooLargeError
        It is longer than `limits.text_bytes`.
    InvalidInputError
        It holds half of a surrogate pair, which is no character.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            "half of a surrogate pair is no character", where=where, got=f"U+{ord(text[error.start]):04X}"
        ) from None
    if size > limits.text_bytes:
        raise TooLargeError(
            "the text is too long",
            where=where,
            got=f"{size} bytes",
            accepted=f"at most {limits.text_bytes} bytes of UTF-8",
        )
    return text


def is_blank(text: str) -> bool:
    r"""Tell whether a text shows nothing: it has only spaces and characters that cannot be seen.

    >>> is_blank(""), is_blank(" \u200b"), is_blank("a")
    (True, True, False)
    """
    return all(map(_is_invisible, text))


@lru_cache(maxsize=4096)
def _is_invisible(character: str) -> bool:
    """Tell whether a character shows nothing."""
    return unicodedata.category(character)[0] in INVISIBLE
