"""Elementary features of light curves: statistics per band, windows around the peak, colors, durations.

The first adviser learns from these. The ideas follow the 14th place of PLAsTiCC ("Trotta"): statistics of the
flux, raw and shrunk to the band mean by its error, scaled by distance; flux before and after the peak; spans.
All objects of a table are worked on at once; an object gets the same numbers alone as among thousands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars.cells import FAINTEST, MISSING, Cells, arrange, magnitude
from outclass.challenges.stars.rest_frame import rest_frame, rest_frame_labels
from outclass.challenges.stars.segments import Floats
from outclass.inputs.series import SeriesTable

CHUNK = 1024
LARGEST = 1e30
QUARTILES = (0.25, 0.5, 0.75)
SIGNIFICANT = 3.0
HEIGHTS = (0.75, 0.5, 0.25)

Columns = Iterator[tuple[str, Floats]]


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
        columns = [block.reshape(len(part), -1) for _, block in _columns(cells, wavelengths)]
        np.concatenate(columns, axis=1, out=found[start : start + chunk], casting="same_kind")
    return np.clip(np.nan_to_num(found, copy=False, nan=MISSING), -LARGEST, LARGEST)


@lru_cache(maxsize=16)
def _names(bands: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the columns, from the features of no object."""
    found: list[str] = []
    nothing = arrange(SeriesTable.of([]), len(bands))
    for name, block in _columns(nothing, np.full(len(bands), 5000.0)):
        if block.ndim == 1:
            found.append(f"elementary.{name}")
        else:
            labels = rest_frame_labels(name) if name.startswith("rest_") else bands
            found.extend(f"elementary.{name}.{label}" for label in labels)
    return tuple(found)


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
    """Yield every feature by name: ``[objects]``, ``[objects, bands]``, or as `rest_frame` labels them."""
    yield from _statistics(cells, "flux", cells.flux)
    scaled = cells.shrunk * cells.objects.spread(cells.distance**2)
    yield from _statistics(cells, "luminosity", scaled)
    yield from _significance(cells)
    peak = find_peak(cells)
    yield from _peaks(cells, peak)
    yield from _widths(cells, peak)
    yield from rest_frame(cells, wavelengths, peak.phase)
    yield from _variability(cells)
    yield from _overall(cells, peak)


def _statistics(cells: Cells, name: str, values: Floats) -> Columns:
    """Mean, deviation, extremes, quartiles and skew of each band."""
    bands = cells.bands
    mean = bands.mean(values)
    apart = values - bands.spread(mean)
    square = apart * apart
    variance = bands.mean(square)
    skew = bands.mean(square * apart) / np.maximum(variance, 1e-12) ** 1.5
    low, high = bands.smallest(values, 0.0), bands.largest(values, 0.0)
    yield f"{name}_mean", cells.grid(mean)
    yield f"{name}_deviation", cells.grid(np.sqrt(variance))
    yield f"{name}_least", cells.grid(low)
    yield f"{name}_most", cells.grid(high)
    for share, found in zip(QUARTILES, bands.quantiles(values, QUARTILES, low, high), strict=True):
        yield f"{name}_quantile_{share * 100:.0f}", cells.grid(found)
    yield f"{name}_skew", cells.grid(np.clip(skew, -100.0, 100.0))


def _significance(cells: Cells) -> Columns:
    """Counts, and how far the fluxes stand out of their errors."""
    bands = cells.bands
    ratio = cells.flux / cells.error
    yield "count", cells.bands.counts.reshape(cells.count, cells.width).astype(np.float64)
    yield "detections", cells.grid(bands.sum(cells.detected.astype(np.float64)), 0.0)
    yield "highest_ratio", cells.grid(bands.largest(ratio, 0.0))
    yield "lowest_ratio", cells.grid(bands.smallest(ratio, 0.0))
    yield "share_above", cells.grid(bands.mean((ratio > SIGNIFICANT).astype(np.float64)))
    yield "share_below", cells.grid(bands.mean((ratio < -SIGNIFICANT).astype(np.float64)))
    yield "chi_square", cells.grid(np.log1p(bands.mean(ratio * ratio)))


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
    bands = cells.bands
    band_flux = bands.largest(cells.shrunk, 0.0)
    place = bands.where_largest(cells.shrunk)
    padded_time, padded_error = np.append(cells.time, 0.0), np.append(cells.error, 1.0)
    band_time = padded_time[place] * bands.filled
    ratio = np.where(bands.filled, band_flux / padded_error[place], -np.inf).reshape(cells.count, cells.width)
    best = ratio.argmax(axis=1) if cells.count else np.zeros(0, dtype=np.int64)
    rows = np.arange(cells.count)
    time = band_time.reshape(cells.count, cells.width)[rows, best]
    phase = (cells.time - cells.objects.spread(time)) / cells.objects.spread(cells.stretch)
    near = np.maximum(cells.shrunk, 0.0) * (np.abs(phase) < 10.0) / cells.error
    weight = cells.objects.sum(near)
    shift = cells.objects.sum(near * phase) / np.where(weight > 0, weight, 1.0)
    flux = np.maximum(
        np.where(bands.filled, band_flux, -np.inf)
        .reshape(cells.count, cells.width)
        .max(axis=1, initial=-np.inf),
        FAINTEST,
    )
    return Peak(
        time=time + shift * cells.stretch,
        flux=flux,
        band_time=band_time,
        band_flux=band_flux,
        phase=phase - cells.objects.spread(shift),
    )


def _peaks(cells: Cells, peak: Peak) -> Columns:
    """Brightness and time of each band's extremes."""
    modulus = np.where(cells.known, 5.0 * np.log10(np.maximum(cells.distance, 1e-9)) + 40.0, 0.0)
    absolute = magnitude(peak.band_flux) - cells.per_cell(modulus)
    yield "magnitude", cells.grid(absolute)
    yield "brightest", np.where(cells.known, magnitude(peak.flux) - modulus, MISSING)
    yield "share_of_peak", cells.grid(peak.band_flux / cells.per_cell(peak.flux))
    late = (peak.band_time - cells.per_cell(peak.time)) / cells.per_cell(cells.stretch)
    yield "peak_delay", cells.grid(late)
    lowest = cells.bands.smallest(cells.shrunk, 0.0)
    yield "dip", cells.grid(lowest / cells.per_cell(peak.flux))


def _widths(cells: Cells, peak: Peak) -> Columns:
    """How long a band is above shares of its maximum, before and after it, and how long it is detected."""
    bands = cells.bands
    relative = cells.shrunk / np.maximum(bands.spread(peak.band_flux), FAINTEST)
    since = (cells.time - bands.spread(peak.band_time)) / cells.objects.spread(cells.stretch)
    for height in HEIGHTS:
        above = relative >= height
        yield f"before_{height * 100:.0f}", cells.grid(-bands.smallest(np.where(above, since, 0.0), 0.0))
        yield f"after_{height * 100:.0f}", cells.grid(bands.largest(np.where(above, since, 0.0), 0.0))
    first = bands.smallest(np.where(cells.detected, cells.time, np.inf))
    last = bands.largest(np.where(cells.detected, cells.time, -np.inf))
    span = np.where(np.isfinite(first), last - first, MISSING)
    yield "detected_span", cells.grid(span)


def _variability(cells: Cells) -> Columns:
    """How much neighbors in time differ, against the band's scatter: near 0 for slow, 2 for fast change."""
    bands = cells.bands
    last = np.cumsum(bands.counts) - 1
    inner = np.ones(len(cells.flux), dtype=bool)
    inner[last[bands.filled]] = False
    step, jump = np.diff(cells.time, append=0.0), np.diff(cells.flux, append=0.0)
    noise = cells.error**2 + np.append(cells.error[1:], 1.0) ** 2 if len(cells.error) else cells.error
    excess = np.maximum(bands.mean((cells.flux - bands.spread(bands.mean(cells.flux))) ** 2), 1e-12)
    for name, low, high in (("day", 0.0, 1.5), ("week", 1.5, 9.0), ("month", 9.0, 40.0)):
        pair = inner & (step > low) & (step <= high)
        number = bands.sum(pair.astype(np.float64))
        change = bands.sum(np.where(pair, jump * jump - noise, 0.0)) / np.maximum(number, 1.0) / excess
        yield (
            f"change_{name}",
            np.where(number > 0, np.clip(change, -5.0, 10.0), MISSING).reshape(cells.count, cells.width),
        )


def _overall(cells: Cells, peak: Peak) -> Columns:
    """Of all bands together."""
    objects = cells.objects
    ratio = cells.flux / cells.error
    first = objects.smallest(np.where(cells.detected, cells.time, np.inf))
    last = objects.largest(np.where(cells.detected, cells.time, -np.inf))
    some = np.isfinite(first)
    yield "detections", objects.sum(cells.detected.astype(np.float64))
    yield "detected_share", objects.mean(cells.detected.astype(np.float64))
    yield "detected_span", np.where(some, last - first, MISSING)
    yield "own_span", np.where(some, (last - first) / cells.stretch, MISSING)
    yield "rise", np.where(some, (peak.time - first) / cells.stretch, MISSING)
    yield "fall", np.where(some, (last - peak.time) / cells.stretch, MISSING)
    yield "span", objects.largest(cells.time, 0.0)
    yield "positive_share", objects.mean((ratio > SIGNIFICANT).astype(np.float64))
    yield "negative_share", objects.mean((ratio < -SIGNIFICANT).astype(np.float64))
    yield "power", np.log1p(objects.mean(ratio * ratio))
    early = peak.phase < -30.0
    late = peak.phase > 100.0
    for name, chosen in (("early", early), ("late", late)):
        number = objects.sum(chosen.astype(np.float64))
        level = objects.sum(np.where(chosen, ratio, 0.0)) / np.sqrt(np.maximum(number, 1.0))
        yield f"{name}_level", np.where(number > 0, level, MISSING)
        yield (
            f"{name}_power",
            np.where(
                number > 0,
                np.log1p(objects.sum(np.where(chosen, ratio * ratio, 0.0)) / np.maximum(number, 1.0)),
                MISSING,
            ),
        )
