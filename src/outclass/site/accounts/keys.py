"""Self-service pages of API keys."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from outclass.base import keys as key_store
from outclass.base.errors import ConflictError, NotFoundError
from outclass.site.accounts.forms import KeyForm
from outclass.site.accounts.key_rows import key_rows
from outclass.site.accounts.models import User
from outclass.site.database import shared_database


def owner_of(request: HttpRequest) -> User:
    """Return the person who is logged in."""
    assert isinstance(request.user, User)
    return request.user


def render_keys(
    request: HttpRequest, form: KeyForm, shown: str | None = None, status: int = 200
) -> HttpResponse:
    """Show the keys of a person, with the text of a new one this once."""
    rows = key_rows(shared_database(), owner_of(request).pk)
    context = {"form": form, "rows": rows, "shown": shown, "most": key_store.MOST_ACTIVE_KEYS}
    return render(request, "accounts/keys.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys; a POST makes one."""
    form = KeyForm(request.POST or None)
    if request.method != "POST":
        return render_keys(request, form)
    if not form.is_valid():
        return render_keys(request, form, status=422)
    try:
        _, text = key_store.create_key(
            shared_database(),
            owner_id=owner_of(request).pk,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
        )
    except ConflictError as error:
        form.add_error(None, f"{error.what[0].upper()}{error.what[1:]}: {error.hint}.")
        return render_keys(request, form, status=409)
    return render_keys(request, KeyForm(), shown=text)


@require_POST
@never_cache
@login_required
def rotate(request: HttpRequest, key_id: str) -> HttpResponse:
    """Replace a key by a new one and show that once."""
    try:
        _, text = key_store.rotate_key(shared_database(), key_id, owner_id=owner_of(request).pk)
    except NotFoundError as error:
        raise Http404 from error
    except ConflictError:
        messages.error(request, "This key is revoked already. Make a new one.")
        return redirect("accounts:keys")
    return render_keys(request, KeyForm(), shown=text)


@require_POST
@login_required
def revoke(request: HttpRequest, key_id: str) -> HttpResponse:
    """Make a key useless."""
    try:
        key = key_store.revoke_key(shared_database(), key_id, owner_id=owner_of(request).pk)
    except NotFoundError as error:
        raise Http404 from error
    messages.success(request, f"The key {key.name} is revoked.")
    return redirect("accounts:keys")
