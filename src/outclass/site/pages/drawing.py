"""What the drawing pad's templates show: the rows of probabilities, and an answer in plain words."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.urls import reverse
from numpy.typing import NDArray
from PIL import Image

from outclass.catalog.challenge import Challenge, InputKind
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.metrics.game import allocate
from outclass.site.address import api_path
from outclass.site.pages.champions import champion_of

UNSURE = "?"
STAKE = 100
SHOWN_BETS = 3
MANY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """One class and its probability."""

    name: str
    title: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PadContext:
    """Where the pad asks, and the rows that it fills."""

    predict_url: str
    feedback_url: str
    model: str
    rows: tuple[ShareRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as the page shows it; see `words` in draw.js, which says the same."""

    state: str
    name: str
    digit: str
    sure: str
    words: str
    bet: str
    time: str
    seen_png: str

    @property
    def announcement(self) -> str:
        """Return the answer as one spoken sentence."""
        if self.state == "abstained":
            return self.words
        return f"The model reads {self.digit}, {self.sure}. {self.words}".strip()


def pad_context(challenge: Challenge, probabilities: Mapping[str, float] | None = None) -> PadContext:
    """Return what the pad of a challenge needs."""
    version = champion_of(challenge.name)
    shares = probabilities or {}
    return PadContext(
        predict_url=api_path(f"challenges/{challenge.name}/predict?picture=1"),
        feedback_url=api_path("predictions/ID/feedback"),
        model=version.reference if version else "none yet",
        rows=tuple(
            ShareRow(name=c.name, title=c.title, share=shares.get(c.name, 0.0)) for c in challenge.classes
        ),
    )


def answer_for(prediction: Prediction, seen: NDArray[np.float32], milliseconds: float) -> Answer:
    """Put a prediction into words."""
    name = prediction.answer or ""
    return Answer(
        state="abstained" if prediction.abstained else "answered",
        name=name,
        digit=UNSURE if prediction.abstained else name,
        sure="Not sure enough" if prediction.abstained else f"{100 * prediction.confidence:.1f} % sure",
        words=words(prediction),
        bet="" if prediction.abstained else bet(prediction.probabilities),
        time=f"{milliseconds:.1f} ms",
        seen_png=picture_url(seen),
    )


def words(prediction: Prediction) -> str:
    """Say in plain words why there is no answer, or what else it may be.

    The draw page's script says the same in `words` of draw.js.
    """
    members = prediction.prediction_set
    match prediction.reason:
        case AbstainReason.EMPTY:
            return "Nothing is drawn yet."
        case AbstainReason.OUTLIER:
            return f"No answer: this does not look like one digit. The nearest would be {prediction.answer}."
        case AbstainReason.UNDECIDED:
            return f"No answer: too close to call. It may be {either(members)}."
        case None:
            others = either(members[1:])
            return f"It may also be {others}." if others else "Nothing else is likely."


def bet(probabilities: Mapping[str, float]) -> str:
    """Say what the model would bet in a round, the three largest amounts.

    >>> bet({"4": 0.8, "9": 0.2})
    'Its bet: $80 on 4, $20 on 9'
    """
    dollars = allocate(list(probabilities.values()), STAKE).tolist()
    rows = sorted(zip(probabilities, dollars, strict=True), key=lambda row: -row[1])
    parts = [f"${amount} on {name}" for name, amount in rows if amount > 0]
    return "Its bet: " + ", ".join(parts[:SHOWN_BETS]) + (", ..." if len(parts) > SHOWN_BETS else "")


def either(names: Sequence[str]) -> str:
    """Join names as alternatives; of many only the first three.

    >>> either(["4", "7", "9"])
    '4, 7 or 9'
    """
    if len(names) > MANY:
        return ", ".join(names[: MANY - 1]) + " or another"
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""


def picture_url(seen: NDArray[np.float32]) -> str:
    """Return a small picture as a data URL."""
    buffer = io.BytesIO()
    Image.fromarray(np.rint(255 * seen).astype(np.uint8)).save(buffer, "PNG")
    return data_url(buffer.getvalue(), "image/png")


def data_url(content: bytes, media_type: str) -> str:
    """Return a small file as an address that holds it."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def can_draw(challenge: Challenge) -> bool:
    """Return whether objects of a challenge are drawn."""
    return challenge.input.kind is InputKind.DRAWING


def draw_url(challenge: Challenge) -> str:
    """Return the address of a challenge's draw page."""
    return reverse("play:draw", args=[challenge.name])
