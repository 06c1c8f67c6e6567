"""Light curves and other series of observations in several bands, as arrays.

A `SeriesTable` holds many series end to end, so that whatever works on thousands works on one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError

FACTS = ("ra", "decl", "ddf", "hostgal_photoz", "hostgal_photoz_err", "mwebv")
"""What may be known of the object itself; unknown is NaN. A `hostgal_photoz` of 0 means galactic."""

LARGEST_FLUX, SMALLEST_ERROR, LAST_MJD = 1e12, 1e-6, 200_000.0
"""Bounds of flux, its error and time: wide enough for any sky, narrow enough to compute with."""
DETECTION = 5.0
"""A flux so many times as large as its error is taken as detected where nothing else is said."""
ZERO_POINT = 27.5
"""Magnitude of flux 1."""
MAGNITUDE = 2.5 / np.log(10)
"""Relative error of a flux to error of its magnitude, for small errors."""

Floats = NDArray[np.float64]
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One object: its observations by time, and what is known of the object.

    Attributes
    ----------
    mjd
        Modified Julian Date of each observation (days since 1858-11-17), rising, float64 ``[n]``.
    passband
        Number of the band, a place in the declared list, int64 ``[n]``.
    flux, flux_err
        Flux in units of zero point 27.5, which may be negative, and its error above 0, float64 ``[n]``.
    detected
        Whether the difference is significant, bool ``[n]``.
    facts
        float64 ``[len(FACTS)]``, in the order of `FACTS`; NaN where unknown.
    """

    mjd: Floats
    passband: NDArray[np.int64]
    flux: Floats
    flux_err: Floats
    detected: NDArray[np.bool_]
    facts: Floats

    def __len__(self) -> int:
        """Return the number of observations."""
        return len(self.mjd)

    def fact(self, name: str) -> float:
        """Return one of `FACTS`, NaN where it is unknown."""
        return float(self.facts[FACTS.index(name)])


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesTable:
    """Many series end to end; object i has the observations ``starts[i]:starts[i + 1]``.

    Attributes
    ----------
    starts
        int64 ``[objects + 1]``, from 0 to the number of observations.
    facts
        float64 ``[objects, len(FACTS)]``.

    The other fields are those of `Series`, of all objects, by object and time.
    """

    starts: NDArray[np.int64]
    mjd: Floats
    passband: NDArray[np.int64]
    flux: Floats
    flux_err: Floats
    detected: NDArray[np.bool_]
    facts: Floats

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[Series]:
        """Yield each object."""
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: int) -> Series:
        """Return one object; the arrays are views."""
        rows = slice(self.starts[place], self.starts[place + 1])
        return Series(
            mjd=self.mjd[rows],
            passband=self.passband[rows],
            flux=self.flux[rows],
            flux_err=self.flux_err[rows],
            detected=self.detected[rows],
            facts=self.facts[place],
        )

    @classmethod
    def of(cls, series: Sequence[Series]) -> "SeriesTable":
        """Join series into a table."""
        starts = np.zeros(len(series) + 1, dtype=np.int64)
        np.cumsum([len(one) for one in series], out=starts[1:])
        return cls(
            starts=starts,
            mjd=_join([one.mjd for one in series], np.float64),
            passband=_join([one.passband for one in series], np.int64),
            flux=_join([one.flux for one in series], np.float64),
            flux_err=_join([one.flux_err for one in series], np.float64),
            detected=_join([one.detected for one in series], np.bool_),
            facts=np.array([one.facts for one in series], dtype=np.float64).reshape(len(series), len(FACTS)),
        )

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> "SeriesTable":
        """Return the objects at some places, in that order."""
        chosen = np.asarray(places, dtype=np.int64)
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.repeat(self.starts[chosen] - starts[:-1], lengths) + np.arange(starts[-1])
        return SeriesTable(
            starts=starts,
            mjd=self.mjd[rows],
            passband=self.passband[rows],
            flux=self.flux[rows],
            flux_err=self.flux_err[rows],
            detected=self.detected[rows],
            facts=self.facts[chosen],
        )


def facts_of(known: Mapping[str, float | None]) -> Floats:
    """Return what is known as an array in the order of `FACTS`.

    Raises
    ------
    InvalidInputError
        If something is named that is none of them.
    """
    if unknown := sorted(set(known) - set(FACTS)):
        raise InvalidInputError(
            "this is nothing known of an object", where="object", got=unknown[0], accepted=", ".join(FACTS)
        )
    values = [known.get(name) for name in FACTS]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def flux_of_magnitudes(mag: Floats, mag_err: Floats) -> tuple[Floats, Floats]:
    """Return flux of zero point 27.5 and its error; not finite where the magnitude is not.

    >>> flux, error = flux_of_magnitudes(np.array([27.5, 25.0]), np.array([0.1, 0.1]))
    >>> flux.round(3).tolist(), error.round(3).tolist()
    ([1.0, 10.0], [0.092, 0.921])
    """
    with np.errstate(over="ignore"):
        flux = 10.0 ** (-0.4 * (np.asarray(mag, dtype=np.float64) - ZERO_POINT))
    return flux, flux * np.asarray(mag_err, dtype=np.float64) / MAGNITUDE


def first_nights(series: Series, nights: int) -> Series:
    """Return the observations of the first nights; a night is a whole number of MJD, noon to noon in Chile.

    Noon in Chile is about 16 h UTC, so the number is of MJD less two thirds.
    """
    night = np.floor(series.mjd - 2 / 3)
    seen = np.unique(night)
    if len(seen) <= nights:
        return series
    kept = night <= seen[nights - 1]
    return Series(
        mjd=series.mjd[kept],
        passband=series.passband[kept],
        flux=series.flux[kept],
        flux_err=series.flux_err[kept],
        detected=series.detected[kept],
        facts=series.facts,
    )


def _join(parts: Sequence[NDArray[Kind]], kind: type[Kind]) -> NDArray[Kind]:
    """Join arrays, also none at all."""
    return np.concatenate([np.zeros(0, dtype=kind), *parts]).astype(kind, copy=False)
