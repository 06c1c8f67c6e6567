"""Who checks labels: accounts as they come, and guests who came by an invitation."""

import secrets
import time
from dataclasses import dataclass

from outclass.base.sql import Database
from outclass.feedback.ballots import Voter

ID_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Somebody who checks; `known_since` is when the account was made or the guest came, in epoch seconds."""

    id: str
    user_id: int | None
    invitation_id: str | None
    name: str
    staff: bool
    known_since: float
    created_at: float

    @property
    def voter(self) -> Voter:
        """Return whose ballots they are."""
        return Voter(checker_id=self.id) if self.user_id is None else Voter(user_id=self.user_id)


def account_checker(db: Database, *, user_id: int, name: str, staff: bool, known_since: float) -> Checker:
    """Return the checker of an account, made at its first visit; name and rights are kept up to date."""
    db.execute(
        """INSERT INTO checker (id, user_id, invitation_id, name, staff, known_since, created_at)
        VALUES (?, ?, NULL, ?, ?, ?, ?)
        ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, staff = excluded.staff""",
        (new_id(), user_id, name, staff, known_since, time.time()),
    )
    return db.fetch_as(Checker, "SELECT * FROM checker WHERE user_id = ?", (user_id,))[0]


def guest_checker(db: Database, *, invitation_id: str, name: str) -> Checker:
    """Make a guest."""
    now = time.time()
    found = Checker(
        id=new_id(),
        user_id=None,
        invitation_id=invitation_id,
        name=name,
        staff=False,
        known_since=now,
        created_at=now,
    )
    db.execute(
        "INSERT INTO checker (id, user_id, invitation_id, name, staff, known_since, created_at) "
        "VALUES (?, NULL, ?, ?, ?, ?, ?)",
        (found.id, invitation_id, name, False, now, now),
    )
    return found


def find_checker(db: Database, checker_id: str) -> Checker | None:
    """Return a checker by id, or None."""
    found = db.fetch_as(Checker, "SELECT * FROM checker WHERE id = ?", (checker_id,))
    return found[0] if found else None


def known_checkers(db: Database) -> dict[str, Checker]:
    """Return all checkers by the name of their voter."""
    return {one.voter.name: one for one in db.fetch_as(Checker, "SELECT * FROM checker")}


def new_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_urlsafe(ID_BYTES)
