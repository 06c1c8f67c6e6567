"""Messages written for this challenge, to play with before real ones are collected; see `phrases`."""

from outclass.catalog.sources.base import SourceTable
from outclass.challenges.messages.phrases import Phrase, played, taught
from outclass.inputs.text import TextTable


def sample() -> SourceTable:
    """Return made-up messages, all to be played and none to be learned from."""
    return table_of(played(), "written", "game")


def examples() -> SourceTable:
    """Return made-up messages to show, none of which is ever played."""
    return table_of(taught(), "taught", "train")


def table_of(phrases: list[Phrase], prefix: str, split: str) -> SourceTable:
    """Return messages as a table."""
    return SourceTable(
        object_ids=tuple(f"{prefix}-{place:04d}" for place in range(len(phrases))),
        group_ids=tuple(phrase.template for phrase in phrases),
        labels=tuple(phrase.label for phrase in phrases),
        inputs=TextTable(tuple(phrase.text for phrase in phrases)),
        fixed_splits=(split,) * len(phrases),
    )
