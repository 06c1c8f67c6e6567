"""Where a model looked: the place that decides, not one that is merely bright."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models import tiny_digits_version
from outclass.base.errors import RegistryError
from outclass.inference.looking import look, scaled, smoothed
from outclass.inference.predictor import Predictor
from photo_models import color_version

CELL = 32


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    return Predictor.load(color_version(tmp_path))


def patched(*patches: tuple[int, int, tuple[int, int, int]]) -> NDArray[np.uint8]:
    """Return a gray view with a patch of color at some places of the map."""
    view = np.full((224, 224, 3), 120, dtype=np.uint8)
    for row, column, color in patches:
        view[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = color
    return view


def test_the_place_that_makes_the_answer_stands_out(predictor: Predictor) -> None:
    looking = look(predictor, patched((2, 5, (255, 0, 0)), (5, 1, (255, 255, 255))))
    assert looking.label == "red"
    grid = np.array(looking.grid)
    assert grid.shape == (7, 7)
    assert np.unravel_index(grid.argmax(), grid.shape) == (2, 5)
    assert grid[5, 1] < 0.5


def test_another_class_may_be_asked_for(predictor: Predictor) -> None:
    view = patched((0, 0, (255, 0, 0)), (6, 6, (0, 0, 255)))
    for label, place in (("red", (0, 0)), ("blue", (6, 6))):
        looking = look(predictor, view, label)
        grid = np.array(looking.grid)
        assert looking.label == label
        assert np.unravel_index(grid.argmax(), grid.shape) == place


def test_covering_in_that_order_takes_the_answer_away_sooner_than_chance(predictor: Predictor) -> None:
    random = np.random.default_rng(7)
    chances: dict[str, list[float]] = {"map": [], "chance": []}
    for _ in range(10):
        view = np.kron(random.integers(90, 150, (7, 7, 3)), np.ones((CELL, CELL, 1))).astype(np.uint8)
        looking = look(predictor, view)
        orders = {"map": np.argsort(-np.array(looking.grid), axis=None), "chance": random.permutation(49)}
        for name, order in orders.items():
            covered = view.copy()
            for place in order[:12].tolist():
                row, column = divmod(place, 7)
                covered[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = 120
            chances[name].append(predictor.predict_one(covered).probabilities[looking.label])
    assert np.mean(chances["map"]) < np.mean(chances["chance"]) - 0.05


def test_a_plain_photo_has_no_such_place(predictor: Predictor) -> None:
    assert np.array(look(predictor, patched()).grid).sum() == pytest.approx(0, abs=1e-6)


def test_a_model_of_drawings_looks_nowhere(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="reads no photos"):
        look(Predictor.load(tiny_digits_version(tmp_path)), patched())


@given(st.lists(st.floats(-5, 5), min_size=49, max_size=49))
def test_grids_are_from_0_to_1(values: list[float]) -> None:
    grid = np.array(values).reshape(7, 7)
    found = scaled(smoothed(grid))
    assert found.min() >= 0
    assert found.max() in (0.0, 1.0)
    assert smoothed(np.full((7, 7), 2.0)) == pytest.approx(2.0)
    assert smoothed(grid).sum() == pytest.approx(smoothed(grid.T).T.sum())
