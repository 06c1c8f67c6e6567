"""Ballots: what one person said of one answer or object. The later word of the same voter counts."""

import time
import uuid
from dataclasses import dataclass

from outclass.base.errors import InvalidInputError
from outclass.base.sql import Database

NAMESPACE = uuid.UUID("5b0ad0e4-7f0c-5a53-9a47-0a6d1f1c2b7e")

UPSERT = """
    INSERT INTO ballot (id, challenge, prediction_id, object_id, label, user_id, key_id, address_hash,
        checker_id, source, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET label = excluded.label, created_at = excluded.created_at,
        key_id = excluded.key_id, address_hash = excluded.address_hash, source = excluded.source"""
UNSURE = ""
"""The label of a ballot that says "I cannot tell": it is kept, and concludes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """Who says it: an account, an invited guest, a key, or a hashed address; the first known one counts."""

    user_id: int | None = None
    key_id: str | None = None
    address_hash: str | None = None
    checker_id: str | None = None

    @property
    def name(self) -> str:
        """Return a text that tells voters apart."""
        if self.user_id is not None:
            return f"user:{self.user_id}"
        if self.checker_id is not None:
            return f"guest:{self.checker_id}"
        return f"key:{self.key_id}" if self.key_id is not None else f"address:{self.address_hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One vote as it is kept; `created_at` in epoch seconds."""

    id: str
    challenge: str
    prediction_id: str | None
    object_id: str | None
    label: str
    user_id: int | None
    key_id: str | None
    address_hash: str | None
    source: str
    created_at: float
    checker_id: str | None = None

    @property
    def voter(self) -> Voter:
        """Return who said it."""
        return Voter(
            user_id=self.user_id,
            key_id=self.key_id,
            address_hash=self.address_hash,
            checker_id=self.checker_id,
        )

    @property
    def subject(self) -> str:
        """Return what it is on, as `object:ID` or `prediction:ID`."""
        if self.prediction_id is not None:
            return f"prediction:{self.prediction_id}"
        return f"object:{self.object_id}"


def record(
    db: Database,
    *,
    challenge: str,
    label: str,
    voter: Voter,
    prediction_id: str | None = None,
    object_id: str | None = None,
    source: str = "api",
) -> Ballot:
    """Write a ballot on a prediction or an object; an earlier one of the same voter on it is replaced.

    The caller has checked that `label` is a class of the challenge, or `UNSURE`. The id is made of what is
    voted on and by whom, so that two writes at once cannot leave two ballots.

    Raises
    ------
    InvalidInputError
        Unless exactly one of `prediction_id` and `object_id` is given.
    UnavailableError
        When the database does not answer.
    """
    if (prediction_id is None) == (object_id is None):
        raise InvalidInputError("a ballot is on a prediction or on an object", accepted="one of the two")
    subject = f"prediction:{prediction_id}" if prediction_id is not None else f"object:{object_id}"
    ballot = Ballot(
        id=ballot_id(challenge, subject, voter),
        challenge=challenge,
        prediction_id=prediction_id,
        object_id=object_id,
        label=label,
        user_id=voter.user_id,
        key_id=voter.key_id,
        address_hash=voter.address_hash,
        source=source,
        created_at=time.time(),
        checker_id=voter.checker_id,
    )
    db.execute(
        UPSERT,
        (
            ballot.id,
            ballot.challenge,
            ballot.prediction_id,
            ballot.object_id,
            ballot.label,
            ballot.user_id,
            ballot.key_id,
            ballot.address_hash,
            ballot.checker_id,
            ballot.source,
            ballot.created_at,
        ),
    )
    return ballot


def ballot_id(challenge: str, subject: str, voter: Voter) -> str:
    """Return the id of somebody's ballot on a subject, `object:ID` or `prediction:ID`."""
    return uuid.uuid5(NAMESPACE, f"{challenge}/{subject}/{voter.name}").hex


def ballots_on(db: Database, prediction_id: str) -> list[Ballot]:
    """Return the ballots on a prediction, the oldest first."""
    return db.fetch_as(
        Ballot, "SELECT * FROM ballot WHERE prediction_id = ? ORDER BY created_at, id", (prediction_id,)
    )


def ballots_of(db: Database, challenge: str) -> list[Ballot]:
    """Return all ballots of a challenge, the oldest first."""
    return db.fetch_as(
        Ballot, "SELECT * FROM ballot WHERE challenge = ? ORDER BY created_at, id", (challenge,)
    )


def withdraw(db: Database, ballot_id: str) -> int:
    """Take a ballot back; return whether there was one."""
    return db.execute("DELETE FROM ballot WHERE id = ?", (ballot_id,))
