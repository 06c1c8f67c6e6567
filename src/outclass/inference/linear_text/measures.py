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

RUN = re.compile("[0-9]+")


def count(folded: str, tokens: Sequence[str]) -> tuple[tuple[int, ...], int]:
    """Count in a folded chunk that has these tokens.

    Returns
    -------
    tuple
        What adds up over chunks: size, letters, capitals, digits, symbols, exclamation marks, question marks,
        emoji; and the digits of the longest number.
    """
    size = len(folded)
    runs = list(map(len, RUN.findall(folded)))
    digits = sum(runs)
    if folded.isascii():
        symbols = len([token for token in tokens if not token.isalnum()])
        letters, emoji = size - digits - symbols, 0
        capitals = 0 if folded.islower() else sum(map(str.isupper, folded))
    else:
        symbols = sum(not is_of_word(token[0]) for token in tokens)
        letters = sum(unicodedata.category(x)[0] == "L" for x in folded)
        emoji = sum(first <= x <= last for x in folded for first, last in EMOJI)
        capitals = sum(lower_character(x) != x for x in folded)
    marks = (folded.count("!"), folded.count("?"))
    return (size, letters, capitals, digits, symbols, *marks, emoji), max(runs, default=0)


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
