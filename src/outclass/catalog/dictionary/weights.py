"""`get_tfidf_features`: a first look at all texts finds the words, a second one weighs them.

The weight of a word in a text is its count times ln((1 + n) / (1 + d)) + 1, where d of n texts have it; the
weights of a text are divided by the root of the sum of their squares (as in scikit-learn's TfidfTransformer).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.catalog.dictionary.steps import Step

WORD = r"[\p{L}\p{N}]{2,}"
PART_ROWS = 50_000
TEXT, TOKEN, COUNT = "__text", "__token", "__count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words that get a column, and how rare they are."""

    words: tuple[str, ...]
    rarity: NDArray[np.float64]


class WordCounts:
    """Counts in how many texts of a column each word is."""

    def __init__(self, column: str, step: Step) -> None:
        self.column = column
        self.step = step
        self._texts = 0
        self._counts = pl.DataFrame(schema={TOKEN: pl.String, COUNT: pl.Int64})

    def add(self, frame: pl.DataFrame) -> None:
        """Take in some texts."""
        self._texts += len(frame)
        found = tokens(frame[self.column]).unique().group_by(TOKEN).agg(pl.len().cast(pl.Int64).alias(COUNT))
        self._counts = pl.concat([self._counts, found]).group_by(TOKEN).agg(pl.col(COUNT).sum())

    def words(self) -> Words:
        """Return the words that most texts have; of those that as many have, the first by letters."""
        found = self._counts.sort([COUNT, TOKEN], descending=[True, False]).head(self.step.features)
        chosen = found.sort(TOKEN)
        rarity = np.log((1 + self._texts) / (1 + chosen[COUNT].to_numpy().astype(np.float64))) + 1
        return Words(words=tuple(chosen[TOKEN].to_list()), rarity=rarity)


def tokens(texts: pl.Series) -> pl.DataFrame:
    """Return the words of texts, with the place of the text."""
    frame = pl.DataFrame({TEXT: pl.int_range(len(texts), eager=True), TOKEN: texts})
    words = pl.col(TOKEN).str.to_lowercase().str.extract_all(WORD)
    return frame.with_columns(words).explode(TOKEN).drop_nulls(TOKEN)


def weighed(frame: pl.DataFrame, column: str, found: Words) -> Iterator[pl.DataFrame]:
    """Yield the rows with the columns of the words, some ten thousand at a time."""
    places = pl.DataFrame({TOKEN: found.words, "place": range(len(found.words))})
    for part in frame.iter_slices(PART_ROWS):
        counts = tokens(part[column]).join(places, on=TOKEN).group_by(TEXT, "place").len()
        matrix = np.zeros((len(part), len(found.words)))
        matrix[counts[TEXT].to_numpy(), counts["place"].to_numpy()] = counts["len"].to_numpy()
        matrix *= found.rarity
        lengths = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
        np.divide(matrix, lengths, out=matrix, where=lengths > 0)
        columns = [
            pl.Series(f"{column}_tfidf_{word}", np.ascontiguousarray(matrix[:, place]))
            for place, word in enumerate(found.words)
        ]
        yield part.hstack(columns)
