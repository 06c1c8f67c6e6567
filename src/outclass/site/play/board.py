"""The odds board, as the bet page and the result page show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from outclass.catalog.challenge import Challenge, ClassLabel
from outclass.site.play.advice import Advice, shown
from outclass.site.play.forms import WHOLE, BetForm, field_name
from outclass.site.play.models import Bet, Round
from outclass.site.play.rules import skill_of, winnings_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceCell:
    """An adviser's word on one class; `kind` names its color."""

    title: str
    share: float
    dollars: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsRow:
    """One class: what it pays, what is advised, the player's field or dollars; `won` at the truth.

    `name` is the field's, `typed` what it holds, which may be no number, `errors` what is wrong with that.
    """

    place: int
    label: ClassLabel
    payout: float | None
    advice: tuple[AdviceCell, ...]
    name: str = ""
    typed: str = ""
    errors: tuple[str, ...] = ()
    dollars: int = 0
    is_truth: bool = False
    won: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviserResult:
    """What an adviser won on the object of a settled bet."""

    title: str
    model: str
    won: float
    skill: float
    dollars_on_truth: int


def odds_rows(challenge: Challenge, round_: Round, form: BetForm) -> list[OddsRow]:
    """Return the board of a bet that is still open."""
    return [
        OddsRow(
            place=place,
            label=label,
            payout=payout_of(round_, label.name),
            advice=advice_cells(round_, label.name),
            name=(name := field_name(place)),
            typed=(typed := typed_text(form, name)),
            dollars=int(typed) if WHOLE.fullmatch(typed) else 0,
            errors=tuple(str(error) for error in form.errors.get(name, [])),
        )
        for place, label in enumerate(challenge.classes)
    ]


def typed_text(form: BetForm, name: str) -> str:
    """Return what a field holds."""
    return str(form.data.get(name, "") if form.is_bound else form.initial.get(name, 0))


def result_rows(challenge: Challenge, bet: Bet) -> list[OddsRow]:
    """Return the board of a settled bet."""
    deal = bet.round.deal
    return [
        OddsRow(
            place=place,
            label=label,
            payout=payout_of(bet.round, label.name),
            advice=advice_cells(bet.round, label.name),
            dollars=bet.dollars.get(label.name, 0),
            share=bet.dollars.get(label.name, 0) / deal.stake,
            is_truth=label.name == bet.truth,
            won=bet.winnings_cents / 100 if label.name == bet.truth else 0.0,
        )
        for place, label in enumerate(challenge.classes)
    ]


def payout_of(round_: Round, name: str) -> float | None:
    """Return dollars per dollar, or None for a class that was not dealt."""
    cents = round_.payouts.get(name)
    return None if cents is None else cents / 100


def advice_cells(round_: Round, name: str) -> tuple[AdviceCell, ...]:
    """Return what each adviser says of one class."""
    return tuple(
        AdviceCell(
            title=said["title"],
            share=said["dollars"].get(name, 0) / round_.deal.stake,
            dollars=said["dollars"].get(name, 0),
            kind=f"adviser-{place}",
        )
        for place, said in enumerate(shown(round_.advice), start=1)
    )


def advice_by_field(challenge: Challenge, round_: Round) -> dict[str, dict[str, int]]:
    """Return each adviser's dollars by place of class, for the script of the bet slip."""
    return {
        said["adviser"]: {
            str(i): said["dollars"].get(name, 0) for i, name in enumerate(challenge.class_names)
        }
        for said in shown(round_.advice)
    }


def adviser_results(bet: Bet) -> list[AdviserResult]:
    """Return what each adviser made of the object, under the same rule."""
    deal, payouts = bet.round.deal, bet.round.payouts
    return [
        AdviserResult(
            title=said["title"],
            model=said["model"],
            won=winnings_cents(said["dollars"], payouts, bet.truth) / 100,
            skill=skill_of(said["dollars"], deal.dealing, bet.truth),
            dollars_on_truth=said["dollars"].get(bet.truth, 0),
        )
        for said in bet.round.advice
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What every adviser gives one class."""

    title: str
    shares: tuple[float, ...]


def forecasts(challenge: Challenge, said: Sequence[Advice]) -> list[Forecast]:
    """Return the advisers' probabilities by class, the most probable first."""
    rows = [
        Forecast(title=label.title, shares=tuple(one["probabilities"].get(label.name, 0.0) for one in said))
        for label in challenge.classes
    ]
    return sorted(rows, key=lambda row: -sum(row.shares))


def top_class(challenge: Challenge, said: Advice) -> tuple[str, float]:
    """Return an adviser's most probable class, by its title."""
    titles = {label.name: label.title for label in challenge.classes}
    name, share = max(said["probabilities"].items(), key=lambda pair: pair[1])
    return titles[name], share
