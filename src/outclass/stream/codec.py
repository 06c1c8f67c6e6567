"""What the transports of both brokers share: bodies as bytes, in and out; a look whether a server listens."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faststream.message import StreamMessage

FRAMEWORK_LOG = logging.getLogger("faststream.outclass")
"""What FastStream itself logs; the rest is said by the transports."""
FRAMEWORK_LOG.setLevel(logging.ERROR)

CONNECT_SECONDS = 5.0


class Bytes:
    """FastStream's codec for bodies that are bytes already, in and out."""

    async def decode(self, msg: "StreamMessage[Any]") -> Any:
        """Return what came."""
        return msg.raw_message

    async def decode_batch(self, msg: "StreamMessage[Any]") -> list[Any]:
        """Return the records that came."""
        return list(msg.raw_message)

    async def encode(self, msg: object, serializer: object = None) -> tuple[bytes, str | None]:  # noqa: ARG002
        """Return what goes out."""
        return as_bytes(msg), None

    async def encode_batch(
        self,
        msgs: Sequence[object],
        serializer: object = None,  # noqa: ARG002
    ) -> list[tuple[bytes, str | None]]:
        """Return what goes out together."""
        return [(as_bytes(body), None) for body in msgs]


def as_bytes(body: object) -> bytes:
    """Return a body; a tombstone has none."""
    return body if isinstance(body, bytes) else b""


async def gather(waiting: Iterable[Awaitable[object]]) -> None:
    """Wait for all; then raise the first failure, so that none goes on unseen."""
    found = await asyncio.gather(*waiting, return_exceptions=True)
    for error in found:
        if isinstance(error, BaseException):
            raise error


async def find_open(servers: Sequence[str]) -> None:
    """Look whether any server listens, before clients begin that leave much unclosed where none does.

    Raises
    ------
    OSError
        That of the last server.
    """
    for place, server in enumerate(servers):
        host, _, port = server.rpartition(":")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:  # TimeoutError is one
            if place == len(servers) - 1:
                raise
        else:
            writer.close()
            return
