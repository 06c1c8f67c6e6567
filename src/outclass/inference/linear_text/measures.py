"""Numbers from 0 to 1 about a whole message, from what is counted in each of its chunks."""

import math
import re
import unicodedata
from collections.abc import Sequence

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


def count(folded: str, tokens: Sequence[str]) -> tuple[tuple[int, ...], int]:
    """Count in a folded chunk that has these tokens.

    Returns
    -------
    tuple
        What adds up over chunks: size, letters, capitals, digits, symbols, exclamation marks, question marks,
        emoji; and the digits of the longest number.
    """
    if folded.isascii():
        letters, capitals = len(LETTERS.findall(folded)), len(CAPITALS.findall(folded))
    else:
        letters = sum(unicodedata.category(x)[0] == "L" for x in folded)
        capitals = sum(lower_character(x) != x for x in folded)
    runs = [len(run) for run in RUN.findall(folded)]
    sums = (
        len(folded),
        letters,
        capitals,
        sum(runs),
        sum(not is_of_word(token[0]) for token in tokens),
        folded.count("!"),
        folded.count("?"),
        0 if folded.isascii() else sum(first <= x <= last for x in folded for first, last in EMOJI),
    )
    return sums, max(runs, default=0)


def measures_of(sums: Sequence[float], number: int, disguises: int) -> tuple[float, ...]:
    """Return the measures, in the order of `MEASURES`, from sums of what `count` gives.

    >>> measures_of((0,) * 8, 0, 0) == (0.0,) * 9
    True
    """
    size, letters, capitals, digits, symbols, exclamations, questions, emoji = sums
    everything = size or 1
    return (
        min(1.0, math.log(1 + size) / LONG_TEXT),
        min(1.0, capitals / (letters or 1)),
        digits / everything,
        symbols / everything,
        min(exclamations, MOST_MARKS) / MOST_MARKS,
        min(questions, MOST_MARKS) / MOST_MARKS,
        min(emoji, MOST_MARKS) / MOST_MARKS,
        min(number, MOST_DIGITS) / MOST_DIGITS,
        min(disguises, MOST_DISGUISES) / MOST_DISGUISES,
    )
