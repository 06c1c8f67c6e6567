"""What the shipped champion must reach on real pictures: MNIST's test files, and pictures that are no digits.

Nothing of this is used to train, tune or choose.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from outclass.base.errors import NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.sources.idx import read_idx_folder
from outclass.inference.predictor import Predictor, Scores
from outclass.inputs.framing import normalize
from outclass.metrics.scores import accuracy, auroc, ece
from outclass.registry.store import Registry

KEPT = 0.98
LIKE_DIGITS = ("B", "D", "G", "I")

Pictures = NDArray[np.float32]

pytestmark = pytest.mark.timeout(300)  # 15,000 pictures, on a core that may have much else to do


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    home = tmp_path_factory.mktemp("home")
    try:
        champion = Registry(Settings(home=home, database_url="sqlite:///unused")).champion("digits")
    except NotFoundError:
        pytest.skip("no champion is packaged")
    return Predictor.load(champion)


@pytest.fixture(scope="module")
def digits(shared_data: Path) -> tuple[Pictures, NDArray[np.int64]]:
    rows = read_idx_folder(shared_data / "digits")
    return rows.images.astype(np.float32) / np.float32(255), rows.labels.astype(np.int64)


@pytest.fixture(scope="module")
def read(predictor: Predictor, digits: tuple[Pictures, NDArray[np.int64]]) -> Scores:
    return predictor.scores(digits[0])


@pytest.fixture(scope="module")
def others(shared_data: Path, predictor: Predictor) -> dict[str, NDArray[np.float32]]:
    """Outlier scores of every second picture of each set that are no digits, normalized as when serving."""
    table = pl.read_parquet(shared_data / "digits" / "not_digits_28px.parquet")
    like = pl.col("label").is_in(LIKE_DIGITS) & (pl.col("set") == "notmnist")
    found = {}
    for name, group in table.filter(~like.fill_null(value=False)).group_by("set"):
        gray = [np.frombuffer(image, np.uint8).reshape(28, 28) for image in group["image"].gather_every(2)]
        rows = np.stack([normalize(picture.astype(np.float32) / np.float32(255)) for picture in gray])
        outlier = predictor.scores(rows).outlier
        assert outlier is not None
        found[str(name[0])] = outlier
    return found


def test_digits_are_read_rightly(read: Scores, digits: tuple[Pictures, NDArray[np.int64]]) -> None:
    assert accuracy(digits[1], read.probabilities) >= 0.9965


def test_probabilities_are_calibrated(read: Scores, digits: tuple[Pictures, NDArray[np.int64]]) -> None:
    assert ece(digits[1], read.probabilities) <= 0.005


@pytest.mark.parametrize(
    ("name", "least"),
    [("quickdraw", 0.98), ("fashion_mnist", 0.98), ("kmnist", 0.98), ("notmnist", 0.95)],
)
def test_what_is_no_digit_is_told_from_digits(
    read: Scores, others: dict[str, NDArray[np.float32]], name: str, least: float
) -> None:
    assert read.outlier is not None
    assert auroc(others[name], read.outlier) >= least


@pytest.mark.parametrize("name", ["quickdraw", "fashion_mnist"])
def test_few_pass_where_nearly_all_digits_are_kept(
    read: Scores, others: dict[str, NDArray[np.float32]], name: str
) -> None:
    assert read.outlier is not None
    threshold = np.quantile(read.outlier, KEPT)
    assert (others[name] <= threshold).mean() <= 0.10


def test_an_offset_of_one_pixel_changes_little(
    predictor: Predictor, digits: tuple[Pictures, NDArray[np.int64]]
) -> None:
    rows, targets = digits[0][:1000], digits[1][:1000]
    for shift in ((1, 0), (0, -1)):
        moved = np.roll(rows, shift, axis=(1, 2))
        assert accuracy(targets, predictor.scores(moved).probabilities) >= 0.99
