"""Logs: one JSON object per line, from our own code and from every library."""

import logging
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

QUIET = ("uvicorn.access", "asyncio", "PIL", "httpx")


class _Target:
    """Where lines go; nowhere until `configure_logs` was called."""

    stream: TextIO | None = None


def configure_logs(*, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's records to one stream (standard error) as JSON lines.

    Never log a request body, a key, a cookie or a database URL.
    """
    shared: list[Callable[[WrappedLogger, str, EventDict], EventDict]] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    target = sys.stderr if stream is None else stream
    _Target.stream = target
    structlog.configure(
        processors=[*shared, render_text],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render_text],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def render_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Return an event as one JSON line; what JSON does not know is written as its text."""
    return msgspec.json.encode(event, enc_hook=str).decode("utf-8")


def write_lines(lines: Sequence[bytes]) -> None:
    """Write lines of JSON that are encoded already."""
    stream = _Target.stream
    if stream is not None and lines:
        stream.write(b"\n".join((*lines, b"")).decode("utf-8"))
        stream.flush()
