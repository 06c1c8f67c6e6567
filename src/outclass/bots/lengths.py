"""How long a text is, as each network counts."""

import re
import unicodedata

URL_CHARACTERS = 23
"""What an address counts on Mastodon, however long it is."""
URL = re.compile(r"https?://\S+")
MENTION = re.compile(r"(?<![\w/])@([A-Za-z0-9_.-]+)@[A-Za-z0-9.-]+[A-Za-z0-9]")
JOINER = "\u200d"
EXTENDING = frozenset({"Mn", "Me"})
BREAKING = frozenset({"Cc", "Zl", "Zp"})


def graphemes(text: str) -> int:
    r"""Return how many characters people see, or a few more: never fewer.

    Unicode (UAX 29) never breaks before a combining mark or a joiner, unless a control character stands
    before it; only such marks are taken off. Flags and joined emoji so count as several characters.

    >>> graphemes("cafe\u0301"), graphemes("#CougarOrNot")
    (4, 12)
    """
    count = 0
    after_break = True
    for character in text:
        category = unicodedata.category(character)
        extends = category in EXTENDING or character == JOINER
        count += not extends or after_break
        after_break = category in BREAKING
    return count


def mastodon_length(text: str, *, url_characters: int = URL_CHARACTERS) -> int:
    """Return the length that Mastodon counts: an address as 23 characters, a mention without its server.

    >>> mastodon_length("@a@example.social see https://example.org/a/very/long/address?of=something")
    30
    """
    counted = MENTION.sub(r"@\1", URL.sub("x" * url_characters, text))
    return graphemes(counted)
