"""One JSON log line per page with an id, pages that no cache shares, and pages for our own errors."""

import logging
import secrets
import time
from collections.abc import Callable
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from outclass.base.errors import OutclassError, RateLimitedError, UnavailableError

GetResponse = Callable[[HttpRequest], HttpResponse]
LOG = logging.getLogger(__name__)


class RequestLogMiddleware:
    """Log the page's name, status and time; never its address, as tokens in it open pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and log it."""
        if request.path_info.startswith("/static/"):
            return self.get_response(request)
        started = time.perf_counter()
        identity = secrets.token_hex(8)
        response = self.get_response(request)
        response.headers["X-Request-Id"] = identity
        match = request.resolver_match
        line = {
            "id": identity,
            "page": match.view_name if match else None,
            "method": request.method,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - started) * 1000, 2),
        }
        LOG.info("page", extra=line)
        return response


class PrivatePagesMiddleware:
    """Keep pages out of shared caches, and have browsers ask again, unless a page says otherwise."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class ErrorPageMiddleware:
    """Turn errors of ours that a page let through into pages that say what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return a page for an error that has one."""
        match exception:
            case RateLimitedError():
                context = {"message": said(exception), "minutes": ceil(exception.retry_after / 60)}
                response = render(request, "errors/429.html", context, status=429)
                response.headers["Retry-After"] = str(round(exception.retry_after))
                return response
            case UnavailableError():
                return render(request, "errors/503.html", {"message": said(exception)}, status=503)
            case _:
                return None


def said(error: OutclassError) -> str:
    """Return an error as a sentence."""
    return f"{error.what[0].upper()}{error.what[1:]}."
