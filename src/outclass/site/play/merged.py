"""How the board came together: the stored rows of a round, joined on the class."""

from dataclasses import dataclass

from outclass.catalog.challenge import Challenge
from outclass.site.play.advice import shown
from outclass.site.play.models import Round


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One adviser's row for one class, as it is stored with the round."""

    share: float
    dollars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRow:
    """One row of the board with the columns of the tables that it came from."""

    name: str
    title: str
    dealing: float
    cents: int | None
    paid: int | None
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """All rows, and the models whose results are in them."""

    rows: tuple[MergedRow, ...]
    models: tuple[tuple[str, str], ...]


def merged(challenge: Challenge, round_: Round) -> Merged:
    """Join what the challenge declares, what the deal promised and what the models said."""
    advice = shown(round_.advice)
    rows = tuple(
        MergedRow(
            name=label.name,
            title=label.title,
            dealing=round_.deal.dealing.get(label.name, 0.0),
            cents=round_.deal.payouts.get(label.name),
            paid=round_.payouts.get(label.name),
            said=tuple(
                Said(
                    share=one["probabilities"].get(label.name, 0.0), dollars=one["dollars"].get(label.name, 0)
                )
                for one in advice
            ),
        )
        for label in challenge.classes
    )
    return Merged(rows=rows, models=tuple((one["title"], one["model"]) for one in advice))
