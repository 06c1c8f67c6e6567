"""The ledger: each post and game once, written before anything is posted, for SQLite and PostgreSQL."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from outclass.base.document import Document
from outclass.base.sql import Database
from outclass.bots.answers import Answer
from outclass.bots.posts import Draft, Post, Sent

LEASE_SECONDS = 120.0
"""How long an entry that somebody works on is left alone; longer than all time limits of one answer."""
TICK = 1e-5
"""Seconds between entries that are written at once, so that they keep their order."""

INSERT = """
    INSERT INTO bot_post (id, kind, network, account, challenge, game, post, author, url, state, reason, seen,
        draft, attempts, created_at, next_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
SELECT = """
    SELECT id, kind, state, game, post, author, reason, seen, draft, answers, reply, attempts, created_at,
        next_at, sent_at, truth, revealed_at
    FROM bot_post """


class Kind(StrEnum):
    """What an entry is about."""

    ANSWER = "answer"
    SUMMARY = "summary"


class State(StrEnum):
    """How far an entry is.

    `SEEN` is to be answered, `PLANNED` has its answer and may have been posted, the others are done.
    """

    SEEN = "seen"
    PLANNED = "planned"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


OPEN = (State.SEEN, State.PLANNED)


class Entry(Document, frozen=True, kw_only=True):
    """One line of the ledger."""

    id: str
    kind: Kind
    state: State
    game: str
    post: str
    author: str
    reason: str | None
    seen: str | None
    draft: str | None
    answers: str | None
    reply: str | None
    attempts: int
    created_at: float
    next_at: float | None
    sent_at: float | None
    truth: str | None
    revealed_at: float | None

    def seen_post(self) -> Post | None:
        """Return the post that is to be answered."""
        return None if self.seen is None else msgspec.json.decode(self.seen, type=Post)

    def planned_draft(self) -> Draft | None:
        """Return what is to be posted, or was."""
        return None if self.draft is None else msgspec.json.decode(self.draft, type=Draft)

    def given_answers(self) -> tuple[Answer, ...]:
        """Return what was answered, by photo."""
        return () if self.answers is None else msgspec.json.decode(self.answers, type=tuple[Answer, ...])


class Book(Document, frozen=True, kw_only=True):
    """Whose entries: one game of one account on one network."""

    network: str
    account: str
    challenge: str
    game: str


class Ledger:
    """The entries of one game, account and network.

    Parameters
    ----------
    lease
        Seconds for which an entry that somebody works on is left alone by all others.
    """

    def __init__(self, db: Database, book: Book, *, lease: float = LEASE_SECONDS) -> None:
        self._db = db
        self._book = book
        self._lease = lease

    def known(self, posts: Sequence[str]) -> set[str]:
        """Return which of some posts have an entry of this game."""
        found: set[str] = set()
        for start in range(0, len(posts), 500):
            some = posts[start : start + 500]
            marks = ", ".join("?" * len(some))
            rows = self._db.fetch_all(
                f"SELECT post FROM bot_post WHERE game = ? AND post IN ({marks})",  # noqa: S608 - marks only
                (self._book.game, *some),
            )
            found |= {str(row["post"]) for row in rows}
        return found

    def note(self, post: Post, *, now: float, place: int = 0, skip: str | None = None) -> bool:
        """Write a post down, to be answered or, with a reason, not; tell whether it was new.

        Parameters
        ----------
        place
            Of several posts at once, which: they are answered in this order.
        """
        seen = None if skip else msgspec.json.encode(post).decode()
        state = State.SKIPPED if skip else State.SEEN
        return self._insert(
            Kind.ANSWER,
            state,
            post.uri,
            post.author.handle,
            now,
            place=place,
            url=post.url,
            reason=skip,
            seen=seen,
        )

    def plan_summary(self, name: str, draft: Draft, entries: Sequence[Entry], *, now: float) -> bool:
        """Write a summary of some entries down before it is posted; tell whether it was new."""
        text = msgspec.json.encode(draft).decode()
        with self._db.transaction():
            if not self._insert(Kind.SUMMARY, State.PLANNED, name, "", now, draft=text):
                return False
            for entry in entries:
                self._db.execute(
                    "UPDATE bot_post SET summary_id = ? WHERE id = ?",
                    (entry_id(self._book.game, name), entry.id),
                )
        return True

    def due(self, now: float) -> list[Entry]:
        """Return what is to be worked on now, in the order in which it was seen."""
        return self._select("AND state IN (?, ?) AND next_at <= ? ORDER BY created_at, id", (*OPEN, now))

    def take(self, entry: Entry, *, now: float) -> Entry | None:
        """Lease an entry; None where another process was quicker."""
        next_at = now + self._lease
        changed = self._db.execute(
            "UPDATE bot_post SET attempts = attempts + 1, next_at = ? "
            "WHERE id = ? AND state = ? AND attempts = ?",
            (next_at, entry.id, entry.state, entry.attempts),
        )
        if changed != 1:
            return None
        return msgspec.structs.replace(entry, attempts=entry.attempts + 1, next_at=next_at)

    def plan(self, entry: Entry, draft: Draft, answers: Sequence[Answer]) -> Entry | None:
        """Write down what will be posted; None where the lease was lost meanwhile."""
        changes = {
            "state": State.PLANNED,
            "draft": msgspec.json.encode(draft).decode(),
            "answers": msgspec.json.encode(tuple(answers)).decode(),
            "seen": None,
        }
        changed = self._db.execute(
            "UPDATE bot_post SET state = ?, draft = ?, answers = ?, seen = NULL "
            "WHERE id = ? AND state = ? AND attempts = ?",
            (changes["state"], changes["draft"], changes["answers"], entry.id, State.SEEN, entry.attempts),
        )
        return msgspec.structs.replace(entry, **changes) if changed == 1 else None

    def sent(self, entry: Entry, sent: Sent, *, now: float) -> None:
        """Write down that it is posted."""
        self._db.execute(
            "UPDATE bot_post SET state = ?, reply = ?, sent_at = ?, next_at = NULL, reason = NULL "
            "WHERE id = ?",
            (State.SENT, sent.url or sent.id, now, entry.id),
        )

    def later(self, entry: Entry, reason: str, *, at: float) -> None:
        """Write down when it is tried again, and why."""
        self._db.execute("UPDATE bot_post SET next_at = ?, reason = ? WHERE id = ?", (at, reason, entry.id))

    def end(self, entry: Entry, state: State, reason: str) -> None:
        """Write down that nothing is, or will be, posted."""
        self._db.execute(
            "UPDATE bot_post SET state = ?, reason = ?, seen = NULL, next_at = NULL WHERE id = ?",
            (state, reason, entry.id),
        )

    def unrevealed(self, *, since: float) -> list[Entry]:
        """Return answers whose truth is not known yet, none older than `since`."""
        return self._select(
            "AND kind = ? AND state = ? AND truth IS NULL AND created_at >= ? ORDER BY created_at, id",
            (Kind.ANSWER, State.SENT, since),
        )

    def reveal(self, entry: Entry, truth: str, *, now: float) -> None:
        """Write down what the author said that it was."""
        self._db.execute(
            "UPDATE bot_post SET truth = ?, revealed_at = ? WHERE id = ? AND truth IS NULL",
            (truth, now, entry.id),
        )

    def revealed(self, *, unsummarized: bool = False) -> list[Entry]:
        """Return answers whose truth is known, or of these only those that no summary tells of."""
        condition = "AND kind = ? AND state = ? AND truth IS NOT NULL"
        condition += " AND summary_id IS NULL" if unsummarized else ""
        return self._select(condition + " ORDER BY revealed_at, created_at, id", (Kind.ANSWER, State.SENT))

    def last_summary(self) -> float | None:
        """Return when the last summary was made."""
        row = self._db.fetch_one(
            "SELECT MAX(created_at) AS latest FROM bot_post WHERE network = ? AND account = ? AND game = ? "
            "AND kind = ?",
            (self._book.network, self._book.account, self._book.game, Kind.SUMMARY),
        )
        latest = row["latest"] if row else None
        return float(latest) if isinstance(latest, int | float) else None

    def counts(self) -> dict[str, int]:
        """Return how many entries there are in each state."""
        rows = self._db.fetch_all(
            "SELECT state, COUNT(*) AS n FROM bot_post WHERE network = ? AND account = ? AND game = ? "
            "GROUP BY state",
            (self._book.network, self._book.account, self._book.game),
        )
        return {str(row["state"]): int(row["n"] or 0) for row in rows}

    def _select(self, condition: str, values: Sequence[str | float]) -> list[Entry]:
        """Return the entries of this book that fulfil a condition."""
        book = self._book
        return self._db.fetch_as(
            Entry,
            f"{SELECT} WHERE network = ? AND account = ? AND game = ? {condition}",
            (book.network, book.account, book.game, *values),
        )

    def _insert(  # noqa: PLR0913 - the columns of a line
        self,
        kind: Kind,
        state: State,
        post: str,
        author: str,
        now: float,
        *,
        place: int = 0,
        url: str | None = None,
        reason: str | None = None,
        seen: str | None = None,
        draft: str | None = None,
    ) -> bool:
        """Write a line; tell whether it was new."""
        book = self._book
        next_at = now if state in OPEN else None
        key = entry_id(book.game, post)
        values = (key, kind, book.network, book.account, book.challenge, book.game, post, author, url)
        return (
            self._db.execute(INSERT, (*values, state, reason, seen, draft, 0, now + place * TICK, next_at))
            == 1
        )


def entry_id(game: str, post: str) -> str:
    """Return the name of an entry, by which the networks know a second attempt: the same for ever.

    >>> entry_id("cougar-or-not", "https://example.social/1") == entry_id(
    ...     "cougar-or-not", "https://example.social/1"
    ... )
    True
    """
    return hashlib.sha256(f"{game}\n{post}".encode()).hexdigest()[:32]
