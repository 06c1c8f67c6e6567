"""Periods: found where something repeats, and nowhere else."""

import numpy as np
import pytest

from outclass.charts.folding import find_period
from outclass.charts.period import Period, chance
from outclass.inputs.series import Series, facts_of


def observe(light, *, seed=1, size=130, span=1000.0, noise=1.0, bands=6):
    """Return a light curve that is observed in seasons, at random hours of the night."""
    random = np.random.default_rng(seed)
    nights = np.sort(random.choice(int(span), size, replace=False))
    nights = nights[nights % 365 < 200]
    mjd = 59000 + nights + random.uniform(0.0, 0.35, len(nights))
    band = random.integers(0, bands, len(nights))
    flux = light(mjd) * (1 + 0.2 * band) + random.normal(0, noise, len(nights))
    return Series(
        mjd=mjd,
        passband=band,
        flux=flux,
        flux_err=np.full(len(nights), noise),
        detected=np.abs(flux) > 5 * noise,
        facts=facts_of({}),
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("days", [0.2345, 0.567, 3.21, 88.0])
def test_the_period_of_a_pulsation_is_found(days, seed):
    found = find_period(observe(lambda mjd: 30 * np.sin(2 * np.pi * mjd / days), seed=seed, size=260))
    assert isinstance(found, Period)
    assert found.days == pytest.approx(days, rel=2e-3)
    assert found.explained > 0.9


def test_the_phase_is_sharp_enough_to_fold_three_years():
    days = 0.4321
    found = find_period(observe(lambda mjd: 30 * np.sin(2 * np.pi * mjd / days), size=400, span=1100))
    assert abs(found.days / days - 1) * 1100 / days < 0.05


@pytest.mark.parametrize("seed", range(6))
def test_noise_has_no_period(seed):
    assert find_period(observe(np.zeros_like, seed=seed)) is None


@pytest.mark.parametrize("width", [3.0, 30.0, 120.0])
def test_what_comes_once_has_no_period(width):
    assert find_period(observe(lambda mjd: 200 * np.exp(-(((mjd - 59400) / width) ** 2)))) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_slow_drift_has_no_period(seed):
    def drift(mjd):
        steps = np.random.default_rng(seed).normal(0, 1, 1100).cumsum()
        return 20 * np.interp(mjd - 59000, np.arange(1100), steps)

    assert find_period(observe(drift, seed=seed)) is None


@pytest.mark.parametrize("size", [0, 1, 5, 15])
def test_a_few_observations_have_no_period(size):
    assert find_period(observe(lambda mjd: 50 * np.sin(mjd), size=size)) is None


def test_all_at_one_moment_has_no_period():
    series = observe(lambda mjd: 50 * np.sin(mjd), size=60)
    series.mjd[:] = 59000.0
    assert find_period(series) is None


def test_chance_falls_with_what_is_explained_and_grows_with_the_grid():
    assert chance(0.9, 100, 6, 1000) < chance(0.6, 100, 6, 1000) < chance(0.3, 100, 6, 1000) <= 1
    assert chance(0.6, 100, 6, 1000) < chance(0.6, 100, 6, 100_000)
    assert chance(0.9, 10, 6, 1000) == 1.0
    assert chance(1.0, 100, 1, 1000) == 0.0
