"""The convolutional net that reads digits, and its form for serving.

Training uses batch normalization and a class of its own for what is no digit. For serving, the normalization
is folded into the convolutions, the weights are rounded to one byte each with a scale for each output, and
the nets of an ensemble become branches of one graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

DIGITS = 10
KERNELS = (3, 4, 3, 3, 3, 3)
STRIDES = (1, 2, 1, 1, 1, 1)
LAST_SIDE = 4
LARGEST = 127

Floats = NDArray[np.float32]


class DigitsNet(nn.Module):
    """Six convolutions without padding, 28x28 down to 4x4, and one linear layer to ten digits and "no digit".

    Without padding a layer costs less and knows where it is; after An et al., "An Ensemble of Simple
    Convolutional Neural Network Models for MNIST Digit Recognition" (2020).
    """

    def __init__(self, channels: Sequence[int], dropout: float) -> None:
        super().__init__()
        widths = (1, *channels)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, kernel, stride, bias=False)
            for (before, after), kernel, stride in zip(pairwise(widths), KERNELS, STRIDES, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in channels)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels[-1] * LAST_SIDE**2, DIGITS + 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Give the scores ``[n, 11]`` of pictures ``[n, 1, 28, 28]``."""
        hidden = pictures
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            hidden = functional.relu(norm(convolution(hidden)))
        scores: Tensor = self.head(self.dropout(hidden.flatten(1)))
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """The rounded weights ``[outputs, ...]`` of one layer: one byte each, times the scale of their output."""

    values: NDArray[np.int8]
    scales: Floats

    def widened(self) -> Floats:
        """Return the weights as they are used."""
        return self.values.astype(np.float32) * self.scales


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The folded weights of one net: kernels and biases of the convolutions, then of the linear layer."""

    kernels: tuple[Kernel, ...]
    biases: tuple[Floats, ...]

    def count(self) -> int:
        """Number of weights."""
        return sum(kernel.values.size for kernel in self.kernels) + sum(bias.size for bias in self.biases)


def fold(net: DigitsNet) -> Layers:
    """Fold the normalization into the convolutions and round the weights."""
    kernels, biases = [], []
    with torch.no_grad():
        for convolution, norm in zip(net.convolutions, net.norms, strict=True):
            kernel, bias = _folded(cast("nn.Conv2d", convolution), cast("nn.BatchNorm2d", norm))
            kernels.append(kernel)
            biases.append(bias)
        kernels.append(net.head.weight)
        biases.append(net.head.bias)
    return Layers(kernels=tuple(map(_rounded, kernels)), biases=tuple(map(_floats, biases)))


def _folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """One convolution that does what it and the normalization after it do."""
    mean, variance = cast("Tensor", norm.running_mean), cast("Tensor", norm.running_var)
    factor = norm.weight / torch.sqrt(variance + norm.eps)
    return convolution.weight * factor[:, None, None, None], norm.bias - mean * factor


def _floats(weights: Tensor) -> Floats:
    return np.ascontiguousarray(weights.detach().numpy(), dtype=np.float32)


def _rounded(weights: Tensor) -> Kernel:
    """Round to 255 levels, alike on both sides of zero, that reach to the largest weight of each output."""
    exact = _floats(weights)
    largest = np.abs(exact).max(axis=tuple(range(1, exact.ndim)), keepdims=True)
    scales = np.where(largest > 0, largest, np.float32(1)).astype(np.float32) / np.float32(LARGEST)
    return Kernel(values=np.rint(exact / scales).astype(np.int8), scales=scales)


def scores(members: Sequence[Layers], pictures: Tensor) -> Tensor:
    """Mean scores ``[n, 11]`` of the nets for pictures ``[n, 1, 28, 28]``, as the graph computes them."""
    return torch.stack([_one(layers, pictures) for layers in members]).mean(dim=0)


def _one(layers: Layers, pictures: Tensor) -> Tensor:
    kernels = [torch.from_numpy(kernel.widened()) for kernel in layers.kernels]
    biases = [torch.from_numpy(bias) for bias in layers.biases]
    hidden = pictures
    for kernel, bias, stride in zip(kernels[:-1], biases[:-1], STRIDES, strict=True):
        hidden = functional.relu(functional.conv2d(hidden, kernel, bias, stride))
    result = functional.linear(hidden.flatten(1), kernels[-1], biases[-1])
    return result - result.logsumexp(dim=1, keepdim=True)
