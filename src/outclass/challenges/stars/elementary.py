"""Elementary features of light curves: statistics per band, windows around the peak, colors, durations.

The first adviser learns from these. The ideas follow the 14th place of PLAsTiCC ("Trotta"): statistics of the
flux, raw and shrunk to the band mean by its error, scaled by distance; flux before and after the peak; spans.
All objects of a table are worked on at once; an object gets the same numbers alone as among thousands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars.cells import FAINTEST, MISSING, Cells, arrange, magnitude
from outclass.challenges.stars.rest_frame import rest_frame, rest_frame_labels
from outclass.challenges.stars.segments import Floats, Segments
from outclass.inputs.series import SeriesTable

CHUNK = 1024
LARGEST = 1e30
QUARTILES = np.array([0.25, 0.5, 0.75])
SIGNIFICANT = 3.0
HEIGHTS = np.array([0.75, 0.5, 0.25])
DAYS = np.array([[0.0, 1.5], [1.5, 9.0], [9.0, 40.0]])
"""Between neighbors in time, that count as a day, a week and a month: more than, and at most."""
EARLY, LATE = -30.0, 100.0
NEAR_PEAK = 10.0

STATISTICS = (
    "mean.",
    "deviation.",
    "least.",
    "most.",
    "quantile_25.",
    "quantile_50.",
    "quantile_75.",
    "skew.",
)
"""A name that ends with a dot stands for a column of each band."""
OVERALL = (
    "detections", "detected_share", "detected_span", "own_span", "rise", "fall", "span",
    "positive_share", "negative_share", "power",
)  # fmt: skip
OUTSKIRTS = ("early_level", "early_power", "late_level", "late_power")

Columns = Iterator[tuple[Sequence[str], Floats]]
"""Names, and the columns of all of them, ``[objects, columns]``, those of the first name first."""


def elementary_names(declared: InputDeclaration) -> tuple[str, ...]:
    """Return the name of each column of `elementary_features`."""
    return _names(tuple(band.name for band in declared.bands))


def elementary_features(table: SeriesTable, declared: InputDeclaration) -> NDArray[np.float32]:
    """Return the elementary features of each object.

    Returns
    -------
    features
        float32 ``[objects, columns]``, finite; `MISSING` where there is nothing to tell.
    """
    wavelengths = np.array([band.wavelength for band in declared.bands])
    found = np.empty((len(table), len(elementary_names(declared))), dtype=np.float32)
    chunk = max(1, min(CHUNK, (2**16 - 1) // len(wavelengths)))
    for start in range(0, len(table), chunk):
        part = _part(table, start, min(start + chunk, len(table)))
        cells = arrange(part, len(wavelengths))
        blocks = [block for _, block in _columns(cells, wavelengths)]
        np.concatenate(blocks, axis=1, out=found[start : start + chunk], casting="same_kind")
    found[np.isnan(found)] = MISSING
    return np.clip(found, -LARGEST, LARGEST, out=found)


@lru_cache(maxsize=16)
def _names(bands: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the columns, from the features of no object."""
    nothing = arrange(SeriesTable.of([]), len(bands))
    groups = _columns(nothing, np.full(len(bands), 5000.0))
    return tuple(
        f"elementary.{label}" for group, _ in groups for name in group for label in _labels(name, bands)
    )


def _labels(name: str, bands: tuple[str, ...]) -> list[str]:
    """Return what the columns of a name are called."""
    if not name.endswith("."):
        return [name]
    return [f"{name}{label}" for label in (rest_frame_labels(name) if name.startswith("rest_") else bands)]


def _part(table: SeriesTable, start: int, stop: int) -> SeriesTable:
    """Return objects in a row, as views."""
    rows = slice(table.starts[start], table.starts[stop])
    return SeriesTable(
        starts=table.starts[start : stop + 1] - table.starts[start],
        mjd=table.mjd[rows],
        passband=table.passband[rows],
        flux=table.flux[rows],
        flux_err=table.flux_err[rows],
        detected=table.detected[rows],
        facts=table.facts[start:stop],
    )


def _columns(cells: Cells, wavelengths: Floats) -> Columns:
    """Yield all features, many at a time: with one object, time goes into the number of numpy's calls."""
    yield from _statistics(cells)
    yield from _significance(cells)
    peak = find_peak(cells)
    yield from _peaks(cells, peak)
    yield from _widths(cells, peak)
    yield from rest_frame(cells, wavelengths, peak.phase)
    yield from _variability(cells)
    yield from _overall(cells, peak)


def _statistics(cells: Cells) -> Columns:
    """Mean, deviation, extremes, quartiles and skew of each band, of flux and of luminosity."""
    bands = cells.bands
    values = np.array([cells.flux, cells.shrunk * cells.objects.spread(cells.distance**2)])
    mean = bands.mean(values)
    apart = values - bands.spread(mean)
    square = apart * apart
    variance, skewed = bands.mean(np.array([square, square * apart]))
    skew = np.clip(skewed / np.maximum(variance, 1e-12) ** 1.5, -100.0, 100.0)
    low, high = bands.smallest(values, 0.0), bands.largest(values, 0.0)
    quantiles = bands.quantiles(values, QUARTILES, low, high)
    deviation = np.sqrt(variance)
    for place, name in enumerate(("flux", "luminosity")):
        columns = (mean, deviation, low, high, *quantiles.swapaxes(0, 1), skew)
        yield [f"{name}_{what}" for what in STATISTICS], cells.grid(*(column[place] for column in columns))


def _significance(cells: Cells) -> Columns:
    """Counts, and how far the fluxes stand out of their errors."""
    bands, ratio = cells.bands, cells.ratio
    counts = bands.counts.astype(np.float64)
    shares = bands.mean(np.array([ratio > SIGNIFICANT, ratio < -SIGNIFICANT, ratio * ratio]))
    detections = bands.sum(cells.detected.astype(np.float64))
    yield ("count.", "detections."), cells.grid(counts, detections, missing=0.0)
    yield (
        ("highest_ratio.", "lowest_ratio.", "share_above.", "share_below.", "chi_square."),
        cells.grid(bands.largest(ratio, 0.0), bands.smallest(ratio, 0.0), *shares[:2], np.log1p(shares[2])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Where an object is brightest.

    Attributes
    ----------
    time
        Days since the first observation, per object.
    flux
        The largest shrunk flux of any band, per object, at least `FAINTEST`.
    band_time, band_flux
        The same per cell.
    phase
        Of each row, days after the peak in the object's own time.
    """

    time: Floats
    flux: Floats
    band_time: Floats
    band_flux: Floats
    phase: Floats


def find_peak(cells: Cells) -> Peak:
    """Return the peak: the middle of the time near the maximum, in the band where it stands out most."""
    bands, objects = cells.bands, cells.objects
    grid = (cells.count, cells.width)
    band_flux = bands.largest(cells.shrunk, 0.0)
    place = bands.where_largest(cells.shrunk)
    some = len(cells.time) > 0
    band_time = cells.time[place] * bands.filled if some else np.zeros(len(bands))
    band_error = cells.error[place] if some else np.ones(len(bands))
    ratio, highest = np.where(bands.filled, (band_flux / band_error, band_flux), -np.inf).reshape(2, *grid)
    best = ratio.argmax(axis=1) if cells.count else np.zeros(0, dtype=np.int64)
    time = band_time.reshape(grid)[np.arange(cells.count), best]
    phase = (cells.time - objects.spread(time)) / objects.spread(cells.stretch)
    near = np.maximum(cells.shrunk, 0.0) * (np.abs(phase) < NEAR_PEAK) / cells.error
    weight, moment = objects.sum(np.array([near, near * phase]))
    shift = moment / np.where(weight > 0, weight, 1.0)
    return Peak(
        time=time + shift * cells.stretch,
        flux=np.maximum(highest.max(axis=1, initial=-np.inf), FAINTEST),
        band_time=band_time,
        band_flux=band_flux,
        phase=phase - objects.spread(shift),
    )


def _peaks(cells: Cells, peak: Peak) -> Columns:
    """Brightness and time of each band's extremes."""
    modulus = np.where(cells.known, 5.0 * np.log10(np.maximum(cells.distance, 1e-9)) + 40.0, 0.0)
    yield ("magnitude.",), cells.grid(magnitude(peak.band_flux) - cells.per_cell(modulus))
    yield ("brightest",), np.where(cells.known, magnitude(peak.flux) - modulus, MISSING)[:, None]
    flux, time, stretch = (cells.per_cell(values) for values in (peak.flux, peak.time, cells.stretch))
    lowest = cells.bands.smallest(cells.shrunk, 0.0)
    yield (
        ("share_of_peak.", "peak_delay.", "dip."),
        cells.grid(peak.band_flux / flux, (peak.band_time - time) / stretch, lowest / flux),
    )


def _widths(cells: Cells, peak: Peak) -> Columns:
    """How long a band is above shares of its maximum, before and after it, and how long it is detected."""
    bands = cells.bands
    relative = cells.shrunk / np.maximum(bands.spread(peak.band_flux), FAINTEST)
    since = (cells.time - bands.spread(peak.band_time)) / cells.objects.spread(cells.stretch)
    while_above = np.where(relative >= HEIGHTS[:, None], since, 0.0)
    before, after = -bands.smallest(while_above, 0.0), bands.largest(while_above, 0.0)
    first, last = _detected(cells, bands)
    names = [f"{side}_{height * 100:.0f}." for height in HEIGHTS for side in ("before", "after")]
    sides = (side for pair in zip(before, after, strict=True) for side in pair)
    span = np.where(np.isfinite(first), last - first, MISSING)
    yield (*names, "detected_span."), cells.grid(*sides, span)


def _detected(cells: Cells, pieces: Segments) -> tuple[Floats, Floats]:
    """Return the first and the last time of detection, infinite where there is none."""
    first = pieces.smallest(np.where(cells.detected, cells.time, np.inf))
    return first, pieces.largest(np.where(cells.detected, cells.time, -np.inf))


def _variability(cells: Cells) -> Columns:
    """How much neighbors in time differ, against the band's scatter: near 0 for slow, 2 for fast change."""
    bands = cells.bands
    inner = bands.index[1:] == bands.index[:-1]
    step, jump = cells.time[1:] - cells.time[:-1], cells.flux[1:] - cells.flux[:-1]
    square = cells.error * cells.error
    change = jump * jump - (square[1:] + square[:-1])
    pair = inner & (step > DAYS[:, :1]) & (step <= DAYS[:, 1:])
    sums = np.zeros((2, len(DAYS), len(cells.flux)))
    sums[0, :, :-1], sums[1, :, :-1] = pair, np.where(pair, change, 0.0)
    number, total = bands.sum(sums)
    apart = cells.flux - bands.spread(bands.mean(cells.flux))
    excess = np.maximum(bands.mean(apart * apart), 1e-12)
    found = np.clip(total / np.maximum(number, 1.0) / excess, -5.0, 10.0)
    yield ("change_day.", "change_week.", "change_month."), cells.grid(*np.where(number > 0, found, MISSING))


def _overall(cells: Cells, peak: Peak) -> Columns:
    """Of all bands together."""
    objects, ratio = cells.objects, cells.ratio
    square = ratio * ratio
    counted = np.array([cells.detected, ratio > SIGNIFICANT, ratio < -SIGNIFICANT, square])
    detected = objects.sum(counted[0])
    share, above, below, power = objects.mean(counted)
    first, last = _detected(cells, objects)
    spans = np.array([last - first, last - first, peak.time - first, last - peak.time])
    spans[1:] /= cells.stretch
    spans = np.where(np.isfinite(first), spans, MISSING)
    whole = objects.largest(cells.time, 0.0)
    yield OVERALL, np.array([detected, share, *spans, whole, above, below, np.log1p(power)]).T
    part = np.array([peak.phase < EARLY, peak.phase > LATE])
    number, level, power = objects.sum(np.array([part, part * ratio, part * square]))
    some = np.maximum(number, 1.0)
    found = np.where(number > 0, np.array([level / np.sqrt(some), np.log1p(power / some)]), MISSING)
    yield OUTSKIRTS, found.T.reshape(-1, 4)
