"""Pages of an account."""

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from outclass.base.keys import list_keys, revoke_key
from outclass.site.accounts.forms import DeleteForm, LogInForm, PasswordForm, SignUpForm
from outclass.site.accounts.models import User
from outclass.site.accounts.throttle import LOG_INS, SIGN_UPS, check_throttle
from outclass.site.database import shared_database
from outclass.site.photos.traces import forget_all_of
from outclass.site.play.models import Bet
from outclass.site.play.players import SESSION_KEY, claim, guest_of, player_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@never_cache
@sensitive_post_parameters()
def signup(request: HttpRequest) -> HttpResponse:
    """Make an account, log in at once, and keep what the guest played."""
    if request.user.is_authenticated:
        return redirect("play:home")
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (user := new_user(request, form)):
        sign_in(request, user)
        messages.success(request, f"Welcome, {request.user}.")
        return redirect(next_page(request))
    context = {"form": form, "guest": guest_of(request), "next": request.GET.get("next", "")}
    return render(request, "accounts/signup.html", context, status=422 if form.errors else 200)


def new_user(request: HttpRequest, form: SignUpForm) -> User | None:
    """Make the account, unless somebody took the name in this very moment."""
    check_throttle(request, SIGN_UPS)
    try:
        with transaction.atomic():
            return form.make_user()
    except IntegrityError:
        form.add_error("username", "This name is taken.")
        return None


class LogIn(LoginView):
    """Log in, and keep what the guest played."""

    template_name = "accounts/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Check a password: that costs time, and one address may try many names."""
        check_throttle(request, LOG_INS)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: LogInForm) -> HttpResponse:  # type: ignore[override]
        """Log in and take over the guest's rounds."""
        user = form.get_user()
        assert isinstance(user, User)
        sign_in(self.request, user)
        return redirect(self.get_success_url())


class LogOut(LogoutView):
    """Log out by POST alone."""

    http_method_names = ["post"]


def sign_in(request: HttpRequest, user: User) -> None:
    """Log a person in and give them what the guest of this browser session played."""
    guest = guest_of(request)
    backend = getattr(user, "backend", BACKEND)
    login(request, user, backend=backend)
    request.session.pop(SESSION_KEY, None)
    account = player_of(user)
    if guest is not None:
        claim(guest, account)


def next_page(request: HttpRequest) -> str:
    """Return where to go after signing up: a page of this site, else home."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else str(reverse_lazy("play:home"))


@form_page
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """Show what can be changed."""
    return render(request, "accounts/settings.html")


@form_page
@never_cache
@login_required
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; other sessions are logged out."""
    assert isinstance(request.user, User)
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed. Other browsers are logged out.")
        return redirect("accounts:settings")
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)


@form_page
@never_cache
@login_required
@sensitive_post_parameters()
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account: name, password, sessions and keys; the rounds stay without a name."""
    assert isinstance(request.user, User)
    form = DeleteForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        delete_user(request.user)
        logout(request)
        messages.success(request, "Your account is deleted.")
        return redirect("pages:front")
    return render(request, "accounts/delete.html", {"form": form}, status=422 if form.errors else 200)


def delete_user(user: User) -> None:
    """Revoke the keys of a person, take back what they shared and let us keep, and delete the account."""
    database = shared_database()
    for key in list_keys(database, user.pk):
        revoke_key(database, key.id, owner_id=user.pk)
    forget_all_of(user)
    with transaction.atomic():
        Bet.objects.filter(player__user=user).update(share_token=None)
        user.delete()
