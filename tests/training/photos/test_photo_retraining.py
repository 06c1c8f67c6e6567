"""What people say of photos makes the next model better, without looking at a photo again."""

import time
from pathlib import Path

import pytest

from databases import make_shared_tables, sqlite_url
from outclass import training
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.feedback.ballots import Voter, record
from outclass.feedback.checkers import account_checker
from outclass.feedback.trust import DAY, TrustRule
from outclass.registry.store import Registry
from outclass.retraining import Outcome, Wishes, retrain
from outclass.training.photos import embedding
from small_photos import CLASSES, photo_challenge

COUNT = 200
MODELS = {"probe": {"title": "Probe", "parameters": {"folds": 2}}}
SPLIT = {"salt": "pets-1", "train": 0.5, "validation": 0.3, "holdout": 0.0, "game": 0.2}


def truth(object_id: str) -> str:
    """Return the class that a made-up photo was drawn as: it goes by the number in its name."""
    return CLASSES[int(object_id.rpartition("_")[2]) % 2]


@pytest.fixture
def pets(tmp_path: Path) -> LoadedChallenge:
    """Return the challenge with two photos in five in the wrong folder."""
    folder = photo_challenge(tmp_path / "pets", count=COUNT, models=MODELS, split=SPLIT)
    for number, path in enumerate(sorted((folder / "photos").rglob("*.jpg"))):
        if number % 5 < 2:
            other = CLASSES[1 - CLASSES.index(path.parent.name)]
            path.rename(folder / "photos" / other / path.name)
    return load_challenge(folder)


def data_of(settings: Settings) -> DatasetVersion:
    version = current_version("pets", settings)
    assert version is not None
    return version


def correct(db: Database, data: DatasetVersion) -> int:
    """Let four old accounts put right what is wrong; return how many photos that is."""
    tables = [data.objects(side) for side in ("train", "validation")]
    wrong = [
        name
        for table in tables
        for name, label in zip(table.ids, table.labels, strict=True)
        if label != truth(name)
    ]
    with db.transaction():
        for person in range(4):
            since = time.time() - 400 * DAY
            account_checker(db, user_id=person, name=f"p{person}", staff=False, known_since=since)
            for name in wrong:
                voter = Voter(user_id=person)
                record(db, challenge="pets", label=truth(name), voter=voter, object_id=name)
    return len(wrong)


def test_corrected_photos_are_learned_from(
    pets: LoadedChallenge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", database_url=sqlite_url(tmp_path))
    assert training.train(pets, settings=settings).promoted
    first, before = Registry(settings).champion("pets"), data_of(settings)
    db = make_shared_tables(settings.database_url)
    wrong = correct(db, before)
    db.close()
    assert wrong > 40

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(embedding, "read_photo", forbidden)
    again = retrain(pets, settings, wishes=Wishes(trust=TrustRule(enabled=False)))
    assert again.outcome is Outcome.PROMOTED, again.reasons
    after = data_of(settings)
    assert after.id != before.id
    labels = {
        name: label
        for table in (after.objects("train"), after.objects("validation"))
        for name, label in zip(table.ids, table.labels, strict=True)
    }
    assert all(label == truth(name) for name, label in labels.items())
    champion = Registry(settings).champion("pets")
    assert champion.id != first.id
    assert champion.manifest.scores["accuracy"] > first.manifest.scores["accuracy"] + 0.1
