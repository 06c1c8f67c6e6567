"""Tables of photos: a column with the bytes of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.challenge import InputKind
from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.columns import columns_of, stripped, texts_of
from outclass.catalog.recognizing.found import Choices, Found
from outclass.catalog.recognizing.labels import find_label, titles_of
from outclass.catalog.recognizing.photos import classes_of_photos
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.sections import LEAST_OF_CLASS, check_classes, draft_of
from outclass.catalog.recognizing.tables import TableLook, look_at_table
from outclass.catalog.sources.photo_folders import photos_in

MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")
NAMED = 0.8
"""The share of a column that must be photos of the folder."""
MOST_TABLES = 4
CREDITS = {
    "author": ("author", "photographer", "credit", "owner"),
    "licence": ("licence", "license"),
    "licence_url": ("licence_url", "license_url"),
    "link": ("source_url", "link", "page", "observation_url"),
}
"""What the columns of credits are called."""


def find_image(frame: pl.DataFrame) -> str | None:
    """Return the column that holds the bytes of photos, None where there is none."""
    for name, kind in frame.schema.items():
        if kind == pl.Binary:
            first = frame[name].drop_nulls().head(1).to_list()
            if first and bytes(first[0]).startswith(MAGIC):
                return name
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPhotos:
    """A table one of whose columns names the photos beside it."""

    look: TableLook
    column: str


def find_named(folder: Path, tables: Sequence[Path], choices: Choices) -> NamedPhotos | None:
    """Return the table that names the photos of a folder, None where none does.

    Raises
    ------
    RefusedDataError
        One names them, but not by their paths.
    """
    photos = [file.relative_to(folder).as_posix() for file in photos_in(folder)]
    stems = {PurePosixPath(place).stem for place in photos}
    for table in tables[:MOST_TABLES]:
        try:
            look = look_at_table(table, choices)
        except DataError:  # such as Thumbs.db of a file manager: the photos are there all the same
            continue
        for series in look.frame:
            if series.dtype != pl.String:
                continue
            values = stripped(series).drop_nulls()
            if not len(values):
                continue
            if float(values.is_in(photos).mean() or 0) >= NAMED:  # type: ignore[arg-type]
                return NamedPhotos(look=look, column=series.name)
            ends = pl.Series([PurePosixPath(value).stem for value in values.to_list()])
            if float(ends.is_in(list(stems)).mean() or 0) >= NAMED:  # type: ignore[arg-type]
                raise RefusedDataError(
                    Refusal.NO_LABEL,
                    "a table names the photos, but not by their paths",
                    where=f"{table}, column {series.name}",
                    got=str(values[0]),
                    accepted=f"such as {photos[0]}",
                    hint="write the path of each photo, as seen from the table's folder, into the column",
                )
    return None


def found_photo_table(
    look: TableLook, image: str | None, choices: Choices, path_column: str | None = None
) -> Found:
    """Draft the challenge of a table of photos, which has their bytes or their paths."""
    held = image or path_column
    assert held is not None
    frame = look.frame.drop(held)
    columns = columns_of(frame, look.keys)
    label = find_label(columns, choices, look.path, named=True)
    counts, ignored = classes_of_photos(texts_of(frame, label.column.header).to_list())
    check_classes(counts, ignored, f"{look.path}, column {label.column.header}")
    key_of = "image" if image else "path"
    asked: dict[str, object] = {key_of: held, "label": label.column.header}
    asked |= credits_of(frame.columns)
    groups = [c for c in columns.values() if names.is_group(c.header) and c.different >= LEAST_OF_CLASS]
    asked |= {"group": groups[0].header} if groups else {}
    title = choices.title or names.title_of(look.path.name.partition(".")[0])
    titles = titles_of(list(counts))
    objects = sum(counts.values())
    left = {"ignored": list(ignored)} if ignored else {}
    shown = ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:12])
    rare = f"left out, as fewer than {LEAST_OF_CLASS} photos have them: {', '.join(ignored)}"
    return Found(
        kind=InputKind.PHOTO,
        path=look.path,
        title=title,
        objects=objects,
        classes=counts,
        evidence=(
            *look.evidence,
            f"photos: the {'bytes' if image else 'paths'} in column `{held}`",
            *label.evidence,
            f"{len(counts)} classes: {shown}",
        ),
        doubts=(*label.doubts, *((rare,) if ignored else ())),
        questions=label.questions,
        draft=draft_of(
            kind=InputKind.PHOTO,
            title=title,
            question=choices.question or "What is on this photo?",
            summary=f"{objects:,} photos: tell which of {len(counts)} classes is on each.",
            source=look.path,
            inputs={},
            classes=[{"name": name, "title": titles[name]} for name in counts],
            dataset={**look.keys, "columns": asked, **left},
            objects=objects,
        ),
        notes={"dataset.columns": "Which columns make a photo; credits stand wherever it is shown."},
    )


def credits_of(headers: Sequence[str]) -> dict[str, object]:
    """Return the columns that say whose a photo is, and on what terms."""
    plain = {names.plain(header): header for header in reversed(headers)}
    found = {key: [plain[word] for word in words if word in plain] for key, words in CREDITS.items()}
    return {key: headers[0] for key, headers in found.items() if headers}
