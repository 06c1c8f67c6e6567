"""Photos that leave: only those that may, each with its credit."""

import csv
from pathlib import Path

import polars as pl
import pytest

from outclass.base.errors import DataError, InputError
from outclass.catalog.export import export_version
from outclass.catalog.loader import load_challenge
from outclass.catalog.split import Split
from outclass.catalog.versions import collect
from small_challenge import settings_in, write_challenge
from small_photos import declaration, licensed_version, photo

FREE = {"cc-by", "CC BY-SA 4.0", "CC-BY-ND-4.0", "CC0"}


def test_only_what_may_be_passed_on_is_written(tmp_path: Path) -> None:
    version = licensed_version(tmp_path)
    done = export_version(version, tmp_path / "out" / "pets.parquet")
    frame = pl.read_parquet(tmp_path / "out" / "pets.parquet")
    assert len(frame) == done.objects > 0
    assert set(frame["licence"]) == FREE
    assert set(frame["split"]) == {"train", "validation"}
    public = len(version.ids("train")) + len(version.ids("validation"))
    assert done.objects + sum(done.left_out.values()) == public
    assert set(done.left_out) == {"CC-BY-NC", "CC-BY-NC-ND", "all rights reserved", "none stated"}
    for row in frame.iter_rows(named=True):
        number = int(row["object_id"]) - 9_000_000
        assert row["image"] == photo(number)
        assert (row["author"], row["link"]) == (f"Author {number}", f"https://example.org/{number}")
        assert (row["width"], row["height"]) == (80, 60)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"pets.parquet", "pets.json"}


def test_what_is_not_free_is_not_written_from_any_split(tmp_path: Path) -> None:
    version = licensed_version(tmp_path)
    export_version(version, tmp_path / "pets.parquet", tuple(Split))
    assert set(pl.read_parquet(tmp_path / "pets.parquet")["licence"]) <= FREE


def test_nothing_that_may_go_is_an_error_that_says_why(tmp_path: Path) -> None:
    version = licensed_version(tmp_path, ("cc-by-nc",), 20)
    with pytest.raises(DataError, match=r"no photo of these splits may be passed on.*CC-BY-NC"):
        export_version(version, tmp_path / "pets.parquet")
    assert not (tmp_path / "pets.parquet").exists()
    with pytest.raises(DataError, match="may be passed on"):
        export_version(version, tmp_path / "folder")
    with pytest.raises(InputError, match="not written like this"):
        export_version(version, tmp_path / "pets.csv")


def test_a_folder_of_photos_is_read_back_by_its_names_and_by_its_table(tmp_path: Path) -> None:
    version = licensed_version(tmp_path)
    out = tmp_path / "out"
    done = export_version(version, out, tuple(Split))
    names = {path.name for path in out.iterdir()}
    with (out / "credits.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert set(rows) == names - {"credits.csv"}
    assert len(rows) == done.objects
    assert "House-Cat_9000001.jpg" in names
    assert rows["House-Cat_9000001.jpg"]["licence"] == "cc-by"
    assert (out / "House-Cat_9000001.jpg").read_bytes() == photo(1)
    declared = declaration()
    for name, source in (
        ("names", {"kind": "photos", "folder": str(out), "names": r"(?P<label>[A-Za-z-]+)_(?P<group>\d+)"}),
        ("table", {"kind": "photos", "files": {"credits": {"path": "out/credits.csv"}}}),
    ):
        declared["dataset"] = {"title": "P", "licence": "own", "citation": "A", "source": source}
        declared["dataset"] |= {"columns": {"id": "object_id"}} if name == "table" else {}
        folder = write_challenge(tmp_path / name / "pets", declared)
        if name == "table":
            (folder / "out").symlink_to(out)
        again = collect(load_challenge(folder), settings_in(tmp_path / name)).objects()
        assert len(again) == done.objects
        labels = {label for each, label in zip(again.ids, again.labels, strict=True) if "9000001" in each}
        assert labels == {"house_cat"}
