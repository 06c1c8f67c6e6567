"""Who plays: an account, a guest of this browser session, or a model; and how a guest becomes an account."""

from datetime import datetime, timedelta

from django.conf import settings as django_conf
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from outclass.site.accounts.models import User
from outclass.site.accounts.throttle import GUESTS, check_throttle
from outclass.site.play.models import Bet, Deal, OwnPrediction, Player, PlayerKind, Round, Standing
from outclass.site.play.standings import rebuild_standings

SESSION_KEY = "guest"


def current_player(request: HttpRequest) -> Player | None:
    """Return the player of a request, if there is one yet."""
    if request.user.is_authenticated:
        return player_of(request.user)
    return guest_of(request)


def ensure_player(request: HttpRequest) -> Player:
    """Return the player of a request; a visitor becomes a guest.

    Raises
    ------
    RateLimitedError
        Too many guests came from this address within the hour.
    """
    player = current_player(request)
    if player is None:
        check_throttle(request, GUESTS)
        player = Player.objects.create(kind=PlayerKind.GUEST)
        request.session[SESSION_KEY] = player.pk
    return player


def guest_of(request: HttpRequest) -> Player | None:
    """Return the guest of this browser session, if there is one."""
    key = request.session.get(SESSION_KEY)
    return None if key is None else Player.objects.filter(pk=key, kind=PlayerKind.GUEST).first()


def forget_idle_guests(now: datetime | None = None) -> int:
    """Delete guests who never bet and whose session is over, with their deals; return how many rows went."""
    before = (now or timezone.now()) - timedelta(seconds=django_conf.SESSION_COOKIE_AGE)
    idle = Player.objects.filter(kind=PlayerKind.GUEST, bets__isnull=True, created_at__lt=before)
    return idle.delete()[0]


def player_of(user: User) -> Player:
    """Return the player of an account."""
    player, _ = Player.objects.get_or_create(
        user=user, defaults={"kind": PlayerKind.USER, "name": user.username}
    )
    return player


def model_player(name: str, title: str) -> Player:
    """Return the player of a model, by its name in the registry."""
    player, _ = Player.objects.get_or_create(model=name, defaults={"kind": PlayerKind.MODEL, "name": title})
    return player


def claim(guest: Player, account: Player) -> None:
    """Give everything of a guest to an account, so that nothing is lost when they sign up or log in.

    A bet on an object that the account has bet on already stays in the history but does not count again, and
    what the account had been dealt before is not ranked again.
    """
    with transaction.atomic():
        players = Player.objects.select_for_update().filter(pk__in=[guest.pk, account.pk]).order_by("pk")
        if len(players) < 2:
            return
        for challenge in guest.deals.order_by().values_list("challenge", flat=True).distinct():
            merge_challenge(guest, account, challenge)
        Deal.objects.filter(player=guest).update(player=account, request_token=F("token"))
        OwnPrediction.objects.filter(player=guest).update(player=account, request_token=F("prediction"))
        Standing.objects.filter(player=guest).delete()
        guest.delete()
        rebuild_standings(account)


def merge_challenge(guest: Player, account: Player, challenge: str) -> None:
    """Move the bets of one challenge."""
    theirs = Bet.objects.filter(player=account, challenge=challenge, counted=True)
    settled = set(theirs.values_list("object_id", flat=True))
    dealt = set(
        Round.objects.filter(deal__player=account, deal__challenge=challenge).values_list(
            "object_id", flat=True
        )
    )
    known = Round.objects.filter(deal__player=guest, deal__challenge=challenge, object_id__in=dealt)
    known.update(first_seen=False)
    pay_as_seen(guest, account, challenge)
    bets = Bet.objects.filter(player=guest, challenge=challenge)
    bets.filter(object_id__in=settled).update(counted=False, ranked=False)
    bets.filter(object_id__in=dealt).update(ranked=False)
    bets.update(player=account)


def pay_as_seen(guest: Player, account: Player, challenge: str) -> None:
    """Take the extra pay off open early bets on what was dealt to both, since the rest may have been seen."""
    both = Round.objects.filter(deal__challenge=challenge)
    theirs = both.filter(deal__player=account).values("object_id")
    shared = both.filter(deal__player=guest, object_id__in=theirs).values_list("object_id", flat=True)
    rounds = both.filter(deal__player__in=[guest, account], object_id__in=list(shared), bets__isnull=True)
    rounds.update(multiplier=100)
