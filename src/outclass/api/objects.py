"""From bodies to the rows that models are asked, of one object or many; in a thread, as it takes time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from outclass.api.bodies import decode_json
from outclass.api.records import columns_of, kept_record
from outclass.api.service import Service
from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnavailableError
from outclass.catalog.challenge import Band, Challenge, InputKind
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Rows
from outclass.inputs.columns import InputColumn
from outclass.inputs.drawing import read_drawing
from outclass.inputs.observations import SeriesBody, read_series
from outclass.inputs.records import read_record, read_records
from outclass.inputs.series import FACTS, Series, SeriesTable
from outclass.inputs.table import Values
from outclass.inputs.text import TextRequest, check_text, read_text, rows_of_texts

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The object of a prediction: the caller's name of it, and what is stored with consent.

    Without `kept` its row is a drawing, and that is stored; `sha256` tells the input from others where its
    row does not.
    """

    name: str | None = None
    kept: bytes | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """What a body came to: a row for each object, float32 or a text."""

    rows: Rows
    subjects: tuple[Subject, ...]


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many objects, each in the form in which it is sent alone."""

    objects: list[msgspec.Raw]


class TextBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many texts, each in the form in which it is sent alone."""

    objects: list[str | TextRequest]


PLAIN_SUBJECT = Subject()


def read_one(service: Service, challenge: Challenge, body: bytes, content_type: str) -> Objects:
    """Return the row of a body that holds one series."""
    read = read_series(body, content_type, challenge.limits, challenge.input.band_places)
    if len(read.series) > 1:
        raise InvalidInputError(
            "there is more than one object",
            got=len(read.series),
            accepted="one object",
            hint=f"send many to /api/v1/challenges/{challenge.name}/batch",
        )
    return series_objects(service, challenge, read)


def answer_many(
    service: Service,
    challenge: Challenge,
    body: bytes,
    content_type: str,
    predict: Callable[[Rows], list[Prediction]],
    keep: bool = False,  # noqa: FBT001, FBT002 - threads take arguments by their places
) -> tuple[Objects, list[Prediction]]:
    """Return the objects of a batch with the answers for them."""
    match challenge.input.kind:
        case InputKind.DRAWING:
            found = read_drawings(challenge, body, content_type)
        case InputKind.SERIES:
            read = read_series(body, content_type, challenge.limits, challenge.input.band_places)
            found = series_objects(service, challenge, read)
        case InputKind.TEXT:
            found = read_texts(challenge, body, content_type)
        case InputKind.TABLE:
            columns = columns_of(service, challenge)
            rows = read_records(body, content_type, challenge.limits, columns).values
            found = record_objects(rows, columns, keep=keep)
        case kind:
            raise UnavailableError("this kind of input is not served yet", got=kind)
    return found, predict(found.rows)


def read_one_record(
    service: Service,
    challenge: Challenge,
    body: bytes,
    content_type: str,
    keep: bool,  # noqa: FBT001 - threads take arguments by their places
) -> Objects:
    """Return the row of a body that holds one record."""
    columns = columns_of(service, challenge)
    row = read_record(body, content_type, challenge.limits, columns)
    return record_objects(row[np.newaxis], columns, keep=keep)


def record_objects(rows: Values, columns: tuple[InputColumn, ...], *, keep: bool) -> Objects:
    """Return rows of records; what is stored with consent is the record in JSON."""
    subjects = (Subject(kept=kept_record(row, columns) if keep else b"") for row in rows)
    return Objects(rows=rows, subjects=tuple(subjects))


def series_objects(service: Service, challenge: Challenge, read: SeriesBody) -> Objects:
    """Make the features of series."""
    rows = service.features(challenge.name).prepare(SeriesTable.of(read.series), challenge.input)
    bands = challenge.input.bands
    subjects = (Subject(name=n, kept=as_json(s, bands)) for n, s in zip(read.ids, read.series, strict=True))
    return Objects(rows=rows, subjects=tuple(subjects))


def as_json(series: Series, bands: Sequence[Band]) -> bytes:
    """Return a series in the form in which it may be sent again."""
    known = zip(FACTS, series.facts.tolist(), strict=True)
    columns = {name: getattr(series, name).tolist() for name in ("mjd", "flux", "flux_err", "detected")}
    columns["passband"] = [bands[place].name for place in series.passband.tolist()]
    facts = {name: None if math.isnan(value) else value for name, value in known}
    return msgspec.json.encode({"object": facts, **columns})


def read_one_text(challenge: Challenge, body: bytes, content_type: str) -> Objects:
    """Return the row of a body that holds one text."""
    return text_objects([read_text(body, content_type, challenge.limits)])


def text_objects(texts: Sequence[str]) -> Objects:
    """Return the rows of texts; what is stored with consent is the text itself."""
    return Objects(rows=rows_of_texts(texts), subjects=tuple(Subject(kept=text.encode()) for text in texts))


def read_texts(challenge: Challenge, body: bytes, content_type: str) -> Objects:
    """Return the rows of texts, each in one of the JSON forms of a single one."""
    batch = decode_json(body, content_type.encode() or None, TextBatch)
    check_count(len(batch.objects), challenge)
    texts = (one if isinstance(one, str) else one.text for one in batch.objects)
    return text_objects(
        [check_text(text, challenge.limits, f"objects[{place}]") for place, text in enumerate(texts)]
    )


def check_count(count: int, challenge: Challenge) -> None:
    """Refuse a batch of nothing, and one of too many objects."""
    if count == 0:
        raise InvalidInputError("there are no objects", where="objects")
    if count > challenge.limits.batch:
        accepted = f"at most {challenge.limits.batch}"
        raise TooLargeError("there are too many objects", where="objects", got=count, accepted=accepted)


def read_drawings(challenge: Challenge, body: bytes, content_type: str) -> Objects:
    """Return the rows of drawings, each in one of the JSON forms of a single one."""
    batch = decode_json(body, content_type.encode() or None, Batch)
    check_count(len(batch.objects), challenge)
    rows = []
    for place, one in enumerate(batch.objects):
        try:
            rows.append(read_drawing(bytes(one), JSON, challenge.limits, challenge.input.size))
        except InputError as error:
            where = f"objects[{place}]" + (f".{error.where}" if error.where else "")
            raise type(error)(
                error.what, where=where, got=error.got, accepted=error.accepted, hint=error.hint
            ) from None
    return Objects(rows=np.stack(rows), subjects=(PLAIN_SUBJECT,) * len(rows))
