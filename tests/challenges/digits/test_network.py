"""The nets in their form for serving."""
# ruff: noqa: E402 - what needs torch is imported after the check that it is there

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the digits model is trained with the extra [torch]")
pytest.importorskip("onnx", reason="export needs the extra [train]")

from outclass.challenges.digits.graph import write_onnx
from outclass.challenges.digits.network import DigitsNet, fold, scores

CHANNELS = (16, 48, 64, 64, 96, 96)


def net(seed: int) -> DigitsNet:
    """Return a net with weights by chance and norms that do something."""
    torch.manual_seed(seed)
    made = DigitsNet(CHANNELS, 0.0)
    for norm in made.norms:
        norm.running_mean.normal_(0, 0.1)
        norm.running_var.uniform_(0.5, 2.0)
        torch.nn.init.normal_(norm.weight, 1.0, 0.2)
    return made.eval()


def test_folded_and_rounded_weights_answer_nearly_as_the_net() -> None:
    trained = net(1)
    pictures = torch.rand(20, 1, 28, 28)
    with torch.inference_mode():
        expected = trained(pictures).log_softmax(dim=1)
        found = scores([fold(trained)], pictures)
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_each_weight_is_rounded_by_half_a_step_at_most() -> None:
    trained = net(2)
    kernel = fold(trained).kernels[-1]
    exact = trained.head.weight.detach().numpy()
    assert np.all(np.abs(kernel.widened() - exact) <= kernel.scales * 0.5001)
    assert np.all(np.abs(kernel.values).max(axis=1) == 127)


def test_an_output_without_weights_stays_without() -> None:
    trained = net(3)
    with torch.no_grad():
        trained.head.weight[4] = 0
    kernel = fold(trained).kernels[-1]
    assert np.all(kernel.widened()[4] == 0)
    assert np.all(kernel.scales > 0)


def test_a_weight_takes_a_byte(tmp_path: Path) -> None:
    layers = [fold(net(4)), fold(net(5))]
    write_onnx(layers, tmp_path / "model.onnx")
    weights = sum(one.count() for one in layers)
    assert weights < (tmp_path / "model.onnx").stat().st_size < 1.05 * weights
