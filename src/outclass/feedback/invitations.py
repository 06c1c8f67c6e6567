"""Invitations: a link with a random token lets people check without an account, so often and so long."""

import hashlib
import secrets
import time
from dataclasses import dataclass

from outclass.base.errors import InvalidInputError, NotFoundError
from outclass.base.sql import Database
from outclass.feedback.checkers import Checker, guest_checker, new_id

TOKEN_BYTES = 24
MOST_USES = 1000
MOST_DAYS = 365
DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation as it is kept: the token itself cannot be had from it. Times in epoch seconds."""

    id: str
    token_hash: str
    challenge: str
    created_by: int | None
    most_uses: int
    uses: int
    created_at: float
    expires_at: float
    revoked_at: float | None

    def problem(self, now: float) -> str | None:
        """Return why it cannot be used, or None where it can."""
        if self.revoked_at is not None:
            return "this invitation was withdrawn"
        if now >= self.expires_at:
            return "this invitation is over"
        return "this invitation was used as often as it may be" if self.uses >= self.most_uses else None


def invite(
    db: Database, *, challenge: str, created_by: int | None, uses: int = 20, days: float = 14
) -> tuple[Invitation, str]:
    """Make an invitation; return it and its token, which cannot be shown again.

    Raises
    ------
    InvalidInputError
        For a number of uses or days that is not allowed.
    """
    if not 1 <= uses <= MOST_USES:
        raise InvalidInputError("how often may it be used?", got=uses, accepted=f"1 to {MOST_USES}")
    if not 0 < days <= MOST_DAYS:
        raise InvalidInputError("how long shall it last?", got=days, accepted=f"up to {MOST_DAYS} days")
    token, now = secrets.token_urlsafe(TOKEN_BYTES), time.time()
    made = Invitation(
        id=new_id(),
        token_hash=hash_of(token),
        challenge=challenge,
        created_by=created_by,
        most_uses=uses,
        uses=0,
        created_at=now,
        expires_at=now + days * DAY,
        revoked_at=None,
    )
    db.execute(
        "INSERT INTO invitation (id, token_hash, challenge, created_by, most_uses, uses, created_at, "
        "expires_at) VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        (made.id, made.token_hash, challenge, created_by, uses, now, made.expires_at),
    )
    return made, token


def find_invitation(db: Database, token: str, *, now: float | None = None) -> Invitation:
    """Return the invitation of a token.

    Raises
    ------
    NotFoundError
        There is none, or it cannot be used any more; the sentence says which.
    """
    found = db.fetch_as(Invitation, "SELECT * FROM invitation WHERE token_hash = ?", (hash_of(token),))
    if not found:
        raise NotFoundError("there is no such invitation")
    problem = found[0].problem(time.time() if now is None else now)
    if problem is not None:
        raise NotFoundError(problem, hint="ask for a new one")
    return found[0]


def accept(db: Database, token: str) -> tuple[Invitation, Checker]:
    """Use an invitation, and return the guest that came by it; `NotFoundError` where it cannot be used."""
    with db.transaction():
        found = find_invitation(db, token)
        used = db.execute(
            "UPDATE invitation SET uses = uses + 1 WHERE id = ? AND uses < most_uses", (found.id,)
        )
        if not used:
            raise NotFoundError("this invitation was used as often as it may be", hint="ask for a new one")
        return found, guest_checker(db, invitation_id=found.id, name=f"Guest {found.uses + 1}")


def challenge_of_guest(db: Database, guest: Checker, *, now: float | None = None) -> str | None:
    """Return for which challenge a guest may check, None where the invitation is over or was withdrawn.

    That it was used as often as it may be does not turn out those who came in time.
    """
    found = db.fetch_as(Invitation, "SELECT * FROM invitation WHERE id = ?", (guest.invitation_id,))
    moment = time.time() if now is None else now
    if not found or found[0].revoked_at is not None or moment >= found[0].expires_at:
        return None
    return found[0].challenge


def list_invitations(db: Database, challenge: str) -> list[Invitation]:
    """Return the invitations of a challenge, the latest first."""
    return db.fetch_as(
        Invitation, "SELECT * FROM invitation WHERE challenge = ? ORDER BY created_at DESC, id", (challenge,)
    )


def revoke(db: Database, challenge: str, invitation_id: str) -> bool:
    """Withdraw an invitation: nobody comes in by it any more, and its guests are out."""
    return bool(
        db.execute(
            "UPDATE invitation SET revoked_at = ? WHERE id = ? AND challenge = ? AND revoked_at IS NULL",
            (time.time(), invitation_id, challenge),
        )
    )


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
