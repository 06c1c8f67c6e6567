"""`outclass predict`: ask a model about files, without a server."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from outclass.base.errors import InputError, TooLargeError
from outclass.base.fetch import Fetcher
from outclass.base.limits import Limits
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.hooks import load_features
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table, say
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Predictor, Rows
from outclass.inputs.drawing import read_drawing
from outclass.inputs.observations import read_series
from outclass.inputs.photo import read_photo
from outclass.inputs.records import CSV, JSON, TSV, read_records
from outclass.inputs.series import SeriesTable
from outclass.inputs.table import Values
from outclass.inputs.text import read_text, rows_of_texts
from outclass.inputs.view import view_of
from outclass.registry.store import Registry

STANDARD_INPUT = "-"
SHOWN = 1000
MOST_RECORDS, MOST_BYTES = 10_000_000, 1 << 30
"""A file of records may have more than one request."""
OBJECTS, HEAD = b'"objects"', 40
ADDRESSES = ("http://", "https://")


def command(
    challenge: ChallengeName,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Pictures, photos, texts, JSON or CSV files, addresses of photos; - reads standard input.",
        ),
    ],
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="NAME/ALIAS or NAME@ID.")] = None,
    json: Json = False,
) -> None:
    """Say what a model reads in files, with calibrated probabilities."""
    loaded = load_challenge(challenge)
    registry = Registry(Settings.from_environment())
    predictor = Predictor.load(registry.get(model or loaded.name), challenge=loaded)
    objects = [found for name in files for found in read_objects(loaded, name)]
    answers = predictor.predict_many(np.stack([row for _, row in objects]))
    predictions = [(name, answer) for (name, _), answer in zip(objects, answers, strict=True)]
    warning = loaded.challenge.warning
    if json:
        beside = {"warning": warning} if warning else {}
        print_json([{"file": name, "prediction": said, **beside} for name, said in predictions])
        return
    titles = {group.name: group.title for group in loaded.challenge.groups}
    columns = ("file", "answer", "confidence", "abstained", "could also be")
    print_table(
        columns,
        (
            (
                name,
                titles.get(prediction.group or "", prediction.group or prediction.answer),
                prediction.confidence if prediction.group_confidence is None else prediction.group_confidence,
                prediction.reason or "no",
                ", ".join(others_of(prediction)),
            )
            for name, prediction in predictions[:SHOWN]
        ),
    )
    if len(predictions) > SHOWN:
        say(f"\n{len(predictions) - SHOWN:,} more are not shown; --json prints all")
    if warning:
        say(f"\n{warning}")


def others_of(prediction: Prediction) -> list[str]:
    """Return what else it may be; where a group was named, its likeliest class before all others."""
    first = [prediction.answer] if prediction.group is not None and prediction.answer is not None else []
    return first + [other for other in prediction.prediction_set if other != prediction.answer]


def read_objects(loaded: LoadedChallenge, name: str) -> list[tuple[str, Rows]]:
    """Read the objects of a file as the model wants them, each with the name to show."""
    challenge = loaded.challenge
    if challenge.input.kind is InputKind.PHOTO and name.startswith(ADDRESSES):
        body = Fetcher(most_bytes=challenge.limits.body_bytes).fetch(name).body
    else:
        many = challenge.input.kind is InputKind.TABLE
        body = read_bytes(name, limit=MOST_BYTES if many else challenge.limits.body_bytes)
    match challenge.input.kind:
        case InputKind.DRAWING:
            return [(name, read_drawing(body, None, challenge.limits, challenge.input.size))]
        case InputKind.SERIES:
            found = read_series(body, None, challenge.limits, challenge.input.band_places)
            rows = load_features(loaded).prepare(SeriesTable.of(found.series), challenge.input)
            named = zip(found.ids, rows, strict=True)
            return [(f"{name}, {each}" if each else name, row) for each, row in named]
        case InputKind.TEXT:
            text = read_text(body, "text/plain", challenge.limits).removesuffix("\n")
            return [(name, rows_of_texts([text]).reshape(()))]
        case InputKind.PHOTO:
            return [(name, read_view(name, body, challenge.limits))]
        case InputKind.TABLE:
            rows = read_record_rows(name, body, challenge)
            return [(name if len(rows) == 1 else f"{name}, {n}", row) for n, row in enumerate(rows, 1)]


def read_record_rows(name: str, body: bytes, challenge: Challenge) -> Values:
    """Return the records of a file: CSV or TSV with a header, JSON of one or many, or JSON lines.

    Columns go by their declared names, or by those of the data set's own files.
    """
    endings = Path(name).suffixes
    if len(body) > MOST_BYTES:
        raise TooLargeError("the file is too large", where=name, accepted=f"at most {MOST_BYTES:,} bytes")
    limits = msgspec.structs.replace(challenge.limits, batch=MOST_RECORDS)
    columns, theirs = challenge.input.columns, challenge.dataset.columns.inputs
    first = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    try:
        if ".tsv" in endings or first not in {b"{", b"["}:
            kind = TSV if ".tsv" in endings else CSV
            return read_records(body, kind, limits, columns, theirs).values
        return read_records(as_batch(body), JSON, limits, columns, theirs).values
    except InputError as error:
        error.where = ", ".join(part for part in (name, error.where) if part)
        raise


def as_batch(body: bytes) -> bytes:
    """Return JSON of one record, of a list of them, or of one a line, as a batch."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"["):
        return b'{"objects":%s}' % text
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
        return b'{"objects":[%s]}' % b",".join(lines)
    return text if OBJECTS in text[:HEAD] else b'{"objects":[%s]}' % text


def read_view(name: str, body: bytes, limits: Limits) -> Rows:
    """Return what a model sees of a photo; an error says which file it is about."""
    try:
        return view_of(read_photo(body, limits).pixels)
    except InputError as error:
        error.where = error.where or name
        raise


def read_bytes(name: str, *, limit: int) -> bytes:
    """Read a file or standard input, one byte beyond the limit at most: more is refused by the reader."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(limit + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise InputError("cannot read the file", where=name, got=error.strerror) from error
