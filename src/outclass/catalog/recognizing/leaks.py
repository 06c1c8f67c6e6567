"""Columns that say the label in other words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from outclass.catalog.recognizing.columns import Column, Content, is_identity, texts_of

LEAST_ROWS = 20
"""Of fewer rows a column may fit the label by chance."""
SUPPORT = 4.0
"""A column with more values than one for so many rows is no evidence."""
SOME_ROWS = 5000
NEARLY = 0.999
"""The share of rows from which on a column is the label but for slips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A column that tells the label.

    Attributes
    ----------
    purity
        The share of rows whose label the column tells: the commonest label of each value.
    copy
        Whether each label has a value of its own, too.
    """

    header: str
    purity: float
    copy: bool

    def __str__(self) -> str:
        """Say what was found."""
        if self.copy and self.purity == 1.0:
            return (
                f"column `{self.header}` says the label in other words: each of its values goes with one "
                "label"
            )
        share = "every row" if self.purity == 1.0 else f"{self.purity:.2%} of the rows"
        return f"column `{self.header}` alone tells the label of {share}"


def leak_of(values: pl.Series, labels: pl.Series, column: Column) -> Leak | None:
    """Return how far a column of a few values tells the label, where it tells nearly all.

    Parameters
    ----------
    values, labels
        Of the same rows.
    """
    known = pl.DataFrame({"value": values, "label": labels}).drop_nulls()
    different = known["value"].n_unique()
    if len(known) < LEAST_ROWS or different < 2 or len(known) < SUPPORT * different:
        return None
    if len(known) < 0.5 * labels.drop_nulls().len():
        return None
    pairs = known.group_by("value", "label").len()
    told = int(pairs.group_by("value").agg(pl.col("len").max())["len"].sum())
    purity = told / len(known)
    if purity < NEARLY:
        return None
    counts = labels.drop_nulls().value_counts(sort=True)
    if counts["count"][0] >= NEARLY * len(known):
        return None
    copy = len(pairs) == different == known["label"].n_unique()
    return Leak(header=column.header, purity=purity, copy=copy)


def find_leaks(
    frame: Mapping[str, pl.Series], labels: pl.Series, columns: Mapping[str, Column]
) -> list[Leak]:
    """Return the columns that tell the label, those that are copies of it first."""
    found = []
    for header, column in columns.items():
        if column.content not in {Content.NUMBER, Content.CATEGORY, Content.NAMES} or is_identity(column):
            continue
        leak = leak_of(frame[header], labels, column)
        if leak is not None:
            found.append(leak)
    return sorted(found, key=lambda leak: (not leak.copy, -leak.purity))


def is_copy(one: pl.Series, other: pl.Series) -> bool:
    """Tell whether two columns say the same in other words: each value of one goes with one of the other."""
    known = pl.DataFrame({"one": one, "other": other}).drop_nulls()
    pairs = known.unique()
    return len(known) > 0 and len(pairs) == known["one"].n_unique() == known["other"].n_unique()


def dependence(frame: pl.DataFrame, header: str, others: Sequence[str]) -> float:
    """Return how much of a column's uncertainty the best of some others takes away, from 0 to 1.

    It is Theil's uncertainty coefficient, corrected for what chance would take away.
    """
    head = frame.head(SOME_ROWS)
    return max(
        (explained(texts_of(head, header), texts_of(head, other)) for other in others if other != header),
        default=0.0,
    )


def explained(label: pl.Series, other: pl.Series) -> float:
    """Return the share of the entropy of a label that another column takes away."""
    known = pl.DataFrame({"label": label, "other": other}).drop_nulls()
    kinds, values = known["label"].n_unique(), known["other"].n_unique()
    if len(known) < SUPPORT * values or kinds < 2:
        return 0.0
    entropy = entropy_of(known["label"])
    joint = entropy_of(known.select(pl.concat_str(["label", "other"], separator="\0"))["label"])
    by_chance = (kinds - 1) * (values - 1) / (2 * len(known))
    return max(0.0, (entropy + entropy_of(known["other"]) - joint - by_chance) / entropy)


def entropy_of(values: pl.Series) -> float:
    """Return the entropy of the values of a column, in nats."""
    shares = values.value_counts()["count"] / len(values)
    return float(-(shares * shares.log()).sum())


def cut_of(numbers: pl.Series, labels: pl.Series) -> bool:
    """Tell whether the labels are ranges of a column of numbers: sorted by it, each label is in one piece."""
    known = pl.DataFrame({"number": numbers, "label": labels}).drop_nulls().sort("number")
    kinds = known["label"].n_unique()
    if len(known) < 5 * LEAST_ROWS or kinds < 2 or known["number"].n_unique() < 2 * kinds:
        return False
    pieces = int((known["label"] != known["label"].shift(1)).fill_null(value=True).sum())
    return pieces == kinds


def sorted_by(labels: pl.Series) -> bool:
    """Tell whether the rows are sorted by their label, so that their place tells it."""
    known = labels.drop_nulls()
    if len(known) < LEAST_ROWS:
        return False
    pieces = int((known != known.shift(1)).fill_null(value=True).sum())
    return pieces == known.n_unique()
