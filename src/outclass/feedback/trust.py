"""How much each person's ballots count: new accounts count little until they have shown what they can."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from outclass.feedback.ballots import UNSURE, Ballot
from outclass.feedback.checkers import Checker

DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRule:
    """Who counts how much.

    Attributes
    ----------
    enabled
        Whether ballots differ in weight at all; without it each counts 1.
    new_days, new_weight
        An account younger than so many days counts so little.
    new_together
        Most that all new accounts together count on one item: fewer than a conclusion needs.
    staff_weight
        What a ballot of the staff counts.
    gold_least, gold_right, gold_wrong
        After so many gold items, whoever is right on at least `gold_right` of them counts 1, and whoever is
        right on less than `gold_wrong` counts nothing, however old the account.
    shared_least, shared_right
        A new account also counts 1 after so many items that others concluded, where it agrees so often.
    """

    enabled: bool = True
    new_days: float = 7.0
    new_weight: float = 0.2
    new_together: float = 1.0
    staff_weight: float = 3.0
    gold_least: int = 5
    gold_right: float = 0.8
    gold_wrong: float = 0.6
    shared_least: int = 20
    shared_right: float = 0.85

    def sentences(self) -> list[str]:
        """Return the rule as people read it."""
        if not self.enabled:
            return ["Every ballot counts 1, whoever casts it."]
        new, gold, shared = self.new_weight, self.gold_least, self.shared_least
        fresh = (
            f"Guests, API callers without an account and accounts younger than {self.new_days:g} days count "
            f"{new:g}, and all of them together at most {self.new_together:g} on an item."
        )
        proven = (
            f"After {gold} test items with at least {self.gold_right:.0%} right, or {shared} items that "
            f"others settled with at least {self.shared_right:.0%} the same, they count 1."
        )
        return [
            f"A ballot counts 1; one of the staff counts {self.staff_weight:g}.",
            fresh,
            proven,
            f"Whoever is right on less than {self.gold_wrong:.0%} of the test items counts nothing.",
        ]


TRUST = TrustRule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One person's record in a challenge, and what it makes of the weight of their ballots.

    Attributes
    ----------
    ballots, unsure
        How many they cast, and how many of those say that they cannot tell.
    gold_seen, gold_right
        Test items.
    shared, agreed
        Items that were concluded, and on how many of those they said the same.
    fresh
        Whether they count as new.
    """

    voter: str
    name: str
    staff: bool
    ballots: int
    unsure: int
    gold_seen: int
    gold_right: int
    shared: int
    agreed: int
    weight: float
    fresh: bool
    reason: str

    @property
    def gold_share(self) -> float | None:
        """Return the share of test items they were right on."""
        return self.gold_right / self.gold_seen if self.gold_seen else None

    @property
    def agreed_share(self) -> float | None:
        """Return the share of concluded items on which they said the same."""
        return self.agreed / self.shared if self.shared else None


def standings(
    ballots: Iterable[Ballot],
    *,
    gold: Mapping[str, str],
    concluded: Mapping[str, str],
    checkers: Mapping[str, Checker],
    rule: TrustRule = TRUST,
    now: float | None = None,
) -> dict[str, Standing]:
    """Return the standing of everybody who cast a ballot, by the name of the voter.

    Parameters
    ----------
    gold, concluded
        Class by subject (``object:ID`` or ``prediction:ID``) of test items, and of items concluded before.
    """
    moment = time.time() if now is None else now
    cast: dict[str, list[Ballot]] = {}
    for ballot in ballots:
        cast.setdefault(ballot.voter.name, []).append(ballot)
    known = Known(gold=gold, concluded=concluded)
    return {
        name: standing_of(record_of(name, theirs, known), checkers.get(name), rule, moment)
        for name, theirs in cast.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Class by subject of test items, and of items concluded before."""

    gold: Mapping[str, str]
    concluded: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What somebody did so far, in numbers; see `Standing`."""

    voter: str
    ballots: int = 0
    unsure: int = 0
    gold_seen: int = 0
    gold_right: int = 0
    shared: int = 0
    agreed: int = 0


def record_of(name: str, ballots: Sequence[Ballot], known: Known) -> Record:
    """Return one person's record."""
    gold, concluded = known.gold, known.concluded
    sure = [ballot for ballot in ballots if ballot.label != UNSURE]
    tested = [ballot.label == gold[ballot.subject] for ballot in sure if ballot.subject in gold]
    shared = [
        ballot.label == concluded[ballot.subject]
        for ballot in sure
        if ballot.subject in concluded and ballot.subject not in gold
    ]
    return Record(
        voter=name,
        ballots=len(ballots),
        unsure=len(ballots) - len(sure),
        gold_seen=len(tested),
        gold_right=sum(tested),
        shared=len(shared),
        agreed=sum(shared),
    )


def standing_of(record: Record, checker: Checker | None, rule: TrustRule, now: float) -> Standing:
    """Return one person's standing."""
    weight, fresh, reason = weigh(rule, record, checker, now)
    return Standing(
        **asdict(record),
        name=record.voter.partition(":")[0] if checker is None else checker.name,
        staff=checker is not None and checker.staff,
        weight=weight,
        fresh=fresh,
        reason=reason,
    )


def weigh(rule: TrustRule, record: Record, checker: Checker | None, now: float) -> tuple[float, bool, str]:
    """Return what a person's ballots count, whether they are new, and why."""
    if not rule.enabled:
        return 1.0, False, "everybody counts alike"
    if checker is not None and checker.staff:
        return rule.staff_weight, False, "staff"
    if record.gold_seen >= rule.gold_least:
        said = f"right on {record.gold_right} of {record.gold_seen} test items"
        if record.gold_right < rule.gold_wrong * record.gold_seen:
            return 0.0, False, said
        if record.gold_right >= rule.gold_right * record.gold_seen:
            return 1.0, False, said
    days = 0.0 if checker is None else (now - checker.known_since) / DAY
    if days >= rule.new_days:
        return 1.0, False, f"an account of {days:.0f} days"
    if record.shared >= rule.shared_least and record.agreed >= rule.shared_right * record.shared:
        return 1.0, False, f"agrees on {record.agreed} of {record.shared} settled items"
    return rule.new_weight, True, "new"


def ballot_weights(ballots: Sequence[Ballot], known: Mapping[str, Standing], rule: TrustRule) -> list[float]:
    """Return what each ballot counts: its voter's weight; new ones together at most `new_together`."""
    together: dict[str, float] = {}
    for ballot in ballots:
        one = known[ballot.voter.name]
        if one.fresh:
            together[ballot.subject] = together.get(ballot.subject, 0.0) + one.weight
    return [
        one.weight * min(1.0, rule.new_together / together[ballot.subject]) if one.fresh else one.weight
        for ballot in ballots
        for one in [known[ballot.voter.name]]
    ]
