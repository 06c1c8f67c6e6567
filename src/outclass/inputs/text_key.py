"""The name of a text that stays the same when spacing, case or the spelling of its characters changes."""

import unicodedata
from hashlib import sha256


def normalize_text(text: str) -> str:
    r"""Return a text in one spelling: NFKC, without case, runs of white space as one space.

    >>> normalize_text("  Call\tME ")
    'call me'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_sha256(text: str) -> str:
    """Return the sha256 of a text's one spelling, by which labels name it without quoting it.

    >>> text_sha256("Call me") == text_sha256("call  ME")
    True
    """
    return sha256(normalize_text(text).encode("utf-8", "surrogatepass")).hexdigest()
