"""One JSON log line per page, and an id by which a page can be found in the log."""

import secrets
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("outclass.site")


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
        log.info(
            "page",
            id=identity,
            page=match.view_name if match else None,
            method=request.method,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - started) * 1000, 2),
        )
        return response
