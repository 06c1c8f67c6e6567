"""`outclass predict`: ask a model about files, without a server."""

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from outclass.base.errors import InputError
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table
from outclass.inference.predictor import Predictor
from outclass.inputs.drawing import read_drawing
from outclass.registry.store import Registry

STANDARD_INPUT = "-"


def command(
    challenge: ChallengeName,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Pictures or JSON files; - reads standard input.")
    ],
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="NAME/ALIAS or NAME@ID.")] = None,
    json: Json = False,
) -> None:
    """Say what a model reads in files, with calibrated probabilities."""
    found = load_challenge(challenge).challenge
    predictor = Predictor.load(Registry(Settings.from_environment()).get(model or found.name))
    rows = np.stack([read_input(found, name) for name in files])
    predictions = list(zip(files, predictor.predict_many(rows), strict=True))
    if json:
        print_json([{"file": name, "prediction": prediction} for name, prediction in predictions])
        return
    columns = ("file", "answer", "confidence", "abstained", "could also be")
    print_table(
        columns,
        (
            (
                name,
                prediction.answer,
                prediction.confidence,
                prediction.reason or "no",
                ", ".join(other for other in prediction.prediction_set if other != prediction.answer),
            )
            for name, prediction in predictions
        ),
    )


def read_input(challenge: Challenge, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Read one object as the model wants it."""
    body = read_bytes(name, limit=challenge.limits.body_bytes)
    match challenge.input.kind:
        case InputKind.DRAWING:
            return read_drawing(body, None, challenge.limits, challenge.input.size)
        case kind:
            raise InputError(f"predict does not read a {kind} yet", where=challenge.name)


def read_bytes(name: str, *, limit: int) -> bytes:
    """Read a file or standard input, one byte beyond the limit at most: more is refused by the reader."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(limit + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise InputError("cannot read the file", where=name, got=error.strerror) from error
