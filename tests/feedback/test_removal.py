"""From photos that people let us keep to the data, and back out of it."""

import json
import time
from hashlib import sha256
from pathlib import Path

import pytest

from outclass.base.media import EMBEDDINGS, features_key
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.dataset import current_version
from outclass.catalog.inbox_photos import read_photos
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import collect
from outclass.feedback.ballots import record
from outclass.feedback.checkers import account_checker
from outclass.feedback.labels import conclude, kept_inputs, write_labels
from outclass.feedback.removal import models_trained_on, remove_photos
from outclass.feedback.trust import DAY
from photo_models import color_version
from small_challenge import settings_in
from small_photos import photo, photo_challenge


@pytest.fixture
def pets(tmp_path: Path) -> LoadedChallenge:
    return load_challenge(photo_challenge(tmp_path / "pets", count=20))


def kept(db: Database, name: str, content: bytes | None, label: str) -> None:
    """Log a prediction whose photo was kept, and say what is on it, three of us."""
    db.execute(
        "INSERT INTO prediction (id, challenge, model, created_at, answer, confidence, abstained, "
        "probabilities, milliseconds, input_sha256, input, source) "
        "VALUES (?, 'pets', 'm@1', 1.0, 'bobcat', 0.5, ?, '{}', 1.0, '', ?, 'site')",
        (name, False, content),
    )
    since = time.time() - 100 * DAY
    for person in (1, 2, 3):
        voter = account_checker(db, user_id=person, name=f"p{person}", staff=False, known_since=since).voter
        record(db, challenge="pets", label=label, voter=voter, prediction_id=name)


def test_a_kept_photo_with_a_settled_label_joins_the_data_and_can_be_taken_back(
    db: Database, tmp_path: Path, pets: LoadedChallenge
) -> None:
    settings = settings_in(tmp_path)
    plain = collect(pets, settings)
    for number in range(8):
        kept(db, f"p{number}", photo(300 + number), "house_cat")
    kept(db, "not-kept", None, "bobcat")
    found = conclude(db, "pets", pets.challenge.class_names)
    written = write_labels(settings, pets.challenge, found.labels, kept_inputs(db, found.labels))
    assert (written.labels, written.rows, written.unplaced) == (8, 8, 1)
    folder = settings.data_folder / "pets"
    photos = {one.id: one for one in read_photos(folder)}
    assert photos["feedback-p3"].label == "house_cat"

    version = collect(pets, settings)
    train = version.objects("train")
    new = [name for name in train.ids if name.startswith("inbox-")]
    assert new
    assert set(train.ids) - set(new) == set(plain.ids("train"))
    taken = new[0].removeprefix("inbox-")
    name = photos[taken].media_sha256

    done = remove_photos(pets, [name], settings)
    assert done.versions == (version.id,)
    assert done.data_version not in {None, version.id}
    assert name not in {one.media_sha256 for one in read_photos(folder)}
    text = (folder / "inbox/labels/concluded.jsonl").read_text()
    assert name not in text
    assert len(text.splitlines()) == 7
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "taken-back.txt":
            assert name not in path.name
            assert name.encode() not in path.read_bytes()
    write_labels(settings, pets.challenge, found.labels, kept_inputs(db, found.labels))
    assert collect(pets, settings).id == done.data_version


def test_the_models_that_learned_from_a_photo_are_named(tmp_path: Path, pets: LoadedChallenge) -> None:
    settings = settings_in(tmp_path)
    version = collect(pets, settings)
    with_it = registered(settings, "pets", version.id)
    registered(settings, "pets.other", "0123456789ab")
    registered(settings, "petshop", version.id)
    assert models_trained_on("pets", (version.id,), settings) == (with_it,)
    objects = version.objects()
    first = remove_photos(pets, [objects.inputs.names[0]], settings)
    assert first.models == (with_it,)
    second = remove_photos(pets, [objects.inputs.names[1]], settings)
    assert second.models == (with_it,)
    assert remove_photos(pets, [objects.inputs.names[1]], settings).models == ()


def registered(settings: Settings, name: str, data: str) -> str:
    """Write the manifest of a model that was trained on a data version; return its reference."""
    model = color_version(settings.models_folder, name)
    manifest = json.loads((model.folder / "manifest.json").read_text())
    manifest["lineage"]["data"] = data
    written = json.dumps(manifest).encode()
    identity = sha256(written).hexdigest()[:12]
    folder = model.folder.rename(model.folder.with_name(identity))
    (folder / "manifest.json").write_bytes(written)
    return f"{name}@{identity}"


def test_several_photos_go_at_once_with_the_features_that_were_made_of_them(
    tmp_path: Path, pets: LoadedChallenge
) -> None:
    settings = settings_in(tmp_path)
    objects = collect(pets, settings).objects()
    gone, other = objects.inputs.names[:3], objects.inputs.names[5]
    folder = settings.home / EMBEDDINGS / "0123" / "plain"
    folder.mkdir(parents=True)
    for part, names in (("a", gone[:1]), ("b", (other,)), ("c", (other, gone[2]))):
        (folder / f"{part}.keys").write_bytes(b"".join(features_key(name, None) for name in names))
        (folder / f"{part}.npy").write_bytes(b"rows")
    version = current_version("pets", settings)
    assert version is not None
    runs = settings.runs_folder / "pets"
    for place in (
        f"rows-2-{version.id}-0123",
        "rows-2-0123456789ab-0123",
        "one/fit/front-train",
        "two/fit/front-x",
    ):
        (runs / place).mkdir(parents=True)
    for name, data in (("one", version.id), ("two", "0123456789ab")):
        (runs / name / "run.json").write_text(json.dumps({"data_version": data}))
    done = remove_photos(pets, gone, settings)
    version = current_version("pets", settings)
    assert version is not None
    assert (len(version.objects()), done.data_version) == (17, version.id)
    assert len(done.versions) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["b.keys", "b.npy"]
    assert sorted(path.name for path in runs.glob("rows-*")) == ["rows-2-0123456789ab-0123"]
    assert [path.parent.parent.name for path in runs.glob("*/fit/front-*")] == ["two"]
