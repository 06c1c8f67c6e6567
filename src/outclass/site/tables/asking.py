"""A record that somebody filled in: ask the champion, and note what they say of the answer."""

import time
from dataclasses import dataclass
from hashlib import sha256
from random import Random

import msgspec
import numpy as np
from django.http import HttpRequest
from numpy.typing import NDArray

from outclass.base.errors import UnavailableError
from outclass.catalog.challenge import Challenge
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Predictor
from outclass.inputs.table import record
from outclass.site.accounts.throttle import ThrottleRule
from outclass.site.pages.champions import champion_of
from outclass.site.photos.own import Answered, note, own_or_404, say
from outclass.site.play.advice import site_advisers
from outclass.site.play.pool import pools
from outclass.site.tables.coding import Columns, recoded, titled
from outclass.site.tables.typed import Typed

RECORDS = ThrottleRule(scope="record", most=6000, what="questions")
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer about a record."""

    predictor: Predictor
    prediction: Prediction
    milliseconds: float


def ask(challenge: Challenge, row: Values) -> Reading:
    """Answer for a record; nothing of it is stored.

    Raises
    ------
    UnavailableError
        No model is there yet.
    """
    predictor = site_advisers().champion(challenge.name)
    if predictor is None:
        raise UnavailableError("no model is there yet", hint=f"train one: outclass train {challenge.name}")
    started = time.perf_counter()
    prediction = predictor.predict_one(row)
    spent = 1000 * (time.perf_counter() - started)
    return Reading(predictor=predictor, prediction=prediction, milliseconds=spent)


def said_of(request: HttpRequest, challenge: Challenge, typed: Typed) -> str:
    """Return the class that a form says it is; nothing where it says none, or of no or another record.

    Whoever changes a value and presses the button before the answer has followed means the record before.
    """
    if not typed.known or request.POST.get("about", typed.mark) != typed.mark:
        return ""
    chosen = request.POST.get("said", "") if request.POST.get("action") == "say" else ""
    label = request.POST.get("right", "") or chosen
    return label if label in challenge.class_names else ""


def take(request: HttpRequest, challenge: Challenge, typed: Typed, reading: Reading, label: str) -> str:
    """Note an answer with what somebody says it is; the values only with consent. Return its id."""
    content = msgspec.json.encode(record(typed.row, typed.columns))
    answered = Answered(
        prediction=reading.prediction,
        picture=content if request.POST.get("keep") == "on" else None,
        digest=sha256(content).hexdigest(),
        milliseconds=reading.milliseconds,
    )
    identity = note(request, answered)
    say(request, own_or_404(request, challenge.name, identity), label)
    return identity


def example_row(challenge: Challenge, columns: Columns, random: Random) -> Values | None:
    """Return a row of the playable data, None while there is none."""
    pool = pools().current(challenge.name)
    table = pool.record(random.choice(pool.ids)) if pool is not None and pool.ids else None
    return None if table is None else recoded(table.values, table.columns, columns)[0]


def asked_columns(challenge: Challenge) -> Columns:
    """Return the columns of a form: those that the champion reads; without one those of the challenge."""
    version = champion_of(challenge.name)
    if version is None or not version.signature.input.columns:
        return challenge.input.columns
    return titled(version.signature.input.columns, challenge)
