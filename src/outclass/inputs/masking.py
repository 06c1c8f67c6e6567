"""Numbers and addresses in messages of other people: found, so that no page or file shows them.

Whether something is hidden depends on the text alone, never on what the message was labelled.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LEAST_DIGITS = 5
"""A run of so many digits may be somebody's number; the short codes of services are as long."""


class Hidden(StrEnum):
    """What stands in place of something that is hidden."""

    NUMBER = "number"
    EMAIL = "e-mail address"
    WEB = "web address"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedPart:
    """A part of a text: what stands there, or what is hidden; `text[start:end]` of the original."""

    text: str
    start: int
    end: int
    hidden: Hidden | None = None


PLAIN_ENDINGS = (
    "com|net|org|info|biz|edu|gov|mobi|name|asia|app|dev|xyz|top|site|online|club|live|link|shop|store|icu|vip|"
    "click|tk|ml|ga|cf|gq|uk|eu|de|fr|ru|cn|jp|kr|br|nl|ch|cz|pl|ng|pk|bd|lk|hk|tw|vn|ph|sg|id|ly|tv|cc|gl|gd|ws|io|co"
)
"""Endings of host names that are no words: a space that is missing after a full stop makes none of them."""
EMAIL = r"[^\s@<>()\[\]{},;:\"']{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}"
HOST = r"\b(?:[\w-]{1,63}\.){1,8}"
WEB = (
    r"(?:https?|ftp):/[^\s<>\"']+"
    r"|\bwww\.[^\s<>\"']+"
    rf"|{HOST}(?:{PLAIN_ENDINGS})\b(?:[:/][^\s<>\"']*)?"
    rf"|{HOST}[^\W\d_]{{2,24}}/[^\s<>\"']*"
)
"""Of limited length, so that no text takes long."""
DATE = r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?!\d)"
MONEY = r"(?:[£$€¥₹]|\bRp\.?)\s?\d+(?:[.,]\d+)*"
GROUPED = r"(?<![\d.])[1-9]\d{0,2}(?:[.,]\d{3})+(?![\d.]*\d)"
NUMBER = rf"\+?\(?\d(?:[ \u00a0().\-\u2010-\u2015/]{{0,2}}\d){{{LEAST_DIGITS - 1},}}"
PATTERN = re.compile(
    f"(?P<email>{EMAIL})|(?P<web>{WEB})|(?P<kept>{DATE}|{MONEY}|{GROUPED})|(?P<number>{NUMBER})",
    re.IGNORECASE,
)
KINDS = {"email": Hidden.EMAIL, "web": Hidden.WEB, "number": Hidden.NUMBER}


def masked_parts(text: str) -> tuple[MaskedPart, ...]:
    """Divide a text into what may be shown and what is hidden; together they cover it.

    Dates and amounts of money stay.
    """
    return tuple(_parts(text))


def _parts(text: str) -> Iterator[MaskedPart]:
    """Yield the parts of a text in order."""
    done = 0
    for found in PATTERN.finditer(text):
        kind = KINDS.get(found.lastgroup or "")
        if kind is None:
            continue
        if found.start() > done:
            yield MaskedPart(text=text[done : found.start()], start=done, end=found.start())
        yield MaskedPart(text=kind, start=found.start(), end=found.end(), hidden=kind)
        done = found.end()
    if done < len(text):
        yield MaskedPart(text=text[done:], start=done, end=len(text))


def mask(text: str) -> str:
    """Return a text with numbers and addresses hidden.

    >>> mask("Call 0906 170 1461 or see www.example.com before 21/05/2003 to claim £900,000!")
    'Call [number] or see [web address] before 21/05/2003 to claim £900,000!'
    """
    return "".join(f"[{part.text}]" if part.hidden else part.text for part in masked_parts(text))
