"""What each column of a table holds."""

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from outclass.catalog.dictionary.drafting import DAY, MOMENT
from outclass.catalog.recognizing import names

MOST_CATEGORIES = 60
"""More different values than this do not fit a form, nor the file."""
COVERED = 0.9
"""The share of rows that the commonest values must have where there are more."""
NUMBERS = 0.9
"""The share of values that must be numbers where a few are not."""
WORDS = 4.0
"""A text has at least so many words on average."""
LONG = 30.0
"""Or so many letters."""
OTHER_DAYS = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}([ T][0-9:.]+)?")
TRUTHS = {"true", "false", "yes", "no", "t", "f", "y", "n"}


class Content(StrEnum):
    """What a column holds."""

    EMPTY = "empty"
    CONSTANT = "constant"
    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    DATE = "date"
    UNIQUE = "unique"
    NAMES = "names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as it was seen.

    Attributes
    ----------
    header
        The name in the file, or as it was renamed there.
    different
        How many different values it has.
    values
        How often each value comes, the commonest first: of what is no text.
    not_numbers
        How many values of a column of numbers are none.
    words
        How many words a text has on average.
    """

    header: str
    content: Content
    rows: int
    missing: int
    different: int
    values: tuple[tuple[str, int], ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    steps: bool = False
    not_numbers: int = 0
    words: float = 0.0

    @property
    def filled(self) -> int:
        """Return how many rows have a value."""
        return self.rows - self.missing

    @property
    def missing_share(self) -> float:
        """Return the share of rows without a value."""
        return self.missing / max(self.rows, 1)

    @property
    def unique_share(self) -> float:
        """Return how many different values there are for each value."""
        return self.different / max(self.filled, 1)


def texts_of(frame: pl.DataFrame, header: str) -> pl.Series:
    """Return a column as texts, stripped, empty ones null."""
    return stripped(frame[header])


def stripped(series: pl.Series) -> pl.Series:
    """Return values as texts without spaces around, empty ones null."""
    text = series.cast(pl.String, strict=False).str.strip_chars()
    return text.set(text == "", None) if (text == "").any() else text


def numbers_of(series: pl.Series, keys: dict[str, object]) -> pl.Series:
    """Return texts as numbers, null where they are none, by how the table writes them."""
    if series.dtype.is_numeric():
        return series.cast(pl.Float64)
    text = series
    match str(keys.get("thousands", "")):
        case "":
            pass
        case " ":
            text = text.str.replace_all(r"[\s\u{a0}\u{202f}]", "")
        case mark:
            text = text.str.replace_all(mark, "", literal=True)
    if keys.get("decimal") == ",":
        text = text.str.replace(",", ".", literal=True)
    number = text.cast(pl.Float64, strict=False)
    return number.replace([float("inf"), float("-inf")], None).fill_nan(None)


def column_of(series: pl.Series, keys: dict[str, object]) -> Column:
    """Return what a column holds."""
    header = series.name
    if series.dtype.is_nested() or series.dtype == pl.Binary:
        return Column(
            header=header, content=Content.NAMES, rows=len(series), missing=series.null_count(), different=0
        )
    text = stripped(series)
    rows, missing = len(text), text.null_count()
    filled = text.drop_nulls()
    different = filled.n_unique()
    base = Column(header=header, content=Content.EMPTY, rows=rows, missing=missing, different=different)
    if not len(filled):
        return base
    counts = filled.value_counts(sort=True).head(1000).rows()
    values = tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))
    if different == 1:
        return _with(base, content=Content.CONSTANT, values=values)
    if series.dtype.is_temporal() or (series.dtype == pl.String and is_dated(filled)):
        return _with(base, content=Content.DATE)
    numbers = numbers_of(series if series.dtype.is_numeric() else text, keys)
    found = len(numbers.drop_nulls())
    if series.dtype != pl.Boolean and found >= NUMBERS * len(filled):
        return number_column(base, numbers.drop_nulls(), values, len(filled) - found)
    return text_column(base, filled, values)


def number_column(
    base: Column, numbers: pl.Series, values: tuple[tuple[str, int], ...], faulty: int
) -> Column:
    """Return a column of numbers."""
    whole = bool((numbers == numbers.round()).all())
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    ordered = numbers.sort()
    steps = whole and len(numbers) == numbers.n_unique() and high - low == len(ordered) - 1
    content = Content.CONSTANT if low == high else Content.NUMBER
    return _with(
        base,
        content=content,
        values=values,
        low=low,
        high=high,
        whole=whole,
        steps=steps,
        not_numbers=faulty,
        different=numbers.n_unique(),
    )


def text_column(base: Column, filled: pl.Series, values: tuple[tuple[str, int], ...]) -> Column:
    """Return a column of words: few values, sentences, ids or names."""
    sample = filled.head(20_000)
    words = float(sample.str.count_matches(r"\S+").mean() or 0)  # type: ignore[arg-type]
    letters = float(sample.str.len_chars().mean() or 0)  # type: ignore[arg-type]
    share = base.different / len(filled)
    covered = sum(count for _, count in values[:MOST_CATEGORIES]) / len(filled)
    repeated = base.different <= max(2, len(filled) / 3)
    if repeated and (base.different <= MOST_CATEGORIES or covered >= COVERED) and letters <= 200:
        content = Content.CATEGORY
    elif (words >= WORDS or letters >= LONG) and words > 1.2 and share > 0.2:
        content = Content.TEXT
    elif share >= 0.95:
        content = Content.UNIQUE
    else:
        content = Content.NAMES
    return _with(base, content=content, values=values, words=words)


def is_dated(filled: pl.Series) -> bool:
    """Tell whether texts are dates."""
    sample = filled.head(200).to_list()
    if not any(map(may_be_dated, sample[:3])):
        return False
    dated = sum(
        1 for one in sample if any(p.fullmatch(one) for p in (DAY, MOMENT, OTHER_DAYS)) or is_iso(one)
    )
    return dated >= 0.9 * len(sample)


def may_be_dated(text: str) -> bool:
    """Tell at little cost whether a text could be a date."""
    return len(text) >= 6 and any(mark in text for mark in "-./:")


def is_iso(text: str) -> bool:
    """Tell whether a text is a moment with a zone."""
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+([+-][0-9:]+|Z)?", text) is not None


def _with(base: Column, **changes: object) -> Column:
    """Return a column with more known of it."""
    known = {name: getattr(base, name) for name in Column.__dataclass_fields__}
    return Column(**known | changes)


def columns_of(frame: pl.DataFrame, keys: dict[str, object]) -> dict[str, Column]:
    """Return what each column holds, by its name in the file."""
    return {series.name: column_of(series, keys) for series in frame}


def is_identity(column: Column) -> bool:
    """Tell whether a column names rows: every value comes once, and it is named or written like an id."""
    if column.steps and (names.is_id(column.header) or column.unique_share == 1.0):
        return True
    if column.content is Content.UNIQUE:
        return True
    named = names.is_id(column.header)
    return named and column.unique_share > 0.95 and (column.whole or column.content is Content.NAMES)


def spellings(column: Column) -> dict[str, list[tuple[str, int]]]:
    """Return the spellings of each value but for case and spaces, the commonest first."""
    found: dict[str, Counter[str]] = {}
    for value, count in column.values:
        found.setdefault(" ".join(value.casefold().split()), Counter())[value] += count
    return {key: counts.most_common() for key, counts in found.items()}
