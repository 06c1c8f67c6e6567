"""What the environment decides about the API alone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from outclass.base.errors import InputError

ANY_ORIGIN = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOptions:
    """How much callers may ask for, and from where.

    Attributes
    ----------
    origins
        Web origins whose pages may call the API (CORS); `*` for all; none by default.
    proxies
        Number of trusted reverse proxies before the API, each of which appends to `X-Forwarded-For`.
    anonymous_per_second, anonymous_burst, anonymous_per_day
        What one address may ask for without a key: on average, at once, and in all on one day (UTC).
    """

    origins: tuple[str, ...] = ()
    proxies: int = 0
    anonymous_per_second: int = 50
    anonymous_burst: int = 200
    anonymous_per_day: int = 50_000

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "ApiOptions":
        """Read `OUTCLASS_CORS_ORIGINS`, `OUTCLASS_PROXIES` and the three `OUTCLASS_ANONYMOUS_...`."""
        env = os.environ if environ is None else environ
        return cls(
            origins=read_origins(env.get("OUTCLASS_CORS_ORIGINS", "")),
            proxies=read_count(env, "OUTCLASS_PROXIES", default=0, least=0),
            anonymous_per_second=read_count(env, "OUTCLASS_ANONYMOUS_PER_SECOND", default=50, least=1),
            anonymous_burst=read_count(env, "OUTCLASS_ANONYMOUS_BURST", default=200, least=1),
            anonymous_per_day=read_count(env, "OUTCLASS_ANONYMOUS_PER_DAY", default=50_000, least=1),
        )


def read_count(environ: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    """Read a variable that is a whole number.

    >>> read_count({"OUTCLASS_PROXIES": "1"}, "OUTCLASS_PROXIES", default=0, least=0)
    1
    """
    text = environ.get(name, "").strip() or str(default)
    if text.isascii() and text.isdigit() and int(text) >= least:
        return int(text)
    raise InputError(
        "this setting is no whole number", where=name, got=text, accepted=f"{least}, {least + 1}, ..."
    )


def read_origins(text: str) -> tuple[str, ...]:
    """Read origins separated by commas or spaces.

    >>> read_origins("https://a.example, http://localhost:3000")
    ('https://a.example', 'http://localhost:3000')
    """
    origins = tuple(part.rstrip("/").lower() for part in text.replace(",", " ").split())
    for origin in origins:
        parts = urlsplit(origin)
        plain = parts.scheme in {"http", "https"} and parts.netloc and not (parts.path or parts.query)
        if origin != ANY_ORIGIN and not plain:
            raise InputError(
                "this is no web origin",
                where="OUTCLASS_CORS_ORIGINS",
                got=origin,
                accepted="* or origins such as https://example.org",
            )
    return origins
