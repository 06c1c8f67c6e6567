"""Elementary features: the same alone as among many, finite, right on curves that are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from outclass.catalog import load_challenge
from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars import simulate
from outclass.challenges.stars.cells import MISSING, arrange
from outclass.challenges.stars.distance import luminosity_distance
from outclass.challenges.stars.elementary import elementary_features, elementary_names, find_peak
from outclass.challenges.stars.rest_frame import AT_PEAK, PHASES, WAVELENGTHS
from outclass.inputs.series import FACTS, Series, SeriesTable, facts_of


@pytest.fixture(scope="module")
def declared() -> InputDeclaration:
    return load_challenge("stars").challenge.input


@pytest.fixture(scope="module")
def table() -> SeriesTable:
    found = simulate.population(60, 4).inputs
    assert isinstance(found, SeriesTable)
    return found


def flat_series(
    *, redshift: float = 0.5, brightness: float = 100.0, width: float = 20.0, start: float = 60_000.0
) -> Series:
    """A curve of one color: a Gaussian in time that peaks after 60 days, seen every second day."""
    mjd = np.repeat(start + np.arange(0.0, 160.0, 2.0), 6) + np.tile(np.arange(6) * 0.01, 80)
    days = mjd - start - 60.0
    flux = brightness * np.exp(-0.5 * (days / width) ** 2)
    return Series(
        mjd=mjd,
        passband=np.tile(np.arange(6), 80).astype(np.int64),
        flux=flux,
        flux_err=np.ones(len(mjd)),
        detected=flux > 5.0,
        facts=facts_of({"hostgal_photoz": redshift, "hostgal_photoz_err": 0.01, "mwebv": 0.0}),
    )


def columns(series: Series, declared: InputDeclaration) -> dict[str, float]:
    row = elementary_features(SeriesTable.of([series]), declared)[0]
    return dict(zip(elementary_names(declared), row.tolist(), strict=True))


def test_alone_as_among_many(table: SeriesTable, declared: InputDeclaration) -> None:
    together = elementary_features(table, declared)
    alone = np.concatenate(
        [elementary_features(table.take([place]), declared) for place in range(len(table))]
    )
    assert np.allclose(alone, together, rtol=1e-6, atol=1e-6)


def test_the_order_of_objects_does_not_matter(table: SeriesTable, declared: InputDeclaration) -> None:
    turned = np.arange(len(table))[::-1]
    assert np.allclose(
        elementary_features(table.take(turned), declared),
        elementary_features(table, declared)[::-1],
        rtol=1e-6,
    )


def test_finite_with_a_name_for_each_column(table: SeriesTable, declared: InputDeclaration) -> None:
    names = elementary_names(declared)
    found = elementary_features(table, declared)
    assert found.shape == (len(table), len(names))
    assert len(set(names)) == len(names)
    assert np.isfinite(found).all()
    assert found.dtype == np.float32


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_hardly_anything_observed(rows: int, declared: InputDeclaration) -> None:
    series = flat_series()
    few = Series(
        mjd=series.mjd[:rows],
        passband=series.passband[:rows],
        flux=series.flux[:rows],
        flux_err=series.flux_err[:rows],
        detected=series.detected[:rows],
        facts=np.full(len(FACTS), np.nan),
    )
    assert np.isfinite(elementary_features(SeriesTable.of([few, series]), declared)).all()


def test_the_calendar_and_the_sky_are_not_seen(declared: InputDeclaration) -> None:
    here, later = flat_series(), flat_series(start=61_000.0)
    moved = Series(
        mjd=later.mjd,
        passband=later.passband,
        flux=later.flux,
        flux_err=later.flux_err,
        detected=later.detected,
        facts=facts_of(
            {"hostgal_photoz": 0.5, "hostgal_photoz_err": 0.01, "mwebv": 0.4, "ra": 20.0, "ddf": 1.0}
        ),
    )
    one, other = (elementary_features(SeriesTable.of([series]), declared) for series in (here, moved))
    assert np.allclose(one, other, rtol=1e-4, atol=1e-4)


def test_the_peak_is_found() -> None:
    cells = arrange(SeriesTable.of([flat_series()]), 6)
    peak = find_peak(cells)
    assert peak.time[0] == pytest.approx(60.0, abs=1.0)
    assert peak.flux[0] == pytest.approx(100.0, rel=0.05)


def test_statistics_of_a_band(declared: InputDeclaration) -> None:
    series = flat_series()
    found = columns(series, declared)
    red = series.flux[series.passband == 2]
    assert found["elementary.flux_mean.r"] == pytest.approx(red.mean(), rel=1e-5)
    assert found["elementary.flux_most.r"] == pytest.approx(red.max(), rel=1e-5)
    assert found["elementary.flux_quantile_75.r"] == pytest.approx(np.quantile(red, 0.75), rel=1e-5)
    assert found["elementary.count.r"] == len(red)


def test_times_are_those_of_the_object(declared: InputDeclaration) -> None:
    near, far = (columns(flat_series(redshift=z), declared)["elementary.after_50.i"] for z in (0.1, 1.2))
    assert near / far == pytest.approx(2.2 / 1.1, rel=0.01)


def test_absolute_magnitude(declared: InputDeclaration) -> None:
    found = columns(flat_series(redshift=0.5), declared)
    distance = luminosity_distance(np.array([0.5]))[0] * 1000.0
    wanted = 27.5 - 2.5 * np.log10(100.0) - 5 * np.log10(distance) - 25
    assert found["elementary.brightest"] == pytest.approx(wanted, abs=0.1)
    assert found["elementary.rest_magnitude.4500.0"] == pytest.approx(wanted, abs=0.1)
    assert found["elementary.rest_color.4500-5500.0"] == pytest.approx(0.0, abs=0.02)


def test_unknown_redshift_has_no_absolute_magnitude(declared: InputDeclaration) -> None:
    assert columns(flat_series(redshift=np.nan), declared)["elementary.brightest"] == MISSING


def test_the_map_has_a_place_for_the_peak() -> None:
    assert PHASES[AT_PEAK] == 0.0
    assert list(WAVELENGTHS) == sorted(WAVELENGTHS)


def test_distances_in_the_local_universe_follow_hubble() -> None:
    small: NDArray[np.float64] = np.array([0.001])
    assert luminosity_distance(small)[0] == pytest.approx(299_792.458 / 70.0 * 0.001 / 1000.0, rel=2e-3)
