"""Where a request comes from."""

import hashlib

from django.conf import settings
from django.http import HttpRequest

from outclass.site.options import SiteOptions


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
