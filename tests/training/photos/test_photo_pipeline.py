"""Photos through the pipeline: embedded, trained, calibrated, exported, registered, asked, evaluated."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from outclass import training
from outclass.base.errors import DataError
from outclass.base.limits import Limits
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.checks import check
from outclass.inference.backbone import Backbone
from outclass.inference.predictor import Predictor
from outclass.inputs.photo import read_photo
from outclass.inputs.view import view_of
from outclass.registry.advice import find_advice
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion, PredictionSetMethod
from outclass.training.photos import embedding
from small_photos import CLASSES, photo, photo_challenge

PHOTOS = 120
DECLARED = {
    "probe": {"title": "Probe", "parameters": {"folds": 2}, "recipes": {"quick": {"folds": 3}}},
}
GROUPS = [{"name": "cat", "title": "a cat", "members": ["bobcat"]}]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the challenge, its data and a trained champion."""
    folder = tmp_path_factory.mktemp("photos")
    photo_challenge(folder / "pets", count=PHOTOS, models=DECLARED, groups=GROUPS)
    record = training.train(load_challenge(folder / "pets"), settings=settings_of(folder))
    assert record.promoted
    return folder


def settings_of(folder: Path) -> Settings:
    return Settings(home=folder / "home", database_url="sqlite:///unused")


@pytest.fixture
def pets(home: Path) -> LoadedChallenge:
    return load_challenge(home / "pets")


@pytest.fixture
def champion(home: Path) -> ModelVersion:
    return Registry(settings_of(home)).champion("pets")


def test_the_champion_tells_photos_apart_that_it_never_saw(
    champion: ModelVersion, pets: LoadedChallenge
) -> None:
    predictor = Predictor.load(champion, pets)
    views = [view_of(read_photo(photo(seed), Limits()).pixels) for seed in range(5000, 5020)]
    answers = [predictor.predict_one(view).answer for view in views]
    assert sum(answer == CLASSES[place % 2] for place, answer in enumerate(answers)) >= 16


def test_a_version_of_photos_says_which_backbone_it_needs(champion: ModelVersion) -> None:
    signature, backbone = champion.signature, Backbone.packaged()
    assert signature.input_name == "features"
    assert signature.shape == (backbone.width,)
    assert signature.features == ()
    assert signature.features_sha256 == backbone.fingerprint
    assert signature.groups == {"cat": ("bobcat",)}
    assert signature.prediction_set.method is PredictionSetMethod.THRESHOLD
    assert champion.manifest.scores["latency_ms"] > 1  # the backbone is part of an answer
    assert {"set_coverage", "set_size", "oof_accuracy"} <= set(champion.manifest.scores)


def test_there_is_advice_on_what_is_played_by_models_that_did_not_see_it(
    home: Path, champion: ModelVersion, pets: LoadedChallenge
) -> None:
    data = champion.manifest.lineage["data"]
    from outclass.catalog.versions import find_version  # noqa: PLC0415

    version = find_version("pets", data, settings_of(home))
    assert version is not None
    ids = version.ids("game")
    assert len(ids) > 5
    assert set(find_advice(champion, ids, data_version=data)) == set(ids)


def test_every_promise_that_can_be_checked_is_kept(home: Path, pets: LoadedChallenge) -> None:
    failed = [(one.name, one.detail) for one in check(pets, settings=settings_of(home)) if one.failed]
    assert failed == []


@pytest.fixture(scope="module")
def labelled(home: Path) -> Path:
    """Return a folder with twelve new photos, in folders and as tables."""
    folder = home / "labelled"
    rows = []
    for seed in range(9000, 9012):
        name = CLASSES[seed % 2]
        path = folder / "folders" / name.replace("_", " ").title() / f"{seed}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(seed))
        named = folder / "names" / f"{name.title()}_{seed}.jpg"
        named.parent.mkdir(exist_ok=True)
        shutil.copy(path, named)
        rows.append({"path": str(path.relative_to(folder)), "label": name, "image": path.read_bytes()})
    pl.DataFrame(rows).drop("path").write_parquet(folder / "photos.parquet")
    pl.DataFrame(rows).drop("image").write_csv(folder / "photos.csv")
    return folder


@pytest.mark.parametrize("name", ["folders", "names", "photos.parquet", "photos.csv"])
def test_photos_are_scored_in_every_form(
    home: Path, pets: LoadedChallenge, labelled: Path, name: str
) -> None:
    result = training.evaluate(pets, labelled / name, settings=settings_of(home))
    assert result["n"] == 12
    assert float(str(result["accuracy"])) > 0.8
    assert float(str(result["set_coverage"])) > 0.8
    assert 0.5 < float(str(result["set_size"])) <= 2
    assert float(str(result["objects_per_second"])) > 1


def test_the_hold_out_is_scored_without_a_file(home: Path, pets: LoadedChallenge) -> None:
    result = training.evaluate(pets, settings=settings_of(home))
    assert int(str(result["n"])) > 3
    assert float(str(result["accuracy"])) > 0.7


def test_other_photos_are_told_apart_by_how_sure_the_model_is(
    home: Path, pets: LoadedChallenge, labelled: Path
) -> None:
    given = labelled / "photos.parquet"
    result = training.evaluate(pets, given, ood=given, settings=settings_of(home))
    assert result["ood_auroc"] == pytest.approx(0.5)
    assert result["ood_n"] == 12


def test_labels_may_stand_for_a_declared_group(home: Path, pets: LoadedChallenge, labelled: Path) -> None:
    result = training.evaluate(
        pets, labelled / "photos.csv", labels="bobcat=cat,house_cat=house_cat", settings=settings_of(home)
    )
    plain = training.evaluate(pets, labelled / "photos.csv", settings=settings_of(home))
    assert result["accuracy"] == plain["accuracy"]


def test_a_head_that_was_made_elsewhere_is_taken_in(
    home: Path, pets: LoadedChallenge, champion: ModelVersion, tmp_path: Path
) -> None:
    shutil.copy(champion.folder / "model.onnx", tmp_path / "head.onnx")
    (tmp_path / "signature.json").write_text('{"name": "pets.elsewhere", "outlier_name": null}')
    version = training.import_model(tmp_path / "head.onnx", pets, settings=settings_of(home))
    assert version.signature.features_sha256 == Backbone.packaged().fingerprint
    assert version.signature.groups == champion.signature.groups
    assert version.manifest.scores["accuracy"] > 0.7
    view = view_of(read_photo(photo(5000), Limits()).pixels)
    answers = [Predictor.load(one, pets).predict_one(view).answer for one in (champion, version)]
    assert answers[0] == answers[1]


def test_groups_that_were_named_are_counted(home: Path, pets: LoadedChallenge, labelled: Path) -> None:
    result = training.evaluate(pets, labelled / "photos.csv", settings=settings_of(home))
    assert 0 <= float(str(result["fallback"])) <= 1


def test_a_broken_photo_is_named(home: Path, pets: LoadedChallenge, tmp_path: Path) -> None:
    (tmp_path / "bobcat").mkdir()
    (tmp_path / "bobcat" / "cut.jpg").write_bytes(photo(1)[:700])
    with pytest.raises(DataError, match=r"cut\.jpg"):
        training.evaluate(pets, tmp_path, settings=settings_of(home))


def test_no_photo_is_read_twice(home: Path, pets: LoadedChallenge, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(embedding, "read_photo", forbidden)
    record = training.train(pets, recipe="quick", promote=False, settings=settings_of(home))
    assert record.reference
