"""Rows of the tables of the queue's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from outclass.feedback.invitations import Invitation
from outclass.feedback.items import MEANINGS, CheckItem, Mix, Reason

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One part of the queue: its share of what is asked, and its items by state."""

    reason: str
    meaning: str
    share: float
    open: int
    settled: int
    aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One item and the number of its ballots."""

    item: CheckItem
    ballots: int

    @property
    def state(self) -> str:
        """Return how far it is."""
        if self.item.retired_at is None:
            return "asked"
        return "unsettled" if self.item.label is None else "settled"

    @property
    def changed(self) -> bool:
        """Tell whether people say something else than the data or the model."""
        return self.item.label is not None and self.item.label != self.item.given


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """An invitation, when it ends, and why it cannot be used any more."""

    invitation: Invitation
    ends: datetime
    problem: str | None


def part_rows(items: Sequence[CheckItem]) -> list[PartRow]:
    """Count the items of each part by their state."""
    rows = []
    for reason in Reason:
        part = [item for item in items if item.reason is reason]
        done = [item for item in part if item.retired_at is not None]
        settled = sum(item.label is not None for item in done)
        rows.append(
            PartRow(
                reason=reason.value,
                meaning=MEANINGS[reason],
                share=Mix().share(reason),
                open=len(part) - len(done),
                settled=settled,
                aside=len(done) - settled,
            )
        )
    return rows


def item_rows(items: Sequence[CheckItem], counts: Mapping[str, int]) -> list[ItemRow]:
    """Return the latest items, those on which people disagree with what was given first."""
    rows = [ItemRow(item=item, ballots=counts.get(item.subject, 0)) for item in items]
    rows.sort(key=lambda row: (not row.changed, row.state != "unsettled", -row.ballots))
    return rows[:SHOWN]


def invitation_rows(found: Sequence[Invitation], now: float) -> list[InvitationRow]:
    """Return invitations as the page shows them."""
    return [
        InvitationRow(
            invitation=one, ends=datetime.fromtimestamp(one.expires_at, UTC), problem=one.problem(now)
        )
        for one in found
    ]
