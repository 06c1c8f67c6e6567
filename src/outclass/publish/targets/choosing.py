"""Options of targets that are one of a few words, or a number."""

import re
from collections.abc import Collection

from outclass.base.errors import InputError

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
IMAGE = re.compile(r"[a-z0-9]+([._/:-]+[A-Za-z0-9]+)*")


def choose(name: str, given: str, accepted: Collection[str]) -> str:
    """Return a word that is among those that are accepted.

    >>> choose("form", "zip", ("zip", "image"))
    'zip'
    """
    if given not in accepted:
        raise InputError(
            "there is no such choice", where=f"--{name}", got=given, accepted=", ".join(accepted)
        )
    return given


def whole_number(name: str, given: str, *, least: int, most: int) -> int:
    """Return a whole number within bounds.

    >>> whole_number("copies", "2", least=1, most=10)
    2
    """
    found = int(given) if given.isascii() and given.isdigit() and len(given) < len(str(most)) + 1 else None
    if found is None or not least <= found <= most:
        raise InputError(
            "this number does not do", where=f"--{name}", got=given, accepted=f"{least:,} to {most:,}"
        )
    return found


def host_name(given: str) -> str:
    """Return the name of a host.

    >>> host_name("Play.Example.org")
    'play.example.org'
    """
    host = given.lower()
    if not HOST.fullmatch(host):
        raise InputError(
            "this is no host name", where="--host", got=given, accepted="such as play.example.org"
        )
    return host


def image_name(name: str, given: str) -> str:
    """Return the name of an image.

    >>> image_name("image", "ghcr.io/me/outclass:1.0")
    'ghcr.io/me/outclass:1.0'
    """
    if not IMAGE.fullmatch(given):
        raise InputError(
            "this is no name of an image",
            where=f"--{name}",
            got=given,
            accepted="such as ghcr.io/me/outclass:1.0",
        )
    return given
