"""The most similar photos that were learned from."""

import time
from pathlib import Path

import numpy as np
import pytest

from outclass.base.errors import DataError
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.loader import load_challenge
from outclass.catalog.neighbors import features_folder, nearest, similarities, write_features
from outclass.catalog.removal import remove_photos
from outclass.catalog.versions import collect
from small_challenge import settings_in
from small_photos import declaration, photo_challenge

PRINT = "ab" * 32
WIDTH = 24


def version_in(home: Path, licence: str = "CC-BY-4.0", names: str | None = None) -> DatasetVersion:
    source = {"kind": "photos", "folder": "photos"} | ({"names": names} if names else {})
    dataset = {"title": "Pets", "licence": licence, "citation": "Ann Example", "source": source}
    split = declaration()["split"] | {"train": 0.7, "game": 0.0}
    folder = photo_challenge(home / "pets", count=30, dataset=dataset, split=split)
    return collect(load_challenge(folder), settings_in(home))


def features_of(version: DatasetVersion) -> np.ndarray:
    rows = len(version.ids("train"))
    return np.random.default_rng(5).normal(size=(rows, WIDTH)).astype(np.float32)


def test_the_photo_itself_is_the_nearest_and_comes_with_its_credit(tmp_path: Path) -> None:
    version = version_in(tmp_path)
    features = features_of(version)
    write_features(version, features, PRINT)
    train = version.objects("train")
    for place in (0, 7):
        found = nearest(version, 3 * features[place], PRINT, count=4)
        assert found[0].object_id == train.ids[place]
        assert found[0].similarity == pytest.approx(1, abs=2e-3)
        assert found[0].label == train.labels[place]
        assert found[0].name == train.inputs.names[place]
        assert found[0].credit.author == "Ann Example"
        assert found[0].licence.may_show
        likeness = [one.similarity for one in found]
        assert len(found) == 4
        assert likeness == sorted(likeness, reverse=True)


def test_they_are_those_that_a_plain_search_finds(tmp_path: Path) -> None:
    version = version_in(tmp_path)
    features = features_of(version)
    write_features(version, features, PRINT)
    vector = np.random.default_rng(6).normal(size=WIDTH).astype(np.float32)
    cosines = features @ vector / np.linalg.norm(features, axis=1) / np.linalg.norm(vector)
    best = np.argsort(-cosines)[:3]
    ids = version.ids("train")
    assert [one.object_id for one in nearest(version, vector, PRINT)] == [ids[place] for place in best]


def test_one_of_a_group_is_enough(tmp_path: Path) -> None:
    version = version_in(tmp_path, names=r"(?P<group>\d)\.jpg$")
    write_features(version, features_of(version), PRINT)
    found = nearest(version, np.ones(WIDTH, dtype=np.float32), PRINT, count=10)
    train = version.objects("train")
    groups = dict(zip(train.ids, train.groups, strict=True))
    assert len({groups[one.object_id] for one in found}) == len(found) == len(set(groups.values()))


def test_what_may_not_be_shown_is_not_found(tmp_path: Path) -> None:
    version = version_in(tmp_path, licence="all rights reserved")
    write_features(version, features_of(version), PRINT)
    assert nearest(version, np.ones(WIDTH, dtype=np.float32), PRINT) == ()


def test_features_stay_when_a_photo_is_taken_back(tmp_path: Path) -> None:
    version = version_in(tmp_path)
    features = features_of(version)
    write_features(version, features, PRINT)
    train = version.objects("train")
    remove_photos(load_challenge(tmp_path / "pets"), [train.inputs.names[4]], settings_in(tmp_path))
    now = current_version("pets", settings_in(tmp_path))
    assert now is not None
    for place in (2, 9):
        assert nearest(now, features[place], PRINT)[0].object_id == train.ids[place]
    found = nearest(now, features[4], PRINT, count=30)
    assert len(found) == len(train) - 1
    assert train.ids[4] not in {one.object_id for one in found}
    assert not features_folder(version, PRINT).exists()


def test_without_features_of_this_kind_nothing_is_found(tmp_path: Path) -> None:
    version = version_in(tmp_path)
    vector = np.ones(WIDTH, dtype=np.float32)
    assert nearest(version, vector, PRINT) == ()
    write_features(version, features_of(version), PRINT)
    assert nearest(version, vector, "cd" * 32) == ()
    assert nearest(version, vector[:-1], PRINT) == ()
    (features_folder(version, PRINT) / "features.npy").write_bytes(b"broken")
    assert nearest(version, vector, PRINT) == ()


def test_features_of_another_number_of_photos_are_refused(tmp_path: Path) -> None:
    version = version_in(tmp_path)
    with pytest.raises(DataError, match="not the features"):
        write_features(version, features_of(version)[:-1], PRINT)


def test_five_thousand_photos_are_searched_quickly() -> None:
    features = np.random.default_rng(1).normal(size=(5000, 1280)).astype(np.float16)
    vector = features[77].astype(np.float32)
    took = []
    for _ in range(5):
        start = time.process_time()
        found = similarities(features, vector)
        took.append(time.process_time() - start)
    assert int(found.argmax()) == 77
    assert min(took) < 0.2
