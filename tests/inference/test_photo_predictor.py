"""A model of photos answers about views and about features alike, and opens its network when it must."""

import math
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from models import tiny_digits_version, write_version
from outclass.base.document import to_json
from outclass.base.errors import InvalidInputError, RegistryError
from outclass.base.settings import Settings
from outclass.inference import session
from outclass.inference.backbone import Backbone, view_code
from outclass.inference.predictor import Predictor, canary_row
from outclass.inference.session import PhotoSession, features_fingerprint
from outclass.registry.store import Registry
from outclass.registry.version import EnsembleDocument, ModelVersion, Pinned
from photo_models import CLASSES, color_backbone, color_head, color_signature, color_version

VIEWS = np.zeros((3, 224, 224, 3), dtype=np.uint8)
for place in range(3):
    VIEWS[place, :, :, place] = 200


@pytest.fixture
def version(tmp_path: Path) -> ModelVersion:
    return color_version(tmp_path)


@pytest.fixture
def predictor(version: ModelVersion) -> Predictor:
    return Predictor.load(version)


def test_views_are_answered(predictor: Predictor) -> None:
    assert [found.answer for found in predictor.predict_many(VIEWS)] == list(CLASSES)
    assert predictor.predict_one(VIEWS[1]).answer == "green"
    assert predictor.scores(VIEWS).probabilities.argmax(axis=1).tolist() == [0, 1, 2]


def test_features_and_views_get_the_same_answer(predictor: Predictor) -> None:
    features = predictor.backbone.embed(VIEWS)
    assert features.shape == (3, 3)
    assert predictor.predict_many(features) == predictor.predict_many(VIEWS)


def test_a_black_photo_is_an_answer_too(predictor: Predictor) -> None:
    found = predictor.predict_one(np.zeros((224, 224, 3), dtype=np.uint8))
    assert found.answer in CLASSES
    assert found.abstained


def test_a_view_that_is_cut_from_a_larger_array_is_read(predictor: Predictor) -> None:
    wide = np.zeros((1, 300, 300, 4), dtype=np.uint8)
    wide[..., 2] = 255
    assert predictor.predict_many(wide[:, 10:234, 20:244, :3])[0].answer == "blue"


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((1, 100, 100, 3), dtype=np.uint8),
        np.zeros((1, 224, 224, 3), dtype=np.float32),
        np.zeros((1, 4), dtype=np.float32),
    ],
)
def test_other_shapes_are_refused(predictor: Predictor, rows: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="wrong shape") as caught:
        predictor.predict_many(rows)
    assert "views [n, 224, 224, 3]" in str(caught.value)


def test_features_that_are_no_numbers_are_refused(predictor: Predictor) -> None:
    with pytest.raises(InvalidInputError, match="out of range"):
        predictor.predict_many(np.full((1, 3), math.nan, dtype=np.float32))


def test_loading_opens_no_network(version: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    class Counted(Backbone):
        def __init__(self, content: bytes, where: str) -> None:
            opened.append(where)
            super().__init__(content, where)

    monkeypatch.setattr(session, "Backbone", Counted)
    predictor = Predictor.load(version)
    assert opened == []
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(predictor.predict_one, [VIEWS[0]] * 8))
    assert {answer.answer for answer in answers} == {"red"}
    assert len(opened) == 1


def test_speed_is_measured_with_a_view_when_asked_for(predictor: Predictor) -> None:
    assert "milliseconds" not in vars(predictor)
    first = predictor.milliseconds
    assert 0 < first < 10_000
    assert predictor.milliseconds == first


def test_a_version_without_a_network_has_the_packaged_one(tmp_path: Path) -> None:
    signature = color_signature(features_sha256=None)
    version = write_version(tmp_path, signature, color_head(), champion=True)
    assert PhotoSession(version).backbone is Backbone.packaged()
    assert features_fingerprint(version) == Backbone.packaged().fingerprint


def test_the_fingerprint_is_that_of_the_network(version: ModelVersion, predictor: Predictor) -> None:
    assert features_fingerprint(version) == predictor.backbone.fingerprint
    assert features_fingerprint(version) == sha256(color_backbone() + view_code()).hexdigest()


def test_other_features_are_refused(tmp_path: Path) -> None:
    version = color_version(tmp_path, features_sha256="0" * 64)
    with pytest.raises(RegistryError, match="another network"):
        Predictor.load(version)


def test_a_network_that_was_changed_is_refused(version: ModelVersion) -> None:
    (version.folder / "backbone.onnx").write_bytes(color_backbone() + b"\0")
    with pytest.raises(RegistryError):
        Predictor.load(version)


def test_a_drawing_has_no_network(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no photos"):
        _ = Predictor.load(tiny_digits_version(tmp_path)).backbone


def test_an_ensemble_makes_features_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = Predictor.load(ensemble(tmp_path))
    runs = []
    embed = Backbone.embed
    monkeypatch.setattr(Backbone, "embed", lambda self, views: runs.append(len(views)) or embed(self, views))
    answers = predictor.predict_many(VIEWS)
    assert [found.answer for found in answers] == list(CLASSES)
    assert [len(found.members) for found in answers] == [2, 2, 2]
    assert runs == [3]
    assert predictor.scores(VIEWS).probabilities.argmax(axis=1).tolist() == [0, 1, 2]


def ensemble(folder: Path) -> ModelVersion:
    """Register two members and what is made of them."""
    registry = Registry(Settings(home=folder, database_url="sqlite:///unused"), packaged=folder / "packaged")
    members = [color_version(registry.home, f"colors.{name}") for name in ("one", "two")]
    document = EnsembleDocument(
        geometric_mean=tuple(
            Pinned(
                name=member.name,
                id=member.id,
                manifest_sha256=sha256((member.folder / "manifest.json").read_bytes()).hexdigest(),
            )
            for member in members
        )
    )
    written = write_version(
        registry.home, color_signature(), to_json(document), champion=True, file="ensemble.json"
    )
    return registry.get(written.reference)


def test_the_canary_is_features_of_zeros(version: ModelVersion) -> None:
    row = canary_row(version.signature)
    assert (row.shape, row.dtype) == ((1, 3), np.float32)
    assert not row.any()
