"""Where a request comes from, and where the API is."""

import hashlib

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix

from outclass.site.options import SiteOptions


def api_path(rest: str) -> str:
    """Return the path of something of the API, under the prefix that every address of the site has."""
    return f"{get_script_prefix()}api/v1/{rest}"


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, as the outermost trusted proxy saw it."""
    options: SiteOptions = settings.OUTCLASS_OPTIONS
    direct = str(request.META.get("REMOTE_ADDR") or "127.0.0.1")
    if not options.proxies:
        return direct
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-options.proxies] if len(hops) >= options.proxies else direct


def address_mark(request: HttpRequest) -> str:
    """Return a keyed hash of the address, so that addresses themselves are not stored."""
    return hashlib.blake2b(
        client_address(request).encode(), key=str(settings.SECRET_KEY).encode()[:64], digest_size=12
    ).hexdigest()
