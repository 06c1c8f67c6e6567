"""Work that is done once for each Idempotency-Key of a caller."""

from collections.abc import Callable

from outclass.api.exchange import Exchange
from outclass.api.service import Service
from outclass.feedback.idempotency import once


def done_once(
    service: Service, exchange: Exchange, caller: str, body: bytes, work: Callable[[], bytes]
) -> bytes:
    """Do the work of a request and return its answer; where it was done before under its key, that answer."""
    key = exchange.headers.get(b"idempotency-key")
    if key is None:
        return work()
    answer, _ = once(
        service.db,
        scope=f"{caller} {exchange.path}",
        key=key.decode("latin-1"),
        request=body,
        work=lambda: work().decode("utf-8"),
    )
    return answer.encode("utf-8")
