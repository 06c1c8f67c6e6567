"""Predictions of one's own: noted, found again, corrected, deleted."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import msgspec
from django.conf import settings as django_conf
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest

from outclass.base.errors import InputError
from outclass.base.secret import secret_key
from outclass.catalog.challenge import Challenge, InputKind
from outclass.feedback.ballots import Voter, record
from outclass.feedback.ids import PredictionIds
from outclass.inference.backoff import back_off
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.inputs.records import read_record
from outclass.site.accounts.models import User
from outclass.site.address import address_mark
from outclass.site.database import shared_database
from outclass.site.photos.wording import PhotoAnswer, answer_for, state_of
from outclass.site.play.challenges import all_challenges
from outclass.site.play.models import OwnPrediction, Player
from outclass.site.play.players import current_player, ensure_player
from outclass.site.play.views.common import once_of
from outclass.site.shared.models import Ballot, CheckItem
from outclass.site.shared.models import Prediction as Kept
from outclass.site.tables.shown import RecordView, record_view
from outclass.site.tables.wording import RecordAnswer, answer_for_record

SOURCE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that is to be noted; the picture only with consent."""

    prediction: Prediction
    picture: bytes | None
    digest: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRow:
    """One of a player's predictions as pages show it.

    Attributes
    ----------
    kept
        Whether the input is here.
    answer, state, title, sure, words
        What was answered, as the page of the answer says it.
    said, right
        What the player said it is, and whether the model said the same; None before they said anything, or
        where it gave no answer.
    record
        The values, where it is a record that was kept.
    """

    id: str
    challenge: Challenge
    answer: str
    state: str
    title: str
    sure: str
    words: str
    model: str
    created: datetime
    kept: bool
    said: str
    right: bool | None
    record: RecordView | None = None


def note(request: HttpRequest, answered: Answered) -> str:
    """Keep an answer as one of the player's own, once for each form, and return its id."""
    prediction, player = answered.prediction, ensure_player(request)
    token = once_of(request)
    with transaction.atomic():
        own, new = OwnPrediction.objects.get_or_create(
            player=player,
            request_token=token,
            defaults={"prediction": ids().new(prediction.challenge), "challenge": prediction.challenge},
        )
        if new:
            Kept.objects.create(**row_of(own.prediction, answered))
    return own.prediction


def row_of(identity: str, answered: Answered) -> dict[str, object]:
    """Return the row of the table of predictions."""
    prediction = answered.prediction
    return {
        "id": identity,
        "challenge": prediction.challenge,
        "model": prediction.model,
        "created_at": time.time(),
        "answer": prediction.answer,
        "confidence": prediction.confidence,
        "abstained": prediction.abstained,
        "reason": None if prediction.reason is None else prediction.reason.value,
        "probabilities": msgspec.json.encode(prediction.probabilities).decode(),
        "milliseconds": answered.milliseconds,
        "input_sha256": answered.digest,
        "input": answered.picture,
        "source": SOURCE,
    }


@lru_cache(maxsize=1)
def ids() -> PredictionIds:
    """Return what makes ids of predictions, signed as those of the prediction service are."""
    return PredictionIds(secret_key(django_conf.OUTCLASS))


def own_or_404(request: HttpRequest, challenge: str, prediction: str) -> OwnPrediction:
    """Return a prediction of the player who asks; to anybody else it does not exist."""
    player = current_player(request)
    found = None if player is None else player.predictions.filter(prediction=prediction).first()
    if found is None or found.challenge != challenge:
        raise Http404
    return found


def tried_by(player: Player) -> list[tuple[Challenge, int]]:
    """Return the challenges of which a player tried photos, and how many each."""
    counted = OwnPrediction.objects.filter(player=player).values("challenge").annotate(photos=Count("pk"))
    known = {challenge.name: challenge for challenge in all_challenges()}
    return [
        (known[row["challenge"]], row["photos"])
        for row in counted.order_by("challenge")
        if row["challenge"] in known
    ]


def own_rows(challenge: Challenge, found: Iterable[OwnPrediction]) -> list[OwnRow]:
    """Return predictions as pages show them; one whose answer was cleared away is left out."""
    known = list(found)
    kept = {row.id: row for row in Kept.objects.filter(pk__in=[own.prediction for own in known])}
    return [own_row(challenge, own, kept[own.prediction]) for own in known if own.prediction in kept]


def own_row(challenge: Challenge, own: OwnPrediction, kept: Kept) -> OwnRow:
    """Return one prediction as pages show it."""
    titles = {label.name: label.title for label in challenge.classes}
    prediction = prediction_of(challenge, kept)
    told = told_of(challenge, prediction)
    return OwnRow(
        id=own.prediction,
        challenge=challenge,
        answer=told.name,
        state=told.state,
        title=told.title,
        sure=told.sure,
        words=told.words,
        model=kept.model,
        created=own.created_at,
        kept=kept.input is not None,
        said=titles.get(own.said, own.said),
        right=is_right(challenge, prediction, own.said) if own.said else None,
        record=kept_record(challenge, kept),
    )


def told_of(challenge: Challenge, prediction: Prediction) -> PhotoAnswer | RecordAnswer:
    """Put a prediction into words."""
    is_record = challenge.input.kind is InputKind.TABLE
    return (answer_for_record if is_record else answer_for)(challenge, prediction)


def kept_record(challenge: Challenge, kept: Kept) -> RecordView | None:
    """Return the values of a record that was kept; None where they were not, or cannot be read now."""
    if challenge.input.kind is not InputKind.TABLE or kept.input is None:
        return None
    try:
        row = read_record(bytes(kept.input), "application/json", challenge.limits, challenge.input.columns)
    except InputError:
        return None
    return record_view(challenge, row)


def prediction_of(challenge: Challenge, kept: Kept) -> Prediction:
    """Return an answer as it was given, but for its prediction set, which is not kept."""
    shares = msgspec.json.decode(kept.probabilities, type=dict[str, float])
    shares = {name: shares.get(name, 0.0) for name in challenge.class_names}
    hedge = back_off(shares, challenge.group_leaves)
    return Prediction(
        challenge=challenge.name,
        model=kept.model,
        answer=kept.answer if kept.answer in shares else None,
        probabilities=shares,
        confidence=kept.confidence,
        prediction_set=(),
        abstained=kept.abstained,
        reason=None if kept.reason is None else AbstainReason(kept.reason),
        outlier=None,
        group=hedge.group if hedge else None,
        group_confidence=hedge.confidence if hedge else None,
    )


def is_right(challenge: Challenge, prediction: Prediction, said: str) -> bool | None:
    """Tell whether what somebody said is what the model answered, be it a class or a group of them."""
    match state_of(prediction):
        case "answered":
            return said == prediction.answer
        case "hedged":
            return said in challenge.group_leaves.get(str(prediction.group), frozenset())
        case _:
            return None


def say(request: HttpRequest, own: OwnPrediction, label: str) -> None:
    """Note what the player says it is, as a ballot and for their own list; the later word counts."""
    record(
        shared_database(),
        challenge=own.challenge,
        label=label,
        voter=voter_of(request),
        prediction_id=own.prediction,
        source=SOURCE,
    )
    OwnPrediction.objects.filter(pk=own.pk).update(said=label)


def voter_of(request: HttpRequest) -> Voter:
    """Return who votes: the account, or else the address."""
    if isinstance(request.user, User):
        return Voter(user_id=request.user.pk)
    return Voter(address_hash=address_mark(request))


def forget(found: Iterable[OwnPrediction]) -> list[str]:
    """Delete predictions with picture, label and answer; return the hashes of the pictures that were kept."""
    known = {own.prediction: own for own in found}
    with transaction.atomic():
        kept = Kept.objects.filter(pk__in=known, input__isnull=False)
        pictures = [str(one) for one in kept.values_list("input_sha256", flat=True)]
        Ballot.objects.filter(prediction_id__in=known).delete()
        CheckItem.objects.filter(prediction_id__in=known).delete()
        Kept.objects.filter(pk__in=known).delete()
        OwnPrediction.objects.filter(prediction__in=known).delete()
    return pictures
