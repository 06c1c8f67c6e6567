"""One voter has one ballot on each thing, whatever happens at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from outclass.base.errors import InvalidInputError
from outclass.base.sql import Database
from outclass.feedback.ballots import Voter, ballots_on, record

ANNA = Voter(user_id=1, key_id="k1", address_hash="a1")


def test_the_later_word_counts(db: Database) -> None:
    first = record(db, challenge="digits", label="3", voter=ANNA, prediction_id="p1")
    assert ballots_on(db, "p1") == [first]
    later = Voter(user_id=1, key_id="k2", address_hash="a2")
    second = record(db, challenge="digits", label="5", voter=later, prediction_id="p1", source="site")
    assert ballots_on(db, "p1") == [second]
    assert (second.id, second.label, second.key_id) == (first.id, "5", "k2")


@pytest.mark.parametrize(
    "other", [Voter(user_id=2), Voter(key_id="k1"), Voter(key_id="k2"), Voter(address_hash="a1")]
)
def test_other_voters_are_others(db: Database, other: Voter) -> None:
    record(db, challenge="digits", label="3", voter=ANNA, prediction_id="p1")
    record(db, challenge="digits", label="3", voter=other, prediction_id="p1")
    assert len(ballots_on(db, "p1")) == 2


def test_other_things_are_others(db: Database) -> None:
    ids = {
        record(db, challenge="digits", label="3", voter=ANNA, prediction_id="x").id,
        record(db, challenge="digits", label="3", voter=ANNA, object_id="x").id,
        record(db, challenge="stars", label="3", voter=ANNA, object_id="x").id,
    }
    assert len(ids) == 3


def test_a_race_leaves_one_ballot(db: Database) -> None:
    def vote(label: str) -> None:
        record(db, challenge="digits", label=label, voter=ANNA, prediction_id="p1")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(vote, "0123456789"))
    assert len(ballots_on(db, "p1")) == 1


@pytest.mark.parametrize("subject", [{}, {"prediction_id": "a", "object_id": "b"}])
def test_a_ballot_is_on_one_thing(db: Database, subject: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        record(db, challenge="digits", label="3", voter=ANNA, **subject)
