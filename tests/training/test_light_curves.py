"""Labelled light curves from files."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.catalog.loader import load_challenge
from outclass.inputs.series import SeriesTable
from outclass.training.evaluation import without_labels
from outclass.training.labelled import LabelledRows, read_labelled
from small_series import declaration, series_challenge

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def curves(tmp_path: Path) -> Challenge:
    changed = declaration()["dataset"]
    assert isinstance(changed, dict)
    changed["source"] |= {"labels": {"sine": "wave"}, "ignored": ["odd"]}
    return load_challenge(series_challenge(tmp_path / "curves", dataset=changed)).challenge


def write_pair(folder: Path, name: str, labels: list[str | None], *, column: str = "label") -> None:
    """Write objects with two observations each, as CSV."""
    folder.mkdir(exist_ok=True)
    ids = [f"{name}-{number}" for number in range(len(labels))]
    pl.DataFrame({"object_id": ids, column: labels}).write_csv(folder / f"{name}_objects.csv")
    rows = {"object_id": np.repeat(ids, 2), "mjd": [2.0, 1.0] * len(ids), "passband": [1, 2] * len(ids)}
    values = {"flux": [5.0, -1.0] * len(ids), "flux_err": [0.5, 0.5] * len(ids)}
    pl.DataFrame(rows | values).write_csv(folder / f"{name}_light_curves.csv")


def series_of(rows: LabelledRows) -> SeriesTable:
    """Return the series that were read."""
    assert isinstance(rows.rows, SeriesTable)
    return rows.rows


def test_a_folder_is_read_with_its_labels_as_classes(tmp_path: Path, curves: Challenge) -> None:
    write_pair(tmp_path / "data", "some", ["bump", "sine", "odd", "other", None])
    found = read_labelled(tmp_path / "data", curves)
    assert found.labels == ("bump", "wave", "other", None)
    assert np.diff(series_of(found).starts).tolist() == [2, 2, 2, 2]
    assert series_of(found)[0].mjd.tolist() == [1.0, 2.0]
    assert series_of(found)[0].passband.tolist() == [1, 0]


def test_data_without_labels_has_none(tmp_path: Path, curves: Challenge) -> None:
    write_pair(tmp_path / "data", "some", ["bump"], column="color")
    assert read_labelled(tmp_path / "data", curves).labels is None


def test_files_with_the_declared_names_are_taken_among_several(tmp_path: Path, curves: Challenge) -> None:
    write_pair(tmp_path / "data", "some", ["bump"])
    write_pair(tmp_path / "data", "other", ["bump", "flat"])
    with pytest.raises(DataError, match="more than one set"):
        read_labelled(tmp_path / "data", curves)
    for kind in ("objects", "light_curves"):
        (tmp_path / "data" / f"other_{kind}.csv").rename(tmp_path / "data" / f"{kind}.csv")
    assert read_labelled(tmp_path / "data", curves).labels == ("bump", "flat")


def test_files_whose_name_begins_with_the_challenge_are_taken_among_several(
    tmp_path: Path, curves: Challenge
) -> None:
    write_pair(tmp_path / "data", "some", ["bump"])
    write_pair(tmp_path / "data", "curves_more", ["flat"])
    assert read_labelled(tmp_path / "data", curves).labels == ("flat",)


def test_nothing_to_read_is_an_error(tmp_path: Path, curves: Challenge) -> None:
    with pytest.raises(DataError, match="there are no light curves here"):
        read_labelled(tmp_path, curves)
    (tmp_path / "a.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(DataError, match="from a folder"):
        read_labelled(tmp_path / "a.csv", curves)
    write_pair(tmp_path / "data", "some", ["odd"])
    with pytest.raises(DataError, match="a label that counts"):
        read_labelled(tmp_path / "data", curves)


def test_the_files_of_plasticc_are_a_pair(tmp_path: Path) -> None:
    (tmp_path / "training_set_metadata.csv").write_text(
        "object_id,ra,decl,ddf,hostgal_photoz,hostgal_photoz_err,mwebv,target\n7,1,2,1,0.5,0.1,0.02,90\n",
        encoding="utf-8",
    )
    packed = (
        b"object_id,mjd,passband,flux,flux_err,detected_bool\n7,59750.5,0,3.5,1.0,1\n7,59750.4,5,-9,1,0\n"
    )
    (tmp_path / "training_set.csv.gz").write_bytes(gzip.compress(packed))
    found = read_labelled(tmp_path, load_challenge("stars").challenge)
    assert found.labels == ("90",)
    series = series_of(found)[0]
    assert series.flux.tolist() == [-9.0, 3.5]
    assert series.detected.tolist() == [False, True]
    assert series.fact("hostgal_photoz") == 0.5


@pytest.mark.parametrize(
    ("challenge", "objects", "points"),
    [("benchmarks/challenges/ztf", 2241, 77449), ("stars", 10, 3279)],
)
def test_real_light_curves_are_found_among_others(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch, challenge: str, objects: int, points: int
) -> None:
    monkeypatch.chdir(ROOT)
    loaded = load_challenge(challenge)
    found = read_labelled(shared_data / "stars", loaded.challenge)
    assert len(series_of(found)) == objects
    assert len(series_of(found).mjd) == points
    assert set(found.labels or ()) <= set(loaded.challenge.class_names)


def test_the_caller_may_say_what_the_labels_stand_for(tmp_path: Path, curves: Challenge) -> None:
    write_pair(tmp_path / "data", "some", ["bump", "sine"])
    assert read_labelled(tmp_path / "data", curves).labels == ("bump", "wave")
    assert read_labelled(tmp_path / "data", without_labels(curves)).labels == ("bump", "sine")


def test_real_pulsating_stars_lose_their_steady_light(shared_data: Path, tmp_path: Path) -> None:
    for kind in ("objects", "light_curves"):
        name = f"rrlyrae_s82_{kind}.parquet"
        (tmp_path / name).symlink_to(shared_data / "stars" / name)
    found = read_labelled(tmp_path, load_challenge("stars").challenge)
    assert found.labels == ("92",) * 338
    medians = [np.median(one.flux[one.passband == 2]) for one in series_of(found)]
    np.testing.assert_allclose(medians, 0.0, atol=1e-6)
