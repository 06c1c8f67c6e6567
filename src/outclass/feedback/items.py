"""The queue of what people are asked: uncertain, random, suspect and gold items, and when each is done."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from outclass.base.errors import InvalidInputError, NotFoundError
from outclass.base.sql import Database, Row
from outclass.feedback.ballots import UNSURE, Ballot, Voter, ballot_id, record, withdraw
from outclass.feedback.checkers import known_checkers, new_id
from outclass.feedback.trust import TRUST, Record, Standing, TrustRule, ballot_weights, standing_of

CHOICE = 5
"""So many items at the head of a part of the queue are drawn from, lest two people always get the same."""
SOURCE = "check"
VOTER = (
    "CASE WHEN b.user_id IS NOT NULL THEN 'user:' || b.user_id WHEN b.checker_id IS NOT NULL "
    "THEN 'guest:' || b.checker_id WHEN b.key_id IS NOT NULL THEN 'key:' || b.key_id "
    "ELSE 'address:' || b.address_hash END"
)
"""The name of a ballot's voter in SQL, as `Voter.name` makes it."""
_SURE, _TRUTH = "b.label <> ''", "COALESCE(o.truth, p.truth)"
_LABEL = f"CASE WHEN {_TRUTH} IS NULL THEN COALESCE(o.label, p.label) END"
RECORDS = (
    f"SELECT {VOTER} AS voter, COUNT(*) AS ballots, "  # noqa: S608 - texts of ours
    f"SUM(CASE WHEN {_SURE} THEN 0 ELSE 1 END) AS unsure, "
    f"SUM(CASE WHEN {_SURE} AND {_TRUTH} IS NOT NULL THEN 1 ELSE 0 END) AS gold_seen, "
    f"SUM(CASE WHEN b.label = {_TRUTH} THEN 1 ELSE 0 END) AS gold_right, "
    f"SUM(CASE WHEN {_SURE} AND {_LABEL} IS NOT NULL THEN 1 ELSE 0 END) AS shared, "
    f"SUM(CASE WHEN b.label = {_LABEL} THEN 1 ELSE 0 END) AS agreed FROM ballot b "
    "LEFT JOIN check_item o ON o.challenge = b.challenge AND o.object_id = b.object_id "
    "LEFT JOIN check_item p ON p.challenge = b.challenge AND p.prediction_id = b.prediction_id "
    "WHERE b.challenge = ? {chosen} GROUP BY 1"
)
"""Everybody's `Record`, counted by the database."""


class Reason(StrEnum):
    """Why an item is asked."""

    UNCERTAIN = "uncertain"
    RANDOM = "random"
    SUSPECT = "suspect"
    GOLD = "gold"


MEANINGS = {
    Reason.UNCERTAIN: "the model hesitates",
    Reason.RANDOM: "drawn by chance, so that figures hold for all",
    Reason.SUSPECT: "the label in the data looks wrong or is weak",
    Reason.GOLD: "the answer is known: it shows how reliable a checker is",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckItem:
    """One thing that people are asked about: an object of a data version, or a prediction.

    Attributes
    ----------
    given
        The label in the data, or the model's answer; never shown to those who are asked.
    truth
        The right answer of a gold item.
    score
        How much it is worth to ask, 0 to 1.
    label, posterior
        What was concluded, when it was retired with a conclusion.
    """

    id: str
    challenge: str
    object_id: str | None = None
    prediction_id: str | None = None
    data_version: str | None = None
    reason: Reason
    given: str | None = None
    truth: str | None = None
    score: float = 0.0
    created_at: float
    retired_at: float | None = None
    label: str | None = None
    posterior: float | None = None

    @property
    def subject(self) -> str:
        """Return what it is about, as ballots name it."""
        if self.prediction_id is not None:
            return f"prediction:{self.prediction_id}"
        return f"object:{self.object_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares of the queue; what one part lacks, the others give."""

    uncertain: float = 0.4
    random: float = 0.2
    suspect: float = 0.3
    gold: float = 0.1

    def share(self, reason: Reason) -> float:
        """Return the share of one part."""
        return float(getattr(self, reason.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireRule:
    """When an item is done.

    Attributes
    ----------
    agreeing
        Ballots for one class, each counting as its voter is trusted, that retire an item.
    posterior, least
        With so much probability, fewer agreeing ballots do, but at least so many.
    most
        After so many ballots an item is left unsettled.
    """

    agreeing: float = 3.0
    posterior: float = 0.98
    least: float = 2.0
    most: int = 9

    def sentence(self) -> str:
        """Return the rule as people read it."""
        return (
            f"An item is done when ballots that count {self.agreeing:g} together agree on it, or "
            f"{self.least:g} where the estimate is at least {self.posterior:.0%} sure; after {self.most} "
            "ballots without that it is set aside."
        )


RETIRE = RetireRule()


def new_item(challenge: str, reason: Reason, **known: str | float | None) -> CheckItem:
    """Return an item that is not in the queue yet."""
    fields = {"id": new_id(), "challenge": challenge, "reason": reason, "created_at": time.time(), **known}
    return CheckItem(**fields)  # type: ignore[arg-type] # the caller names fields


def add_items(db: Database, items: Iterable[CheckItem]) -> int:
    """Put items into the queue; what is or was in it already stays as it is. Return how many are new."""
    added = 0
    for item in items:
        added += db.execute(
            """INSERT INTO check_item (id, challenge, object_id, prediction_id, data_version, reason, given,
            truth, score, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
            (
                item.id,
                item.challenge,
                item.object_id,
                item.prediction_id,
                item.data_version,
                item.reason.value,
                item.given,
                item.truth,
                item.score,
                item.created_at,
            ),
        )
    return added


def items_of(db: Database, challenge: str) -> list[CheckItem]:
    """Return all items of a challenge, the latest first."""
    return db.fetch_as(
        CheckItem, "SELECT * FROM check_item WHERE challenge = ? ORDER BY created_at DESC, id", (challenge,)
    )


def open_items(db: Database, challenge: str) -> list[CheckItem]:
    """Return the items that are still asked."""
    return db.fetch_as(
        CheckItem, "SELECT * FROM check_item WHERE challenge = ? AND retired_at IS NULL", (challenge,)
    )


def find_item(db: Database, challenge: str, item_id: str) -> CheckItem:
    """Return one item; `NotFoundError` where there is none of that id."""
    found = db.fetch_as(
        CheckItem, "SELECT * FROM check_item WHERE challenge = ? AND id = ?", (challenge, item_id)
    )
    if not found:
        raise NotFoundError("there is no such item", got=item_id)
    return found[0]


def ballots_on_item(db: Database, item: CheckItem) -> list[Ballot]:
    """Return the ballots on an item, the oldest first."""
    column, value = (
        ("object_id", item.object_id) if item.prediction_id is None else ("prediction_id", item.prediction_id)
    )
    return db.fetch_as(
        Ballot,
        f"SELECT * FROM ballot WHERE challenge = ? AND {column} = ? ORDER BY created_at, id",  # noqa: S608
        (item.challenge, value),
    )


def next_item(
    db: Database,
    challenge: str,
    voter: Voter,
    *,
    random: Random,
    mix: Mix | None = None,
    skipped: Sequence[str] = (),
) -> CheckItem | None:
    """Return what to ask somebody next, or None where they have answered all there is.

    A part of the queue is drawn by its share; of that part the items come first which have ballots already,
    so that they get done, then those with the highest score.
    """
    counts = ballot_counts(db, challenge)
    mine = subjects_of(db, challenge, voter)
    parts: dict[Reason, list[CheckItem]] = {}
    for item in open_items(db, challenge):
        if item.subject not in mine and item.id not in skipped:
            parts.setdefault(item.reason, []).append(item)
    if not parts:
        return None
    shares = [max((mix or Mix()).share(reason), 1e-9) for reason in parts]
    part = parts[random.choices(list(parts), shares)[0]]
    part.sort(key=lambda item: (-counts.get(item.subject, 0), -item.score, item.id))
    return random.choice(part[:CHOICE])


def answer(
    db: Database,
    item: CheckItem,
    voter: Voter,
    label: str,
    *,
    classes: Sequence[str],
    rule: RetireRule = RETIRE,
    trust: TrustRule = TRUST,
) -> Ballot:
    """Take somebody's answer, or `UNSURE`, and retire the item if that settles it.

    Raises
    ------
    InvalidInputError
        The label is no class.
    """
    if label not in classes and label != UNSURE:
        raise InvalidInputError("this is no class", got=label, accepted=", ".join(classes))
    with db.transaction():
        ballot = record(
            db,
            challenge=item.challenge,
            label=label,
            voter=voter,
            prediction_id=item.prediction_id,
            object_id=item.object_id,
            source=SOURCE,
        )
        if item.reason is not Reason.GOLD:
            settle(db, item, rule=rule, trust=trust)
    return ballot


def take_back(
    db: Database, item: CheckItem, voter: Voter, *, rule: RetireRule = RETIRE, trust: TrustRule = TRUST
) -> bool:
    """Take somebody's answer back, and ask about the item again if that unsettles it."""
    with db.transaction():
        found = withdraw(db, ballot_id(item.challenge, item.subject, voter))
        if found and item.reason is not Reason.GOLD:
            settle(db, item, rule=rule, trust=trust)
    return bool(found)


def settle(db: Database, item: CheckItem, *, rule: RetireRule, trust: TrustRule) -> None:
    """Retire an item on which enough agree, or too many do not; open it again where neither holds."""
    found = ballots_on_item(db, item)
    voters = sorted({ballot.voter.name for ballot in found})
    counted = weighted_counts(found, known_standings(db, item.challenge, trust, voters), trust)
    label, agreeing = max(counted.items(), key=lambda pair: pair[1], default=("", 0.0))
    if agreeing >= rule.agreeing and 2 * agreeing > sum(counted.values()):
        retire(db, item, label=label, posterior=None)
    elif len(found) >= rule.most:
        retire(db, item, label=None, posterior=None)
    else:
        reopen(db, item)


def weighted_counts(
    ballots: Sequence[Ballot], known: Mapping[str, Standing], trust: TrustRule
) -> dict[str, float]:
    """Return what the ballots on an item count for each class."""
    sure = [ballot for ballot in ballots if ballot.label != UNSURE]
    counted: dict[str, float] = {}
    for ballot, weight in zip(sure, ballot_weights(sure, known, trust), strict=True):
        counted[ballot.label] = counted.get(ballot.label, 0.0) + weight
    return counted


def known_standings(
    db: Database, challenge: str, trust: TrustRule, voters: Sequence[str] | None = None
) -> dict[str, Standing]:
    """Return the standing of everybody who checks a challenge, or of some, by the names of the voters."""
    if voters is not None and not voters:
        return {}
    chosen = "" if voters is None else f"AND {VOTER} IN ({', '.join('?' * len(voters))})"
    rows = db.fetch_as(Record, RECORDS.format(chosen=chosen), (challenge, *(voters or ())))
    checkers, now = known_checkers(db), time.time()
    return {row.voter: standing_of(row, checkers.get(row.voter), trust, now) for row in rows}


def ballot_counts(db: Database, challenge: str) -> dict[str, int]:
    """Return how many ballots each open item has, by subject."""
    rows = db.fetch_all(
        """SELECT i.object_id, i.prediction_id, COUNT(*) AS ballots FROM check_item i JOIN ballot b
        ON b.challenge = i.challenge AND (b.object_id = i.object_id OR b.prediction_id = i.prediction_id)
        WHERE i.challenge = ? AND i.retired_at IS NULL GROUP BY i.object_id, i.prediction_id""",
        (challenge,),
    )
    return {subject_of(row): int(str(row["ballots"])) for row in rows}


def subjects_of(db: Database, challenge: str, voter: Voter) -> set[str]:
    """Return what somebody has a ballot on."""
    rows = db.fetch_all(
        f"SELECT object_id, prediction_id FROM ballot b WHERE challenge = ? AND {VOTER} = ?",  # noqa: S608
        (challenge, voter.name),
    )
    return {subject_of(row) for row in rows}


def subject_of(row: Row) -> str:
    """Return what a row is about, as `object:ID` or `prediction:ID`."""
    name = row["prediction_id"]
    return f"object:{row['object_id']!s}" if name is None else f"prediction:{name!s}"


def gold_of(items: Iterable[CheckItem]) -> dict[str, str]:
    """Return the truth of gold items by their subject."""
    return {item.subject: item.truth for item in items if item.truth is not None}


def concluded_of(items: Iterable[CheckItem]) -> dict[str, str]:
    """Return what was concluded, by subject."""
    return {item.subject: item.label for item in items if item.label is not None}


def retire(db: Database, item: CheckItem, *, label: str | None, posterior: float | None) -> None:
    """Ask no more about an item; `label` is what was concluded, None where nothing was."""
    db.execute(
        "UPDATE check_item SET retired_at = COALESCE(retired_at, ?), label = ?, posterior = ? WHERE id = ?",
        (time.time(), label, posterior, item.id),
    )


def reopen(db: Database, item: CheckItem) -> None:
    """Ask about an item again."""
    db.execute(
        "UPDATE check_item SET retired_at = NULL, label = NULL, posterior = NULL WHERE id = ?", (item.id,)
    )


def make_gold(db: Database, item: CheckItem, truth: str, *, classes: Sequence[str]) -> None:
    """Make an item a test item: it stays in the queue for everybody, and its truth is certain."""
    if truth not in classes:
        raise InvalidInputError("this is no class", got=truth, accepted=", ".join(classes))
    db.execute(
        "UPDATE check_item SET reason = ?, truth = ?, label = NULL, posterior = NULL, retired_at = NULL "
        "WHERE id = ?",
        (Reason.GOLD.value, truth, item.id),
    )
