"""From the bytes of a message to the rows that a model is asked, for each kind of input."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from outclass.base.errors import InputError, UnavailableError
from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.hooks import FeaturesHook, load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.inputs.drawing import read_drawing
from outclass.inputs.observations import read_series
from outclass.inputs.records import read_record
from outclass.inputs.series import Series, SeriesTable
from outclass.inputs.text import TextRows, check_text, decode_utf8, rows_of_texts
from outclass.stream.letters import poison_of
from outclass.stream.records import PoisonError, Reason, Record

Rows = TextRows | NDArray[np.float32]
Id = str | int | None
ID_LENGTH = 200
BODY_HINT = 'accepted: {"id": ..., "text": "..."}'


class Format(StrEnum):
    """How the messages of a topic are written."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class TextMessage(msgspec.Struct, frozen=True):
    """A text with the sender's name of it; other fields are of no concern here."""

    text: str
    id: Annotated[str, Meta(max_length=ID_LENGTH)] | int | None = None


class RecordMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record with the sender's name of it."""

    record: msgspec.Raw
    id: Annotated[str, Meta(max_length=ID_LENGTH)] | int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One message that can be asked a model: where it came from, its name, and what it holds."""

    record: Record
    id: Id
    content: object


class Reader(Protocol):
    """Reads messages of one kind of input."""

    def read(self, value: bytes) -> tuple[Id, object]:
        """Return the name and the content of a message.

        Raises
        ------
        PoisonError
            It is broken.
        InputError
            It breaks a limit or a rule.
        """

    def rows(self, contents: Sequence[object]) -> Rows:
        """Return the rows of contents."""


class TextReader:
    """Reads texts: plain, or as JSON with a name."""

    def __init__(self, limits: Limits, form: Format = Format.AUTO) -> None:
        self._limits = limits
        self._form = form
        self._decode = msgspec.json.Decoder(TextMessage | str).decode

    def read(self, value: bytes) -> tuple[Id, str]:
        """Return the name and the text of a message."""
        if self._form is Format.TEXT or (self._form is Format.AUTO and self._looks_plain(value)):
            try:
                text = decode_utf8(value)
            except InputError:
                raise not_utf8() from None
            return None, check_text(text, self._limits)
        name, text = self._read_json(value)
        # A text is never longer than the JSON that it is written in.
        return name, text if len(value) <= self._limits.text_bytes else check_text(text, self._limits)

    def rows(self, contents: Sequence[object]) -> Rows:
        """Return texts as rows."""
        return rows_of_texts([str(text) for text in contents])

    def _looks_plain(self, value: bytes) -> bool:
        """Tell whether a message is no JSON: people's messages may well begin with a quotation mark."""
        first = value.lstrip()[:1]
        if first != b'"':
            return first != b"{"
        try:
            self._decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return True
        return False

    def _read_json(self, value: bytes) -> tuple[Id, str]:
        """Return the name and the text of a message in JSON."""
        try:
            found = self._decode(value)
        except msgspec.ValidationError as error:
            raise PoisonError(Reason.NO_TEXT, f"{without_values(error)}; {BODY_HINT}") from None
        except UnicodeDecodeError:
            raise not_utf8() from None
        except (msgspec.DecodeError, RecursionError) as error:
            raise (not_utf8() if is_not_utf8(value) else not_json(error)) from None
        return (None, found) if isinstance(found, str) else (found.id, found.text)


class SeriesReader:
    """Reads light curves and makes their features."""

    def __init__(self, challenge: Challenge, features: FeaturesHook) -> None:
        self._challenge = challenge
        self._features = features

    def read(self, value: bytes) -> tuple[Id, Series]:
        """Return the name and the observations of a message that holds one series."""
        found = read_series(value, None, self._challenge.limits, self._challenge.input.band_places)
        if len(found.series) != 1:
            raise PoisonError(Reason.INVALID, "there is more than one object in a message")
        return found.ids[0], found.series[0]

    def rows(self, contents: Sequence[object]) -> Rows:
        """Return the features of series."""
        table = SeriesTable.of([one for one in contents if isinstance(one, Series)])
        return self._features.prepare(table, self._challenge.input)


class DrawingReader:
    """Reads drawings; they carry no name, so that of the record's key is used."""

    def __init__(self, challenge: Challenge) -> None:
        self._limits = challenge.limits
        self._size = challenge.input.size

    def read(self, value: bytes) -> tuple[Id, NDArray[np.float32]]:
        """Return the picture of a message."""
        return None, read_drawing(value, None, self._limits, self._size)

    def rows(self, contents: Sequence[object]) -> Rows:
        """Return drawings as one array."""
        return np.stack([one for one in contents if isinstance(one, np.ndarray)])


class RecordReader:
    """Reads records of columns: `{"id": ..., "record": {...}}`, or the record alone."""

    def __init__(self, challenge: Challenge) -> None:
        self._limits = challenge.limits
        self._columns = challenge.input.columns
        self._decode = msgspec.json.Decoder(RecordMessage).decode

    def read(self, value: bytes) -> tuple[Id, NDArray[np.float32]]:
        """Return the name and the row of a message that holds one record."""
        try:
            named = self._decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None, read_record(value, None, self._limits, self._columns)
        return named.id, read_record(bytes(named.record), None, self._limits, self._columns)

    def rows(self, contents: Sequence[object]) -> Rows:
        """Return records as one array."""
        return np.stack([one for one in contents if isinstance(one, np.ndarray)])


def reader_for(loaded: LoadedChallenge, form: Format = Format.AUTO) -> Reader:
    """Return the reader for a challenge's messages.

    Raises
    ------
    UnavailableError
        This kind of input is not read from a stream.
    """
    challenge = loaded.challenge
    match challenge.input.kind:
        case InputKind.TEXT:
            return TextReader(challenge.limits, form)
        case InputKind.SERIES:
            return SeriesReader(challenge, load_features(loaded))
        case InputKind.DRAWING:
            return DrawingReader(challenge)
        case InputKind.TABLE:
            return RecordReader(challenge)
        case kind:
            raise UnavailableError(
                "this kind of input is not read from a stream", where=loaded.name, got=kind
            )


def read_question(reader: Reader, record: Record, limits: Limits) -> Question:
    """Read one message; `PoisonError` where that can never succeed."""
    value = record.value
    if value is None:
        raise PoisonError(Reason.NO_VALUE, "the message has no value")
    if len(value) > limits.body_bytes:
        raise PoisonError(
            Reason.TOO_LARGE, f"the message has {len(value)} bytes; at most {limits.body_bytes}"
        )
    try:
        name, content = reader.read(value)
    except InputError as error:
        raise poison_of(error) from None
    return Question(record, key_name(record.key) if name is None else name, content)


def key_name(key: bytes | None) -> str | None:
    """Return a record's key as a name, where it is a short text."""
    if key is None or len(key) > ID_LENGTH:
        return None
    try:
        return key.decode()
    except UnicodeDecodeError:
        return None


def is_not_utf8(value: bytes) -> bool:
    """Tell whether bytes are no text."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return True
    return False


def not_utf8() -> PoisonError:
    """Return the error for bytes that are no text."""
    return PoisonError(Reason.NOT_UTF8, "the message is not in UTF-8")


def not_json(error: Exception) -> PoisonError:
    """Return the error for broken JSON."""
    return PoisonError(Reason.NOT_JSON, f"the message is not valid JSON: {error}")


def without_values(error: msgspec.ValidationError) -> str:
    """Return what msgspec says of a wrong shape, which names types and places and no values."""
    return str(error).replace("`", "'")
