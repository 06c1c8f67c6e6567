"""The linear-time Gaussian process against a dense solve, in both its forms, and at its limits."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from light_curves import (
    challenge_supernovae,
    declared_bands,
    dense_curve,
    plasticc_objects,
    supernova,
    supernovae,
)
from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars import curves, filtering, jit, plain, process
from outclass.challenges.stars.forms import RATES, WORTH_COMPILING, Workshop
from outclass.inputs.series import Series, SeriesTable, facts_of

pytestmark = pytest.mark.timeout(300)  # where numba has kept nothing, loops are compiled first

LSST = declared_bands("ugrizy")
FOUR = declared_bands("griz")
Floats = NDArray[np.float64]


def dense(series: Series, declared: InputDeclaration, grid: Floats) -> tuple[Floats, Floats]:
    """Return the mean and the deviation of a Gaussian process, in shares of the flux, by dense solves."""
    fitted = process.fit_curves(SeriesTable.of([series]), declared)
    own = process.band_covariance(fitted.wavelengths, fitted.wavelengths)
    days = process.TIME_SCALES[fitted.best[0]]
    scale = fitted.scale[0]
    variances = np.maximum(series.flux_err / scale, process.ERROR_FLOOR) ** 2
    among = own[series.passband[:, None], series.passband] * process.matern(
        (series.mjd[:, None] - series.mjd) / days
    )
    means, deviations = [], []
    for band in range(len(own)):
        across = own[band, series.passband] * process.matern((grid[:, None] - series.mjd) / days)
        mean = dense_curve(
            series, fitted.baseline[0], (among * scale**2, across * scale**2, variances * scale**2)
        )
        known = np.linalg.solve(among + np.diag(variances), across.T)
        means.append(mean / scale)
        deviations.append(np.sqrt(np.maximum(own[band, band] - np.sum(across * known.T, axis=1), 0)))
    return np.array(means), np.array(deviations)


def assert_exact(series: Series, declared: InputDeclaration) -> None:
    """Compare curve and deviation with dense solves."""
    grid = np.linspace(series.mjd[0] - 30, series.mjd[-1] + 30, 150)
    scale = process.fit_curves(SeriesTable.of([series]), declared).scale[0]
    mean, deviation = process.curve_of(series, declared, grid)
    baseline = process.fit_curves(SeriesTable.of([series]), declared).baseline[0]
    expected, doubt = dense(series, declared, grid)
    peak = np.max(np.abs(expected))
    assert np.max(np.abs((mean - baseline[:, None]) / scale - expected)) < 1e-6 * peak
    np.testing.assert_allclose(deviation / scale, doubt, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_the_curve_is_that_of_a_dense_solve(seed: int) -> None:
    assert_exact(supernova(50 + 30 * seed, seed=seed), LSST)


def test_the_curve_of_real_objects_is_that_of_a_dense_solve(shared_data: Path) -> None:
    for series in plasticc_objects(shared_data):
        assert_exact(series, LSST)


def test_the_curve_of_supernovae_in_four_bands_is_that_of_a_dense_solve(shared_data: Path) -> None:
    for series in challenge_supernovae(shared_data, 8):
        assert_exact(series, FOUR)


def test_both_forms_give_the_same() -> None:
    table = supernovae(6)
    fast = process.fit_curves(table, LSST, compiled=True)
    slow = process.fit_curves(table, LSST, compiled=False)
    np.testing.assert_array_equal(fast.best, slow.best)
    np.testing.assert_allclose(fast.likelihood, slow.likelihood, rtol=1e-6)
    np.testing.assert_allclose(
        fast.weights, slow.weights, rtol=1e-6, atol=1e-6 * np.max(np.abs(slow.weights))
    )


def test_the_compiler_knows_the_number_of_time_scales() -> None:
    assert len(process.TIME_SCALES) == filtering.LANES
    assert len(RATES) == filtering.LANES


def test_one_object_does_not_wait_for_a_compiler() -> None:
    workshop = Workshop()
    assert workshop.best_for(1).smooth_all is plain.smooth_all
    assert not workshop.ready


def test_many_objects_wait_for_compiled_loops() -> None:
    workshop = Workshop()
    many = workshop.best_for(WORTH_COMPILING)
    assert workshop.ready == jit.COMPILES
    assert workshop.best_for(1) is many


def test_after_some_objects_the_compiled_loops_are_made_beside() -> None:
    workshop = Workshop()
    for _ in range(WORTH_COMPILING):
        workshop.best_for(1)
    for thread in threading.enumerate():
        if thread.name == "compile-loops":
            thread.join(timeout=100)
    assert workshop.ready == jit.COMPILES


def test_numba_is_not_needed() -> None:
    code = """
import sys
sys.modules["numba"] = None
import numpy as np
from light_curves import declared_bands, supernovae
from outclass.challenges.stars import curves
print(float(np.abs(curves.curve_features(supernovae(2), declared_bands("ugrizy"))).sum()))
"""
    tests = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tests, timeout=100
    )
    assert done.returncode == 0, done.stderr
    from_numba = float(np.abs(curves.curve_features(supernovae(2), LSST, compiled=True)).sum())
    assert float(done.stdout) == pytest.approx(from_numba, rel=1e-6)


def test_numba_is_imported_only_to_compute() -> None:
    code = "import sys, outclass.challenges.stars.curves; print('numba' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_the_likeliest_time_scale_follows_the_object() -> None:
    series = supernova(120, seed=3)
    slow = Series(
        mjd=59_000 + 4 * (series.mjd - 59_000),
        passband=series.passband,
        flux=series.flux,
        flux_err=series.flux_err,
        detected=series.detected,
        facts=series.facts,
    )
    best = process.fit_curves(SeriesTable.of([series, slow]), LSST).best
    assert best[1] == best[0] + 2


def changed(series: Series, *, factor: float = 1.0, days: float = 0.0) -> Series:
    """Return a series with all fluxes multiplied and all times moved."""
    return Series(
        mjd=series.mjd + days,
        passband=series.passband,
        flux=series.flux * factor,
        flux_err=series.flux_err * factor,
        detected=series.detected,
        facts=series.facts,
    )


@given(factor=st.floats(1e-3, 1e5), days=st.floats(-5000, 5000))
@settings(max_examples=20)
def test_flux_scales_and_time_moves(factor: float, days: float) -> None:
    series = supernova(40)
    grid = np.linspace(59_000, 59_200, 30)
    mean, deviation = process.curve_of(series, LSST, grid)
    other, wider = process.curve_of(changed(series, factor=factor, days=days), LSST, grid + days)
    np.testing.assert_allclose(other, factor * mean, atol=1e-5 * factor * 300)
    np.testing.assert_allclose(wider, factor * deviation, atol=1e-5 * factor * 300)


def test_a_steady_source_is_taken_off_galactic_objects_only() -> None:
    steady = changed(supernova(60, photoz=0.0))
    raised = Series(
        mjd=steady.mjd,
        passband=steady.passband,
        flux=steady.flux + 1000,
        flux_err=steady.flux_err,
        detected=steady.detected,
        facts=steady.facts,
    )
    grid = np.linspace(59_000, 59_200, 30)
    np.testing.assert_allclose(
        process.curve_of(raised, LSST, grid)[0], process.curve_of(steady, LSST, grid)[0] + 1000, atol=0.01
    )
    assert not process.fit_curves(SeriesTable.of([supernova(60)]), LSST).baseline.any()


def test_an_object_is_fitted_alike_alone_and_among_others() -> None:
    table = supernovae(5)
    together = process.fit_curves(table, LSST)
    for place in range(len(table)):
        alone = process.fit_curves(table.take([place]), LSST)
        rows = slice(table.starts[place], table.starts[place + 1])
        np.testing.assert_array_equal(alone.weights, together.weights[rows])


def limit_case(name: str) -> Series:
    """Return a series at a limit."""
    series = supernova(40)
    cases: dict[str, tuple[Floats, NDArray[np.int64], Floats, Floats]] = {
        "one observation": (series.mjd[:1], series.passband[:1], series.flux[:1], series.flux_err[:1]),
        "one band": (series.mjd, np.zeros(40, dtype=np.int64), series.flux, series.flux_err),
        "one time": (np.full(40, 59_000.0), series.passband, series.flux, series.flux_err),
        "huge": (series.mjd, series.passband, series.flux * 1e200, series.flux_err * 1e200),
        "one huge": (series.mjd, series.passband, np.append(series.flux[1:], 1e300), series.flux_err),
        "tiny errors": (series.mjd, series.passband, series.flux, np.full(40, 1e-12)),
        "huge errors": (series.mjd, series.passband, series.flux, np.full(40, 1e150)),
        "no light": (series.mjd, series.passband, np.zeros(40), series.flux_err),
        "centuries": (series.mjd * 10, series.passband, series.flux, series.flux_err),
    }
    mjd, passband, flux, flux_err = cases[name]
    return Series(
        mjd=mjd,
        passband=passband,
        flux=flux,
        flux_err=flux_err,
        detected=np.ones(len(mjd), dtype=np.bool_),
        facts=facts_of({}),
    )


LIMITS = (
    "one observation", "one band", "one time", "huge", "one huge", "tiny errors", "huge errors", "no light",
    "centuries",
)  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_give_finite_curves(name: str) -> None:
    series = limit_case(name)
    mean, deviation = process.curve_of(series, LSST, np.linspace(series.mjd[0] - 10, series.mjd[0] + 200, 20))
    assert np.isfinite(mean).all()
    assert np.isfinite(deviation).all()
    assert (deviation >= 0).all()


def test_the_longest_series_is_fitted() -> None:
    generator = np.random.default_rng(5)
    mjd = np.sort(generator.uniform(59_000, 60_000, 20_000))
    series = Series(
        mjd=mjd,
        passband=generator.integers(0, 6, len(mjd)),
        flux=100 * np.sin(mjd / 40) + generator.normal(0, 3, len(mjd)),
        flux_err=np.full(len(mjd), 3.0),
        detected=np.ones(len(mjd), dtype=np.bool_),
        facts=facts_of({}),
    )
    fitted = process.fit_curves(SeriesTable.of([series]), LSST)
    grid = np.linspace(59_100, 59_900, 50)
    curve = fitted.scale[0] * fitted.mean_at(0, grid, fitted.wavelengths)
    assert np.max(np.abs(curve - 100 * np.sin(grid / 40))) < 3


def test_arrays_that_may_not_be_written_are_read() -> None:
    table = supernovae(2)
    expected = process.fit_curves(table, LSST, compiled=True).weights
    for values in (table.starts, table.mjd, table.passband, table.flux, table.flux_err, table.facts):
        values.setflags(write=False)
    np.testing.assert_array_equal(process.fit_curves(table, LSST, compiled=True).weights, expected)


def test_no_objects_and_an_empty_object_are_fitted() -> None:
    empty = supernova(40)
    none = Series(
        mjd=empty.mjd[:0],
        passband=empty.passband[:0],
        flux=empty.flux[:0],
        flux_err=empty.flux_err[:0],
        detected=empty.detected[:0],
        facts=empty.facts,
    )
    assert len(process.fit_curves(SeriesTable.of([]), LSST).best) == 0
    fitted = process.fit_curves(SeriesTable.of([none, empty, none]), LSST)
    np.testing.assert_array_equal(fitted.weights, process.fit_curves(SeriesTable.of([empty]), LSST).weights)
