"""Data-set versions whose objects are light curves."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outclass.base.errors import DataError, InputError
from outclass.base.settings import Settings
from outclass.catalog import content
from outclass.catalog.export import export_version
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import DatasetVersion, Simulation, collect, current_version
from outclass.inputs.series import SeriesTable
from small_challenge import settings_in
from small_series import CLASSES, curves, series_challenge


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedChallenge:
    return load_challenge(series_challenge(tmp_path / "curves"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


@pytest.fixture
def version(loaded: LoadedChallenge, settings: Settings) -> DatasetVersion:
    return collect(loaded, settings, simulate=Simulation(count=90, seed=3))


def series_of(version: DatasetVersion, split: str | None = None) -> SeriesTable:
    """Return the series of a split."""
    inputs = version.objects(split).inputs
    assert isinstance(inputs, SeriesTable)
    return inputs


def test_series_come_back_as_they_were(version: DatasetVersion) -> None:
    made, objects = curves(90, 3), version.objects()
    series = series_of(version)
    assert len(objects) == len(series) == 90
    for place, name in enumerate(objects.ids):
        number = int(name.removeprefix("sim-"))
        for field in ("mjd", "passband", "flux", "flux_err", "detected", "facts"):
            np.testing.assert_array_equal(getattr(series[place], field), getattr(made[number], field))
        assert objects.labels[place] == CLASSES[number % 3]


def test_each_split_is_read_by_itself(version: DatasetVersion) -> None:
    whole, start = series_of(version), 0
    for side in ("train", "validation", "holdout", "game"):
        part = series_of(version, side)
        expected = whole.take(range(start, start + len(part)))
        np.testing.assert_array_equal(part.flux, expected.flux)
        np.testing.assert_array_equal(part.starts, expected.starts)
        np.testing.assert_array_equal(part.facts, expected.facts)
        start += len(part)
    assert start == 90
    assert len(series_of(version, "train")) > 30


def test_blocks_give_the_same_objects(version: DatasetVersion) -> None:
    blocks = list(version.blocks("train", 7))
    assert [name for block in blocks for name in block.ids] == list(version.objects("train").ids)
    flux = np.concatenate([block.inputs.flux for block in blocks if isinstance(block.inputs, SeriesTable)])
    np.testing.assert_array_equal(flux, series_of(version, "train").flux)


def test_the_document_counts_observations_and_marks_what_is_simulated(version: DatasetVersion) -> None:
    document = version.document
    assert document.sample
    assert document.kind == "series"
    assert document.observations == len(curves(90, 3).mjd)
    assert document.lineage["count"] == "90"
    assert document.lineage["seed"] == "3"
    assert set(document.tables) == {"objects", "labels", "split", "observations"}
    assert "observations" in repr(version.objects())


def test_the_same_objects_give_the_same_version(
    loaded: LoadedChallenge, tmp_path: Path, version: DatasetVersion
) -> None:
    again = collect(loaded, settings_in(tmp_path / "other"), simulate=Simulation(count=90, seed=3))
    other = collect(loaded, settings_in(tmp_path / "other"), simulate=Simulation(count=90, seed=4))
    assert again.id == version.id != other.id


def test_the_size_of_blocks_changes_neither_hash_nor_content(
    loaded: LoadedChallenge, tmp_path: Path, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "BLOCK_OBSERVATIONS", 50)
    again = collect(loaded, settings_in(tmp_path / "other"), simulate=Simulation(count=90, seed=3))
    assert again.id == version.id
    np.testing.assert_array_equal(series_of(again).mjd, series_of(version).mjd)
    assert sorted(path.name for path in again.folder.iterdir()) == sorted(
        path.name for path in version.folder.iterdir()
    )


def test_the_observations_carry_their_object(version: DatasetVersion) -> None:
    rows = pl.read_parquet(version.folder / "observations.parquet")
    sizes = rows.group_by("object_id", maintain_order=True).len()
    assert sizes["object_id"].to_list() == list(version.objects().ids)
    assert sizes["len"].to_list() == np.diff(series_of(version).starts).tolist()


def test_a_changed_file_of_observations_is_found(version: DatasetVersion) -> None:
    version.verify()
    path = version.folder / "observations.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match=r"observations\.parquet"):
        version.verify()


def test_a_sample_is_for_the_game_only(loaded: LoadedChallenge, settings: Settings) -> None:
    version = collect(loaded, settings, sample=True)
    assert len(version.objects("game")) == len(version.objects()) == 12
    assert current_version("curves", settings) is not None


def test_nothing_to_simulate_is_an_error(loaded: LoadedChallenge, settings: Settings) -> None:
    with pytest.raises(InputError, match="at least 1"):
        collect(loaded, settings, simulate=Simulation(count=0))


def test_pictures_are_refused_where_series_are_declared(tmp_path: Path, settings: Settings) -> None:
    folder = series_challenge(tmp_path / "curves", input={"kind": "drawing"})
    with pytest.raises(DataError, match="another kind of input"):
        collect(load_challenge(folder), settings, sample=True)


def test_one_content_has_one_hash() -> None:
    zeros = np.array([0.0, -0.0, np.nan])
    assert content.canonical(zeros).tobytes() == content.canonical(np.array([-0.0, 0.0, -np.nan])).tobytes()


def test_series_are_exported_with_their_observations(version: DatasetVersion, tmp_path: Path) -> None:
    count = export_version(version, tmp_path / "curves.parquet").objects
    rows, train = pl.read_parquet(tmp_path / "curves.parquet"), version.objects("train")
    assert len(rows) == count == len(train) + len(version.objects("validation"))
    assert rows["flux"][0].to_list() == series_of(version, "train")[0].flux.tolist()
    assert rows["object_id"][0] == train.ids[0]
    assert set(rows["split"]) == {"train", "validation"}
