"""What is told of each band of a light curve, and of the bands together."""

from itertools import pairwise

import numpy as np

from outclass.inputs.light_curves.cells import Cells, Declared, Floats
from outclass.inputs.series import FACTS, SeriesTable

OF_BAND = (
    "count", "high", "low", "mean", "spread", "skew", "change", "significance", "steps", "above_median",
    "below_median", "peak_lag", "rise", "fall", "bright_share",
)  # fmt: skip
PHASES = ((-60.0, -15.0), (-15.0, -3.0), (3.0, 15.0), (15.0, 40.0), (40.0, 100.0), (100.0, 250.0))
"""Days from the peak, within which the mean flux is told in shares of the highest."""
OF_ALL = ("span", "gap", "significance", "change", "luminosity", "peak_place")
PHOTOZ = FACTS.index("hostgal_photoz")
LEAST_SPREAD = 1e-9
QUANTILES = (0.05, 0.5, 0.95)


def summary_names(declared: Declared) -> tuple[str, ...]:
    """Return the names of the columns."""
    bands = [band.name for band in declared.bands]
    found = [f"{what}.{band}" for what in OF_BAND for band in bands]
    found += [f"flux.{start:+.0f}_{end:+.0f}.{band}" for start, end in PHASES for band in bands]
    found += [f"{what}.{one}_{other}" for what in ("peak_color", "color") for one, other in pairwise(bands)]
    return (*found, *(f"curve.{what}" for what in OF_ALL))


def summary_features(table: SeriesTable, declared: Declared) -> Floats:
    """Return the columns for each object, NaN where there is nothing to tell."""
    cells = Cells.of(table, len(declared.bands))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        high, mean = cells.highest(cells.flux), cells.means(cells.flux)
        peak = peak_times(cells)
        blocks = [of_bands(cells, high, mean, peak), around_peak(cells, high, peak)]
        blocks += [colors(cells, high), colors(cells, mean)]
        blocks.append(of_all(cells, table, high, peak))
    return np.concatenate(blocks, axis=1)


def by_object(cells: Cells, values: Floats) -> Floats:
    """Return values of cells as ``[objects, bands]``."""
    return values.reshape(cells.objects, cells.bands)


def log_flux(flux: Floats) -> Floats:
    """Return something like the logarithm, also of what is below 0."""
    return np.arcsinh(flux / 2.0)


def peak_times(cells: Cells) -> Floats:
    """Return when each object was brightest, by the observation that stands out most."""
    strength = cells.flux / cells.error
    order = np.lexsort((cells.mjd, strength, cells.cell // cells.bands))
    found = np.full(cells.objects, np.nan)
    found[(cells.cell // cells.bands)[order]] = cells.mjd[order]  # the last one of each object stays
    return found


def of_bands(cells: Cells, high: Floats, mean: Floats, peak: Floats) -> Floats:
    """Return the columns `OF_BAND`, each of all bands."""
    low = cells.lowest(cells.flux)
    centered = cells.flux - mean[cells.cell]
    spread = np.sqrt(cells.means(centered**2))
    weights = cells.error**-2.0
    level = cells.sums(cells.flux * weights) / cells.sums(weights)
    few, middle, most = cells.quantiles(cells.flux, QUANTILES)
    bright = cells.flux >= 0.5 * high[cells.cell]
    first = cells.lowest(np.where(bright, cells.mjd, np.inf))
    last = cells.highest(np.where(bright, cells.mjd, -np.inf))
    tops = cells.lowest(np.where(cells.flux == high[cells.cell], cells.mjd, np.inf))
    peaks = np.repeat(peak, cells.bands)
    scale = np.maximum(spread, LEAST_SPREAD)
    found = (
        cells.count,
        log_flux(high),
        log_flux(low),
        log_flux(mean),
        log_flux(spread),
        cells.means(centered**3) / scale**3,
        np.log1p(cells.means(((cells.flux - level[cells.cell]) / cells.error) ** 2)),
        log_flux(cells.highest(cells.flux / cells.error)),
        cells.steps(cells.flux) / scale**2,
        (most - middle) / scale,
        (middle - few) / scale,
        tops - peaks,
        tops - first,
        last - tops,
        cells.means(bright.astype(np.float64)),
    )
    return np.concatenate([by_object(cells, one) for one in found], axis=1)


def around_peak(cells: Cells, high: Floats, peak: Floats) -> Floats:
    """Return the mean flux of each band in times around the peak, in shares of the highest of all bands."""
    top = np.nanmax(np.nan_to_num(by_object(cells, high), nan=-np.inf), axis=1, initial=-np.inf)
    scale = np.repeat(np.where(top > 0, top, np.nan), cells.bands)
    days = cells.mjd - cells.of_object(peak)
    blocks = []
    for start, end in PHASES:
        inside = (days >= start) & (days < end)
        count = cells.sums(inside.astype(np.float64))
        total = cells.sums(np.where(inside, cells.flux, 0.0))
        blocks.append(by_object(cells, np.where(count > 0, total / np.maximum(count, 1), np.nan) / scale))
    return np.concatenate(blocks, axis=1)


def colors(cells: Cells, flux: Floats) -> Floats:
    """Return how each band compares with the next one, from -1 to 1."""
    values = np.maximum(by_object(cells, flux), 0.0)
    return np.asarray((values[:, :-1] - values[:, 1:]) / (values[:, :-1] + values[:, 1:]), dtype=np.float64)


def of_all(cells: Cells, table: SeriesTable, high: Floats, peak: Floats) -> Floats:
    """Return the columns `OF_ALL`."""
    strong = table.flux >= 3.0 * table.flux_err
    objects = np.repeat(np.arange(len(table)), np.diff(table.starts))
    whole = Cells.of(single_band(table), 1)
    order = whole.order
    first = whole.lowest(np.where(strong[order], whole.mjd, np.inf))
    last = whole.highest(np.where(strong[order], whole.mjd, -np.inf))
    start, end = whole.lowest(whole.mjd), whole.highest(whole.mjd)
    redshift = table.facts[:, PHOTOZ]
    top = np.nanmax(np.nan_to_num(by_object(cells, high), nan=-np.inf), axis=1, initial=-np.inf)
    strength = np.abs(table.flux / table.flux_err)
    found = (
        last - first,
        np.bincount(objects, strong, len(table)) / np.diff(table.starts),
        log_flux(whole.highest(strength[order])),
        np.log1p(whole.means(strength[order] ** 2)),
        np.log10(np.where((top > 0) & (redshift > 0), top * redshift**2, np.nan)),
        (peak - start) / (end - start),
    )
    return np.stack(found, axis=1)


def single_band(table: SeriesTable) -> SeriesTable:
    """Return a table whose observations are all of one band."""
    return SeriesTable(
        starts=table.starts,
        mjd=table.mjd,
        passband=np.zeros_like(table.passband),
        flux=table.flux,
        flux_err=table.flux_err,
        detected=table.detected,
        facts=table.facts,
    )
