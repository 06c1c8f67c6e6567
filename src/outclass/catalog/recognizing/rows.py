"""The challenge that a table makes: of its columns, of its texts, or of its pixels."""

from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.columns import Content
from outclass.catalog.recognizing.found import Choices, Found, Question
from outclass.catalog.recognizing.pixels import Told, find_pixels, found_pixels
from outclass.catalog.recognizing.reading import (
    Reading,
    ids_of,
    labels_of,
    no_inputs,
    notes_of,
    read_roles,
    shown,
)
from outclass.catalog.recognizing.roles import Roles, declared_input
from outclass.catalog.recognizing.sections import draft_of
from outclass.catalog.recognizing.tables import TableLook
from outclass.catalog.recognizing.texts import found_texts

RESERVED = {"object_id", "group_id", "label", "split"}
FEW_COLUMNS = 2
"""A text with no more columns beside it is what the challenge is about."""


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
