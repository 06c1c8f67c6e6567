"""Light curves as arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import InvalidInputError
from outclass.inputs.series import (
    FACTS,
    Series,
    SeriesTable,
    facts_of,
    first_nights,
    flux_of_magnitudes,
)

FIELDS = ("mjd", "passband", "flux", "flux_err", "detected", "facts")
mjds = st.lists(st.floats(59000, 59060, allow_nan=False), max_size=40).map(sorted)


def make(times: list[float], seed: int = 0) -> Series:
    """Return a light curve with the given times."""
    random, size = np.random.default_rng(seed), len(times)
    return Series(
        mjd=np.array(times, dtype=np.float64),
        passband=random.integers(0, 6, size),
        flux=random.normal(0, 10, size),
        flux_err=random.uniform(1, 2, size),
        detected=random.integers(0, 2, size).astype(bool),
        facts=facts_of({"hostgal_photoz": float(seed), "mwebv": 0.1}),
    )


def assert_same(one: Series, other: Series) -> None:
    """Compare all arrays."""
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(st.lists(mjds, max_size=6))
def test_series_come_out_of_a_table_as_they_went_in(all_times: list[list[float]]) -> None:
    series = [make(times, seed) for seed, times in enumerate(all_times)]
    table = SeriesTable.of(series)
    assert len(table) == len(series)
    for one, other in zip(table, series, strict=True):
        assert_same(one, other)
    assert table.facts.shape == (len(series), len(FACTS))


@given(st.lists(mjds, min_size=1, max_size=6), st.data())
def test_taking_places_gives_those_series(all_times: list[list[float]], data: st.DataObject) -> None:
    table = SeriesTable.of([make(times, seed) for seed, times in enumerate(all_times)])
    places = data.draw(st.lists(st.integers(0, len(table) - 1), max_size=8))
    taken = table.take(places)
    assert len(taken) == len(places)
    for one, place in zip(taken, places, strict=True):
        assert_same(one, table[place])


@given(mjds, st.integers(1, 80))
def test_first_nights_are_a_beginning_of_whole_nights(times: list[float], nights: int) -> None:
    series = make(times)
    cut = first_nights(series, nights)
    night = np.floor(series.mjd - 2 / 3)
    assert len(np.unique(np.floor(cut.mjd - 2 / 3))) == min(nights, len(np.unique(night)))
    np.testing.assert_array_equal(cut.mjd, series.mjd[: len(cut)])
    rest = series.mjd[len(cut) :]
    assert not len(rest) or np.floor(rest[0] - 2 / 3) > np.floor(cut.mjd[-1] - 2 / 3)


def test_a_night_does_not_end_at_midnight_of_greenwich() -> None:
    times = [59000.9, 59001.1, 59001.6, 59001.7]  # 21:36 and 2:24 are one night in Chile; 16:48 is the next
    assert len(first_nights(make(times), 1)) == 3
    assert len(first_nights(make(times), 2)) == 4


def test_what_is_unknown_is_not_a_number() -> None:
    facts = facts_of({"hostgal_photoz": None, "mwebv": 0.02})
    assert np.isnan(facts[FACTS.index("hostgal_photoz")])
    assert facts[FACTS.index("mwebv")] == 0.02
    assert make([]).fact("mwebv") == 0.1
    with pytest.raises(InvalidInputError, match="redshift"):
        facts_of({"redshift": 0.1})


@given(st.floats(5, 35), st.floats(1e-4, 0.5))
def test_magnitudes_and_flux_agree(magnitude: float, error: float) -> None:
    flux, flux_err = flux_of_magnitudes(np.array([magnitude]), np.array([error]))
    assert 27.5 - 2.5 * np.log10(flux[0]) == pytest.approx(magnitude, abs=1e-9)
    assert flux_err[0] / flux[0] == pytest.approx(error * np.log(10) / 2.5, rel=1e-12)
