"""The last blocks of EfficientNet-Lite0 in PyTorch: what fine-tuning changes, and how it goes back to a file.

The frozen rest runs as ONNX and gives the output of block 11, `[n, 192, 7, 7]`, once for each view. Here are
blocks 12 to 15 and the last convolution, with their batch normalization folded in: so few photos could not
move its averages in any sensible way.
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from outclass.training.photos.lite import EPSILON, Weights, fold, is_residual

CUT = "block11.project"
"""The layer whose output the tail reads."""
CUT_WIDTH = 192
BLOCKS = (12, 13, 14, 15)
HEAD = "_conv_head"
PARTS = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
SIX = 6.0

Layers = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


class Block(nn.Module):
    """An inverted residual block at a stride of 1."""

    def __init__(self, weights: Weights, place: int) -> None:
        super().__init__()
        layer = f"_blocks.{place}"
        self.residual = is_residual(weights, layer)
        self.expand, self.depth, self.project = (
            convolution(*fold(weights, f"{layer}.{name}", f"{layer}.{norm}")) for name, norm in PARTS
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the block's output."""
        inner: Tensor = self.expand(inputs).clamp(0.0, SIX)
        inner = self.project(self.depth(inner).clamp(0.0, SIX))
        return inner + inputs if self.residual else inner


class Tail(nn.Module):
    """The last blocks, the last convolution, and the classes.

    Parameters
    ----------
    weights
        Of the whole network, by their names in PyTorch.
    classes
        How many classes there are.
    beside
        How many features of the frozen part the classes see as well.
    trained
        How many of the last blocks learn; with 0 only the last convolution and the classes do.
    """

    def __init__(self, weights: Weights, classes: int, trained: int, beside: int = 0) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(weights, place) for place in BLOCKS)
        self.head = convolution(*fold(weights, HEAD, "_bn1"))
        self.classes = nn.Linear(self.head.out_channels + beside, classes)
        for block in self.blocks[: len(BLOCKS) - trained]:
            block.requires_grad_(requires_grad=False)

    def forward(self, inputs: Tensor, beside: Tensor) -> Tensor:
        """Return logits ``[n, classes]`` of outputs of the cut, and of features beside it."""
        logits: Tensor = self.classes(torch.cat([self.features(inputs), beside], dim=1))
        return logits

    def features(self, inputs: Tensor) -> Tensor:
        """Return features ``[n, 1280]``."""
        for block in self.blocks:
            inputs = block(inputs)
        means: Tensor = self.head(inputs).clamp(0.0, SIX).mean(dim=(2, 3))
        return means

    def learned(self) -> Iterator[nn.Parameter]:
        """Yield the parameters that learn."""
        return (one for one in self.parameters() if one.requires_grad)


def convolution(kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> nn.Conv2d:
    """Return a convolution at a stride of 1 that keeps the size."""
    count, inner, side, _ = kernel.shape
    depthwise = inner == 1
    layer = nn.Conv2d(
        count if depthwise else inner, count, side, padding=side // 2, groups=count if depthwise else 1
    )
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(kernel))
        if layer.bias is not None:
            layer.bias.copy_(torch.from_numpy(bias))
    return layer


def tuned_weights(weights: Weights, tail: Tail) -> Weights:
    """Return the weights of the whole network with those of the tail, without a normalization of its own."""
    found = dict(weights)
    for place, block in zip(BLOCKS, tail.blocks, strict=True):
        assert isinstance(block, Block)
        layers = (block.expand, block.depth, block.project)
        for (name, norm), layer in zip(PARTS, layers, strict=True):
            found |= plain_layer(layer, f"_blocks.{place}.{name}", f"_blocks.{place}.{norm}")
    return found | plain_layer(tail.head, HEAD, "_bn1")


def plain_layer(layer: nn.Conv2d, name: str, norm: str) -> dict[str, NDArray[np.generic]]:
    """Return a convolution and a normalization after it that only adds the bias."""
    assert layer.bias is not None
    kernel, bias = layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy()
    ones, zeros = np.ones_like(bias), np.zeros_like(bias)
    return {
        f"{name}.weight": kernel,
        f"{norm}.weight": ones,
        f"{norm}.bias": bias,
        f"{norm}.running_mean": zeros,
        f"{norm}.running_var": ones - np.float32(EPSILON),
    }
