"""Real handwritten digits to play with before MNIST is collected: coarse ones that come with scikit-learn.

E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository (1998), CC
BY 4.0, https://doi.org/10.24432/C50P49: 1,797 digits of 13 people, each scanned and reduced to 8x8 pixels of
17 grays.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outclass.base.errors import MissingExtraError
from outclass.catalog.sources.base import SourceTable
from outclass.inputs.drawing import normalize

try:
    from sklearn.datasets import load_digits
except ModuleNotFoundError as error:
    raise MissingExtraError("demo", what="the embedded sample of digits comes with scikit-learn") from error

FULL_INK = 16.0
ENLARGED = 60
PAPER, INK = 0.3, 0.7


def sample() -> SourceTable:
    """Return the digits in the form of MNIST, all to be played and none to be learned from."""
    pictures, digits = load_digits(return_X_y=True)
    inputs = np.stack([enlarge(picture.reshape(8, 8) / FULL_INK) for picture in pictures])
    ids = tuple(f"optdigits-{row:04d}" for row in range(len(digits)))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(str(digit) for digit in digits),
        inputs=inputs,
        fixed_splits=("game",) * len(ids),
    )


def enlarge(ink: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Enlarge ink in 0..1 smoothly, sharpen its edges, bring it into the form of MNIST in 0..255."""
    padded = np.pad(ink, 1)
    picture = Image.fromarray((padded * 255).round().astype(np.uint8))
    large = picture.resize((ENLARGED, ENLARGED), Image.Resampling.BICUBIC)
    gray = np.asarray(large, dtype=np.float32) / np.float32(255)
    sharp = np.clip((gray - PAPER) / (INK - PAPER), 0.0, 1.0)
    return (normalize(sharp, 28) * 255).round().astype(np.uint8)
