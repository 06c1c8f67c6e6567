"""The ledger of the game. What a deal promises and what a bet paid is written once and never changed."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

TOKEN_BYTES = 16


def new_token() -> str:
    """Return 22 characters that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class PlayerKind(models.TextChoices):
    """Who plays."""

    USER = "user", "person"
    GUEST = "guest", "guest"
    MODEL = "model", "model"


class Player(models.Model):
    """A person with an account, a guest of one browser session, or a model.

    When an account is deleted its player stays as a guest without a name, since the ledger must add up.
    """

    kind = models.CharField(max_length=5, choices=PlayerKind.choices)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="player"
    )
    model = models.CharField(
        max_length=80, null=True, blank=True, unique=True, help_text="name in the registry"
    )
    name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """A player is exactly what its kind says."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=(
                    models.Q(kind="user", user__isnull=False, model__isnull=True)
                    | models.Q(kind="guest", user__isnull=True, model__isnull=True)
                    | models.Q(kind="model", user__isnull=True, model__isnull=False)
                ),
                name="play_player_kind",
            )
        ]

    def __str__(self) -> str:
        """Return the name that others see."""
        return self.name or "Guest"

    @property
    def is_model(self) -> bool:
        """Return whether this is a model."""
        return self.kind == PlayerKind.MODEL


class Deal(models.Model):
    """Some objects dealt to one player, with the rules that held at that moment.

    Attributes
    ----------
    dealing
        Probability with which each class was dealt, by class name; 0 for a class that could not come up.
    payouts
        Cents paid for each dollar on the true class, by class name; null for a class that was not dealt.
    request_token
        One-time token of the form that asked for the deal: asking twice gives one deal.
    """

    token = models.CharField(max_length=32, unique=True, default=new_token)
    player = models.ForeignKey(Player, on_delete=models.CASCADE, related_name="deals")
    challenge = models.CharField(max_length=40)
    data_version = models.CharField(max_length=64)
    sample = models.BooleanField(default=False, help_text="dealt from the embedded sample")
    stake = models.IntegerField()
    edge = models.FloatField()
    scale = models.CharField(max_length=20)
    dealing = models.JSONField()
    payouts = models.JSONField()
    request_token = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Asking twice gives one deal."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["player", "request_token"], name="play_deal_request_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["player", "challenge", "-created_at"], name="play_deal_recent")
        ]

    def __str__(self) -> str:
        """Return what was dealt to whom."""
        return f"{self.challenge} for {self.player}"


class Round(models.Model):
    """One object of a deal.

    Attributes
    ----------
    truth
        Name of the true class as the data had it at the deal; in no page before the bet is settled.
    advice
        What each adviser said at the deal; see `outclass.site.play.advice.Advice`.
    first_seen
        Whether the object had never been dealt to this player before; only such rounds are ranked.
    nights
        How many nights of the object are shown before the bet; 0 for all that there are.
    multiplier
        Per cent of the deal's payouts that this round pays; above 100 for an early bet.
    nickname
        What the player calls the object, before the bet.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="rounds")
    position = models.IntegerField()
    object_id = models.CharField(max_length=200)
    truth = models.CharField(max_length=200)
    advice = models.JSONField()
    first_seen = models.BooleanField(default=True)
    nights = models.PositiveIntegerField(default=0)
    multiplier = models.PositiveIntegerField(default=100)
    nickname = models.CharField(max_length=40, blank=True)

    class Meta:
        """Places are numbered from 1."""

        ordering: ClassVar[list[str]] = ["deal_id", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["deal", "position"], name="play_round_position_once"),
            models.UniqueConstraint(fields=["deal", "object_id"], name="play_round_object_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["object_id"], name="play_round_object")]

    def __str__(self) -> str:
        """Return the place in the deal."""
        return f"round {self.position}"

    @property
    def payouts(self) -> dict[str, int | None]:
        """Return cents paid for each dollar on the true class, by class name; null where it was not dealt."""
        return {
            name: None if cents is None else round(cents * self.multiplier / 100)
            for name, cents in self.deal.payouts.items()
        }


class Bet(models.Model):
    """Settled dollars of one player on one object; written once, in the same transaction as its pay.

    Attributes
    ----------
    dollars
        Whole dollars by class name; classes without a dollar are left out.
    winnings_cents
        Dollars on the true class times its payout in cents.
    skill
        The skill score of this bet; see `outclass.metrics.game`.
    models_skill
        The advisers' mean skill on the same object at the same odds; null for a model's own bet.
    counted
        False for a guest's bet on an object that the account had bet on before it claimed the guest's rounds.
    ranked
        Whether it enters the leaderboard.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="bets")
    player = models.ForeignKey(Player, on_delete=models.PROTECT, related_name="bets")
    challenge = models.CharField(max_length=40)
    object_id = models.CharField(max_length=200)
    model = models.CharField(max_length=120, blank=True, help_text="version that made the bet, for a model")
    dollars = models.JSONField()
    truth = models.CharField(max_length=200)
    payout_cents = models.BigIntegerField()
    winnings_cents = models.BigIntegerField()
    skill = models.FloatField()
    models_skill = models.FloatField(null=True, blank=True)
    counted = models.BooleanField(default=True)
    ranked = models.BooleanField(default=True)
    nickname = models.CharField(max_length=40, blank=True, help_text="what the player called the object")
    share_token = models.CharField(max_length=32, null=True, blank=True, unique=True)
    settled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One settled bet per player and object."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["player", "challenge", "object_id"],
                condition=models.Q(counted=True),
                name="play_bet_once",
            ),
            models.UniqueConstraint(fields=["round", "player"], name="play_bet_round_once"),
            models.CheckConstraint(condition=models.Q(winnings_cents__gte=0), name="play_bet_pays"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["player", "-settled_at"], name="play_bet_recent"),
            models.Index(fields=["challenge", "object_id"], name="play_bet_object"),
        ]

    def __str__(self) -> str:
        """Return who bet and what it paid."""
        return f"{self.player}: ${self.winnings_cents / 100:.2f}"


class Standing(models.Model):
    """Sums over a player's bets in one challenge, kept in step with the ledger in the same transaction."""

    player = models.ForeignKey(Player, on_delete=models.CASCADE, related_name="standings")
    challenge = models.CharField(max_length=40)
    rounds = models.IntegerField(default=0)
    staked = models.BigIntegerField(default=0)
    winnings_cents = models.BigIntegerField(default=0)
    ranked_rounds = models.IntegerField(default=0)
    ranked_winnings_cents = models.BigIntegerField(default=0)
    skill_sum = models.FloatField(default=0.0)
    models_rounds = models.IntegerField(default=0, help_text="ranked rounds that had advice")
    models_skill_sum = models.FloatField(default=0.0)

    class Meta:
        """One row per player and challenge."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["player", "challenge"], name="play_standing_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["challenge", "-ranked_winnings_cents"], name="play_standing_money")
        ]

    def __str__(self) -> str:
        """Return whose sums these are."""
        return f"{self.player} in {self.challenge}"

    @property
    def skill(self) -> float | None:
        """Return the mean skill of ranked rounds, or None before the first."""
        return self.skill_sum / self.ranked_rounds if self.ranked_rounds else None

    @property
    def models_skill(self) -> float | None:
        """Return the advisers' mean skill on the same objects, or None where they said nothing."""
        return self.models_skill_sum / self.models_rounds if self.models_rounds else None


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def forget_deleted_user(instance: models.Model, **_: object) -> None:
    """Take the name off the rounds of an account that goes; the ledger itself must go on adding up."""
    Player.objects.filter(user_id=instance.pk).update(kind=PlayerKind.GUEST, user=None, name="")


class OwnPrediction(models.Model):
    """A prediction that a player asked for, so that they find it again, correct it, or have it deleted.

    The answer is a row of the shared table `prediction`; with consent that holds the picture, too.

    Attributes
    ----------
    request_token
        One-time token of the form that asked: a form that is sent again asks once.
    said
        The class that the player said it is; empty until they say something.
    """

    player = models.ForeignKey(Player, on_delete=models.CASCADE, related_name="predictions")
    prediction = models.TextField(unique=True)
    challenge = models.CharField(max_length=80)
    request_token = models.CharField(max_length=64)
    said = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """A form counts once."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["player", "request_token"], name="play_own_prediction_request")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["player", "challenge", "-created_at"], name="play_own_prediction_latest")
        ]

    def __str__(self) -> str:
        """Return the prediction's id."""
        return self.prediction
