"""Limits on what one address may do in an hour."""

import time
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from outclass.base.errors import RateLimitedError
from outclass.site.accounts.models import Throttle
from outclass.site.address import address_mark

HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRule:
    """How often one address may do a thing within a clock hour."""

    scope: str
    most: int
    what: str


SIGN_UPS = ThrottleRule(scope="sign-up", most=20, what="new accounts")
LOG_INS = ThrottleRule(scope="log-in", most=300, what="log-ins")
GUESTS = ThrottleRule(scope="guest", most=200, what="new guests")
DEALS = ThrottleRule(scope="deal", most=600, what="new deals")
PHOTOS = ThrottleRule(scope="photo", most=600, what="photos")


def check_throttle(request: HttpRequest, rule: ThrottleRule) -> None:
    """Count one more, or refuse.

    Raises
    ------
    RateLimitedError
        When the address has used up the hour's number.
    """
    now = int(time.time())
    mark = address_mark(request)
    with transaction.atomic():
        row, _ = Throttle.objects.get_or_create(scope=rule.scope, mark=mark, hour=now // HOUR)
        if row.count >= rule.most:
            raise RateLimitedError(
                f"too many {rule.what} from this address",
                retry_after=HOUR - now % HOUR,
                accepted=f"{rule.most} an hour",
            )
        Throttle.objects.filter(pk=row.pk).update(count=F("count") + 1)
        Throttle.objects.filter(hour__lt=now // HOUR - 1).delete()
