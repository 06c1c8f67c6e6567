"""Numbers from 0 to 1 about a whole message, from what is counted in each of its chunks."""

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from outclass.inference.linear_text.folding import is_of_word, lower_character

MEASURES = (
    "length",
    "capitals",
    "digits",
    "symbols",
    "exclamations",
    "questions",
    "emoji",
    "number",
    "disguises",
)
TITLES = {
    "length": "length of the message",
    "capitals": "share of capitals",
    "digits": "share of digits",
    "symbols": "share of punctuation",
    "exclamations": "exclamation marks",
    "questions": "question marks",
    "emoji": "emoji",
    "number": "longest number",
    "disguises": "words in disguise",
}
LONG_TEXT = math.log(1001)
MOST_MARKS = 5
MOST_DIGITS = 12
MOST_DISGUISES = 3
EMOJI = (("\u2600", "\u27bf"), ("\u2b00", "\u2bff"), ("\U0001f000", "\U0001faff"))

CAPITALS = re.compile("[A-Z]")
LETTERS = re.compile("[A-Za-z]")
RUN = re.compile("[0-9]+")


class Counts(NamedTuple):
    """What is counted in a folded chunk."""

    size: int = 0
    letters: int = 0
    capitals: int = 0
    digits: int = 0
    symbols: int = 0
    exclamations: int = 0
    questions: int = 0
    emoji: int = 0
    number: int = 0


def count(folded: str, tokens: Sequence[str]) -> Counts:
    """Count in a folded chunk that has these tokens."""
    if folded.isascii():
        letters, capitals = len(LETTERS.findall(folded)), len(CAPITALS.findall(folded))
    else:
        letters = sum(unicodedata.category(x)[0] == "L" for x in folded)
        capitals = sum(lower_character(x) != x for x in folded)
    runs = [len(run) for run in RUN.findall(folded)]
    return Counts(
        size=len(folded),
        letters=letters,
        capitals=capitals,
        digits=sum(runs),
        symbols=sum(not is_of_word(token[0]) for token in tokens),
        exclamations=folded.count("!"),
        questions=folded.count("?"),
        emoji=0 if folded.isascii() else sum(first <= x <= last for x in folded for first, last in EMOJI),
        number=max(runs, default=0),
    )


def total(parts: Sequence[Counts]) -> Counts:
    """Return the counts of a text from those of its chunks."""
    if not parts:
        return Counts()
    sums = map(sum, zip(*parts, strict=True))
    return Counts._make(sums)._replace(number=max([each.number for each in parts]))


def measures_of(counts: Counts, disguises: int) -> tuple[float, ...]:
    """Return the measures, in the order of `MEASURES`.

    >>> measures_of(Counts(), 0) == (0.0,) * 9
    True
    """
    size = counts.size or 1
    return (
        min(1.0, math.log(1 + counts.size) / LONG_TEXT),
        min(1.0, counts.capitals / (counts.letters or 1)),
        counts.digits / size,
        counts.symbols / size,
        min(counts.exclamations, MOST_MARKS) / MOST_MARKS,
        min(counts.questions, MOST_MARKS) / MOST_MARKS,
        min(counts.emoji, MOST_MARKS) / MOST_MARKS,
        min(counts.number, MOST_DIGITS) / MOST_DIGITS,
        min(disguises, MOST_DISGUISES) / MOST_DISGUISES,
    )
