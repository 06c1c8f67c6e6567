"""Periods of eclipses: found where dips come back, and nowhere else."""

import numpy as np
import pytest

from outclass.charts.dips import best_combs, find_dips, told_by_neighbors, visits
from outclass.charts.folding import find_period
from outclass.charts.period import find_pulsation, make_grid
from outclass.inputs.series import Series, facts_of


def eclipsed(days, *, width=0.06, second=0.5, seed=1, nights=70, noise=1.0, light=None):
    """Return a star that is eclipsed twice each period, seen in all bands at once on each night."""
    random = np.random.default_rng(seed)
    chosen = np.sort(random.choice(1000, nights, replace=False)) + random.uniform(0, 0.35, nights)
    mjd = np.repeat(59000 + chosen, 5) + np.tile(np.arange(5) * 0.001, nights)
    band = np.tile(np.arange(5), nights)
    if light is None:
        phase = (mjd / days) % 1.0
        first = np.exp(-0.5 * ((phase - 0.5) / (width / 2)) ** 4)
        other = np.exp(-0.5 * ((np.abs((phase + 0.5) % 1.0 - 0.5)) / (width / 2)) ** 4)
        flux = -60.0 * (first + second * other)
    else:
        flux = light(mjd)
    flux = flux * (1 + 0.2 * band) + random.normal(0, noise, len(mjd))
    return Series(
        mjd=mjd,
        passband=band.astype(np.int64),
        flux=flux,
        flux_err=np.full(len(mjd), noise),
        detected=np.abs(flux) > 5 * noise,
        facts=facts_of({}),
    )


@pytest.mark.parametrize("days", [0.83, 2.345, 6.7])
def test_eclipses_that_no_sinusoid_tells_are_found(days):
    series = eclipsed(days, width=0.1, nights=120)
    found = find_dips(series)
    assert found is not None
    multiple = found.days / days
    nearest = min((0.5, 1.0, 2.0), key=lambda factor: abs(multiple - factor))
    assert multiple == pytest.approx(nearest, rel=2e-4)
    assert find_period(series) is not None


def test_pulsations_are_looked_for_first():
    series = eclipsed(1.0, light=lambda mjd: 40 * np.sin(2 * np.pi * mjd / 0.567))
    assert find_period(series) == find_pulsation(series)


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_dips(seed):
    random = np.random.default_rng(seed)
    assert find_dips(eclipsed(1.0, light=lambda mjd: random.normal(0, 30, len(mjd)), seed=seed)) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_drift_has_no_dips(seed):
    walk = np.random.default_rng(seed).normal(0, 3, 1100).cumsum()
    series = eclipsed(1.0, light=lambda mjd: 10 * np.interp(mjd - 59000, np.arange(1100), walk), seed=seed)
    assert find_dips(series) is None


def test_what_comes_once_has_no_dips():
    assert find_dips(eclipsed(1.0, light=lambda mjd: 200 * np.exp(-(((mjd - 59400) / 60) ** 2)))) is None


@pytest.mark.parametrize("nights", [1, 3, 10])
def test_a_few_nights_have_no_dips(nights):
    assert find_dips(eclipsed(0.8, nights=nights)) is None


def test_bands_of_one_look_are_one():
    when, flux, weight = visits(np.array([0.0, 0.01, 1.0]), np.array([1.0, 3.0, 5.0]), np.ones(3))
    assert when.tolist() == [0.005, 1.0]
    assert flux.tolist() == [2.0, 5.0]
    assert weight.tolist() == [2.0, 1.0]


def test_the_highest_comb_is_found():
    grid = make_grid(100.0)
    frequencies = grid.frequencies
    explained = np.zeros(len(frequencies))
    for tooth in (1, 2, 3):
        explained[np.argmin(np.abs(frequencies - 0.71 * tooth))] = 0.1
    assert best_combs(explained, grid, 3)[0] == pytest.approx(0.71, abs=frequencies[1] - frequencies[0])


def test_neighbors_foretell_at_the_right_frequency_alone():
    random = np.random.default_rng(3)
    days = np.sort(random.uniform(0, 300, 200))
    shares = told_by_neighbors(days, np.sin(2 * np.pi * days / 2.5), np.ones(200), np.array([0.4, 0.317]))
    assert shares[0] > 0.95
    assert shares[1] < 0.3
