"""Logs: one JSON object per line, from our own code and from every library.

The standard library and msgspec do it: a library for structured logs took 4.6 MB of a small process, see
docs/decisions/0014.
"""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

import msgspec

QUIET = ("uvicorn.access", "asyncio", "PIL", "httpx")
PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
"""What every record has; anything else was given as `extra`."""


class _Target:
    """Where lines go; nowhere until `configure_logs` was called."""

    stream: TextIO | None = None


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON; what JSON does not know is written as its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, object] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "logger": record.name,
        }
        line |= {name: value for name, value in record.__dict__.items() if name not in PLAIN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode("utf-8")


def configure_logs(*, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send all records to one stream (standard error) as JSON lines.

    Never log a request body, a key, a cookie or a database URL.
    """
    target = sys.stderr if stream is None else stream
    _Target.stream = target
    handler = logging.StreamHandler(target)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def write_lines(lines: Sequence[bytes]) -> None:
    """Write lines of JSON that are encoded already."""
    stream = _Target.stream
    if stream is not None and lines:
        stream.write(b"\n".join((*lines, b"")).decode("utf-8"))
        stream.flush()
