"""The convolutional net that reads digits, and its form for serving.

Training uses batch normalization and a class of its own for what is no digit. For serving, the normalization
is folded into the convolutions, the weights are rounded to half precision (two bytes each in the file), and
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
class Layers:
    """The folded weights of one net: kernels and biases of the convolutions, then of the linear layer."""

    kernels: tuple[NDArray[np.float16], ...]
    biases: tuple[NDArray[np.float16], ...]

    def count(self) -> int:
        """Number of weights."""
        return sum(array.size for array in self.kernels + self.biases)


def fold(net: DigitsNet) -> Layers:
    """Fold the normalization into the convolutions and round to half precision."""
    kernels, biases = [], []
    with torch.no_grad():
        for convolution, norm in zip(net.convolutions, net.norms, strict=True):
            kernel, bias = _folded(cast("nn.Conv2d", convolution), cast("nn.BatchNorm2d", norm))
            kernels.append(kernel)
            biases.append(bias)
        kernels.append(net.head.weight)
        biases.append(net.head.bias)
    return Layers(kernels=tuple(map(_half, kernels)), biases=tuple(map(_half, biases)))


def _folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """One convolution that does what it and the normalization after it do."""
    mean, variance = cast("Tensor", norm.running_mean), cast("Tensor", norm.running_var)
    factor = norm.weight / torch.sqrt(variance + norm.eps)
    return convolution.weight * factor[:, None, None, None], norm.bias - mean * factor


def _half(weights: Tensor) -> NDArray[np.float16]:
    return np.ascontiguousarray(weights.detach().numpy()).astype(np.float16)


def scores(members: Sequence[Layers], pictures: Tensor) -> Tensor:
    """Mean scores ``[n, 11]`` of the nets for pictures ``[n, 1, 28, 28]``, as the graph computes them."""
    return torch.stack([_one(layers, pictures) for layers in members]).mean(dim=0)


def _one(layers: Layers, pictures: Tensor) -> Tensor:
    hidden = pictures
    for kernel, bias, stride in zip(layers.kernels[:-1], layers.biases[:-1], STRIDES, strict=True):
        weight, offset = torch.from_numpy(kernel).float(), torch.from_numpy(bias).float()
        hidden = functional.relu(functional.conv2d(hidden, weight, offset, stride))
    weight, offset = torch.from_numpy(layers.kernels[-1]).float(), torch.from_numpy(layers.biases[-1]).float()
    result = functional.linear(hidden.flatten(1), weight, offset)
    return result - result.logsumexp(dim=1, keepdim=True)
