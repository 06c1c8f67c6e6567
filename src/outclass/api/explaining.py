"""With `?explain=1`: what each word of a text adds to the decisions of the model that answers."""

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from outclass.api.service import Service
from outclass.base.errors import InvalidInputError, UnavailableError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.inference.linear_text import StageExplanation

Stages = tuple[StageExplanation, ...]


def check_explained(challenge: Challenge) -> None:
    """Refuse to explain what is neither a text nor a photo nor a record."""
    if challenge.input.kind not in (InputKind.TEXT, InputKind.PHOTO, InputKind.TABLE):
        raise InvalidInputError(
            "only answers about texts, photos and records are explained",
            where="explain",
            got=str(challenge.input.kind),
        )


def explain_texts(service: Service, challenge: Challenge, texts: Sequence[str]) -> list[Stages | UnsetType]:
    """Return the explanation of each text.

    Raises
    ------
    UnavailableError
        The model that answers now is none that can tell.
    """
    predictor = service.predictor(challenge.name)
    found = [predictor.explain(text) for text in texts]
    if None in found:
        raise UnavailableError(
            "this model cannot say what decided",
            where=predictor.version.reference,
            hint="ask without explain",
        )
    return [UNSET if one is None else one.stages for one in found]
