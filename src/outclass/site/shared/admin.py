"""Admin pages of keys, predictions, ballots and checks, to look at."""

from datetime import UTC, datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from outclass.base.keys import revoke_key
from outclass.site.database import shared_database
from outclass.site.ledger import LedgerAdmin
from outclass.site.shared.models import (
    ApiKey,
    ApiKeyUse,
    Ballot,
    BotPost,
    Checker,
    CheckItem,
    Invitation,
    Job,
    Prediction,
)

Timed = ApiKey | Prediction | Ballot | Checker | CheckItem | Invitation | BotPost | Job


def moment(seconds: float | None) -> str:
    """Return a time in epoch seconds as people read it.

    >>> moment(0.0)
    '1970-01-01 00:00'
    """
    return "-" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


class TimedAdmin(LedgerAdmin):
    """A ledger with the column `created_at` in epoch seconds."""

    ordering = ("-created_at",)

    @admin.display(description="created", ordering="created_at")
    def created(self, row: Timed) -> str:
        """Return when the row was made."""
        return moment(row.created_at)


@admin.register(ApiKey)
class ApiKeyAdmin(TimedAdmin):
    """Keys; staff can revoke them."""

    list_display = ("id", "name", "owner_id", "scopes", "requests_per_day", "created", "last_used", "revoked")
    search_fields = ("id", "name", "owner_id")
    exclude = ("secret_hash",)
    actions = ("revoke",)

    @admin.display(description="last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> str:
        """Return when the key was last used."""
        return moment(key.last_used_at)

    @admin.display(description="revoked", ordering="revoked_at")
    def revoked(self, key: ApiKey) -> str:
        """Return when the key was revoked."""
        return moment(key.revoked_at)

    @admin.action(description="Revoke the selected keys")
    def revoke(self, request: HttpRequest, chosen: "QuerySet[ApiKey]") -> None:
        """Revoke keys."""
        for key in chosen:
            revoke_key(shared_database(), key.id)
        self.message_user(request, "The keys are revoked.")


@admin.register(ApiKeyUse)
class ApiKeyUseAdmin(LedgerAdmin):
    """Requests by key and day."""

    list_display = ("key_id", "day", "requests")
    search_fields = ("key_id", "day")
    ordering = ("-day",)


@admin.register(Prediction)
class PredictionAdmin(TimedAdmin):
    """Answers that were given; inputs are not shown."""

    list_display = ("id", "challenge", "model", "answer", "confidence", "abstained", "source", "created")
    list_filter = ("challenge", "source", "abstained", "model")
    search_fields = ("id", "answer")
    exclude = ("input",)


@admin.register(Ballot)
class BallotAdmin(TimedAdmin):
    """What people said of answers."""

    list_display = ("challenge", "label", "prediction_id", "object_id", "source", "created")
    list_filter = ("challenge", "source", "label")
    search_fields = ("prediction_id", "object_id")
    exclude = ("address_hash",)


@admin.register(CheckItem)
class CheckItemAdmin(TimedAdmin):
    """What people are asked about."""

    list_display = ("challenge", "object_id", "prediction_id", "reason", "given", "truth", "label", "created")
    list_filter = ("challenge", "reason")
    search_fields = ("object_id", "prediction_id")


@admin.register(Checker)
class CheckerAdmin(TimedAdmin):
    """Who checks."""

    list_display = ("name", "staff", "user_id", "invitation_id", "created")
    search_fields = ("name",)


@admin.register(Invitation)
class InvitationAdmin(TimedAdmin):
    """Invitations; only the hash of each link is kept, and not shown."""

    list_display = ("challenge", "uses", "most_uses", "created_by", "created")
    list_filter = ("challenge",)
    exclude = ("token_hash",)


@admin.register(BotPost)
class BotPostAdmin(TimedAdmin):
    """What bots answered, and what they did not answer and why."""

    list_display = ("game", "network", "author", "kind", "state", "reason", "truth", "attempts", "created")
    list_filter = ("game", "network", "state", "kind")
    search_fields = ("post", "author", "reply")


@admin.register(Job)
class JobAdmin(TimedAdmin):
    """What was done in the background, and why it failed."""

    list_display = ("kind", "challenge", "owner_id", "state", "step", "message", "attempts", "created")
    list_filter = ("state", "kind")
    search_fields = ("challenge", "id")
