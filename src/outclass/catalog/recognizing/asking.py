"""Recognize what a path holds, asking its owner where nothing else tells."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from outclass.base.progress import Progress, no_progress
from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing.found import Choices, Found, Question
from outclass.catalog.recognizing.recognizer import recognize_or_ask
from outclass.catalog.recognizing.tables import UnsureError

Asker = Callable[[Question], str]
"""Puts a question to somebody and returns one of its answers."""


def recognize_asking(
    path: Path, choices: Choices, ask: Asker | None = None, progress: Progress = no_progress
) -> Found:
    """Do as `recognize` does; what only the owner knows is asked, where there is somebody to ask.

    Raises
    ------
    RefusedDataError
        No challenge can be made of it, or nobody can be asked what it needs to know.
    """
    while True:
        try:
            return recognize_or_ask(path, choices, progress)
        except UnsureError as error:
            if ask is None or is_answered(error.question, choices):
                raise error.refusal from None
            choices = answered(choices, error.question, ask(error.question))


def is_answered(question: Question, choices: Choices) -> bool:
    """Tell whether a question was answered, and asked again all the same."""
    return question.option != "ignore" and getattr(choices, question.option) is not None


def answered(choices: Choices, question: Question, answer: str) -> Choices:
    """Return choices with an answer among them."""
    match question.option:
        case "kind":
            return replace(choices, kind=InputKind(answer))
        case "label":
            return replace(choices, label=answer)
        case "table":
            return replace(choices, table=answer)
        case _:
            return replace(choices, names=answer)
