"""Who checks: an account, or the guest of this browser session that came by an invitation."""

from django.conf import settings as django_conf
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from outclass.feedback.checkers import Checker, account_checker, find_checker
from outclass.feedback.invitations import challenge_of_guest
from outclass.site.accounts.models import User
from outclass.site.database import shared_database

GUEST = "check-guest"
SKIPPED = "check-skipped"
LAST = "check-last"
MOST_SKIPPED = 200


def checker_of(request: HttpRequest, challenge: str) -> Checker | None:
    """Return who checks a challenge, None for those who may not: strangers, and guests of another one."""
    db = shared_database()
    if isinstance(request.user, User):
        return account_checker(
            db,
            user_id=request.user.pk,
            name=request.user.username,
            staff=request.user.is_staff,
            known_since=request.user.date_joined.timestamp(),
        )
    guest = guest_of(request)
    return guest if guest is not None and challenge_of_guest(db, guest) == challenge else None


def guest_of(request: HttpRequest) -> Checker | None:
    """Return the guest of this browser session."""
    name = request.session.get(GUEST)
    return None if name is None else find_checker(shared_database(), str(name))


def ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """Send a stranger to where they can log in, and back."""
    return redirect_to_login(request.get_full_path(), str(django_conf.LOGIN_URL and "/accounts/login/"))


def skipped(request: HttpRequest, challenge: str) -> list[str]:
    """Return the items that were skipped in this session, the latest last."""
    found = request.session.get(f"{SKIPPED}-{challenge}", [])
    return [str(name) for name in found]


def skip(request: HttpRequest, challenge: str, item_id: str) -> None:
    """Note that an item was skipped."""
    request.session[f"{SKIPPED}-{challenge}"] = [*skipped(request, challenge), item_id][-MOST_SKIPPED:]


def unskip(request: HttpRequest, challenge: str, item_id: str) -> None:
    """Let an item come again."""
    rest = [name for name in skipped(request, challenge) if name != item_id]
    request.session[f"{SKIPPED}-{challenge}"] = rest


def last_item(request: HttpRequest, challenge: str) -> str | None:
    """Return what was answered or skipped last in this session."""
    found = request.session.get(f"{LAST}-{challenge}")
    return None if found is None else str(found)


def note_last(request: HttpRequest, challenge: str, item_id: str | None) -> None:
    """Note what was answered or skipped last."""
    request.session[f"{LAST}-{challenge}"] = item_id
