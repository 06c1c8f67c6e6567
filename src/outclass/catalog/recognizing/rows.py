"""The challenge that a table makes: of its columns, of its texts, or of its pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.columns import Column, Content, columns_of, texts_of
from outclass.catalog.recognizing.found import Choices, Found, Question
from outclass.catalog.recognizing.labels import (
    MOST_CLASSES,
    Classes,
    LabelColumn,
    classes_of,
    find_label,
    may_be,
    no_classes,
    tidy,
)
from outclass.catalog.recognizing.leaks import is_copy
from outclass.catalog.recognizing.pixels import Told, find_pixels, found_pixels
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.roles import HOLLOW, Roles, declared_input, roles_of
from outclass.catalog.recognizing.sections import (
    LEAST_OBJECTS,
    LEAST_OF_CLASS,
    check_classes,
    draft_of,
    question_of,
)
from outclass.catalog.recognizing.tables import TableLook

RESERVED = {"object_id", "group_id", "label", "split"}
FEW_COLUMNS = 2
"""A text with no more columns beside it is what the challenge is about."""


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
        same=lambda one, other: is_copy(texts_of(look.frame, one), texts_of(look.frame, other)),
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
    hollow = sum(1 for share in shares if share >= HOLLOW)
    if len(shares) > 1 and hollow >= len(shares) - 1 and mean > HOLLOW * (len(shares) - 1) / len(shares):
        raise RefusedDataError(
            Refusal.MISSING,
            "nearly all values are missing: too little is left to tell classes by",
            where=str(look.path),
            got=f"{mean:.1%} of the values in {len(shares)} columns",
            accepted="columns of which more than 5 % are filled",
        )


def found_table(look: TableLook, choices: Choices) -> Found:
    """Draft the challenge of a table."""
    reading = read_roles(look, choices)
    pixels = find_pixels(reading.columns, reading.label.column.header)
    kind = kind_of(reading, pixels)
    match kind:
        case InputKind.DRAWING:
            assert pixels is not None
            return found_pixels(
                look, pixels, classes=reading.classes, labels=reading.labels, told=told_of(reading)
            )
        case InputKind.TEXT:
            return found_texts(reading)
        case _:
            return found_columns(reading, len(pixels) if pixels else 0)


def told_of(reading: Reading) -> Told:
    """Return what any kind of challenge of a table tells."""
    return {
        "path": reading.path,
        "title": reading.title,
        "question": reading.question,
        "evidence": reading.evidence,
        "doubts": reading.doubts,
        "questions": reading.look.questions + reading.label.questions,
    }


def kind_of(reading: Reading, pixels: list[str] | None) -> InputKind:
    """Return what one object is: a drawing where there are many pixels, a text where that is all."""
    roles, choices = reading.roles, reading.choices
    if choices.kind is not None:
        return choices.kind
    if choices.text is not None:
        return InputKind.TEXT
    if pixels is not None and len(pixels) > 100:
        return InputKind.DRAWING
    texts = [column for column in roles.texts if column.content is Content.TEXT]
    named = [column for column in texts if names.is_text(column.header)]
    if named or (texts and len(roles.inputs) <= FEW_COLUMNS) or (roles.texts and not roles.inputs):
        return InputKind.TEXT
    return InputKind.TABLE


def found_texts(reading: Reading) -> Found:
    """Draft the challenge of a table whose rows are texts."""
    roles = reading.roles
    column = text_column(reading)
    others = [
        header for header in (*roles.inputs, *(c.header for c in roles.texts)) if header != column.header
    ]
    doubts = [*reading.doubts]
    if others:
        doubts.append(f"only the text is used, not the columns {shown(others)} (to use these: --kind table)")
    asked = {"label": reading.label.column.header, "text": column.header} | ids_of(roles)
    check_texts(reading, column)
    draft = draft_of(
        kind=InputKind.TEXT,
        title=reading.title,
        question=reading.question,
        summary=f"{reading.objects:,} texts of {reading.path.name}: tell which of "
        f"{len(reading.classes.counts)} classes each belongs to.",
        source=reading.path,
        inputs={},
        classes=reading.classes.declared,
        dataset={**reading.look.keys, "columns": asked, **labels_of(reading.classes)},
        objects=reading.objects,
    )
    told = (
        f"text: column `{column.header}`, {column.words:.0f} words on average, {column.different:,} different"
    )
    return Found(
        kind=InputKind.TEXT,
        path=reading.path,
        title=reading.title,
        objects=reading.objects,
        classes=reading.classes.counts,
        evidence=(*reading.evidence, told),
        doubts=tuple(doubts),
        questions=reading.look.questions + reading.label.questions,
        draft=draft,
        notes=notes_of(reading) | {"dataset.columns": "Which columns make an object."},
    )


def check_texts(reading: Reading, column: Column) -> None:
    """Refuse texts that are all the same but for their numbers."""
    words = texts_of(reading.look.frame, column.header).str.replace_all(r"[\d\W]+", " ").str.to_lowercase()
    different = words.drop_nulls().n_unique()
    if different < LEAST_OBJECTS:
        raise RefusedDataError(
            Refusal.TOO_FEW,
            "there are too few different texts to learn from: but for numbers and marks they repeat",
            where=f"{reading.path}, column {column.header}",
            got=f"{different} different texts in {column.filled:,} rows",
            accepted=f"at least {LEAST_OBJECTS}",
        )


def text_column(reading: Reading) -> Column:
    """Return the column of the text: the one named so, else the longest."""
    given = reading.choices.text
    if given is not None:
        if given not in reading.columns:
            raise RefusedDataError(
                Refusal.NO_INPUTS,
                "there is no such column",
                where=str(reading.path),
                got=given,
                accepted=", ".join(reading.columns),
            )
        return reading.columns[given]
    texts = reading.roles.texts
    if not texts:
        raise no_inputs(reading)
    return max(texts, key=lambda column: (names.is_text(column.header), column.words, column.different))


def found_columns(reading: Reading, pixels: int) -> Found:
    """Draft the challenge of a table whose rows are records."""
    roles = reading.roles
    if not roles.inputs:
        raise no_inputs(reading)
    own = own_names(roles)
    columns = [declared_input(column, own[header]) for header, column in roles.inputs.items()]
    numbers = sum(1 for column in columns if column["kind"] == "number")
    asked: dict[str, object] = {"label": reading.label.column.header} | ids_of(roles)
    if renamed := {name: header for header, name in own.items() if name != header}:
        asked["inputs"] = renamed
    dataset = {**reading.look.keys, "columns": asked, **labels_of(reading.classes)}
    draft = draft_of(
        kind=InputKind.TABLE,
        title=reading.title,
        question=reading.question,
        summary=f"{reading.objects:,} records of {reading.path.name}: tell which of "
        f"{len(reading.classes.counts)} classes each belongs to by {len(columns)} columns.",
        source=reading.path,
        inputs={"columns": columns},
        classes=reading.classes.declared,
        dataset=dataset,
        objects=reading.objects,
    )
    return Found(
        kind=InputKind.TABLE,
        path=reading.path,
        title=reading.title,
        objects=reading.objects,
        classes=reading.classes.counts,
        evidence=(
            *reading.evidence,
            f"inputs: {numbers} columns of numbers and {len(columns) - numbers} of categories",
            *left_out(roles),
        ),
        doubts=(*reading.doubts, *column_doubts(reading, pixels)),
        questions=(*reading.look.questions, *reading.label.questions, *kind_question(reading, pixels)),
        draft=draft,
        notes=notes_of(reading)
        | {
            "input.columns": "What one record is asked for. `low` and `high` are what was seen; a category "
            "has the `values` that were seen.",
            "dataset.columns": "Which columns of the file make an object; `inputs` are those whose name "
            "differs here.",
        },
    )


def own_names(roles: Roles) -> dict[str, str]:
    """Return the name of each input by its header: the header itself where a program can use it."""
    found = names.identifiers(tuple(roles.inputs))
    return {header: f"{name}_1" if name in RESERVED else name for header, name in found.items()}


def ids_of(roles: Roles) -> dict[str, object]:
    """Return the columns of ids and groups."""
    named = {"id": roles.id, "group": roles.group}
    return {key: column.header for key, column in named.items() if column is not None}


def labels_of(classes: Classes) -> dict[str, object]:
    """Return what becomes of labels that are no class as they are written."""
    found: dict[str, object] = {"labels": classes.labels} if classes.labels else {}
    return found | ({"ignored": list(classes.ignored)} if classes.ignored else {})


def left_out(roles: Roles) -> list[str]:
    """Say which columns are no inputs, and why."""
    found = [f"column `{header}` is left out: {why}" for header, why in list(roles.left_out.items())[:20]]
    if roles.group is not None:
        found.append(f"column `{roles.group.header}` names groups: rows of one stay on one side of the split")
    return found


def column_doubts(reading: Reading, pixels: int) -> list[str]:
    """Say what may be wrong with columns."""
    found = [
        f"column `{column.header}`: {column.not_numbers:,} values are no numbers and count as missing"
        for column in reading.roles.inputs.values()
        if column.not_numbers
    ]
    if texts := [column.header for column in reading.roles.texts]:
        found.append(f"columns of words that are no categories are left out: {shown(texts)}")
    hollow = [c.header for c in reading.roles.inputs.values() if c.missing_share > 0.5]
    if hollow:
        found.append(f"more than half of the values are missing in {shown(hollow)}")
    if pixels:
        found.append(f"{pixels} columns may be the pixels of drawings (to play with those: --kind drawing)")
    return found


def kind_question(reading: Reading, pixels: int) -> tuple[Question, ...]:
    """Return the question what one object is, where it could be two things."""
    if pixels:
        return (Question(option="kind", text="What is one row?", answers=("table", "drawing")),)
    if any(column.content is Content.TEXT for column in reading.roles.texts):
        return (Question(option="kind", text="What is one row?", answers=("table", "text")),)
    return ()


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
