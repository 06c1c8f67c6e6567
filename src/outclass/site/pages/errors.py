"""Error pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer 400."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer 403."""
    return render(request, "errors/403.html", status=403)


def csrf_failure(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer 403 to a form without its token: a page open too long, or cookies off."""
    return render(request, "errors/csrf.html", status=403)


def locked_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer 429 after too many failed logins."""
    return render(request, "errors/429.html", status=429)


def not_found(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer 404."""
    return render(request, "errors/404.html", status=404)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Answer 500 by a page that needs no database, session or context."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)
