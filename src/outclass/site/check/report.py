"""How well those who check agree, with each other, with the consensus and with what is known."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings as django_conf

from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import current_version, find_version
from outclass.feedback.agreement import Agreement, measure, pairwise
from outclass.feedback.candidates import frozen_ids
from outclass.feedback.labels import Conclusion, conclude, retire_concluded
from outclass.feedback.trust import Standing
from outclass.site.database import shared_database

SHOWN_PAIRS = 20
EVERY = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person, and how often the estimate takes them to be right."""

    standing: Standing
    estimated: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """Two people and their agreement."""

    one: str
    other: str
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of a challenge."""

    agreement: Agreement
    people: tuple[PersonRow, ...]
    pairs: tuple[PairRow, ...]
    conclusion: Conclusion


@lru_cache(maxsize=16)
def _frozen(challenge: str, version: str) -> frozenset[str]:
    """Return the ids of the objects of a version that are held out or played."""
    return frozen_ids(find_version(challenge, version, django_conf.OUTCLASS))


def frozen_now(challenge: str) -> frozenset[str]:
    """Return the ids of the objects in use that are held out or played."""
    version = current_version(challenge, django_conf.OUTCLASS)
    return frozenset() if version is None else _frozen(challenge, version.id)


def settle_now_and_then(challenge: Challenge) -> None:
    """After every so many ballots, retire what the estimate over all of them is sure enough of."""
    db = shared_database()
    row = db.fetch_one("SELECT COUNT(*) AS ballots FROM ballot WHERE challenge = ?", (challenge.name,))
    if row is not None and int(str(row["ballots"])) % EVERY == 0:
        found = conclude(db, challenge.name, challenge.class_names, frozen=frozen_now(challenge.name))
        retire_concluded(db, challenge.name, found)


def report_of(challenge: Challenge) -> Report:
    """Measure agreement over all ballots that count."""
    names = challenge.class_names
    found = conclude(shared_database(), challenge.name, names, frozen=frozen_now(challenge.name))
    votes = found.estimate.votes
    answers = [
        (votes.items[item], votes.voters[voter], label)
        for item, voter, label in zip(
            votes.item.tolist(), votes.voter.tolist(), votes.label.tolist(), strict=True
        )
    ]
    right = dict(zip(votes.voters, found.estimate.accuracy().tolist(), strict=True))
    people = sorted(found.standings.values(), key=lambda one: (-one.ballots, one.name))
    pairs = pairwise(answers, len(names)) if len(people) <= SHOWN_PAIRS else {}
    return Report(
        agreement=measure(answers, len(names)),
        people=tuple(PersonRow(standing=one, estimated=right.get(one.voter)) for one in people),
        pairs=tuple(
            PairRow(
                one=found.standings[str(one)].name, other=found.standings[str(other)].name, agreement=figures
            )
            for (one, other), figures in pairs.items()
        ),
        conclusion=found,
    )
