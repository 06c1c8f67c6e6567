"""What stands before Datasette: methods, hashed addresses, caching, headers, and no cookie gets through."""

import asyncio
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from outclass.publish.data_site.design import TYPES, asset, looks

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

YEAR = 365 * 24 * 3600
FOR_EVER = f"public, max-age={YEAR}, immutable"
ASK_AGAIN = "no-cache"
SHORT = "public, max-age=5"
METHODS = "GET, HEAD, OPTIONS"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'none'; connect-src 'none'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Link, ETag, Outclass-Truncated"),
)
DROPPED_REQUEST = frozenset({b"cookie", b"authorization"})
OURS = frozenset(
    {
        b"cache-control",
        b"x-content-type-options",
        b"vary",
        b"access-control-allow-headers",
        b"referrer-policy",
    }
) | {name for name, _ in CORS}
HASHED = re.compile(r"(?P<group>.+)-(?P<mark>[0-9a-f]{12})")
PIECE = 1 << 18
THEMES = ("dark", "light")
ENTRY = re.compile(r"/(?P<name>[^/.]+)(?P<rest>[/.].*)?")


def entry_of(path: str) -> tuple[str, str] | None:
    """Return the first part of a path and what follows it.

    >>> entry_of("/stars-0123456789ab/objects.csv"), entry_of("/stars.json"), entry_of("/-/versions")
    (('stars-0123456789ab', '/objects.csv'), ('stars', '.json'), None)
    """
    found = ENTRY.fullmatch(path)
    if found is None or found["name"].startswith(("-", "_")):
        return None
    return found["name"], found["rest"] or ""


def moved_to(name: str, current: Mapping[str, str]) -> str | None:
    """Return the name with the hash in use that a name without it, or with an old one, means.

    >>> moved_to("stars-000000000000", {"stars": "stars-0123456789ab"})
    'stars-0123456789ab'
    """
    if name in current:
        return current[name]
    found = HASHED.fullmatch(name)
    return current.get(found["group"]) if found else None


def etag_of(file_hash: str, path: str, query: bytes, neighbors: str) -> str:
    """Return the tag of a page: made of file, address, looks and the data sites that it links to."""
    mark = "\n".join((file_hash, path, query.decode("latin-1"), looks(), neighbors))
    return f'W/"{hashlib.sha256(mark.encode()).hexdigest()[:20]}"'


def matches(header: str, etag: str) -> bool:
    """Tell whether a visitor has this page already.

    >>> matches('"a", W/"b"', 'W/"b"'), matches("*", 'W/"b"')
    (True, True)
    """
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return bool(tags & {"*", etag.removeprefix("W/")})


def ttl_of(query: bytes) -> str:
    """Return the cache header that a query asks for by `_ttl`, or the one of what never changes.

    >>> ttl_of(b"_ttl=0"), ttl_of(b"_ttl=60")
    ('no-cache', 'public, max-age=60')
    """
    asked = parse_qs(query.decode("latin-1")).get("_ttl", [""])[0]
    if not (asked.isascii() and asked.isdigit()):
        return FOR_EVER
    seconds = int(asked[:9])
    return f"public, max-age={seconds}" if seconds else ASK_AGAIN


def header(scope: Scope, name: bytes) -> str:
    """Return a header of a request, empty where there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def common_headers(*, media: bool = False) -> list[tuple[bytes, bytes]]:
    """Return the headers of every answer."""
    return [
        *CORS,
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"content-security-policy", (MEDIA_POLICY if media else POLICY).encode()),
        (b"cross-origin-resource-policy", b"cross-origin"),
    ]


def is_known(host: str, names: Collection[str]) -> bool:
    """Tell whether a `Host` header names one of some hosts; a dot before one means its subdomains, too.

    >>> is_known("Play.example.org:8000", ["play.example.org"]), is_known("[::1]:8000", ["[::1]"])
    (True, True)
    >>> is_known("a.example.org", [".example.org"]), is_known("evil.example", ["play.example.org"])
    (True, False)
    """
    bare = host.lower()
    bare = f"{bare.partition(']')[0]}]" if bare.startswith("[") else bare.partition(":")[0]
    return any(name in {"*", bare} or (name.startswith(".") and f".{bare}".endswith(name)) for name in names)


async def answer(
    send: Send, status: int, body: bytes, headers: Mapping[str, str], *, head: bool = False
) -> None:
    """Send a whole answer."""
    listed = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    listed += [(b"content-length", str(len(body)).encode()), *common_headers()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def redirect(send: Send, location: str, status: int = 302, **headers: str) -> None:
    """Send a visitor on; browsers ask again the next time."""
    told = {"location": location, "cache-control": ASK_AGAIN, "content-type": "text/plain", **headers}
    await answer(send, status, b"", told)


async def answer_asset(send: Send, name: str, *, head: bool) -> None:
    """Send a style sheet."""
    body = asset(name)
    if body is None:
        told = {"content-type": "text/plain", "cache-control": SHORT}
        await answer(send, 404, b"not found\n", told, head=head)
        return
    kind = TYPES[f".{name.rpartition('.')[2]}"]
    await answer(send, 200, body, {"content-type": kind, "cache-control": FOR_EVER}, head=head)


def theme_of(scope: Scope) -> str:
    """Return the theme that a visitor chose anywhere on the site, or nothing."""
    try:
        cookie = SimpleCookie(header(scope, b"cookie")).get("theme")
    except CookieError:
        return ""
    return cookie.value if cookie and cookie.value in THEMES else ""


async def answer_theme_sheet(scope: Scope, send: Send, *, head: bool) -> None:
    """Send the theme as a style sheet of its own, so that pages are the same for everybody."""
    theme = theme_of(scope)
    sheet = (
        f"@layer tokens {{ :root:root {{ color-scheme: {theme}; }} }}\n"
        f"@layer utilities {{ .theme-to-{theme} {{ display: none !important; }} "
        f".theme-to-{next(t for t in THEMES if t != theme)} {{ display: inline-flex !important; }} }}\n"
        if theme
        else ""
    )
    told = {"content-type": TYPES[".css"], "cache-control": "private, no-cache", "vary": "Cookie"}
    await answer(send, 200, sheet.encode(), told, head=head)


async def choose_theme(scope: Scope, send: Send, base_url: str) -> None:
    """Keep a theme, and go back to the page."""
    asked = parse_qs(scope["query_string"].decode("latin-1"))
    theme, target = (asked.get(name, [""])[0] for name in ("theme", "next"))
    if not target.startswith(base_url) or target.startswith("//") or not target.isprintable():
        target = base_url
    told = {}
    if theme in THEMES:
        told = {"set-cookie": f"theme={theme}; Max-Age={YEAR}; Path=/; SameSite=Lax; HttpOnly"}
    await redirect(send, target.encode("ascii", "ignore").decode(), 303, **told)


async def answer_file(send: Send, path: Path, headers: Mapping[str, str], *, head: bool = False) -> None:
    """Send a whole file, some pieces at a time."""
    listed = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        listed += [(b"content-length", str(os.fstat(file.fileno()).st_size).encode()), *common_headers()]
        await send({"type": "http.response.start", "status": 200, "headers": listed})
        while not head and (piece := await asyncio.to_thread(file.read, PIECE)):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
