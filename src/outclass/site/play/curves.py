"""The data of an interactive light curve as JSON: observations, a period, and what a model sees."""

from functools import lru_cache
from typing import Protocol, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import InputDeclaration
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import LoadedChallenge
from outclass.charts.bands import band_styles
from outclass.charts.curve import origin_of
from outclass.charts.folding import find_period
from outclass.charts.period import Period
from outclass.inputs.series import Series

Floats = NDArray[np.float64]
STEPS = 240
MARGIN_DAYS = 5.0
MJD_DIGITS = 5


class CurveHook(Protocol):
    """`curve_of` of a challenge's `features.py`."""

    def __call__(self, series: Series, declared: InputDeclaration, grid: Floats, /) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the flux, ``[bands, grid]`` each."""


def points_json(loaded: LoadedChallenge, series: Series) -> bytes:
    """Return what the chart needs: nothing but what was observed, and what follows from that."""
    bands = loaded.challenge.input.bands
    origin, detected = origin_of(series)
    period = period_of(series)
    return msgspec.json.encode(
        {
            "bands": band_styles(bands),
            "origin": round(origin, MJD_DIGITS),
            "since": f"days since the first {'detection' if detected else 'observation'}",
            "points": [band_points(series, place) for place in range(len(bands))],
            "period": None if period is None else {"days": period.days},
            "model": model_title(loaded),
        }
    )


def band_points(series: Series, band: int) -> dict[str, list[float]]:
    """Return the observations of one band."""
    here = series.passband == band
    return {
        "mjd": series.mjd[here].round(MJD_DIGITS).tolist(),
        "flux": shortened(series.flux[here]),
        "error": shortened(series.flux_err[here]),
    }


def shortened(values: Floats) -> list[float]:
    """Return values to five significant digits, as a chart needs no more.

    >>> shortened(np.array([1234.5678, -0.0123456]))
    [1234.6, -0.012346]
    """
    return [float(f"{value:.5g}") for value in values.tolist()]


def model_curve_json(loaded: LoadedChallenge, series: Series) -> bytes | None:
    """Return the curve that a model lays through the observations, with its error; None without one."""
    curve = curve_hook(loaded)
    if curve is None or not len(series):
        return None
    grid = np.linspace(series.mjd[0] - MARGIN_DAYS, series.mjd[-1] + MARGIN_DAYS, STEPS)
    mean, deviation = curve(series, loaded.challenge.input, grid)
    return msgspec.json.encode(
        {
            "mjd": grid.round(3).tolist(),
            "mean": [shortened(row) for row in np.asarray(mean, dtype=np.float64)],
            "deviation": [shortened(row) for row in np.asarray(deviation, dtype=np.float64)],
        }
    )


def curve_hook(loaded: LoadedChallenge) -> CurveHook | None:
    """Return `curve_of` of a challenge's `features.py`, or None where it has none."""
    try:
        found = getattr(load_hook(loaded, Hook.FEATURES), "curve_of", None)
    except OutclassError:
        return None
    return cast(CurveHook | None, found)


def model_title(loaded: LoadedChallenge) -> str:
    """Return what the curve of a model is called, nothing where there is none."""
    if curve_hook(loaded) is None:
        return ""
    return str(getattr(load_hook(loaded, Hook.FEATURES), "CURVE_TITLE", "What the model sees"))


def period_of(series: Series) -> Period | None:
    """Return the period of a series, looked for once."""
    columns = (series.mjd, series.flux, series.flux_err, series.passband.astype(np.float64))
    return _period(b"".join(np.ascontiguousarray(column).tobytes() for column in columns))


@lru_cache(maxsize=256)
def _period(content: bytes) -> Period | None:
    """Look for the period of four columns."""
    mjd, flux, error, passband = np.frombuffer(content).reshape(4, -1)
    series = Series(
        mjd=mjd,
        flux=flux,
        flux_err=error,
        passband=passband.astype(np.int64),
        detected=np.zeros(len(mjd), dtype=np.bool_),
        facts=np.zeros(0),
    )
    return find_period(series)
