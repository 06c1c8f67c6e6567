"""The steps that a data dictionary may name. Names only: no dictionary brings code of its own."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.catalog.forms import Text


class StepName(StrEnum):
    """A registered step."""

    REMOVE_UNICODE = "remove_unicode"
    REMOVE_TABS = "remove_tabs"
    REMOVE_DIGITS = "remove_digits"
    REMOVE_STOPWORDS = "remove_stopwords"
    REMOVE_EMOJI = "remove_emoji"
    TO_LOWERCASE = "to_lowercase"
    GET_REGEX_FEATURES = "get_regex_features"
    GET_TFIDF_FEATURES = "get_tfidf_features"


STEPS = {
    StepName.REMOVE_UNICODE: "takes out all characters but those of ASCII",
    StepName.REMOVE_TABS: "makes one space of every run of tabs and line breaks",
    StepName.REMOVE_DIGITS: "takes out the digits of all scripts",
    StepName.REMOVE_STOPWORDS: "takes out words that say little, such as `the`",
    StepName.REMOVE_EMOJI: "takes out emoji and what joins and colors them",
    StepName.TO_LOWERCASE: "writes everything in lower case",
    StepName.GET_REGEX_FEATURES: "adds a column for each pattern that counts where it is found",
    StepName.GET_TFIDF_FEATURES: "adds a column for each of the commonest words with its TF-IDF weight",
}
FEATURES = (StepName.GET_REGEX_FEATURES, StepName.GET_TFIDF_FEATURES)
"""Steps that add columns instead of changing texts; they belong to the whole set."""

PATTERNS = {
    "links": r"(?i)https?://\S+|www\.\S+",
    "emails": r"[\w.+-]+@[\w-]+\.[\w.-]+",
    "long_numbers": r"[0-9]{5,}",
    "amounts": r"[$£€]\s?[0-9][0-9.,]*",
    "capitals": r"\b\p{Lu}{2,}\b",
    "exclamations": r"!",
    "questions": r"\?",
}
"""What `get_regex_features` counts unless it is told otherwise."""


class Language(StrEnum):
    """A language with a list of stop words."""

    ENGLISH = "en"
    INDONESIAN = "id"


class Step(Document, frozen=True, kw_only=True):
    """A step with what it needs to know."""

    name: Annotated[StepName, Meta(description="which step")]
    columns: Annotated[
        tuple[Text, ...],
        Meta(description="for the whole set: the columns; all texts by default"),
    ] = ()
    language: Annotated[Language, Meta(description="`remove_stopwords`: whose words")] = Language.ENGLISH
    words: Annotated[
        tuple[Text, ...], Meta(description="`remove_stopwords`: the words, instead of those of a language")
    ] = ()
    patterns: Annotated[
        dict[str, Text],
        Meta(description="`get_regex_features`: patterns by the end of their column's name"),
    ] = {}
    features: Annotated[
        int, Meta(ge=1, le=10_000, description="`get_tfidf_features`: how many words get a column")
    ] = 100


AnyStep = StepName | Step


def as_step(given: AnyStep) -> Step:
    """Return a step that was given by its name alone, or whole."""
    return given if isinstance(given, Step) else Step(name=given)


def as_steps(given: AnyStep | tuple[AnyStep, ...]) -> tuple[Step, ...]:
    """Return one step or several as a sequence."""
    return tuple(map(as_step, given if isinstance(given, tuple) else (given,)))
