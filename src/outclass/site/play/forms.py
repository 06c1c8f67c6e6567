"""The bet slip: whole dollars on each class, which add up to the stake."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from outclass.catalog.challenge import Challenge
from outclass.metrics.game import allocate
from outclass.site.play.advice import shown
from outclass.site.play.models import Round

WHOLE = re.compile(r"[0-9]{1,5}")
NICKNAME_LENGTH = 40


class DollarsField(forms.CharField):
    """Whole dollars from 0 to the stake; the odds board draws its input."""

    def __init__(self, *, stake: int, label: str) -> None:
        self.stake = stake
        super().__init__(label=label, error_messages={"required": self.rule()})

    def rule(self) -> str:
        """Return what is accepted, in words."""
        return f"Whole dollars from 0 to {self.stake}, please."

    def clean(self, value: Any) -> int:
        """Return the dollars."""
        text = super().clean(value)
        if not WHOLE.fullmatch(text) or int(text) > self.stake:
            raise ValidationError(self.rule(), code="dollars")
        return int(text)


class BetForm(forms.Form):
    """A field for each class, in the challenge's order; `dollars` holds the bet once the form is valid."""

    def __init__(self, challenge: Challenge, round_: Round, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.challenge = challenge
        self.stake = round_.deal.stake
        for place, label in enumerate(challenge.classes):
            self.fields[field_name(place)] = DollarsField(stake=self.stake, label=label.title)
        if challenge.game.naming:
            self.fields["nickname"] = forms.CharField(
                label=f"Name your {challenge.game.words.object}", required=False, max_length=NICKNAME_LENGTH
            )

    @property
    def dollars(self) -> dict[str, int]:
        """Return dollars by class name."""
        return {name: self.cleaned_data[field_name(i)] for i, name in enumerate(self.challenge.class_names)}

    @property
    def chosen_name(self) -> str:
        """Return what the player calls the object."""
        return str(self.cleaned_data.get("nickname", "")).strip()

    def clean(self) -> dict[str, Any]:
        """Check that the bets add up to the stake."""
        values = super().clean() or {}
        names = [field_name(place) for place in range(len(self.challenge.classes))]
        amounts: list[int] = [values[name] for name in names if name in values]
        if len(amounts) == len(names) and sum(amounts) != self.stake:
            raise ValidationError(
                f"Bets need to sum to {self.stake}: yours sum to {sum(amounts)}.", code="sum"
            )
        return values


class NameForm(forms.Form):
    """What a player calls an object before betting on it."""

    name = forms.CharField(required=False, max_length=NICKNAME_LENGTH)


def field_name(place: int) -> str:
    """Return the name of a class's field; names of classes may hold anything, places do not."""
    return f"bet_{place}"


def empty_bet(challenge: Challenge, nickname: str = "") -> dict[str, object]:
    """Return a bet without a dollar, as initial values of the form."""
    return {"nickname": nickname} | {field_name(place): 0 for place in range(len(challenge.classes))}


def filled_bet(challenge: Challenge, round_: Round, fill: str, typed: Mapping[str, str]) -> dict[str, object]:
    """Return the form's values after a help button: copy an adviser, spread evenly, clear.

    Parameters
    ----------
    fill
        `adviser:NAME`, `even` or `clear`; with anything else the form stays as it was typed.
    typed
        What the form held.
    """
    kept: dict[str, object] = {"nickname": typed.get("nickname", "")}
    names = challenge.class_names
    action, _, adviser = fill.partition(":")
    copied = next((said["dollars"] for said in shown(round_.advice) if said["adviser"] == adviser), None)
    if action == "clear":
        return empty_bet(challenge) | kept
    if action == "even":
        return kept | dict(zip(map(field_name, range(len(names))), spread(challenge, round_), strict=True))
    if action == "adviser" and copied is not None:
        return kept | {field_name(place): copied.get(name, 0) for place, name in enumerate(names)}
    return kept | {field_name(place): typed.get(field_name(place), "0") for place in range(len(names))}


def spread(challenge: Challenge, round_: Round) -> list[int]:
    """Return the stake spread evenly over the classes that are dealt."""
    dealt = [float(round_.deal.dealing[name] > 0) for name in challenge.class_names]
    return [int(amount) for amount in allocate(dealt, round_.deal.stake)]
