"""Pages of uploads: send a file, see what was found, make a challenge of it, follow how it learns."""

from collections.abc import Callable

from django.conf import settings as django_conf
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outclass.base.errors import ConflictError, InputError, NotFoundError, OutclassError, RateLimitedError
from outclass.base.jobs import JobKind
from outclass.catalog.uploads import Upload
from outclass.site.accounts.models import User
from outclass.site.middleware import said
from outclass.site.upload import making, staging
from outclass.site.upload.forms import FileForm, MakeForm, NameForm, suggested_name
from outclass.site.upload.looking import Seen
from outclass.site.upload.looks import look_at
from outclass.site.upload.people import may_see, uploaders_only
from outclass.site.upload.rows import UploadRow, upload_row

REFUSALS = (InputError, ConflictError, RateLimitedError)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@uploaders_only
def index(request: HttpRequest) -> HttpResponse:
    """Show a form for a file and all that was sent; take a file."""
    form, status = FileForm(), 200
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        try:
            if form.is_valid():
                return redirect("upload:look", keep_file(request).token)
        except REFUSALS as error:
            form.add_error("file", sentence(error))
        status = 422
    return render(request, "upload/index.html", index_context(request, form), status=status)


def keep_file(request: HttpRequest) -> staging.Sent:
    """Keep the file of a request."""
    file, user = request.FILES["file"], request.user
    assert isinstance(file, UploadedFile)
    return staging.keep(
        django_conf.OUTCLASS.home,
        file.chunks(),
        file.name or "",
        owner=user.pk or 0,
        by=user.get_username(),
        most=django_conf.OUTCLASS_OPTIONS.upload_bytes,
    )


def index_context(request: HttpRequest, form: FileForm) -> dict[str, object]:
    """Return the uploads that somebody may see."""
    settings, user = django_conf.OUTCLASS, request.user
    seen = [(name, one) for name, one in making.uploads(settings) if may_see(user, one)]
    mine = staging.staged(settings.home, user.pk)
    most = django_conf.OUTCLASS_OPTIONS.upload_bytes // 1_000_000
    rows = [upload_row(settings, name, one) for name, one in seen]
    return {"form": form, "rows": rows, "files": mine, "most": most}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@uploaders_only
def look(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was found in a file; make a challenge of it."""
    sent = sent_or_404(request, token)
    asked = request.POST or request.GET
    label, keep = asked.get("label", "")[:200], asked.get("keep") in {"on", "True"}
    seen = look_at(django_conf.OUTCLASS.home, sent, label or None, keep=keep)
    if request.method != "POST":
        values = first_values(sent, seen, label) | {"keep": keep}
        return show_look(request, sent, seen, MakeForm(seen=seen, initial=values))
    form = MakeForm(request.POST, seen=seen)
    try:
        if form.is_valid():
            job = making.make_challenge(django_conf.OUTCLASS, sent, **form.cleaned_data)
            return redirect("upload:one", job.challenge)
    except REFUSALS as error:
        form.add_error(None, sentence(error))
    return show_look(request, sent, seen, form, status=422)


def show_look(
    request: HttpRequest, sent: staging.Sent, seen: Seen, form: MakeForm, status: int = 200
) -> HttpResponse:
    """Show what was found."""
    keep = str(form["keep"].value()) in {"on", "True"}
    context = {
        "sent": sent,
        "seen": seen,
        "form": form,
        "keep": keep,
        "classes": list(seen.classes.items())[:12],
    }
    context["more"] = max(0, len(seen.classes) - 12)
    context["site_form"] = NameForm(initial=first_values(sent, seen, ""), prefix=None, auto_id="site_%s")
    return render(request, "upload/look.html", context, status=status)


def first_values(sent: staging.Sent, seen: Seen, label: str) -> dict[str, object]:
    """Return what the form begins with."""
    return {
        "label": label or seen.label or "",
        "title": seen.title or sent.file.rpartition(".")[0].replace("-", " ").capitalize(),
        "question": seen.question,
        "name": suggested_name(sent.file),
    }


@require_POST
@never_cache
@uploaders_only
def data_site(request: HttpRequest, token: str) -> HttpResponse:
    """Make a data site of a file, label or not; staff only, as everybody sees it at once."""
    sent = sent_or_404(request, token)
    staff_or_404(request)
    form = NameForm(request.POST)
    try:
        if form.is_valid():
            made = making.make_data_site(django_conf.OUTCLASS, sent, **form.cleaned_data)
            return redirect("upload:one", made.challenge)
    except REFUSALS as error:
        form.add_error(None, sentence(error))
    for problems in form.errors.values():
        messages.error(request, " ".join(str(one) for one in problems))
    return redirect("upload:look", token)


@require_POST
@uploaders_only
def discard_file(request: HttpRequest, token: str) -> HttpResponse:
    """Delete a file that nothing was made of."""
    staging.discard(django_conf.OUTCLASS.home, sent_or_404(request, token))
    messages.success(request, "The file is deleted.")
    return redirect("upload:index")


@require_safe
@never_cache
@uploaders_only
def one(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show how far an upload is; asked by the page itself, only that part of it."""
    row = row_or_404(request, challenge)
    part = bool(request.headers.get("HX-Request"))
    response = render(request, f"upload/{'parts/state' if part else 'one'}.html", {"row": row})
    if part and not row.active:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@uploaders_only
def act(request: HttpRequest, challenge: str, action: str) -> HttpResponse:
    """Stop or repeat the training of an upload; publish or hide it."""
    row = row_or_404(request, challenge)
    if action not in ACTIONS:
        raise Http404
    try:
        messages.success(request, ACTIONS[action](request, row))
    except REFUSALS as error:
        messages.error(request, sentence(error))
    return redirect("upload:one", challenge)


def stop(request: HttpRequest, row: UploadRow) -> str:  # noqa: ARG001 - as all actions
    """Stop the training."""
    if row.job is not None:
        making.jobs().cancel(row.job.id)
    return "It is being stopped."


def again(request: HttpRequest, row: UploadRow) -> str:
    """Train again."""
    kind = JobKind.DATA_SITE if row.is_table else JobKind.TRAIN
    making.do_again(kind, row.name, request.user.pk or 0)
    return "It is being done again."


def publish(request: HttpRequest, row: UploadRow) -> str:
    """Let everybody see it; staff only."""
    staff_or_404(request)
    if not row.playable:
        raise ConflictError("it has no model yet, so there is nothing to play")
    making.set_draft(django_conf.OUTCLASS, row.name, draft=False)
    return "Everybody can play it now."


def hide(request: HttpRequest, row: UploadRow) -> str:
    """Make it a draft again; staff only."""
    staff_or_404(request)
    making.set_draft(django_conf.OUTCLASS, row.name, draft=True)
    return "Only its owner and staff can see it now."


Action = Callable[[HttpRequest, UploadRow], str]
ACTIONS: dict[str, Action] = {"stop": stop, "again": again, "publish": publish, "hide": hide}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@uploaders_only
def remove(request: HttpRequest, challenge: str) -> HttpResponse:
    """Ask whether to delete an upload, then do it; one that is published, staff only."""
    row = row_or_404(request, challenge)
    if not row.upload.draft:
        staff_or_404(request)
    if request.method != "POST":
        return render(request, "upload/delete.html", {"row": row})
    try:
        making.delete(django_conf.OUTCLASS, row.name)
    except ConflictError as error:
        messages.error(request, sentence(error))
        return redirect("upload:one", challenge)
    messages.success(request, f"{row.name} is deleted.")
    return redirect("upload:index")


def sent_or_404(request: HttpRequest, token: str) -> staging.Sent:
    """Return a file of this account; staff see all."""
    try:
        sent = staging.find_sent(django_conf.OUTCLASS.home, token)
    except NotFoundError as error:
        raise Http404 from error
    if sent.owner != request.user.pk and not is_staff(request):
        raise Http404
    return sent


def row_or_404(request: HttpRequest, name: str) -> UploadRow:
    """Return an upload that this account may see."""
    try:
        _, found = making.find_upload(django_conf.OUTCLASS, name)
    except NotFoundError as error:
        raise Http404 from error
    return upload_row(django_conf.OUTCLASS, name, seen_by(request, found))


def seen_by(request: HttpRequest, upload: Upload) -> Upload:
    """Return an upload, where this account may see it."""
    if not may_see(request.user, upload):
        raise Http404
    return upload


def is_staff(request: HttpRequest) -> bool:
    """Tell whether staff ask."""
    return isinstance(request.user, User) and request.user.is_staff


def staff_or_404(request: HttpRequest) -> None:
    """Let only staff go on."""
    if not is_staff(request):
        raise Http404


def sentence(error: OutclassError) -> str:
    """Return an error for people, with what is accepted and what to do."""
    got = f" ({error.got})" if error.got is not None else ""
    more = " ".join(f"{one[0].upper()}{one[1:]}." for one in (error.accepted, error.hint) if one)
    return f"{said(error)[:-1]}{got}. {more}".strip()
