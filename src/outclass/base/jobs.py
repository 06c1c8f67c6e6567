"""Work that outlives a request: a table of jobs, claimed by one worker at a time, in either database.

A worker that holds a job says so every few seconds. One that has been silent for `SILENT_SECONDS` has died:
the next worker takes its job over, and whatever the first one still says of it counts for nothing.
"""

import time
from enum import StrEnum
from secrets import token_urlsafe

import msgspec

from outclass.base.document import Document
from outclass.base.errors import ConflictError, NotFoundError
from outclass.base.sql import Database

SILENT_SECONDS = 30.0
MOST_ATTEMPTS = 3
MESSAGE_CHARACTERS = 2000
TEXT_CHARACTERS = 200
FREE_JOBS = "SELECT id FROM job WHERE (state = 'queued' OR (state = 'running' AND heartbeat_at < ?))"
TAKE_JOB = (
    "UPDATE job SET state = 'running', worker = ?, attempts = attempts + 1, heartbeat_at = ?, "
    "started_at = COALESCE(started_at, ?) "
    "WHERE id = ? AND (state = 'queued' OR (state = 'running' AND heartbeat_at < ?))"
)


class JobKind(StrEnum):
    """What a job does."""

    TRAIN = "train"
    """Collect, train and promote: arguments are `seconds`."""
    DATA_SITE = "data-site"
    """Make a data site of an uploaded file without a label."""


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class Job(Document, frozen=True, kw_only=True):
    """A row of the table `job`; times are seconds since 1970.

    Attributes
    ----------
    challenge
        What it is about.
    arguments
        JSON, by kind.
    step, progress, message
        What it is doing, how much of it is done (0 to 1; None where that is not known), and in the end why it
        failed.
    attempts
        How often a worker took it.
    worker
        Token of the worker that holds it.
    cancel_at
        When somebody asked to stop it.
    """

    id: str
    kind: JobKind
    challenge: str
    arguments: str
    owner_id: int | None
    state: JobState
    step: str
    progress: float | None
    message: str
    attempts: int
    worker: str | None
    created_at: float
    started_at: float | None
    heartbeat_at: float | None
    cancel_at: float | None
    ended_at: float | None

    @property
    def active(self) -> bool:
        """Tell whether it is waiting or running."""
        return self.state in ACTIVE

    def argument(self, name: str) -> object:
        """Return one of the arguments, None where it is not given."""
        found: dict[str, object] = msgspec.json.decode(self.arguments, type=dict[str, object])
        return found.get(name)


class JobStore:
    """The jobs of an installation.

    Parameters
    ----------
    db
        Its database.
    """

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(
        self, kind: JobKind, challenge: str, *, owner_id: int | None = None, **arguments: str | float | None
    ) -> Job:
        """Queue a job.

        Raises
        ------
        ConflictError
            There is one for this challenge that is not over.
        """
        job_id = token_urlsafe(12)
        given = msgspec.json.encode({name: one for name, one in arguments.items() if one is not None})
        with self.db.transaction():
            if self.active(challenge):
                raise ConflictError("a job is at work on this already", got=challenge)
            self.db.execute(
                "INSERT INTO job (id, kind, challenge, arguments, owner_id, state, step, message, attempts, "
                "created_at) VALUES (?, ?, ?, ?, ?, 'queued', '', '', 0, ?)",
                (job_id, kind.value, challenge, given.decode(), owner_id, time.time()),
            )
        return self.get(job_id)

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
            There is none of this id.
        """
        found = self.db.fetch_as(Job, "SELECT * FROM job WHERE id = ?", (job_id,))
        if not found:
            raise NotFoundError("there is no such job", got=job_id)
        return found[0]

    def latest(self, challenge: str) -> Job | None:
        """Return the newest job of a challenge."""
        sql = "SELECT * FROM job WHERE challenge = ? ORDER BY created_at DESC LIMIT 1"
        found = self.db.fetch_as(Job, sql, (challenge,))
        return found[0] if found else None

    def active(self, challenge: str | None = None, owner_id: int | None = None) -> list[Job]:
        """Return the jobs that are waiting or running, the oldest first: all, of a challenge, of somebody."""
        sql, values = "SELECT * FROM job WHERE state IN ('queued', 'running')", []
        for column, value in (("challenge", challenge), ("owner_id", owner_id)):
            if value is not None:
                sql += f" AND {column} = ?"
                values.append(value)
        return self.db.fetch_as(Job, f"{sql} ORDER BY created_at", values)

    def claim(self, worker: str, now: float | None = None) -> Job | None:
        """Take the oldest job that nobody works on; None where there is none.

        Two workers that ask at once never get the same one: the second one's update changes no row.
        """
        moment = time.time() if now is None else now
        silent = moment - SILENT_SECONDS
        for row in self.db.fetch_all(f"{FREE_JOBS} ORDER BY created_at LIMIT 5", (silent,)):
            taken = self.db.execute(TAKE_JOB, (worker, moment, moment, row["id"], silent))
            if taken == 1:
                return self.get(str(row["id"]))
        return None

    def waiting(self) -> bool:
        """Tell whether there is a job that a worker could take."""
        return bool(self.db.fetch_all(f"{FREE_JOBS} LIMIT 1", (time.time() - SILENT_SECONDS,)))

    def tell(self, job: Job, *, step: str, progress: float | None, message: str) -> bool:
        """Say that a job is alive and how far it is; False where it is not this worker's any more."""
        changed = self.db.execute(
            "UPDATE job SET step = ?, progress = ?, message = ?, heartbeat_at = ? "
            "WHERE id = ? AND worker = ? AND state = 'running'",
            (step[:TEXT_CHARACTERS], progress, message[:MESSAGE_CHARACTERS], time.time(), job.id, job.worker),
        )
        return changed == 1

    def wanted(self, job: Job) -> bool:
        """Tell whether nobody asked to stop a job."""
        row = self.db.fetch_one("SELECT cancel_at FROM job WHERE id = ?", (job.id,))
        return row is not None and row["cancel_at"] is None

    def end(self, job: Job, state: JobState, message: str = "") -> bool:
        """Write how a job ended; False where it is not this worker's any more."""
        changed = self.db.execute(
            "UPDATE job SET state = ?, message = ?, ended_at = ?, worker = NULL "
            "WHERE id = ? AND worker = ? AND state = 'running'",
            (state.value, message[:MESSAGE_CHARACTERS], time.time(), job.id, job.worker),
        )
        return changed == 1

    def give_back(self, job: Job) -> None:
        """Queue a job again, as its worker stops."""
        self.db.execute(
            "UPDATE job SET state = 'queued', worker = NULL, attempts = attempts - 1 "
            "WHERE id = ? AND worker = ? AND state = 'running'",
            (job.id, job.worker),
        )

    def cancel(self, job_id: str) -> None:
        """Ask to stop a job; one that is only waiting is over at once."""
        now = time.time()
        self.db.execute(
            "UPDATE job SET state = 'cancelled', ended_at = ?, cancel_at = ? "
            "WHERE id = ? AND state = 'queued'",
            (now, now, job_id),
        )
        self.db.execute(
            "UPDATE job SET cancel_at = COALESCE(cancel_at, ?) WHERE id = ? AND state = 'running'",
            (now, job_id),
        )

    def forget(self, challenge: str) -> None:
        """Delete the jobs of a challenge that are over."""
        self.db.execute(
            "DELETE FROM job WHERE challenge = ? AND state NOT IN ('queued', 'running')", (challenge,)
        )
