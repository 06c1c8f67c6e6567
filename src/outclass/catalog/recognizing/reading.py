"""A table and what its columns are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.columns import Column, Content, columns_of, texts_of
from outclass.catalog.recognizing.found import Choices
from outclass.catalog.recognizing.labels import (
    MOST_CLASSES,
    Classes,
    Closeness,
    LabelColumn,
    classes_of,
    find_label,
    may_be,
    no_classes,
    tidy,
)
from outclass.catalog.recognizing.leaks import dependence, is_copy
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.roles import HOLLOW, Roles, roles_of
from outclass.catalog.recognizing.sections import (
    LEAST_OBJECTS,
    LEAST_OF_CLASS,
    check_classes,
    question_of,
)
from outclass.catalog.recognizing.tables import TableLook


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A table and what its columns are."""

    look: TableLook
    columns: Mapping[str, Column]
    label: LabelColumn
    classes: Classes
    labels: pl.Series
    roles: Roles
    choices: Choices

    @property
    def path(self) -> Path:
        """Return where the table lies."""
        return self.look.path

    @property
    def title(self) -> str:
        """Return what people read."""
        return self.choices.title or names.title_of(self.path.name.partition(".")[0])

    @property
    def question(self) -> str:
        """Return what a player is asked."""
        return self.choices.question or question_of(self.label.column.header)

    @property
    def objects(self) -> int:
        """Return how many rows are used."""
        return sum(self.classes.counts.values())

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return why it is read in this way."""
        counts = ", ".join(f"{name} {count:,}" for name, count in list(self.classes.counts.items())[:12])
        more = len(self.classes.counts) - 12
        return (
            *self.look.evidence,
            *self.label.evidence,
            f"{len(self.classes.counts)} classes: {counts}" + (f" and {more} more" if more > 0 else ""),
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return what its owner should look at."""
        found = [*self.look.doubts, *self.label.doubts]
        if self.classes.ignored:
            rare = ", ".join(f"{name} ({count})" for name, count in list(self.classes.ignored.items())[:8])
            found.append(f"left out, as fewer than {LEAST_OF_CLASS} rows have them: {rare}")
        if self.classes.labels:
            same = ", ".join(f"`{one}`" for one in list(self.classes.labels)[:6])
            found.append(f"spellings of one label are put together: {same}")
        unlabeled = self.label.column.missing
        if unlabeled:
            found.append(f"{unlabeled:,} rows have no label and are not used")
        if not self.look.whole:
            found.append(f"the first {len(self.look.frame):,} rows were looked at; all are used")
        return (*found, *self.roles.doubts)


def read_roles(look: TableLook, choices: Choices) -> Reading:
    """Find out what the columns of a table are.

    Raises
    ------
    RefusedDataError
        No challenge can be made of it.
    UnsureError
        Only its owner can tell.
    """
    if len(look.frame) < LEAST_OBJECTS:
        raise RefusedDataError(
            Refusal.TOO_FEW,
            "there are too few rows to learn from and to measure on",
            where=str(look.path),
            got=f"{len(look.frame)} rows",
            accepted=f"at least {LEAST_OBJECTS}, and {LEAST_OF_CLASS} of each class",
        )
    columns = columns_of(look.frame, look.keys)
    check_filled(columns, look, choices)
    label = find_label(
        columns,
        choices,
        look.path,
        named=look.keys.get("header") is not False,
        close=Closeness(
            same=lambda one, other: is_copy(texts_of(look.frame, one), texts_of(look.frame, other)),
            dependence=lambda header: dependence(look.frame, header, list(columns)),
        ),
    )
    where = f"{look.path}, column {label.column.header}"
    column = label.column
    if not may_be(column) and (
        column.different > MOST_CLASSES or column.content in NO_CLASSES or column.filled < 20
    ):
        few = 0 < column.filled < 20 and column.content not in {Content.EMPTY, Content.CONSTANT}
        if not few:
            raise no_classes(column, look.path)
    text = texts_of(look.frame, column.header)
    counts = text.drop_nulls().value_counts(sort=True)
    classes = classes_of(dict(counts.rows()), LEAST_OF_CLASS)
    check_classes(classes.counts, classes.ignored, where)
    labels = text.replace_strict(classes_by_text(counts[column.header].to_list(), classes), default=None)
    roles = roles_of(columns, column, look, labels, choices)
    return Reading(
        look=look, columns=columns, label=label, classes=classes, labels=labels, roles=roles, choices=choices
    )


NO_CLASSES = {Content.EMPTY, Content.CONSTANT, Content.DATE, Content.TEXT, Content.UNIQUE, Content.NUMBER}
"""What a label may not be; of numbers those with many values."""


def classes_by_text(texts: list[str], classes: Classes) -> dict[str, str]:
    """Return the class of each text of the label that has one."""
    by_plain = {tidy(name): name for name in classes.counts}
    return {text: by_plain[tidy(text)] for text in texts if tidy(text) in by_plain}


def check_filled(columns: Mapping[str, Column], look: TableLook, choices: Choices) -> None:
    """Refuse a table of which nearly all is missing."""
    shares = [column.missing_share for header, column in columns.items() if header not in choices.ignore]
    mean = sum(shares) / max(len(shares), 1)
    # The label itself may be whole: all but one column then are hollow.
    hollows = [share for share in shares if share >= HOLLOW]
    hollow = len(hollows)
    if len(shares) > 1 and hollow >= len(shares) - 1 and mean > HOLLOW * (len(shares) - 1) / len(shares):
        raise RefusedDataError(
            Refusal.MISSING,
            "nearly all values are missing: too little is left to tell classes by",
            where=str(look.path),
            got=f"{sum(hollows) / hollow:.1%} of the values in {hollow} of {len(shares)} columns",
            accepted="columns of which more than 5 % are filled",
        )


def ids_of(roles: Roles) -> dict[str, object]:
    """Return the columns of ids and groups."""
    named = {"id": roles.id, "group": roles.group}
    return {key: column.header for key, column in named.items() if column is not None}


def labels_of(classes: Classes) -> dict[str, object]:
    """Return what becomes of labels that are no class as they are written."""
    found: dict[str, object] = {"labels": classes.labels} if classes.labels else {}
    return found | ({"ignored": list(classes.ignored)} if classes.ignored else {})


def notes_of(reading: Reading) -> dict[str, str]:
    """Return why the table is read as it is, by key."""
    found = {f"dataset.{key}": why for key, why in reading.look.notes.items()}
    found["dataset.labels"] = "The class of each spelling of a label."
    found["dataset.ignored"] = "Labels that too few rows have to be learned."
    return found


def no_inputs(reading: Reading) -> RefusedDataError:
    """Return the refusal where no column is left."""
    reasons = "; ".join(f"{header}: {why}" for header, why in list(reading.roles.left_out.items())[:10])
    hollow = [why for why in reading.roles.left_out.values() if "missing" in why or "empty" in why]
    mostly = len(hollow) > len(reading.roles.left_out) / 2
    return RefusedDataError(
        Refusal.MISSING if mostly else Refusal.NO_INPUTS,
        "nearly all values are missing" if mostly else "no column is left to tell the classes by",
        where=str(reading.path),
        got=reasons or "no other column",
    )


def shown(headers: list[str]) -> str:
    """Return the first of some names."""
    more = len(headers) - 6
    return ", ".join(f"`{header}`" for header in headers[:6]) + (f" and {more} more" if more > 0 else "")
