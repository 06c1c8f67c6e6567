"""Dead letters: messages that cannot be worked on, as they came, with the reason and where they came from."""

from collections.abc import Sequence

from outclass.base.errors import InputError, TooLargeError, shorten
from outclass.stream.records import Outgoing, PoisonError, Reason, Record, name_of

KEPT_BYTES = 900_000
"""Longest part of a message that is kept in a dead letter: what brokers take by default."""
HEADER_CHARACTERS = 300


def dead_letter(record: Record, poison: PoisonError) -> Outgoing:
    """Return the letter for a message: its bytes as they came, everything else in headers.

    A message that is too long for a broker's default limits is cut, and a header says how long it was.
    """
    value = record.value
    headers = {
        "outclass-reason": poison.reason.value,
        "outclass-error": as_header(str(poison)),
        "outclass-source": name_of(record),
        "outclass-topic": record.topic,
        "outclass-partition": str(record.partition),
        "outclass-offset": str(record.offset),
    }
    if record.timestamp is not None:
        headers["outclass-timestamp"] = str(record.timestamp)
    if value is not None and len(value) > KEPT_BYTES:
        headers["outclass-cut-from"] = str(len(value))
        value = value[:KEPT_BYTES]
    key = record.key if record.key is None or len(record.key) <= KEPT_BYTES else record.key[:KEPT_BYTES]
    return Outgoing(name_of(record), record.partition, key, value, headers)


def as_header(text: str) -> str:
    """Return a text as one short line of ASCII, which the headers of every broker can hold.

    >>> as_header("one   " + chr(233))
    'one ?'
    """
    line = " ".join(shorten(text, HEADER_CHARACTERS).split())
    return line.encode("ascii", "replace").decode("ascii")


def poison_of(error: InputError) -> PoisonError:
    """Return what a refused input is called among dead letters: what is wrong with it, not what it holds."""
    reason = Reason.TOO_LARGE if isinstance(error, TooLargeError) else Reason.INVALID
    return PoisonError(reason, f"{error.where}: {error.what}" if error.where else error.what)


def count_reasons(letters: Sequence[Outgoing]) -> dict[str, int]:
    """Return how many letters there are of each reason."""
    counts: dict[str, int] = {}
    for letter in letters:
        reason = (letter.headers or {}).get("outclass-reason", "")
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def without_value(letter: Outgoing) -> Outgoing:
    """Return a letter that any broker takes: what was wrong and where, without the message."""
    headers = dict(letter.headers or {})
    headers.setdefault("outclass-cut-from", str(len(letter.value or b"")))
    return Outgoing(letter.name, letter.partition, None, b"", headers)
