"""The files of a linear text model for browsers and phones: an address is a version, so it never changes."""

import gzip
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge
from outclass.inference.session import TEXT_MODEL_FILE
from outclass.registry.files import SIGNATURE, read_verified
from outclass.site.pages.champions import champion_of, registry
from outclass.site.play.challenges import challenge_or_404

FILES = {"model": TEXT_MODEL_FILE, "signature": SIGNATURE}
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def model_file(request: HttpRequest, challenge: str, version: str, name: str) -> HttpResponse:
    """Answer `model.json` or `signature.json` of a version of a text challenge, compressed if wanted."""
    declared = challenge_or_404(challenge)
    if name not in FILES:
        raise Http404
    content, packed = packed_file(reference_or_404(declared, version), FILES[name])
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if zipped else content, content_type="application/json")
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return response


def reference_or_404(challenge: Challenge, version: str) -> str:
    """Return the reference of a text model of this id; that of the champion is found at once."""
    champion = champion_of(challenge.name)
    if champion is not None and champion.id == version and TEXT_MODEL_FILE in champion.manifest.files:
        return champion.reference
    names = [n for n in registry().names() if n == challenge.name or n.startswith(f"{challenge.name}.")]
    found = (one for name in names for one in registry().versions(name) if one.id == version)
    one = next(found, None)
    if one is None or TEXT_MODEL_FILE not in one.manifest.files:
        raise Http404
    return one.reference


@lru_cache(maxsize=8)
def packed_file(reference: str, name: str) -> tuple[bytes, bytes]:
    """Return a file of a version as it is and compressed, both kept."""
    try:
        content = read_verified(registry().get(reference), name)
    except (OutclassError, OSError) as error:
        raise Http404 from error
    return content, gzip.compress(content, mtime=0)
