"""Which word counts where several speak: people first, then the data set's own label, then the rules."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from outclass.base.errors import DataError
from outclass.catalog.weak_labels.engine import WeakLabels
from outclass.catalog.weak_labels.report import UNION
from outclass.inputs.text_key import text_sha256

SHA256 = re.compile(r"[0-9a-f]{64}")


class Origin(StrEnum):
    """Who gave a label; an earlier one outranks a later one."""

    FEEDBACK = "feedback"
    CHECKED = "checked"
    COLUMN = "column"
    RULE = "rule"
    FIRST_NAMED = "first-named"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The label of each text, and who gave it; None where nobody did."""

    labels: tuple[str | None, ...]
    origins: tuple[Origin, ...]


def settle_labels(
    texts: Sequence[str | None],
    column: Sequence[str | None],
    *,
    feedback: Mapping[str, str] | None = None,
    checked: Mapping[str, str] | None = None,
    weak: WeakLabels | None = None,
) -> Settled:
    """Return one label for each text.

    Feedback and hand-checked labels go by the text; then comes the label of the data set. Where that names
    several classes, such as `personal+notification`, the rules choose among these, and where no such rule
    fires, it is the first one named. Where there is none at all, any rule may give it.

    Parameters
    ----------
    texts, column
        The texts, and what the data set says of each.
    feedback, checked
        Class by `text_sha256` of a text.

    Examples
    --------
    >>> weak = WeakLabels.of([{"name": "code", "class": "notification", "pattern": "code"}])
    >>> said = ["personal+notification", "personal+notification", None]
    >>> settle_labels(["my code", "hello", "code"], said, weak=weak).labels
    ('notification', 'personal', 'notification')
    """
    said = _said(texts, {Origin.FEEDBACK: feedback or {}, Origin.CHECKED: checked or {}})
    open_places = [
        place
        for place, found in enumerate(said)
        if found is None and ((label := column[place]) is None or UNION in label)
    ]
    ruled = _ruled([texts[place] for place in open_places], [column[place] for place in open_places], weak)
    by_rule = dict(zip(open_places, ruled, strict=True))
    settled = [
        found or (_from_column(column[place]) if place not in by_rule else by_rule[place])
        for place, found in enumerate(said)
    ]
    return Settled(
        labels=tuple(label for label, _ in settled), origins=tuple(origin for _, origin in settled)
    )


def read_checked(path: Path, classes: Sequence[str] = ()) -> dict[str, str]:
    """Read hand-checked labels: a CSV file with the columns `sha256` and `label`.

    Raises
    ------
    DataError
        A line is broken, a class is unknown, or a text has two labels; the error names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError("the hand-checked labels cannot be read", where=str(path), got=str(error)) from error
    if not rows or rows[0] != ["sha256", "label"]:
        got = ",".join(rows[0]) if rows else "nothing"
        raise DataError("the first line is no header", where=str(path), got=got, accepted="sha256,label")
    found: dict[str, str] = {}
    for line, row in enumerate(rows[1:], start=2):
        _check_row(row, found, classes, f"{path}, line {line}")
        found[row[0]] = row[1]
    return found


def _check_row(row: list[str], found: Mapping[str, str], classes: Sequence[str], where: str) -> None:
    """Refuse a line that says nothing, or contradicts another one."""
    if len(row) != 2 or SHA256.fullmatch(row[0]) is None:
        accepted = "64 hexadecimal digits in lower case, a comma, a class"
        raise DataError("this line is no label", where=where, got=",".join(row), accepted=accepted)
    if classes and row[1] not in classes:
        raise DataError("there is no such class", where=where, got=row[1], accepted=", ".join(classes))
    if found.get(row[0], row[1]) != row[1]:
        raise DataError("this text has two labels", where=where, got=f"{found[row[0]]} and {row[1]}")


def _said(
    texts: Sequence[str | None], sources: Mapping[Origin, Mapping[str, str]]
) -> list[tuple[str | None, Origin] | None]:
    """Return what people say of each text, by the first source that knows it."""
    if not any(sources.values()):
        return [None] * len(texts)
    found: list[tuple[str | None, Origin] | None] = []
    for text in texts:
        key = "" if text is None else text_sha256(text)
        known = ((labels[key], origin) for origin, labels in sources.items() if key in labels)
        found.append(next(known, None))
    return found


def _ruled(
    texts: Sequence[str | None], column: Sequence[str | None], weak: WeakLabels | None
) -> list[tuple[str | None, Origin]]:
    """Let the rules decide on texts whose label is open."""
    allowed = [None if label is None else tuple(label.split(UNION)) for label in column]
    labels = weak.apply(texts).labels_among(allowed) if weak is not None else (None,) * len(texts)
    return [
        (label, Origin.RULE)
        if label is not None
        else (None, Origin.NONE)
        if classes is None
        else (classes[0], Origin.FIRST_NAMED)
        for label, classes in zip(labels, allowed, strict=True)
    ]


def _from_column(label: str | None) -> tuple[str | None, Origin]:
    """Return the data set's own label."""
    return label, Origin.COLUMN
