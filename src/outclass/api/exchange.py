"""One request on its way: who asks, and what the log line will tell of it."""

import itertools
import secrets
import time
from collections.abc import Mapping

from outclass.api.asgi import Receive, Scope
from outclass.base.keys import KeyRecord

_process = secrets.token_hex(4)
_numbers = itertools.count(1)


class Exchange:
    """What is known of a request; the routes add what they did.

    Attributes
    ----------
    receive
        Gives the parts of the body; see `bodies`.
    id
        Unique among all processes; in the log line, the header X-Request-Id and in problems.
    unread
        Whether the body was refused before its end.
    key
        The key that was admitted; None for a caller without one.
    """

    __slots__ = (
        "address",
        "challenge",
        "headers",
        "id",
        "key",
        "method",
        "model",
        "path",
        "prediction",
        "query",
        "receive",
        "route",
        "start",
        "unread",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.start = time.perf_counter()
        self.receive = receive
        self.id = f"{_process}-{next(_numbers):x}"
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.route = "unmatched"
        self.address = ""
        self.key: KeyRecord | None = None
        self.challenge: str | None = None
        self.model: str | None = None
        self.prediction: str | None = None
        self.unread = False

    @property
    def key_id(self) -> str | None:
        """Return the public id of the caller's key."""
        return None if self.key is None else self.key.id
