"""Who may upload, and who may see what was uploaded."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings as django_conf
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from outclass.catalog.uploads import Upload, is_draft, read_upload, uploads_folder
from outclass.site.accounts.models import User
from outclass.site.check.people import ask_to_log_in

PERMISSION = "shared.upload_data"
View = Callable[..., HttpResponse]


def may_upload(user: object) -> bool:
    """Tell whether somebody may upload: staff, and whoever was given the permission."""
    return isinstance(user, User) and user.is_active and (user.is_staff or user.has_perm(PERMISSION))


def may_see(user: object, upload: Upload) -> bool:
    """Tell whether somebody may see a draft: its owner, and staff."""
    return isinstance(user, User) and user.is_active and (user.is_staff or user.pk == upload.owner)


def uploaders_only(view: View) -> View:
    """Let in who may upload; strangers are asked to log in."""

    @wraps(view)
    def guarded(request: HttpRequest, **named: str) -> HttpResponse:
        if not isinstance(request.user, User):
            return ask_to_log_in(request)
        if not may_upload(request.user):
            raise PermissionDenied
        return view(request, **named)

    return guarded


class DraftMiddleware:
    """Keep the pages of drafts from all but their owners and staff: there is no such challenge."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: View, _args: tuple[object, ...], named: dict[str, object]
    ) -> None:
        """Refuse a page of a draft, as if there were none."""
        name = named.get("challenge")
        if not isinstance(name, str):
            return
        folder = uploads_folder(django_conf.OUTCLASS.home) / name
        if not folder.is_dir() or not is_draft(folder):
            return
        upload = read_upload(folder)
        if upload is None or not may_see(request.user, upload):
            raise Http404
