"""The registered steps as expressions of polars."""

from collections.abc import Callable, Sequence

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


DELETED = {
    StepName.REMOVE_EMOJI: EMOJI,
    StepName.REMOVE_UNICODE: r"[^\x00-\x7F]",
    StepName.REMOVE_DIGITS: r"\p{Nd}",
}
"""What steps take out."""
DELETED_FROM_ASCII = {StepName.REMOVE_DIGITS: "[0-9]"}
"""The same in texts of ASCII, where the others find nothing."""


def changed(texts: pl.Series, steps: Sequence[Step]) -> pl.Series:
    """Return texts after some steps. Those of ASCII go by simpler patterns, which give the same."""
    plain = (texts.str.len_bytes() == texts.str.len_chars()).fill_null(value=False)
    parts = []
    for mask, ascii_only in ((plain, True), (~plain, False)):
        part = texts if mask.all() else texts.filter(mask)
        parts.append(
            part.to_frame().select(_changed(pl.col(texts.name), steps, ascii_only=ascii_only)).to_series()
        )
    if not len(parts[0]) or not len(parts[1]):
        return parts[0] if len(parts[0]) else parts[1]
    places = pl.concat([plain.arg_true(), (~plain).arg_true()]).arg_sort()
    return pl.concat(parts).gather(places)


def _changed(text: pl.Expr, steps: Sequence[Step], *, ascii_only: bool) -> pl.Expr:
    """Return a text after some steps; steps that only take out characters go over it together.

    Emoji are sequences, so that they must be looked for before their characters are taken out one by one.
    """
    patterns = DELETED_FROM_ASCII if ascii_only else DELETED
    waiting: list[str] = []
    for step in steps:
        if step.name not in DELETED or (step.name is StepName.REMOVE_EMOJI and waiting):
            text, waiting = _without(text, waiting), []
        if step.name in DELETED:
            waiting += [patterns[step.name]] if step.name in patterns else []
        else:
            text = CHANGES[step.name](text, step, ascii_only)
    return _without(text, waiting)


def _without(text: pl.Expr, patterns: Sequence[str]) -> pl.Expr:
    """Take out what several patterns find, in one go."""
    return text.str.replace_all(rf"(?:{'|'.join(patterns)})+", "") if patterns else text


def remove_stopwords(text: pl.Expr, step: Step, ascii_only: bool) -> pl.Expr:  # noqa: FBT001 - as its peers
    """Take out the words of a list, and the space behind each."""
    words = sorted(step.words or STOPWORDS[step.language], key=lambda word: (-len(word), word))
    if ascii_only:
        words = [word for word in words if word.isascii()]
    flags, space = ("(?i-u)", r"[\t\n\x0B\x0C\r ]*") if ascii_only else ("(?i)", r"\s*")
    pattern = rf"{flags}\b(?:{'|'.join(map(_escape, words))})\b{space}"
    return (text.str.replace_all(pattern, "") if words else text).str.strip_chars()


def _escape(word: str) -> str:
    """Return a pattern that finds a word and nothing else."""
    return "".join(letter if letter.isalnum() else rf"\x{{{ord(letter):x}}}" for letter in word)


CHANGES: dict[StepName, Callable[[pl.Expr, Step, bool], pl.Expr]] = {
    StepName.REMOVE_TABS: lambda text, *_: text.str.replace_all(r"[\t\r\n\x0B\x0C]+", " "),
    StepName.REMOVE_STOPWORDS: remove_stopwords,
    StepName.TO_LOWERCASE: lambda text, *_: text.str.to_lowercase(),
}
"""Other steps that change a text."""


def counted(column: str, step: Step) -> list[pl.Expr]:
    """Return the columns that `get_regex_features` adds for one column of texts."""
    patterns = step.patterns or PATTERNS
    return [
        pl.col(column).str.count_matches(pattern).fill_null(0).alias(f"{column}_{name}")
        for name, pattern in patterns.items()
    ]
