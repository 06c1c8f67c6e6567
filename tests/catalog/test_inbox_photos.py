"""Photos and labels of photos that people gave, and photos that they take back."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from outclass.base.errors import DataError, InputError
from outclass.base.media import MediaFolder
from outclass.catalog.cleaning import Reason
from outclass.catalog.dataset import DatasetVersion, current_version, list_versions
from outclass.catalog.licences import LENT
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.neighbors import nearest, write_features
from outclass.catalog.removal import remove_photos, versions_with
from outclass.catalog.versions import collect
from photographs import encoded, scene
from small_challenge import settings_in
from small_photos import photo, photo_challenge

FROZEN = ("holdout", "game")


@pytest.fixture
def pets(tmp_path: Path) -> LoadedChallenge:
    return load_challenge(photo_challenge(tmp_path / "pets", count=30))


def inbox(home: Path, kind: str, *lines: dict[str, object]) -> None:
    path = settings_in(home).data_folder / "pets" / "inbox" / kind / "people.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def media(home: Path) -> MediaFolder:
    return MediaFolder(settings_in(home).data_folder / "pets" / "media")


def labels_of(version: DatasetVersion) -> dict[str, str]:
    objects = version.objects()
    return dict(zip(objects.ids, objects.labels, strict=True))


def test_a_corrected_label_makes_a_new_version_but_never_of_what_judges(
    tmp_path: Path, pets: LoadedChallenge
) -> None:
    first = collect(pets, settings_in(tmp_path))
    objects = first.objects()
    lines, expected = [], labels_of(first)
    for place, (name, side) in enumerate(zip(objects.ids, objects.splits, strict=True)):
        other = "house_cat" if objects.labels[place] == "bobcat" else "bobcat"
        key = {"object_id": name} if place % 2 else {"media_sha256": objects.inputs.names[place]}
        lines.append(key | {"label": other, "source": "crowd"})
        if side not in FROZEN:
            expected[name] = other
    inbox(tmp_path, "labels", *lines)
    second = collect(pets, settings_in(tmp_path))
    assert second.id != first.id
    assert labels_of(second) == expected
    assert second.document.lineage["feedback"].startswith("labels changed: ")


def test_photos_that_people_gave_are_learned_from_and_never_judge(
    tmp_path: Path, pets: LoadedChallenge
) -> None:
    plain = collect(pets, settings_in(tmp_path))
    names = [media(tmp_path).put(photo(number)) for number in range(100, 140)]
    rows = [
        {"media_sha256": name, "label": "bobcat", "id": f"feedback-p{place}"}
        for place, name in enumerate(names)
    ]
    inbox(tmp_path, "photos", *rows)
    version = collect(pets, settings_in(tmp_path))
    by_side = {
        side: [name for name in version.ids(side) if name.startswith("inbox-")]
        for side in version.document.counts
    }
    assert len(by_side["train"]) > 10
    assert by_side["holdout"] == by_side["game"] == []
    left_out = version.document.cleaning.removed[Reason.WOULD_JUDGE]
    assert sum(map(len, by_side.values())) + left_out == 40
    assert version.document.cleaning.rows_kept == len(version.objects()) == 70 - left_out
    for side in FROZEN:
        assert version.ids(side) == plain.ids(side)
    found = version.find(by_side["train"][0])
    assert found is not None
    assert found.inputs.credits[0].licence == LENT
    assert version.document.lineage["inbox"] == "40 added, 0 left out"


def test_a_copy_of_a_photo_that_judges_is_left_out_and_moves_nothing(
    tmp_path: Path, pets: LoadedChallenge
) -> None:
    big = tmp_path / "pets" / "photos" / "bobcat"
    for number in range(200, 230):
        (big / f"b{number}.png").write_bytes(encoded(scene(160, 120, number), "PNG"))
    plain = collect(pets, settings_in(tmp_path))
    rows = []
    for number in range(200, 230):
        name = media(tmp_path).put(encoded(scene(160, 120, number), quality=50))
        rows.append({"media_sha256": name, "label": "house_cat", "id": f"feedback-{number}"})
    inbox(tmp_path, "photos", *rows)
    version = collect(pets, settings_in(tmp_path))
    own = [name for name in version.objects().ids if not name.startswith("inbox-")]
    assert own == list(plain.objects().ids)
    frozen = sum(f"bobcat-b{number}" in plain.ids(side) for number in range(200, 230) for side in FROZEN)
    assert frozen > 0
    assert version.document.cleaning.removed[Reason.WOULD_JUDGE] == frozen
    for side in plain.document.counts:
        assert [name for name in version.ids(side) if not name.startswith("inbox-")] == list(plain.ids(side))


def test_what_the_data_set_has_or_nobody_has_any_more_is_left_out(
    tmp_path: Path, pets: LoadedChallenge
) -> None:
    first = collect(pets, settings_in(tmp_path))
    rows = [
        {"media_sha256": sha256(photo(0)).hexdigest(), "label": "house_cat", "id": "feedback-1"},
        {"media_sha256": "0" * 64, "label": "bobcat", "id": "feedback-2"},
    ]
    inbox(tmp_path, "photos", *rows)
    assert collect(pets, settings_in(tmp_path)).id == first.id


def test_a_broken_line_is_named(tmp_path: Path, pets: LoadedChallenge) -> None:
    inbox(tmp_path, "photos", {"media_sha256": "../../etc/passwd", "label": "bobcat", "id": "x"})
    with pytest.raises(DataError, match=r"people\.jsonl:1.*this is no photo"):
        collect(pets, settings_in(tmp_path))


def test_a_photo_that_is_taken_back_is_gone_for_good(tmp_path: Path, pets: LoadedChallenge) -> None:
    settings = settings_in(tmp_path)
    old = collect(pets, settings)
    train = old.objects("train")
    name, lost = train.inputs.names[3], train.ids[3]
    write_features(old, np.ones((len(train), 2), dtype=np.float32), "ab" * 32)
    assert versions_with("pets", [name], settings) == (old.id,)
    done = remove_photos(pets, [name], settings)
    now = current_version("pets", settings)
    assert now is not None
    assert (done.versions, done.data_version) == ((old.id,), now.id)
    assert [version.id for version in list_versions("pets", settings)] == [now.id]
    assert lost not in now.objects().ids
    assert len(now.objects()) == 29
    assert now.document.cleaning.removed[Reason.TAKEN_BACK] == 1
    now.verify()
    assert not media(tmp_path).path(name).exists()
    assert nearest(old, np.ones(2, dtype=np.float32), "ab" * 32) == ()
    assert [each for each in train.ids if each != lost] == list(now.ids("train"))
    other = train.inputs.names[5]
    assert versions_with("pets", [other], settings) == (now.id, old.id)
    assert versions_with("pets", [name], settings) == ()
    again = collect(pets, settings)
    assert again.id == now.id
    assert not media(tmp_path).path(name).exists()
    assert remove_photos(pets, [name], settings).versions == ()


def test_the_last_photo_may_be_taken_back(tmp_path: Path) -> None:
    pets = load_challenge(photo_challenge(tmp_path / "pets", count=1))
    version = collect(pets, settings_in(tmp_path))
    done = remove_photos(pets, [version.objects().inputs.names[0]], settings_in(tmp_path))
    assert (done.versions, done.data_version) == ((version.id,), None)
    assert current_version("pets", settings_in(tmp_path)) is None


def test_only_a_hash_names_a_photo(tmp_path: Path, pets: LoadedChallenge) -> None:
    with pytest.raises(InputError, match="no name of a photo"):
        remove_photos(pets, ["../../../secret"], settings_in(tmp_path))
