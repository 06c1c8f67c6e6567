"""Magnitudes of a supernova as sums on a grid of days at rest: all that a Gaussian model of them needs.

A template that is straight between the days of a grid meets an observation only through the two days beside
it. So the likelihood of all observations hangs on three sums a band and day: of squared weights, of products
of the weights of neighboring days, and of weighted magnitudes. They are linear in the observations, and a
template moved by some days sees the same sums, moved.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars.distance import luminosity_distance
from outclass.inputs.series import FACTS, MAGNITUDE, ZERO_POINT, SeriesTable

STEP = 3.0
"""Days at rest between two days of the grid."""
FIRST = -45.0
"""First day of the grid, counted from a rough peak."""
DAYS = 76
SUMS = ("square", "product", "light")
CENTER = -18.0
"""Absolute magnitude that counts as 0, so that sums stay small."""
FLOOR = 0.04
"""Scatter of magnitudes, in addition to their errors, of a night and band."""
SIGNIFICANT = 2.0
KERNEL = np.exp(-0.5 * (np.arange(-12, 13) / 4.0) ** 2)
"""Weights of neighboring days where a peak is looked for."""
USUAL_REDSHIFT = 0.06
UNKNOWN_VARIANCE = 4.0
"""Variance of the distance modulus where the redshift is not known."""
REDSHIFT_ERROR = 0.001
"""Motion of galaxies of about 300 km/s."""
ROUNDED_ERROR = 0.002
"""Added in squares where a redshift is stated in whole percent."""
NEAREST = 0.003

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the columns of `phase_sums` are in a row."""

    first: int
    width: int
    bands: int

    @classmethod
    def of(cls, width: int, bands: int) -> "Columns":
        """Find them at the end of a row of so many columns."""
        return cls(first=width - bands * len(SUMS) * DAYS - 1, width=width, bands=bands)

    @property
    def sums(self) -> int:
        """Return the number of sums, which the variance of the distance modulus follows."""
        return self.bands * len(SUMS) * DAYS

    def take(self, rows: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Return sums ``[n, bands, sums, DAYS]``, and variances of the distance modulus."""
        own = rows[:, self.first : self.first + self.sums + 1].astype(np.float64)
        return own[:, :-1].reshape(len(rows), self.bands, len(SUMS), DAYS), own[:, -1]


def phase_names(declared: InputDeclaration) -> tuple[str, ...]:
    """Return the name of each column of `phase_sums`."""
    days = [f"{FIRST + STEP * place:.0f}" for place in range(DAYS)]
    sums = [f"phase.{band.name}.{name}.{day}" for band in declared.bands for name in SUMS for day in days]
    return (*sums, "phase.modulus_variance")


def phase_sums(table: SeriesTable, declared: InputDeclaration) -> NDArray[np.float32]:
    """Return the sums of each object, and the variance of its distance modulus.

    Returns
    -------
    NDArray
        float32 ``[objects, bands * sums * days + 1]``, finite.
    """
    bands, count = len(declared.bands), len(table)
    nights = _nights(table, bands)
    redshift, variance = _redshifts(table)
    stretch = 1.0 + redshift
    modulus = 5.0 * np.log10(luminosity_distance(redshift) * 1e3) + 25.0
    phase = _since_peak(nights, count, bands) / stretch[nights.owner]
    bright = ZERO_POINT - 2.5 * np.log10(nights.flux) - (modulus - 2.5 * np.log10(stretch))[nights.owner]
    weight = 1.0 / ((MAGNITUDE * nights.error / nights.flux) ** 2 + FLOOR**2)
    found = np.zeros(count * bands * len(SUMS) * DAYS)
    place = (phase - FIRST) / STEP
    inside = (place >= 0) & (place < DAYS - 1)
    owner, band, light = nights.owner[inside], nights.band[inside], (bright - CENTER)[inside]
    day, weight = np.floor(place[inside]).astype(np.int64), weight[inside]
    late = place[inside] - day
    early = 1.0 - late
    for number, values, at in (
        (0, weight * early * early, day),
        (0, weight * late * late, day + 1),
        (1, weight * early * late, day),
        (2, weight * early * light, day),
        (2, weight * late * light, day + 1),
    ):
        np.add.at(found, ((owner * bands + band) * len(SUMS) + number) * DAYS + at, values)
    return np.concatenate([found.reshape(count, -1), variance[:, None]], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """Observations of one night and band as one, by object; only those that stand out of their error."""

    owner: Places
    band: Places
    time: Floats
    flux: Floats
    error: Floats


def _nights(table: SeriesTable, bands: int) -> Nights:
    """Average the observations of each object, band and night by their errors."""
    owner = np.repeat(np.arange(len(table)), np.diff(table.starts))
    night = np.round(table.mjd).astype(np.int64)
    night -= night.min(initial=0)
    span = int(night.max(initial=0)) + 1
    keys, places = np.unique((owner * span + night) * bands + table.passband, return_inverse=True)
    weight = 1.0 / table.flux_err**2
    total = np.bincount(places, weight, len(keys))
    flux = np.bincount(places, weight * table.flux, len(keys)) / total
    time = np.bincount(places, weight * table.mjd, len(keys)) / total
    error = 1.0 / np.sqrt(total)
    seen = flux > SIGNIFICANT * error
    return Nights(
        owner=(keys // bands // span)[seen],
        band=(keys % bands)[seen],
        time=time[seen],
        flux=flux[seen],
        error=error[seen],
    )


def _redshifts(table: SeriesTable) -> tuple[Floats, Floats]:
    """Return a redshift of each object, and the variance of the distance modulus that goes with it."""
    stated = table.facts[:, FACTS.index("hostgal_photoz")]
    known = np.isfinite(stated) & (stated > 0)
    redshift = np.where(known, stated, USUAL_REDSHIFT)
    rounded = np.abs(redshift * 100 - np.round(redshift * 100)) < 1e-6
    error = np.hypot(REDSHIFT_ERROR, np.where(rounded, ROUNDED_ERROR, 0.0))
    slope = 5.0 / np.log(10) / np.maximum(redshift, NEAREST)
    return redshift, np.where(known, (slope * error) ** 2, UNKNOWN_VARIANCE)


def _since_peak(nights: Nights, count: int, bands: int) -> Floats:
    """Return the days of each night after its object's rough peak: where its smoothed curves are highest."""
    cell = nights.owner * bands + nights.band
    top = np.zeros(count * bands)
    np.maximum.at(top, cell, nights.flux)
    relative = nights.flux / top[cell]
    weight = 1.0 / (nights.error / nights.flux + 0.03) ** 2
    starts = np.searchsorted(nights.owner, np.arange(count + 1))
    since = np.zeros(len(cell))
    for low, high in pairwise(starts.tolist()):
        if low < high:
            time, own = nights.time[low:high], weight[low:high]
            since[low:high] = time - time[np.argmax(_smoothed(time, relative[low:high], own))]
    return since


def _smoothed(time: Floats, values: Floats, weight: Floats) -> Floats:
    """Return the mean of the values near each time, to the day."""
    day = np.round(time - time.min()).astype(np.int64)
    size = max(int(day.max()) + 1, len(KERNEL))
    total = np.convolve(np.bincount(day, weight * values, size), KERNEL, mode="same")
    near = np.convolve(np.bincount(day, weight, size), KERNEL, mode="same")
    return np.asarray(total[day] / near[day])
