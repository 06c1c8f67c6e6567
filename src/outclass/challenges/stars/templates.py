"""Templates: what the light curves of a class look like on average, and in which ways they differ from it.

The absolute magnitudes of a class at some days and in all bands are Gaussian: a mean, and a covariance that
is learned with it from curves that are seen here and there only (expectation maximization). How well an
object fits, whatever its day of maximum and the error of its distance, is the evidence for the class.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.phase_sums import DAYS, FIRST, STEP, SUMS

KNOTS = np.array([-24, -21, -18, -15, -12, -9, -6, -3, 0, 3, 6, 9, 12, 15, 18, 21, 24, 30, 36, 42, 51, 60,
                  72, 84, 102, 132, 171], dtype=np.float64)  # fmt: skip
"""Days of a template; it is straight between them. All are days of the grid."""
REACH = 6
SHIFTS = tuple(range(-REACH, REACH + 1))
"""By how many days of the grid the maximum may lie after the rough peak."""
SHIFT_DEVIATION = 6.0
WIDE = DAYS + 2 * REACH
"""Days of the grid, and those beyond its ends that a moved template reaches."""
EARLY_FADE = 0.15
"""Magnitudes a day by which a template rises before its first knot."""
LEAST_VARIANCE = 1e-8
GREY, COLOR, OWN, BAND, NEARNESS = 0.68, 0.21, 0.3, 0.23, 1.0
"""Deviations expected before learning: of all magnitudes, a band, a day, a day in a band; scale of days."""
CHUNK = 256

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The curves of a class: ``mean + factors @ x`` with x of unit variance.

    Attributes
    ----------
    mean
        Of each band at each knot, ``[bands * knots]``.
    factors
        ``[bands * knots, factors]``.
    """

    mean: Floats
    factors: Floats


def single(values: Floats) -> Floats:
    """Round to single precision: what the exported graph holds."""
    return values.astype(np.float32).astype(np.float64)


def _hats(days: NDArray[np.floating[Any]], knots: Floats) -> Floats:
    """Return by how much each day takes part in each knot, ``[days, knots]``."""
    return np.stack([np.interp(days, knots, unit) for unit in np.eye(len(knots))], axis=1)


def _ends() -> Floats:
    """Return the knots, and one at each end of what a moved template reaches."""
    return np.concatenate([[FIRST - REACH * STEP], KNOTS, [FIRST + (DAYS + REACH) * STEP]])


def _collapse() -> Floats:
    """Return the map from the sums of a wide grid to those of the knots with ends."""
    knots = _ends()
    days = FIRST + STEP * np.arange(-REACH, DAYS + REACH)
    here = _hats(days, knots)
    there = np.vstack([here[1:], np.zeros((1, len(knots)))])
    nothing = np.zeros((WIDE, len(knots)))

    def neighbor(values: Floats) -> Floats:
        return np.hstack([values[:, 1:], np.zeros((WIDE, 1))])

    squares = np.hstack([here * here, here * neighbor(here), nothing])
    products = np.hstack([2 * here * there, here * neighbor(there) + there * neighbor(here), nothing])
    return single(np.vstack([squares, products, np.hstack([nothing, nothing, here])]))


COLLAPSE = _collapse()
ENDS = len(_ends())


def shifted(sums: Floats, shift: int) -> Floats:
    """Return the sums at the knots of a template whose maximum is moved by some days of the grid.

    Parameters
    ----------
    sums
        ``[n, bands, sums, DAYS]``.

    Returns
    -------
    Floats
        ``[n, bands * sums * ENDS]``.
    """
    wide = np.zeros((*sums.shape[:-1], WIDE))
    wide[..., REACH - shift : REACH - shift + DAYS] = sums
    return np.asarray((wide.reshape(*sums.shape[:2], -1) @ COLLAPSE).reshape(len(sums), -1))


def with_ends(values: Floats, bands: int, fade: float = 0.0) -> Floats:
    """Return values at knots with those at both ends, ``[bands, ENDS, k]``; `fade` a day before the first."""
    inner = values.reshape(bands, len(KNOTS), -1)
    before = inner[:, :1] + fade * (KNOTS[0] - FIRST + REACH * STEP)
    return np.concatenate([before, inner, inner[:, -1:]], axis=1)


def table_of(template: Template, bands: int) -> Floats:
    """Return the map from `shifted` sums to the terms of a template's evidence.

    The terms are the upper triangle of the factors' precision, with a last factor for the distance, the
    factors' weighted residuals, and the square of the mean.
    """
    mean = with_ends(template.mean, bands, EARLY_FADE)
    factors = with_ends(template.factors, bands)
    every = np.concatenate([factors, np.ones((*factors.shape[:2], 1))], axis=2)
    row, column = np.triu_indices(every.shape[2])

    def after(values: Floats) -> Floats:
        return np.concatenate([values[:, 1:], np.zeros_like(values[:, :1])], axis=1)

    next_every, next_mean = after(every), after(mean)
    crossed = every[:, :, row] * next_every[:, :, column] + next_every[:, :, row] * every[:, :, column]
    square = np.concatenate([every[:, :, row] * every[:, :, column], -every * mean, mean * mean], axis=2)
    product = np.concatenate(
        [crossed, -(every * next_mean + next_every * mean), 2 * mean * next_mean], axis=2
    )
    light = np.concatenate([np.zeros_like(crossed), every, -2 * mean], axis=2)
    return single(np.stack([square, product, light], axis=1).reshape(bands * len(SUMS) * ENDS, -1))


def evidence(template: Template, sums: Floats, variance: Floats) -> Floats:
    """Return how well objects fit a class by shift, ``[n, shifts]``: log likelihoods but for a constant.

    Parameters
    ----------
    sums, variance
        Of `phase_sums`: ``[n, bands, sums, DAYS]``, and of the distance modulus ``[n]``.
    """
    table = table_of(template, sums.shape[1])
    found = np.empty((len(sums), len(SHIFTS)))
    for start in range(0, len(sums), CHUNK):
        rows = slice(start, start + CHUNK)
        for place, shift in enumerate(SHIFTS):
            terms = shifted(sums[rows], shift) @ table
            found[rows, place] = _log_likelihood(terms, variance[rows]) + shift_prior(shift)
    return found


def shift_prior(shift: int) -> float:
    """Return the log prior of a shift, but for a constant."""
    return -0.5 * (shift * STEP / SHIFT_DEVIATION) ** 2


def size_of(terms: int) -> int:
    """Return the number of factors, with that of the distance, of so many terms: s (s + 1) / 2 + s + 1."""
    return int((np.sqrt(8 * terms + 1) - 3) / 2)


def _log_likelihood(terms: Floats, variance: Floats) -> Floats:
    size = size_of(terms.shape[1])
    row, column = np.triu_indices(size)
    precision = np.empty((len(terms), size, size))
    precision[:, row, column] = precision[:, column, row] = terms[:, : len(row)]
    inner = np.arange(size)
    precision[:, inner, inner] += prior_precision(variance, size)
    residual = terms[:, len(row) : len(row) + size, None]
    lower = np.linalg.cholesky(precision)
    scaled = np.linalg.solve(lower, residual)[..., 0]
    volume = np.log(lower[:, inner, inner]).sum(axis=1)
    return np.asarray(0.5 * ((scaled * scaled).sum(axis=1) - terms[:, -1]) - volume)


def prior_precision(variance: Floats, size: int) -> Floats:
    """Return 1 for each factor, and for the last one what is known of the distance, ``[n, size]``."""
    ones = np.ones((len(variance), size - 1))
    return np.concatenate([ones, 1.0 / np.maximum(variance, LEAST_VARIANCE)[:, None]], axis=1)


def expected_covariance(bands: int) -> Floats:
    """Return the covariance of magnitudes that is expected before any curve is seen."""
    scale = np.arcsinh((KNOTS + 2.0) / 8.0)
    apart = np.sqrt(3.0) * np.abs(scale[:, None] - scale) / NEARNESS
    near = (1.0 + apart) * np.exp(-apart)
    own, every = np.eye(bands), np.ones((bands, bands))
    flat = np.ones_like(near)
    slow = np.kron(every, GREY**2 * flat + OWN**2 * near) + np.kron(own, COLOR**2 * flat + BAND**2 * near)
    return np.asarray(slow + 1e-4 * np.eye(len(slow)))


def learn_template(sums: Floats, variance: Floats, *, factors: int, rounds: int, strength: float) -> Template:
    """Learn the curves of a class by expectation maximization.

    Parameters
    ----------
    sums, variance
        Of the class's objects, as for `evidence`.
    factors
        Ways in which curves may differ that are kept.
    rounds
        Of expectation and maximization; the days of maximum are chosen anew before every second one.
    strength
        Number of objects that the covariance expected before learning counts as.

    Notes
    -----
    Source of the method: G. M. James, T. J. Hastie, C. A. Sugar, Principal component models for sparse
    functional data, Biometrika 87 (2000) 587.
    """
    bands = sums.shape[1]
    expected = expected_covariance(bands)
    mean, covariance = np.zeros(len(expected)), 4.0 * expected
    precision, pull = _by_knot(sums, variance, np.zeros(len(sums), dtype=np.int64))
    for number in range(rounds):
        if number > 0 and number % 2 == 0:
            best = evidence(_leading(mean, covariance, factors), sums, variance).argmax(axis=1)
            shift = np.clip(best - round(float(np.median(best))), -REACH, REACH)
            precision, pull = _by_knot(sums, variance, shift)
        prior = np.linalg.inv(covariance)
        spread = np.linalg.inv(precision + prior)
        curves = np.einsum("nij,nj->ni", spread, pull + prior @ mean)
        mean = curves.mean(axis=0)
        apart = curves - mean
        total = apart.T @ apart + spread.sum(axis=0) + strength * expected
        covariance = (total + total.T) / (2.0 * (len(sums) + strength))
    return _leading(mean, covariance, factors)


def _leading(mean: Floats, covariance: Floats, factors: int) -> Template:
    """Keep the ways in which curves differ most."""
    values, vectors = np.linalg.eigh(covariance)
    return Template(mean=mean, factors=vectors[:, -factors:] * np.sqrt(values[-factors:]))


def _by_knot(sums: Floats, variance: Floats, shift: Places) -> tuple[Floats, Floats]:
    """Return what each object says of its magnitudes at the knots: precision, and it times the magnitudes."""
    count, bands = sums.shape[:2]
    moved = np.empty((count, bands, len(SUMS), ENDS))
    for each in np.unique(shift).tolist():
        moved[shift == each] = shifted(sums[shift == each], each).reshape(-1, *moved.shape[1:])
    square, product, light = np.moveaxis(moved, 2, 0).reshape(len(SUMS), count, -1)
    size = bands * ENDS
    precision = np.zeros((count, size, size))
    place = np.arange(size)
    precision[:, place, place] = square
    precision[:, place[:-1], place[1:]] = precision[:, place[1:], place[:-1]] = product[:, :-1]
    knots = bands * len(KNOTS)
    tie = with_ends(np.eye(knots), bands).reshape(size, knots)
    fade = with_ends(np.zeros(knots), bands, EARLY_FADE).reshape(size)
    pull = (light - precision @ fade) @ tie
    precision = tie.T @ precision @ tie
    # A common error of the distance takes weight from what all magnitudes have in common.
    row = precision.sum(axis=2)
    share = 1.0 / (row.sum(axis=1) + 1.0 / np.maximum(variance, LEAST_VARIANCE))
    pull -= row * (pull.sum(axis=1) * share)[:, None]
    precision -= row[:, :, None] * (row * share[:, None])[:, None, :]
    return precision, pull


def differences(classes: int) -> Floats:
    """Return the map from a number of each class to the difference of each pair, ``[classes, pairs]``."""
    first, second = np.triu_indices(classes, 1)
    return np.eye(classes)[:, second] - np.eye(classes)[:, first]


def comparison(found: Floats) -> NDArray[np.float32]:
    """Return what trees may learn from the evidence for the classes.

    Parameters
    ----------
    found
        ``[n, classes, shifts]``.

    Returns
    -------
    NDArray
        float32 ``[n, pairs + classes]``: differences of the evidence, and the expected shift of each class.
    """
    total = np.logaddexp.reduce(found, axis=2)
    chance = np.exp(found - total[:, :, None])
    days = chance @ np.array(SHIFTS, dtype=np.float64)
    return np.concatenate([total @ differences(found.shape[1]), days], axis=1).astype(np.float32)
