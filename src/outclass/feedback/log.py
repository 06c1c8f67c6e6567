"""The prediction log: written by a thread of its own, at most a second behind; no request waits for it."""

import logging
import threading
import time
from enum import StrEnum

import msgspec

from outclass.base.errors import OutclassError, UnavailableError
from outclass.base.sql import Database, Row, Value

LOG = logging.getLogger(__name__)

INTERVAL = 0.5
"""Seconds between two writes; with the time of a write, a crash loses at most a second."""
CAPACITY = 10_000
"""Most predictions that wait while the database does not answer; the oldest are dropped beyond."""
PATIENCE = 5.0
"""Seconds between two tries while the database does not answer."""

INSERT = """
    INSERT INTO prediction (id, challenge, model, created_at, key_id, answer, confidence, abstained, reason,
        probabilities, milliseconds, input_sha256, input, source)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING"""


class LogState(StrEnum):
    """Whether predictions are kept."""

    KEEPING = "keeping"
    ABSENT = "absent"
    FAILING = "failing"
    CLOSED = "closed"


class LoggedPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as it is kept; `input` only with consent, `created_at` in epoch seconds."""

    id: str
    challenge: str
    model: str
    created_at: float
    key_id: str | None
    answer: str | None
    confidence: float
    abstained: bool
    reason: str | None
    probabilities: dict[str, float]
    milliseconds: float
    input_sha256: str
    input: bytes | None = None
    source: str = "api"


class PredictionLog:
    """A buffer of predictions and the thread that writes it to the table `prediction`.

    While the table is absent (a core install without the site) or the database does not answer, the latest
    `capacity` predictions wait in memory and are written when it can be done. `close` writes the rest.

    Attributes
    ----------
    state
        Whether predictions are kept.
    problem
        Why they are not, in a sentence; None while they are.
    dropped
        How many were dropped because too many waited.
    """

    def __init__(self, db: Database, *, interval: float = INTERVAL, capacity: int = CAPACITY) -> None:
        self._db = db
        self._interval = interval
        self._capacity = capacity
        self._lock = threading.Lock()
        self._waiting: dict[str, LoggedPrediction] = {}
        self._writing: dict[str, LoggedPrediction] = {}
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.state = LogState.KEEPING
        self.problem: str | None = None
        self.dropped = 0

    def start(self) -> "PredictionLog":
        """See whether predictions can be kept, and start the thread."""
        self._closing.clear()
        self._probe()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()
        return self

    def add(self, *entries: LoggedPrediction) -> None:
        """Keep predictions; returns at once."""
        if not entries:
            return
        with self._lock:
            self._waiting.update((entry.id, entry) for entry in entries)
            while len(self._waiting) > self._capacity:
                del self._waiting[next(iter(self._waiting))]
                self.dropped += 1
        if not self._wake.is_set():
            self._wake.set()

    def find(self, prediction_id: str) -> LoggedPrediction | None:
        """Return a prediction, written or still waiting.

        Raises
        ------
        UnavailableError
            It does not wait here, and the database does not answer.
        """
        with self._lock:
            entry = self._waiting.get(prediction_id) or self._writing.get(prediction_id)
        if entry is not None or self.state is LogState.ABSENT:
            return entry
        row = self._db.fetch_one("SELECT * FROM prediction WHERE id = ?", (prediction_id,))
        return None if row is None else from_row(row)

    def close(self) -> None:
        """Write what waits and stop the thread."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.state = LogState.CLOSED

    @property
    def waiting(self) -> int:
        """Return how many predictions are not written yet."""
        with self._lock:
            return len(self._waiting) + len(self._writing)

    def _run(self) -> None:
        """Write every `interval` seconds while there is something to write."""
        while not self._closing.is_set():
            healthy = self.state is LogState.KEEPING
            self._wake.wait(None if healthy else PATIENCE)
            self._closing.wait(self._interval if healthy else PATIENCE)
            self._wake.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        """Write what waits; what cannot be written goes back before what came meanwhile."""
        with self._lock:
            self._writing, self._waiting = self._waiting, {}
        if not self._writing:
            if self.state is not LogState.KEEPING:
                self._probe()
            return
        try:
            self._db.execute_many(INSERT, [to_row(entry) for entry in self._writing.values()])
        except Exception as error:  # noqa: BLE001 - the thread must survive whatever the database does
            self._put_back()
            self._fail(error)
        else:
            self._keep()
            with self._lock:
                self._writing = {}

    def _put_back(self) -> None:
        """Let what was not written wait again, as far as there is room."""
        with self._lock:
            entries = self._writing | self._waiting
            surplus = len(entries) - self._capacity
            for prediction_id in list(entries)[: max(surplus, 0)]:
                del entries[prediction_id]
            self.dropped += max(surplus, 0)
            self._waiting, self._writing = entries, {}

    def _probe(self) -> None:
        """See whether the table is there and can be read."""
        try:
            self._db.fetch_one("SELECT id FROM prediction LIMIT 1")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told by `state` and `problem`
            self._fail(error)
        else:
            self._keep()

    def _keep(self) -> None:
        """Note that the database took what it was given."""
        if self.state is not LogState.KEEPING:
            LOG.info("predictions are kept")
        self.state, self.problem = LogState.KEEPING, None

    def _fail(self, error: Exception) -> None:
        """Note and log, once for each cause, why predictions are not kept."""
        missing = isinstance(error, UnavailableError) and error.hint is not None
        state = LogState.ABSENT if missing else LogState.FAILING
        problem = error.what if isinstance(error, OutclassError) else type(error).__name__
        if (state, problem) != (self.state, self.problem):
            LOG.log(logging.INFO if missing else logging.ERROR, "predictions are not kept: %s", problem)
        self.state, self.problem = state, problem


def to_row(entry: LoggedPrediction) -> tuple[Value, ...]:
    """Return the values of an entry in the order of `INSERT`."""
    return (
        entry.id,
        entry.challenge,
        entry.model,
        entry.created_at,
        entry.key_id,
        entry.answer,
        entry.confidence,
        entry.abstained,
        entry.reason,
        msgspec.json.encode(entry.probabilities).decode("utf-8"),
        entry.milliseconds,
        entry.input_sha256,
        entry.input,
        entry.source,
    )


def from_row(row: Row) -> LoggedPrediction:
    """Return the entry that a row of the table holds."""
    probabilities = msgspec.json.decode(str(row["probabilities"]), type=dict[str, float])
    return msgspec.convert(row | {"probabilities": probabilities}, LoggedPrediction, strict=False)


def remove_older_than(db: Database, days: float, *, now: float | None = None) -> int:
    """Remove predictions that are older than so many days; return how many."""
    moment = time.time() if now is None else now
    return db.execute("DELETE FROM prediction WHERE created_at < ?", (moment - days * 86_400,))
