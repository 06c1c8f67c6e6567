"""What was found under a path, and what its owner may decide otherwise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outclass.catalog.challenge import InputKind

Prepare = Callable[[Path], None]
"""Writes files that the challenge reads into the folder of its `challenge.yaml`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the owner of the data says of it; None and nothing leave it to what is found.

    Attributes
    ----------
    label
        The column of the label.
    kind
        What one object is, where a path could be read as several.
    text
        The column of the text, which makes the challenge one of texts.
    ignore, keep
        Columns that are left out, and columns that are used although they seem to tell the label.
    table
        The table of a database that has several.
    names
        Regular expression for the names of photos, with a group `label`.
    """

    label: str | None = None
    kind: InputKind | None = None
    text: str | None = None
    ignore: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    table: str | None = None
    names: str | None = None
    question: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What only the owner knows for sure: which of some answers, the likeliest first.

    Attributes
    ----------
    option
        The name of the choice, and of the option of the command line: `label`, `kind`, `table`.
    sure
        Whether the first answer is likely enough to be taken where nobody can be asked.
    """

    option: str
    text: str
    answers: tuple[str, ...]
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a path holds, why that is believed, and the challenge it makes.

    Attributes
    ----------
    evidence, doubts
        One sentence each, for people.
    questions
        What may be asked at a terminal; all are answered by the best guess here.
    draft
        The values of a `challenge.yaml` but for `name` and what is derived from it.
    notes
        What is written as a comment at a key of the draft, by its path with dots: `dataset.columns.label`.
    files
        The files or folder that the draft names, as absolute paths.
    prepare
        What brings the data into a form that is read, where it has another one.
    """

    kind: InputKind
    path: Path
    title: str
    objects: int
    classes: Mapping[str, int]
    evidence: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    draft: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    prepare: Prepare | None = None
