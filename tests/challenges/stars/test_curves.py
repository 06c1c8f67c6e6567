"""Features of the fitted curve: names, limits, laws and what they say of a known curve."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from light_curves import declared_bands, supernova, supernovae
from outclass.challenges.stars import curves, shape
from outclass.challenges.stars.frame import MISSING
from outclass.inputs.series import FACTS, Series, SeriesTable, facts_of

pytestmark = pytest.mark.timeout(300)  # where numba has kept nothing, loops are compiled first

LSST = declared_bands("ugrizy")


def feature(table: SeriesTable, name: str, bands: str = "ugrizy") -> NDArray[np.float32]:
    """Return one column."""
    declared = declared_bands(bands)
    return curves.curve_features(table, declared)[:, curves.curve_names(declared).index(f"curve.{name}")]


def short(series: Series, count: int) -> Series:
    """Return the first observations."""
    return SeriesTable(
        starts=np.array([0, count]),
        mjd=series.mjd[:count],
        passband=series.passband[:count],
        flux=series.flux[:count],
        flux_err=series.flux_err[:count],
        detected=series.detected[:count],
        facts=series.facts[None],
    )[0]


@pytest.mark.parametrize("bands", ["ugrizy", "griz", "gr", "r"])
def test_every_column_has_a_name_whatever_the_bands(bands: str) -> None:
    declared = declared_bands(bands)
    names = curves.curve_names(declared)
    found = curves.curve_features(supernovae(3, bands=len(bands)), declared)
    assert found.shape == (3, len(names))
    assert len(set(names)) == len(names)
    assert all(name.startswith("curve.") for name in names)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_every_column_is_written() -> None:
    found = curves.curve_features(supernovae(8), LSST)
    written = (found != MISSING).any(axis=0)
    assert [name for name, used in zip(curves.curve_names(LSST), written, strict=True) if not used] == []


def test_both_forms_give_the_same() -> None:
    table = supernovae(4)
    np.testing.assert_allclose(
        curves.curve_features(table, LSST, compiled=True),
        curves.curve_features(table, LSST, compiled=False),
        rtol=1e-6,
    )


def test_an_object_has_the_same_features_alone_and_among_others() -> None:
    table = supernovae(5)
    together = curves.curve_features(table, LSST)
    alone = [curves.curve_features(table.take([place]), LSST)[0] for place in range(5)]
    np.testing.assert_array_equal(together, np.array(alone))


def test_objects_without_observations_have_nothing_to_tell() -> None:
    table = SeriesTable.of([short(supernova(), 0), supernova(), short(supernova(), 0)])
    found = curves.curve_features(table, LSST)
    assert (found[[0, 2]] == MISSING).all()
    np.testing.assert_array_equal(found[1], curves.curve_features(SeriesTable.of([supernova()]), LSST)[0])
    assert curves.curve_features(SeriesTable.of([]), LSST).shape == (0, len(curves.curve_names(LSST)))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_observations_give_finite_features(count: int) -> None:
    found = curves.curve_features(SeriesTable.of([short(supernova(), count)]), LSST)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("photoz", [None, 0.0, 1e-6, 0.5, 3.0, 50.0])
def test_any_redshift_gives_finite_features(photoz: float | None) -> None:
    table = SeriesTable.of([supernova(photoz=photoz)])
    assert np.isfinite(curves.curve_features(table, LSST)).all()
    known = photoz is not None and photoz > 0
    assert (feature(table, "magnitude.middle")[0] != MISSING) == known


def test_flux_changes_only_the_scale_and_the_magnitudes() -> None:
    series = supernova(80)
    brighter = Series(
        mjd=series.mjd + 500,
        passband=series.passband,
        flux=series.flux * 16,
        flux_err=series.flux_err * 16,
        detected=series.detected,
        facts=series.facts,
    )
    first, second = curves.curve_features(SeriesTable.of([series, brighter]), LSST)
    difference = second - first
    for name, change in zip(curves.curve_names(LSST), difference, strict=True):
        if name == "curve.log_scale":
            assert change == pytest.approx(math.log10(16), abs=1e-5)
        elif name.startswith("curve.magnitude"):
            assert change == pytest.approx(-2.5 * math.log10(16), abs=1e-4)
        else:
            assert change == pytest.approx(0, abs=1e-3), name


def test_the_features_tell_when_and_how_a_supernova_shone() -> None:
    table = SeriesTable.of([supernova(400, seed=2)])
    assert feature(table, "significant_before")[0] == pytest.approx(20, abs=15)
    assert feature(table, "fall_50.middle")[0] == pytest.approx(35 * math.log(2), abs=8)
    assert feature(table, "rise_50.middle")[0] == pytest.approx(14 * math.sqrt(math.log(2)), abs=6)
    assert feature(table, "second_peak")[0] < 0.2
    assert abs(feature(table, "chi2")[0]) < 0.3


def test_redshift_moves_magnitudes_by_the_distance() -> None:
    near, far = supernova(photoz=0.1), supernova(photoz=0.4)
    found = feature(SeriesTable.of([near, far]), "magnitude.middle")
    modulus = curves.distance_modulus(np.array([0.1, 0.4]))
    assert found[0] - found[1] == pytest.approx(modulus[1] - modulus[0], abs=1e-4)
    assert modulus == pytest.approx([38.31, 41.68], abs=0.02)


def test_position_and_field_are_no_features() -> None:
    series = supernova()
    moved = Series(
        mjd=series.mjd,
        passband=series.passband,
        flux=series.flux,
        flux_err=series.flux_err,
        detected=series.detected,
        facts=facts_of(
            {"ra": 10, "decl": -30, "ddf": 1, "mwebv": 0.3}
            | {name: series.fact(name) for name in FACTS if name.startswith("hostgal")}
        ),
    )
    first, second = curves.curve_features(SeriesTable.of([series, moved]), LSST)
    np.testing.assert_array_equal(first, second)


def test_a_crossing_is_found_between_steps() -> None:
    line = np.array([0.0, 1.0, 4.0, 3.0, 1.0, 0.0])
    assert shape.crossing(line, 2, 2.0, 1) == pytest.approx(1.5)
    assert shape.crossing(line, 2, 2.0, -1) == pytest.approx(2 / 3)
    assert shape.crossing(line, 2, -1.0, 1) == -1


def test_the_second_peak_is_over_the_first() -> None:
    assert shape.second_peak(np.array([0.0, 4.0, 1.0, 2.0, 0.0])) == pytest.approx(0.5)
    assert shape.second_peak(np.array([0.0, 4.0, 1.0])) == 0
