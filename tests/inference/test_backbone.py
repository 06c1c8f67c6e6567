"""The packaged backbone: what it answers, in how little time and space."""

import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from outclass.base.errors import RegistryError
from outclass.inference.backbone import PACKAGED, Backbone
from outclass.inputs import view
from outclass.inputs.view import SIDE, view_of


@pytest.fixture(scope="module")
def views():
    photos = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    return np.stack([view_of(photo) for photo in photos])


def test_the_packaged_one_is_opened_once():
    assert Backbone.packaged() is Backbone.packaged()


def test_the_file_is_small():
    assert PACKAGED.stat().st_size <= 7_000_000


def test_features_are_the_mean_of_the_map(views):
    backbone = Backbone.packaged()
    features, places = backbone.maps(views)
    assert features.shape == (2, backbone.width)
    assert places.shape == (2, backbone.width, 7, 7)
    np.testing.assert_allclose(features, places.mean(axis=(2, 3)), atol=1e-4)
    np.testing.assert_array_equal(features, backbone.embed(views))


def test_a_view_has_the_same_features_in_any_company(views):
    backbone = Backbone.packaged()
    np.testing.assert_array_equal(backbone.embed(views)[1], backbone.embed(views[1:])[0])


def test_different_photos_have_different_features(views):
    first, second = Backbone.packaged().embed(views)
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert cosine < 0.9


def test_no_views_have_no_features():
    backbone = Backbone.packaged()
    empty = np.zeros((0, SIDE, SIDE, 3), dtype=np.uint8)
    assert backbone.embed(empty).shape == (0, backbone.width)
    assert backbone.maps(empty)[1].shape == (0, backbone.width, 7, 7)


@pytest.mark.parametrize(
    "views",
    [
        np.zeros((1, SIDE, SIDE, 3), dtype=np.float32),
        np.zeros((1, 3, SIDE, SIDE), dtype=np.uint8),
        np.zeros((SIDE, SIDE, 3), dtype=np.uint8),
    ],
)
def test_other_arrays_are_refused(views):
    with pytest.raises(ValueError, match=r"uint8 \[n, 224, 224, 3\]"):
        Backbone.packaged().embed(views)


def test_the_fingerprint_counts_the_file_and_the_code_of_views(tmp_path):
    path = tmp_path / "backbone.onnx"
    path.write_bytes(PACKAGED.read_bytes())
    assert Backbone.open(path).fingerprint == Backbone.packaged().fingerprint
    code = Path(view.__file__).read_bytes().replace(b"\r\n", b"\n")
    assert Backbone.packaged().fingerprint == sha256(PACKAGED.read_bytes() + code).hexdigest()


def test_a_missing_file_is_a_documented_error(tmp_path):
    with pytest.raises(RegistryError, match="cannot be read"):
        Backbone.open(tmp_path / "none.onnx")


def test_a_broken_file_is_a_documented_error(tmp_path):
    path = tmp_path / "backbone.onnx"
    path.write_bytes(PACKAGED.read_bytes()[:1000])
    with pytest.raises(RegistryError, match="cannot be loaded"):
        Backbone.open(path)


def test_another_network_is_refused(tmp_path):
    models = PACKAGED.parents[2] / "registry" / "models" / "digits"
    (other, *_) = models.rglob("model.onnx")
    with pytest.raises(RegistryError, match="no backbone of photos"):
        Backbone.open(other)


def test_a_view_takes_a_few_milliseconds(views):
    backbone = Backbone.packaged()
    backbone.embed(views[:1])
    times = []
    for _ in range(10):
        start = time.process_time()
        backbone.embed(views[:1])
        times.append(time.process_time() - start)
    assert np.median(times) < 0.020
