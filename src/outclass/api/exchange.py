"""One request on its way: who asks, and what the log line will tell of it."""

import itertools
import secrets
import time
from collections.abc import Mapping

import msgspec

from outclass.api.asgi import Receive, Scope
from outclass.api.visitors import address_of
from outclass.base.keys import KeyRecord
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Rows

_process = secrets.token_hex(4)
_numbers = itertools.count(1)


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """A prediction that was answered; `moment` on the clock of `Exchange.start`.

    With `keep` its input is stored: `kept`, or else the row as a picture. `sha256` is that of the input,
    where it is not found from the row.
    """

    id: str
    prediction: Prediction
    row: Rows
    moment: float
    milliseconds: float
    keep: bool
    kept: bytes | None = None
    sha256: str | None = None


class Exchange:
    """What is known of a request; the routes add what they did.

    What most requests do without is an attribute of the class until it is set, as each costs a little.

    Attributes
    ----------
    receive
        Gives the parts of the body; see `bodies`.
    start, end
        When it began and was answered, by `time.perf_counter`.
    id
        Unique among all processes; in the log line, the header X-Request-Id and in problems.
    unread
        Whether the body was refused before its end.
    key
        The key that was admitted; None for a caller without one.
    prediction
        Id of the prediction that was made or asked for.
    outcomes
        The predictions that were made.
    """

    route = "unmatched"
    key: KeyRecord | None = None
    challenge: str | None = None
    model: str | None = None
    prediction: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    unread = False
    status = 0

    def __init__(self, scope: Scope, receive: Receive, proxies: int = 0) -> None:
        self.start = self.end = time.perf_counter()
        self.receive = receive
        self.id = f"{_process}-{next(_numbers):x}"
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self._client: tuple[str, int] | None = scope.get("client")
        self._proxies = proxies

    @property
    def address(self) -> str:
        """Return the caller's address, as the outermost trusted proxy saw it."""
        return address_of(self._client, self.headers, self._proxies)

    @property
    def caller(self) -> str:
        """Return by what the caller is counted while requests are under way: the key, or the address."""
        return self.key_id or self.address

    @property
    def key_id(self) -> str | None:
        """Return the public id of the caller's key."""
        return None if self.key is None else self.key.id
