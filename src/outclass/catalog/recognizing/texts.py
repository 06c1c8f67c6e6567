"""The challenge that a table of texts makes."""

from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.columns import Column, texts_of
from outclass.catalog.recognizing.found import Found
from outclass.catalog.recognizing.reading import Reading, ids_of, labels_of, no_inputs, notes_of, shown
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.sections import LEAST_OBJECTS, draft_of


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
