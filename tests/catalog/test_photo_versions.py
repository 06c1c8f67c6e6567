"""Data versions of photos."""

import io
import os
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from outclass.base.errors import DataError
from outclass.base.media import MediaFolder
from outclass.catalog import photo_checks
from outclass.catalog.cleaning import Reason
from outclass.catalog.loader import load_challenge
from outclass.catalog.split import Split
from outclass.catalog.versions import DatasetVersion, collect
from outclass.inputs.photos import Credit, PhotoTable
from photographs import encoded, exif, scene
from small_challenge import settings_in
from small_photos import CLASSES, photo, photo_challenge

FOLDER = {"kind": "photos", "folder": "photos"}


def collected(home: Path, **changed: object) -> DatasetVersion:
    return collect(load_challenge(photo_challenge(home / "pets", count=0, **changed)), settings_in(home))


def put(home: Path, name: str, content: bytes) -> None:
    path = home / "pets" / "photos" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def photos_of(version: DatasetVersion) -> PhotoTable:
    inputs = version.objects().inputs
    assert isinstance(inputs, PhotoTable)
    return inputs


@pytest.fixture
def home(tmp_path: Path) -> Path:
    photo_challenge(tmp_path / "pets", count=12)
    return tmp_path


def test_photos_come_back_as_they_were(home: Path) -> None:
    version = collected(home)
    version.verify()
    objects, photos = version.objects(), photos_of(version)
    assert len(objects) == 12
    assert objects.labels == tuple(
        "bobcat" if name.startswith("bobcat") else "house_cat" for name in objects.ids
    )
    contents = {photos.content(place) for place in range(len(photos))}
    assert contents == {photo(number) for number in range(12)}
    assert photos.sizes.tolist() == [[80, 60]] * 12
    assert photos.credits[0] == Credit(author="Ann Example", licence="CC-BY-4.0")
    assert version.document.shape == ()
    assert tuple(name for side in Split for name in version.objects(side).ids) == objects.ids


def test_the_same_photos_are_the_same_version_and_one_other_pixel_is_another(home: Path) -> None:
    first, again = collected(home).id, collected(home).id
    put(home, "bobcat/Bobcat_9005100.jpg", photo(500))
    assert first == again != collected(home).id


def test_a_new_licence_is_a_new_version(home: Path) -> None:
    dataset = {"title": "Pets", "licence": "CC-BY-NC-4.0", "citation": "Ann Example", "source": FOLDER}
    assert collected(home).id != collected(home, dataset=dataset).id


def test_what_is_no_photo_is_told_and_not_kept(home: Path) -> None:
    put(home, "bobcat/page.jpg", b"<html>not found</html>")
    put(home, "bobcat/empty.png", b"")
    put(home, "bobcat/cut.jpg", photo(77)[:900])
    put(home, "bobcat/tiny.png", encoded(scene(20, 60), "PNG"))
    report = collected(home).document.cleaning
    assert report.removed[Reason.UNREADABLE] == 3
    assert report.removed[Reason.TOO_SMALL] == 1
    assert {row.object_id for row in report.rejected} == {
        f"bobcat-{n}" for n in ("page", "empty", "cut", "tiny")
    }
    assert all(row.note for row in report.rejected)
    media = {
        path.name for path in (settings_in(home).data_folder / "pets" / "media").rglob("*") if path.is_file()
    }
    assert len(media - {"seen.json"}) == 13  # the small one decodes


def test_the_same_bytes_count_once_and_under_two_labels_not_at_all(home: Path) -> None:
    put(home, "bobcat/again.jpg", photo(0))
    put(home, "house_cat/wrong.jpg", photo(2))
    report = collected(home).document.cleaning
    assert report.removed[Reason.DUPLICATE] == 1
    assert report.removed[Reason.CONFLICT] == 2
    assert report.rows_kept == 11


def test_an_unknown_folder_is_told_by_its_name(home: Path) -> None:
    put(home, "lynx/one.jpg", photo(300))
    (row,) = collected(home).document.cleaning.rejected
    assert (row.reason, row.note) == (Reason.UNKNOWN_LABEL, "lynx")


def test_near_duplicates_stay_on_one_side(home: Path) -> None:
    for number in range(60, 72):
        put(home, f"bobcat/Bobcat_{number}.jpg", photo(number, 240, 180))
        put(home, f"bobcat/Bobcat_{number + 8000}.jpg", encoded(scene_of(number, 120, 90), quality=60))
    version = collected(home)
    objects = version.objects()
    sides = dict(zip(objects.ids, objects.splits, strict=True))
    groups = dict(zip(objects.ids, objects.groups, strict=True))
    for number in range(60, 72):
        pair = f"bobcat-Bobcat_{number}", f"bobcat-Bobcat_{number + 8000}"
        assert sides[pair[0]] is sides[pair[1]]
        assert groups[pair[0]] == groups[pair[1]] == pair[0]
    found = version.document.cleaning.photos
    assert found is not None
    assert (found.near_duplicates, found.labels_differ, found.groups_joined) == (12, 0, 12)
    put(home, "house_cat/House-Cat_1.jpg", encoded(scene_of(61, 100, 75)))
    found = collected(home).document.cleaning.photos
    assert found is not None
    assert (found.near_duplicates, found.labels_differ) == (13, 1)
    assert "house_cat-House-Cat_1" in {found.listed[0].object_id, found.listed[0].other}


def scene_of(seed: int, width: int, height: int) -> np.ndarray:
    """Return a photo that was made smaller."""
    with Image.open(io.BytesIO(photo(seed, 240, 180))) as image:
        return np.asarray(image.resize((width, height)))


def test_a_photo_on_its_side_has_the_size_that_people_see(home: Path) -> None:
    put(home, "bobcat/turned.jpg", encoded(scene(90, 60, 9), exif=exif(6)))
    version = collected(home)
    found = version.find("bobcat-turned")
    assert found is not None
    assert isinstance(found.inputs, PhotoTable)
    assert found.inputs.sizes.tolist() == [[60, 90]]


def test_a_photo_is_looked_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = collected(home)
    looked: list[str] = []

    def look(media: MediaFolder, name: str) -> photo_checks.Seen:
        looked.append(name)
        return look_at(media, name)

    look_at = photo_checks.look_at
    monkeypatch.setattr(photo_checks, "look_at", look)
    assert collected(home).id == first.id
    assert looked == []
    put(home, "bobcat/new.jpg", photo(70))
    assert collected(home).id != first.id
    assert len(looked) == 1
    (settings_in(home).data_folder / "pets" / "media" / "seen.json").write_text("{")
    collected(home)
    assert len(looked) == 14


def test_what_may_not_be_played_is_held_out(home: Path) -> None:
    source = FOLDER | {"names": r"_(?P<group>\d+)"}
    dataset = {"title": "Pets", "licence": "all rights reserved", "citation": "Ann", "source": source}
    version = collected(home, dataset=dataset)
    assert version.objects("game").ids == ()
    free = collected(home, dataset=dataset | {"licence": "CC-BY-NC-4.0"})
    assert set(version.objects("holdout").ids) == set(free.objects("holdout").ids + free.objects("game").ids)
    assert free.objects("game").ids


def test_a_photo_that_is_gone_is_an_error_with_a_way_out(home: Path) -> None:
    version = collected(home)
    photos = photos_of(version)
    assert photos.media.delete(photos.names[0])
    with pytest.raises(DataError, match=r"missing or was changed.*collect again"):
        photos.content(0)
    with pytest.raises(DataError, match="missing or was changed"):
        version.verify()


def test_objects_hold_credits_and_no_bytes(home: Path) -> None:
    frame = pl.read_parquet(collected(home).folder / "objects.parquet")
    assert frame.columns == [
        *("object_id", "group_id", "media_sha256", "width", "height"),
        *("left", "top", "box_width", "box_height", "author", "licence", "licence_url", "link"),
    ]
    assert set(frame["author"]) == {"Ann Example"}


def test_names_tell_label_and_group(tmp_path: Path) -> None:
    names = r"(?P<label>[A-Za-z-]+)_(?P<group>\d+)"
    for number in range(8):
        put(tmp_path, f"{'House-Cat' if number % 2 else 'Bobcat'}_{9_005_106 + number}.jpg", photo(number))
    put(tmp_path, "Western-Bobcat_9005106-2.jpg", photo(90))
    source = FOLDER | {"names": names, "labels": {"Western Bobcat": "bobcat"}}
    dataset = {"title": "Pets", "licence": "own", "citation": "Ann", "source": source}
    objects = collected(tmp_path, dataset=dataset).objects()
    by_id = dict(zip(objects.ids, zip(objects.labels, objects.groups, strict=True), strict=True))
    assert by_id["Bobcat_9005106"] == ("bobcat", "9005106")
    assert by_id["Western-Bobcat_9005106-2"] == ("bobcat", "9005106")
    assert by_id["House-Cat_9005107"] == ("house_cat", "9005107")
    assert set(objects.labels) == set(CLASSES)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        collected(tmp_path)
    (tmp_path / "pets" / "photos").mkdir()
    with pytest.raises(DataError, match="no photos here"):
        collected(tmp_path)


def test_more_photos_never_move_those_that_were_there(home: Path) -> None:
    before = collected(home).objects()
    for number in range(400, 430):
        put(home, f"house_cat/House_{number}.jpg", photo(number))
    after = collected(home).objects()
    sides = dict(zip(after.ids, after.splits, strict=True))
    assert [sides[name] for name in before.ids] == list(before.splits)
    assert len(after) == 42


def test_what_a_killed_run_left_is_removed_when_it_is_old(home: Path) -> None:
    folder = settings_in(home).data_folder / "pets" / "media" / "ab"
    folder.mkdir(parents=True)
    for name, age in ((".part-old", 9000), (".part-new", 0)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    collected(home)
    assert [path.name for path in folder.glob(".part-*")] == [".part-new"]
