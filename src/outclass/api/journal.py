"""What is noted of requests: figures, a log line each, and predictions, all for many requests together.

After a model has run, the processor's caches hold its weights, and whatever a request does from then on waits
for memory. So a request only leaves itself here, and the work is done for many at once.
"""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.api.exchange import Exchange, Outcome
from outclass.api.telemetry import Telemetry
from outclass.base import logs
from outclass.feedback.log import LoggedPrediction, PredictionLog

SECONDS = 0.1
"""How long requests wait here at most."""
MOST = 32
"""How many wait here at most, as each holds some kilobytes, and the next request waits for all of them."""
UNLOGGED = frozenset({"/livez", "/readyz", "/metrics"})

_encode = msgspec.json.Encoder().encode


class RequestLine(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="event", tag="request"):
    """What is told of a request: never its body, its key or its address."""

    level: str
    time: datetime
    id: str
    method: str
    route: str
    status: int
    milliseconds: float
    key: str | None
    challenge: str | None = None
    model: str | None = None
    prediction: str | None = None


class Journal:
    """Takes answered requests; used in the event loop only.

    What reads figures or predictions calls `flush` first.
    """

    def __init__(self, telemetry: Telemetry, log: PredictionLog) -> None:
        self._telemetry = telemetry
        self._log = log
        self._waiting: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Take a request that is over."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(SECONDS, self.flush)
        self._waiting.append(exchange)
        if len(self._waiting) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Note what waits."""
        waiting, self._waiting = self._waiting, []
        since = time.time() - time.perf_counter()
        count(waiting, self._telemetry)
        self._log.add(*(logged(one, outcome, since) for one in waiting for outcome in one.outcomes))
        logs.write_lines([_encode(line(one, since)) for one in waiting if is_told(one)])


def count(exchanges: Sequence[Exchange], telemetry: Telemetry) -> None:
    """Add requests to the figures."""
    telemetry.count_requests(Counter((one.route, one.method, one.status) for one in exchanges))
    for one in exchanges:
        telemetry.time_request(one.route, one.end - one.start)
    made = [outcome.prediction for one in exchanges for outcome in one.outcomes]
    telemetry.count_predictions(Counter((one.challenge, one.model, one.reason) for one in made))


def is_told(exchange: Exchange) -> bool:
    """Tell whether a request gets a log line; those that machines send all the time do where they fail."""
    return exchange.status >= 400 or exchange.path not in UNLOGGED


def line(exchange: Exchange, since: float) -> RequestLine:
    """Return the log line of a request; `since` is when the counter of seconds began."""
    return RequestLine(
        level="info",
        time=datetime.fromtimestamp(since + exchange.end, UTC),
        id=exchange.id,
        method=exchange.method,
        route=exchange.route,
        status=exchange.status,
        milliseconds=round((exchange.end - exchange.start) * 1000.0, 3),
        key=exchange.key_id,
        challenge=exchange.challenge,
        model=exchange.model,
        prediction=exchange.prediction,
    )


def logged(exchange: Exchange, outcome: Outcome, since: float) -> LoggedPrediction:
    """Return what is kept of a prediction."""
    prediction = outcome.prediction
    return LoggedPrediction(
        id=outcome.id,
        challenge=prediction.challenge,
        model=prediction.model,
        created_at=since + outcome.moment,
        key_id=exchange.key_id,
        answer=prediction.answer,
        confidence=prediction.confidence,
        abstained=prediction.abstained,
        reason=None if prediction.reason is None else prediction.reason.value,
        probabilities=prediction.probabilities,
        milliseconds=outcome.milliseconds,
        input_sha256=outcome.sha256 or hashlib.sha256(content_of(outcome)).hexdigest(),
        input=stored(outcome) if outcome.keep else None,
    )


def content_of(outcome: Outcome) -> bytes:
    """Return what tells an input from others: its row or, as a row of texts holds addresses, the text."""
    if outcome.row.dtype == np.object_:
        return outcome.kept or b""
    return outcome.row.tobytes()


def stored(outcome: Outcome) -> bytes:
    """Return what is stored of an input."""
    return gray(outcome.row) if outcome.kept is None else outcome.kept


def gray(picture: NDArray[np.float32]) -> bytes:
    """Return a picture as bytes from 0 to 255, row by row."""
    return (picture * 255.0 + 0.5).astype(np.uint8).tobytes()
