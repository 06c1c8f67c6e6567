"""Admin pages of the game: the ledger, to look at."""

from django.contrib import admin

from outclass.site.ledger import LedgerAdmin
from outclass.site.play.models import Bet, Deal, Player, Round, Standing


class RoundInline(admin.TabularInline):  # type: ignore[type-arg]
    """The rounds of a deal."""

    model = Round
    fields = ("position", "object_id", "truth", "first_seen", "nights", "multiplier")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, *_: object) -> bool:
        """Nothing is added by hand."""
        return False


@admin.register(Player)
class PlayerAdmin(LedgerAdmin):
    """People, guests and models."""

    list_display = ("__str__", "kind", "user", "model", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("name", "model")
    date_hierarchy = "created_at"


@admin.register(Deal)
class DealAdmin(LedgerAdmin):
    """Deals with their frozen odds."""

    list_display = ("challenge", "player", "data_version", "sample", "scale", "created_at")
    list_filter = ("challenge", "sample", "scale", "created_at")
    list_select_related = ("player",)
    search_fields = ("player__name",)
    date_hierarchy = "created_at"
    exclude = ("token", "request_token")
    inlines = (RoundInline,)


@admin.register(Bet)
class BetAdmin(LedgerAdmin):
    """Settled bets."""

    list_display = ("challenge", "player", "truth", "won", "skill_score", "counted", "ranked", "settled_at")
    list_filter = ("challenge", "player__kind", "ranked", "counted", "truth", "settled_at")
    list_select_related = ("player",)
    search_fields = ("player__name", "object_id", "nickname")
    date_hierarchy = "settled_at"
    exclude = ("share_token",)
    raw_id_fields = ("round",)

    @admin.display(description="won", ordering="winnings_cents")
    def won(self, bet: Bet) -> str:
        """Return the winnings in dollars."""
        return f"${bet.winnings_cents / 100:,.2f}"

    @admin.display(description="skill", ordering="skill")
    def skill_score(self, bet: Bet) -> str:
        """Return the skill with one digit."""
        return f"{bet.skill:+.1f}"


@admin.register(Standing)
class StandingAdmin(LedgerAdmin):
    """Sums over bets."""

    list_display = ("player", "challenge", "rounds", "ranked_rounds", "won", "mean_skill")
    list_filter = ("challenge", "player__kind")
    list_select_related = ("player",)
    search_fields = ("player__name",)

    @admin.display(description="won", ordering="winnings_cents")
    def won(self, standing: Standing) -> str:
        """Return the winnings in dollars."""
        return f"${standing.winnings_cents / 100:,.2f}"

    @admin.display(description="skill")
    def mean_skill(self, standing: Standing) -> str:
        """Return the mean skill of ranked rounds."""
        return "-" if standing.skill is None else f"{standing.skill:+.1f}"
