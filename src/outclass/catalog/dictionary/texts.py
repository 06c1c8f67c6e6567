"""The registered steps as expressions of polars."""

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from outclass.catalog.dictionary.steps import PATTERNS, Step, StepName
from outclass.catalog.dictionary.stopwords import STOPWORDS

EMOJI = (
    r"(?:[#*0-9]\x{FE0F}?\x{20E3}"
    r"|[\x{1F000}-\x{1FAFF}\x{2600}-\x{27BF}\x{2B05}-\x{2B07}\x{2B1B}\x{2B1C}\x{2B50}\x{2B55}\x{231A}\x{231B}"
    r"\x{2328}\x{23CF}\x{23E9}-\x{23FA}\x{3030}\x{303D}\x{3297}\x{3299}]"
    r"[\x{FE0E}\x{FE0F}\x{1F3FB}-\x{1F3FF}\x{E0020}-\x{E007F}]*"
    r"(?:\x{200D}[\x{2600}-\x{27BF}\x{1F000}-\x{1FAFF}][\x{FE0E}\x{FE0F}\x{1F3FB}-\x{1F3FF}]*)*)"
)
"""Keycaps; pictures with what colors them, and others joined to them. Joiners elsewhere are letters' own."""


def remove_stopwords(text: pl.Expr, step: Step) -> pl.Expr:
    """Take out the words of a list, and the space before each."""
    words = sorted(step.words or STOPWORDS[step.language], key=lambda word: (-len(word), word))
    pattern = rf"(?i)\s*\b(?:{'|'.join(map(_escape, words))})\b"
    return text.str.replace_all(pattern, "").str.strip_chars()


def _escape(word: str) -> str:
    """Return a pattern that finds a word and nothing else."""
    return "".join(letter if letter.isalnum() else rf"\x{{{ord(letter):x}}}" for letter in word)


def _without(name: StepName, text: pl.Expr, _: Step) -> pl.Expr:
    """Take out what one step does."""
    return _without_all(text, [name])


DELETED = {
    StepName.REMOVE_EMOJI: EMOJI,
    StepName.REMOVE_UNICODE: r"[^\x00-\x7F]",
    StepName.REMOVE_DIGITS: r"\p{Nd}",
}
"""What steps take out."""
CHANGES: dict[StepName, Callable[[pl.Expr, Step], pl.Expr]] = {
    **{name: partial(_without, name) for name in DELETED},
    StepName.REMOVE_TABS: lambda text, _: text.str.replace_all(r"[\t\r\n\x0B\x0C]+", " "),
    StepName.REMOVE_STOPWORDS: remove_stopwords,
    StepName.TO_LOWERCASE: lambda text, _: text.str.to_lowercase(),
}
"""Steps that change a text."""


def changed(text: pl.Expr, steps: tuple[Step, ...]) -> pl.Expr:
    """Return a text after some steps; steps that only take out characters go over it together.

    Emoji are sequences, so that they must be looked for before their characters are taken out one by one.
    """
    waiting: list[StepName] = []
    for step in steps:
        if step.name not in DELETED or (step.name is StepName.REMOVE_EMOJI and waiting):
            text, waiting = _without_all(text, waiting), []
        if step.name in DELETED:
            waiting.append(step.name)
        else:
            text = CHANGES[step.name](text, step)
    return _without_all(text, waiting)


def _without_all(text: pl.Expr, names: Sequence[StepName]) -> pl.Expr:
    """Take out what several steps do, in one go."""
    patterns = [DELETED[name] for name in names]
    return text.str.replace_all(rf"(?:{'|'.join(patterns)})+", "") if patterns else text


def counted(column: str, step: Step) -> list[pl.Expr]:
    """Return the columns that `get_regex_features` adds for one column of texts."""
    patterns = step.patterns or PATTERNS
    return [
        pl.col(column).str.count_matches(pattern).fill_null(0).alias(f"{column}_{name}")
        for name, pattern in patterns.items()
    ]
