"""Where photos that are deleted went: out of the data, and which models had learned from them."""

from collections.abc import Sequence
from itertools import groupby

from django.conf import settings as django_conf

from outclass.catalog.challenge import InputKind
from outclass.feedback.removal import remove_photos
from outclass.site.accounts.models import User
from outclass.site.photos.own import forget
from outclass.site.play.challenges import all_challenges, loaded_challenge
from outclass.site.play.models import OwnPrediction


def erase(challenge: str, pictures: Sequence[str]) -> list[str]:
    """Remove photos from a challenge's data, and return the models that had learned from them."""
    loaded = loaded_challenge(challenge)
    if not pictures or loaded.challenge.input.kind is not InputKind.PHOTO:
        return []
    return sorted(remove_photos(loaded, pictures, django_conf.OUTCLASS).models)


def forget_all_of(user: User) -> None:
    """Delete all predictions of somebody whose account goes, and give back the photos they let us keep."""
    found = OwnPrediction.objects.filter(player__user=user).order_by("challenge")
    for challenge, own in groupby(found, key=lambda one: one.challenge):
        pictures = forget(own)
        if challenge in {one.name for one in all_challenges()}:
            erase(challenge, pictures)


def erased_words(kind: InputKind, pictures: Sequence[str], models: Sequence[str]) -> str:
    """Say what was deleted, and which models had learned from it."""
    if kind is not InputKind.PHOTO:
        what = f"{'the values, ' if pictures else ''}the answer and what you said of it"
        return f"Deleted: {what}; no data to come has it."
    what = f"{'the photo, ' if pictures else ''}the answer and what you said of it"
    if not models:
        return f"Deleted: {what}. No model had learned from it."
    return (
        f"Deleted: {what}; no data to come has it. These models had learned from it, and keep that until "
        f"they are trained anew: {', '.join(models)}."
    )
