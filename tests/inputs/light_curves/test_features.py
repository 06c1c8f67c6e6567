"""The default features of series: laws, known curves, periods, and a challenge without code."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.inputs.light_curves.features import LARGEST, MISSING, names, prepare
from outclass.inputs.light_curves.periods import PERIOD_NAMES, describe
from outclass.inputs.series import FACTS, Series, SeriesTable


@dataclass(frozen=True)
class Band:
    """A band."""

    name: str


@dataclass(frozen=True)
class Declared:
    """Two bands."""

    bands: tuple[Band, ...] = (Band("g"), Band("r"))


TWO = Declared()


def series(mjd: object, passband: object, flux: object, error: object = 1.0, **facts: float) -> Series:
    """Return a series, sorted by time."""
    days = np.asarray(mjd, dtype=np.float64)
    order = np.argsort(days, kind="stable")
    value = np.asarray(flux, dtype=np.float64)
    spread = np.broadcast_to(np.asarray(error, dtype=np.float64), days.shape)
    return Series(
        mjd=days[order],
        passband=np.broadcast_to(np.asarray(passband, dtype=np.int64), days.shape)[order],
        flux=value[order],
        flux_err=spread[order].copy(),
        detected=(np.abs(value) > 5 * spread)[order],
        facts=np.array([facts.get(name, np.nan) for name in FACTS]),
    )


def features(*many: Series) -> list[dict[str, float]]:
    """Return the features of series by their names."""
    rows = prepare(SeriesTable.of(many), TWO)
    return [dict(zip(names(TWO), row.tolist(), strict=True)) for row in rows]


def bump(peak: float = 60.0, width: float = 10.0, height: float = 500.0) -> Series:
    """Return a rise and fall, in g a little earlier and half as high as in r."""
    days = np.arange(0.0, 120.0, 3.0)
    green = height / 2 * np.exp(-(((days - peak + 3) / width) ** 2))
    red = height * np.exp(-(((days + 1 - peak) / width) ** 2))
    return series(
        np.append(days, days + 1),
        np.repeat([0, 1], len(days)),
        np.append(green, red),
        2.0,
        hostgal_photoz=0.1,
    )


def test_names_and_columns_agree() -> None:
    """Each column has a name of its own."""
    found = names(TWO)
    assert len(set(found)) == len(found) == prepare(SeriesTable.of([bump()]), TWO).shape[1]
    assert {"context.count", "high.g", "peak_color.g_r", "curve.span"} <= set(found)
    assert {f"period.{name}" for name in PERIOD_NAMES} <= set(found)


def test_what_is_told_of_a_bump() -> None:
    """Counts, height, color, times of rise and fall, redshift."""
    row = features(bump())[0]
    assert (row["context.count"], row["count.g"], row["count.r"]) == (80, 40, 40)
    assert row["context.photoz"] == pytest.approx(0.1)
    assert row["context.galactic"] == 0
    assert row["high.r"] == pytest.approx(np.arcsinh(500 / 2), rel=5e-3)
    assert row["peak_color.g_r"] == pytest.approx(-1 / 3, abs=0.01)
    assert row["rise.r"] == pytest.approx(8.3, abs=3)
    assert row["fall.r"] == pytest.approx(8.3, abs=3)
    assert row["peak_lag.g"] == pytest.approx(-3, abs=3.1)
    assert row["flux.+100_+250.r"] == MISSING
    assert 0 < row["flux.+3_+15.r"] < 1


def test_a_longer_bump_is_told_from_a_shorter_one() -> None:
    """Duration shows, brightness does not hide it."""
    short, long = features(bump(width=6, height=200), bump(width=25, height=900))
    assert long["fall.r"] > 2 * short["fall.r"]
    assert long["curve.span"] > short["curve.span"]


@pytest.mark.parametrize("period", [0.31, 0.6, 2.7, 11.0, 80.0])
def test_a_period_is_found(period: float) -> None:
    """Also in uneven nights of years, with noise, in two bands of different height."""
    chance = np.random.default_rng(5)
    days = np.sort(chance.uniform(0, 700, 160))
    band = chance.integers(0, 2, 160)
    wave = (1 + band) * (np.sin(2 * np.pi * days / period) + 0.4 * np.sin(4 * np.pi * days / period + 1))
    found = describe(series(days, band, 100 + 20 * wave + chance.normal(0, 2, 160), 2.0))
    assert 10 ** found[0] == pytest.approx(period, rel=0.002)
    assert found[2] > 0.9
    assert found[3] == pytest.approx(0.4, abs=0.1)


def test_noise_has_no_period() -> None:
    """Its best fit explains little."""
    chance = np.random.default_rng(5)
    days = np.sort(chance.uniform(0, 700, 200))
    assert describe(series(days, 0, chance.normal(100, 2, 200), 2.0))[2] < 0.5


def test_little_and_nothing() -> None:
    """No observation, one, one band, equal values: every number is finite."""
    empty = series([], [], [])
    one = series([5.0], 1, [3.0])
    flat = series(np.arange(20.0), 0, np.full(20, 7.0))
    night = series(np.full(10, 5.0) + np.arange(10) * 1e-9, 0, np.arange(10.0))
    rows = features(empty, one, flat, night)
    assert rows[0]["context.count"] == 0
    assert rows[0]["high.g"] == MISSING
    assert rows[1]["count.r"] == 1
    assert rows[1]["period.days"] == MISSING
    assert rows[2]["spread.g"] == 0
    assert all(np.isfinite(list(row.values())).all() for row in rows)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_a_row_depends_on_its_own_object_only(seed: int, count: int) -> None:
    """Alone, or among others in any order: the same numbers, all of them finite."""
    chance = np.random.default_rng(seed)
    many = []
    for _ in range(count):
        size = int(chance.integers(0, 40))
        scale = 10.0 ** chance.uniform(-3, 9)
        many.append(
            series(
                np.sort(chance.uniform(0, 10.0 ** chance.uniform(-2, 5), size)),
                chance.integers(0, 2, size),
                chance.normal(0, scale, size),
                chance.uniform(1e-6, scale, size),
            )
        )
    rows = prepare(SeriesTable.of(many), TWO)
    assert np.isfinite(rows).all()
    assert np.abs(rows).max() <= LARGEST
    for place, one in enumerate(many):
        np.testing.assert_array_equal(prepare(SeriesTable.of([one]), TWO)[0], rows[place])
