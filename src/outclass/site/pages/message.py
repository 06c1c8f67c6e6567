"""The page where anyone pastes a message: the script answers in the browser, the form without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from outclass.base.errors import InputError, OutclassError, UnavailableError
from outclass.catalog.challenge import Challenge
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.inputs.text import check_text
from outclass.site.address import api_path
from outclass.site.pages.champions import champion_of
from outclass.site.pages.drawing import ShareRow, either
from outclass.site.pages.guide import guide_pages
from outclass.site.play.advice import site_advisers
from outclass.site.play.examples import made_up
from outclass.site.play.marks import Told, linear_member, text_model, told_of

LONGEST = 10_000
"""Characters that the page's own field takes; the prediction service takes more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnswer:
    """An answer as the page shows it; see `answered` in message.js, which says the same."""

    state: str
    name: str
    title: str
    sure: str
    words: str
    told_of: str = ""
    told: Told | None = None

    @property
    def announcement(self) -> str:
        """Return the answer as one spoken sentence."""
        return self.words if self.state != "answered" else f"{self.title}, {self.sure}. {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """What the page's script needs: addresses, and the rows that it fills."""

    model: str
    model_url: str
    signature_url: str
    predict_url: str
    feedback_url: str
    rows: tuple[ShareRow, ...]
    examples: tuple[str, ...]
    longest: int = LONGEST


def message_page(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """Show the field and, for a message that the form sent, the answer."""
    text, error, prediction = "", None, None
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            prediction = predict(challenge, text)
        except OutclassError as problem:
            error = problem
    context = {
        "challenge": challenge,
        "text": text,
        "message": message_context(challenge, prediction.probabilities if prediction else {}),
        "answer": answer_for(challenge, text, prediction) if prediction else None,
        "error": error,
        "guide": bool(guide_pages(challenge.name)),
    }
    return render(request, "play/message.html", context, status=error.status if error else 200)


def predict(challenge: Challenge, text: str) -> Prediction:
    """Answer for a message that came by the form; nothing of it is stored.

    Raises
    ------
    InputError
        The text is too long, or holds what is no character.
    UnavailableError
        No model is there yet.
    """
    if len(text) > LONGEST:
        raise InputError("the message is too long", accepted=f"at most {LONGEST:,} characters")
    checked = check_text(text.replace("\r\n", "\n"), challenge.limits)
    predictor = site_advisers().champion(challenge.name)
    if predictor is None:
        raise UnavailableError("no model is there yet", hint=f"train one: outclass train {challenge.name}")
    return predictor.predict_one(checked)


def message_context(challenge: Challenge, shares: Mapping[str, float]) -> MessageContext:
    """Return what the page's script needs; without addresses where the champion runs on the server only."""
    version = champion_of(challenge.name)
    linear = linear_member(version)
    address = [challenge.name, linear.id] if linear is not None and linear is version else None
    return MessageContext(
        model=version.reference if version else "none yet",
        model_url=reverse("play:model-file", args=[*address, "model"]) if address else "",
        signature_url=reverse("play:model-file", args=[*address, "signature"]) if address else "",
        predict_url=api_path(f"challenges/{challenge.name}/predict?keep=1"),
        feedback_url=api_path("predictions/ID/feedback"),
        rows=tuple(
            ShareRow(name=c.name, title=c.title, share=shares.get(c.name, 0.0)) for c in challenge.classes
        ),
        examples=made_up(challenge.name),
    )


def answer_for(challenge: Challenge, text: str, prediction: Prediction) -> MessageAnswer:
    """Put a prediction into words, and mark the words that decided."""
    titles = {label.name: label.title for label in challenge.classes}
    name = prediction.answer or ""
    linear = linear_member(champion_of(challenge.name))
    model = text_model(linear.reference) if linear is not None and name else None
    return MessageAnswer(
        state="abstained" if prediction.abstained else "answered",
        name=name,
        title="Not sure" if prediction.abstained else titles[name],
        sure="" if prediction.abstained else f"{100 * prediction.confidence:.1f} % sure",
        words=words(prediction, titles),
        told_of=titles.get(name, ""),
        told=None if model is None else told_of(model, text.replace("\r\n", "\n"), name, masked=False),
    )


def words(prediction: Prediction, titles: Mapping[str, str]) -> str:
    """Say in plain words why there is no answer, or what else it may be.

    The page's script says the same in `words` of message.js.
    """
    members: Sequence[str] = [titles[name] for name in prediction.prediction_set]
    match prediction.reason:
        case AbstainReason.EMPTY:
            return "Nothing is written yet."
        case None:
            others = either(members[1:])
            return f"It may also be {others}." if others else "Nothing else is likely."
        case _:
            return f"Too close to call. It may be {either(members)}."
