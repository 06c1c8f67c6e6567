"""The draw page: the pad asks the prediction service by script; without script a form sends a picture."""

import time
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from outclass.base.errors import InputError, InvalidInputError, OutclassError, TooLargeError, UnavailableError
from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge
from outclass.inputs.drawing import read_drawing
from outclass.site.pages.drawing import Answer, answer_for, can_draw, pad_context
from outclass.site.play.advice import site_advisers
from outclass.site.play.challenges import challenge_or_404


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer to a picture that was sent, with the probabilities."""

    answer: Answer
    probabilities: dict[str, float]


@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show the pad; a POST carries a picture from the form."""
    found = challenge_or_404(challenge)
    if not can_draw(found):
        raise Http404
    reading, error = None, None
    if request.method == "POST":
        try:
            reading = read_upload(found, request.FILES.get("picture"))
        except OutclassError as problem:
            error = problem
    context = {
        "challenge": found,
        "full": True,
        "pad": pad_context(found, reading.probabilities if reading else None),
        "answer": reading.answer if reading else None,
        "error": error,
    }
    return render(request, "play/draw.html", context, status=error.status if error else 200)


def read_upload(challenge: Challenge, file: "UploadedFile[bytes] | None") -> Reading:
    """Predict a picture that came by the form.

    Raises
    ------
    InputError
        There is no file, or it is no picture that can be read.
    UnavailableError
        No model is there yet.
    """
    if file is None:
        raise InputError("choose a picture first", accepted="a PNG file")
    body = read_limited(file, challenge.limits)
    predictor = site_advisers().champion(challenge.name)
    if predictor is None:
        raise UnavailableError("no model is there yet", hint=f"train one: outclass train {challenge.name}")
    seen = read_drawing(body, "image/png", challenge.limits, challenge.input.size)
    started = time.perf_counter()
    prediction = predictor.predict_one(seen)
    spent = 1000 * (time.perf_counter() - started)
    return Reading(answer=answer_for(prediction, seen, spent), probabilities=dict(prediction.probabilities))


def read_limited(file: "UploadedFile[bytes]", limits: Limits, accepted: str = "a PNG file") -> bytes:
    """Read an upload, refusing one that is too large before reading it."""
    if file.size is None or file.size > limits.body_bytes:
        raise TooLargeError(
            "the picture is too large", accepted=f"at most {limits.body_bytes // 1_000_000} MB"
        )
    body = bytes(file.read())
    if not body:
        raise InvalidInputError("the file is empty", accepted=accepted)
    return body
