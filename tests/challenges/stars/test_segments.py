"""Statistics of many pieces equal those of each piece alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outclass.challenges.stars.segments import Segments

PIECES = st.lists(st.lists(st.floats(-1e6, 1e6), max_size=6), min_size=1, max_size=6)


def joined(pieces: list[list[float]]) -> tuple[Segments, np.ndarray]:
    values = np.array([value for piece in pieces for value in piece], dtype=np.float64)
    return Segments.of(np.array([len(piece) for piece in pieces])), values


@given(PIECES)
def test_sums_and_extremes(pieces: list[list[float]]) -> None:
    segments, values = joined(pieces)
    assert np.allclose(segments.sum(values), [sum(piece) for piece in pieces], atol=1e-6)
    assert segments.largest(values, 0.0).tolist() == [max(piece, default=0.0) for piece in pieces]
    assert segments.smallest(values, 0.0).tolist() == [min(piece, default=0.0) for piece in pieces]


@given(PIECES)
def test_quantiles_are_those_of_numpy(pieces: list[list[float]]) -> None:
    segments, values = joined(pieces)
    low, high = segments.smallest(values, 0.0), segments.largest(values, 0.0)
    found = segments.quantiles(values, np.array([0.25, 0.5, 1.0]), low, high)
    for place, piece in enumerate(pieces):
        wanted = np.quantile(piece, (0.25, 0.5, 1.0)) if piece else np.zeros(3)
        scale = 1.0 + np.abs(piece).max() if piece else 1.0
        assert np.allclose([column[place] for column in found], wanted, atol=1e-9 * scale)


@given(PIECES)
def test_the_place_of_the_largest_is_the_first(pieces: list[list[float]]) -> None:
    segments, values = joined(pieces)
    start = 0
    for place, piece in zip(segments.where_largest(values).tolist(), pieces, strict=True):
        assert place == (start + piece.index(max(piece)) if piece else 0)
        start += len(piece)


@given(PIECES)
def test_stacked_values_are_as_each_alone(pieces: list[list[float]]) -> None:
    segments, values = joined(pieces)
    stack = np.array([values, -2.0 * values])
    low, high = segments.smallest(stack, 0.0), segments.largest(stack, 0.0)
    shares = np.array([0.25, 0.5])
    together = segments.quantiles(stack, shares, low, high)
    for place, row in enumerate(stack):
        assert segments.sum(stack)[place].tolist() == segments.sum(row).tolist()
        assert segments.spread(low)[place].tolist() == segments.spread(segments.smallest(row, 0.0)).tolist()
        assert together[place].tolist() == segments.quantiles(row, shares, low[place], high[place]).tolist()
