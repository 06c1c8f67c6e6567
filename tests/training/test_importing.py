"""A model made elsewhere comes in through the same checks."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from onnx import TensorProto, checker, helper, numpy_helper

from bars import draw_bars
from outclass import training
from outclass.base.errors import ConflictError, GateRefusedError, NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.catalog import collect
from outclass.catalog.challenge import Expectation
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.registry.card import SECTIONS, read_card
from outclass.registry.store import Registry


def make_onnx(*, softmax: bool, noise: float = 0.0, shape: tuple[int, ...] = (28, 28, 1)) -> bytes:
    """Return a net as another tool may write it: nearest mean, with probabilities or logits."""
    images, targets = draw_bars(3, 300)
    rows = images.reshape(300, -1).astype(np.float32) / 255
    means = np.stack([rows[targets == k].mean(axis=0) for k in range(3)])
    means += np.random.default_rng(0).normal(0, noise, means.shape).astype(np.float32)
    constants = {"w": 2 * means.T, "b": -(means**2).sum(axis=1)}
    nodes = [
        helper.make_node("Flatten", ["pixels"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "w", "b"], ["score"]),
        *([helper.make_node("Softmax", ["score"], ["dense_3"])] if softmax else []),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "elsewhere",
        [value("pixels", TensorProto.FLOAT, ["n", *shape])],
        [value("dense_3" if softmax else "score", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def write(folder: Path, model: bytes, signature: dict[str, object] | str) -> Path:
    """Write an ONNX file and what is known of it."""
    folder.mkdir(exist_ok=True)
    text = signature if isinstance(signature, str) else json.dumps(signature)
    (folder / "signature.json").write_text(text)
    (folder / "net.onnx").write_bytes(model)
    return folder / "net.onnx"


def test_probabilities_of_another_tool(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    collect(bars, settings)
    path = write(tmp_path / "given", make_onnx(softmax=True), {"probabilities": True})
    version = training.import_model(path, bars, settings=settings)
    registry = Registry(settings)
    assert registry.get("bars/challenger") == version
    assert registry.aliases("bars").champion is None
    assert version.signature.shape == (28, 28, 1)
    assert version.manifest.lineage["advice"] == "unknown"
    assert version.manifest.scores["accuracy"] > 0.9
    assert version.signature.temperature != 1.0
    assert set(read_card((version.folder / "card.md").read_text())) == set(SECTIONS)
    report = training.evaluate(bars, model="bars/challenger", settings=settings)
    assert msgspec.convert(report["accuracy"], float) > 0.9
    assert training.promote_version(bars, settings, version).id == version.id


def test_logits_without_any_data(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "given", make_onnx(softmax=False, shape=(784,)), {})
    version = training.import_model(path, bars, settings=settings)
    assert version.signature.logits_name == "score"
    assert version.signature.temperature == 1.0
    assert version.manifest.scores == {}


def test_the_gate_decides_on_promotion(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    training.train(bars, settings=settings, seed=1)
    path = write(tmp_path / "given", make_onnx(softmax=False, noise=0.3), {})
    version = training.import_model(path, bars, settings=settings)
    with pytest.raises(GateRefusedError, match="the champion's"):
        training.promote_version(bars, settings, version)


def test_a_challenge_outside_the_project_is_given_to_promote(
    bars: LoadedChallenge, settings: Settings, tmp_path: Path
) -> None:
    collect(bars, settings)
    path = write(tmp_path / "given", make_onnx(softmax=False), {})
    version = training.import_model(path, bars, settings=settings)

    with pytest.raises(NotFoundError, match="--challenge FOLDER"):
        training.promote(version.reference, settings=settings)
    with pytest.raises(ConflictError, match="of another challenge"):
        training.promote(version.reference, challenge=load_challenge("digits"), settings=settings)
    assert Registry(settings).aliases("bars").champion is None
    assert training.promote(version.reference, challenge=bars, settings=settings).id == version.id
    assert Registry(settings).aliases("bars").champion == version.id
    assert training.promote(version.reference, force=True, settings=settings).id == version.id


def test_an_exported_version(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    record = training.train(bars, settings=settings, seed=1)
    Registry(settings).export("bars", tmp_path / "bars.zip")
    other = Settings(home=tmp_path / "other", database_url="sqlite:///unused")
    version = training.import_model(tmp_path / "bars.zip", bars, settings=other)
    assert version.reference == record.reference
    assert Registry(other).get("bars/challenger") == version


def test_a_whole_signature_is_taken_as_it_is(
    bars: LoadedChallenge, settings: Settings, tmp_path: Path
) -> None:
    training.train(bars, settings=settings, seed=1)
    source = Registry(settings).champion("bars")
    other = Settings(home=tmp_path / "other", database_url="sqlite:///unused")
    model = (source.folder / "model.onnx").read_bytes()
    path = write(tmp_path / "given", model, (source.folder / "signature.json").read_text())
    version = training.import_model(path, bars, settings=other)
    assert version.signature == source.signature
    assert version.manifest.files["model.onnx"] == source.manifest.files["model.onnx"]


@pytest.mark.parametrize(
    ("signature", "problem"),
    [
        ({"canary": [0.9, 0.05, 0.05]}, "canary is not the recorded one"),
        ({"canary": [0.9, 0.05]}, "canary must hold one probability for each class"),
        ({"output": "nothing"}, "no such output"),
        ({"name": "../bars"}, "no model name"),
        ({"weights": 1}, "no signature"),
        ("no json", "no signature"),
        ({"outlier_name": "energy"}, "lacks an output"),
        ({"input_name": "image"}, "input is not the one"),
    ],
)
def test_what_does_not_fit_is_refused(
    bars: LoadedChallenge,
    settings: Settings,
    tmp_path: Path,
    signature: dict[str, object] | str,
    problem: str,
) -> None:
    path = write(tmp_path / "given", make_onnx(softmax=False), signature)
    with pytest.raises(RegistryError, match=problem):
        training.import_model(path, bars, settings=settings)
    assert list(settings.models_folder.glob("*/*/manifest.json")) == []


def test_limits_hold(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "given", make_onnx(softmax=False), {})
    for expect, problem in (
        (Expectation(bytes=1000), "larger than the challenge allows"),
        (Expectation(latency_ms=1e-6), "slower than the challenge allows"),
    ):
        challenge = msgspec.structs.replace(bars.challenge, expect=expect)
        with pytest.raises(RegistryError, match=problem):
            training.import_model(
                path, LoadedChallenge(challenge=challenge, folder=bars.folder), settings=settings
            )
    assert list(settings.models_folder.glob("*/*/manifest.json")) == []


@pytest.mark.parametrize("content", [b"", b"no model", b"\x80\x04\x95pickle"])
def test_what_is_no_model_is_refused(
    bars: LoadedChallenge, settings: Settings, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(RegistryError, match="no ONNX model"):
        training.import_model(write(tmp_path / "given", content, {}), bars, settings=settings)


def test_what_is_not_there_is_named(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"model\.pkl"):
        training.import_model(tmp_path / "model.pkl", bars, settings=settings)
    (tmp_path / "net.onnx").write_bytes(make_onnx(softmax=False))
    with pytest.raises(NotFoundError, match=r"signature\.json must lie beside"):
        training.import_model(tmp_path / "net.onnx", bars, settings=settings)
