"""Messages written for this challenge, to play with before real ones are collected; see `phrases`."""

from outclass.catalog.sources.base import SourceTable
from outclass.challenges.messages.phrases import played
from outclass.inputs.text import TextTable


def sample() -> SourceTable:
    """Return made-up messages, all to be played and none to be learned from."""
    phrases = played()
    return SourceTable(
        object_ids=tuple(f"written-{place:04d}" for place in range(len(phrases))),
        group_ids=tuple(phrase.template for phrase in phrases),
        labels=tuple(phrase.label for phrase in phrases),
        inputs=TextTable(tuple(phrase.text for phrase in phrases)),
        fixed_splits=("game",) * len(phrases),
    )
