"""Data versions of texts."""

from pathlib import Path

import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.catalog.cleaning import Reason, clean
from outclass.catalog.export import export_version
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.split import Split
from outclass.catalog.versions import Simulation, collect
from outclass.inputs.text import TextTable
from small_challenge import settings_in
from small_texts import CLASSES, text_challenge, texts


@pytest.fixture
def notes(tmp_path: Path) -> LoadedChallenge:
    return load_challenge(text_challenge(tmp_path / "notes"))


def table(found: list[str], labels: list[str]) -> SourceTable:
    ids = tuple(f"n{place}" for place in range(len(found)))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(labels),
        inputs=TextTable(tuple(found)),
        fixed_splits=(None,) * len(found),
    )


def test_texts_come_back_as_they_were(tmp_path: Path, notes: LoadedChallenge) -> None:
    version = collect(notes, settings_in(tmp_path), simulate=Simulation(count=60, seed=3))
    version.verify()
    objects = version.objects()
    assert isinstance(objects.inputs, TextTable)
    assert sorted(objects.inputs) == sorted(texts(60, 3))
    by_id = dict(zip(objects.ids, zip(objects.inputs, objects.labels, strict=True), strict=True))
    assert by_id["sim-000004"] == (texts(60, 3)[4], CLASSES[0])
    assert version.document.shape == ()
    parts = [part for side in Split for part in version.objects(side).ids]
    assert tuple(parts) == objects.ids


def test_the_same_texts_are_the_same_version_and_others_are_not(
    tmp_path: Path, notes: LoadedChallenge
) -> None:
    ids = [
        collect(notes, settings_in(tmp_path / str(place)), simulate=Simulation(count=20, seed=seed)).id
        for place, seed in enumerate((1, 1, 2))
    ]
    assert ids[0] == ids[1] != ids[2]


def test_cleaning_takes_out_what_is_blank_repeated_or_contradicted() -> None:
    cleaned = clean(
        table(
            ["hi", "hi", "\u200b ", "win", "win", "win!"], ["call", "call", "call", "call", "offer", "offer"]
        ),
        CLASSES,
    )
    assert cleaned.report.removed[Reason.EMPTY] == 1
    assert cleaned.report.removed[Reason.DUPLICATE] == 1
    assert cleaned.report.removed[Reason.CONFLICT] == 2
    assert cleaned.table.inputs == TextTable(("hi", "win!"))


def test_texts_are_exported(tmp_path: Path, notes: LoadedChallenge) -> None:
    version = collect(notes, settings_in(tmp_path), simulate=Simulation(count=60, seed=3))
    count = export_version(version, tmp_path / "out.parquet").objects
    frame = pl.read_parquet(tmp_path / "out.parquet")
    assert len(frame) == count > 0
    assert frame.columns == ["object_id", "split", "label", "text"]
    assert set(frame["text"]) <= set(texts(60, 3))


def test_texts_do_not_fit_a_challenge_of_drawings(tmp_path: Path) -> None:
    folder = text_challenge(tmp_path / "notes", input={"kind": "drawing"})
    with pytest.raises(DataError, match="another kind of input"):
        collect(load_challenge(folder), settings_in(tmp_path), sample=True)
