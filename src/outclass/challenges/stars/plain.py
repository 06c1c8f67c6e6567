"""The filter and smoother of a Gaussian process in numpy alone, all time scales at once.

Slower than `compiled`, which computes the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
BLOCK = 100_000


class Observations(NamedTuple):
    """All objects' observations, end to end; a tuple, because compiled loops read it.

    Object i has the rows ``starts[i]:starts[i + 1]``.
    """

    starts: Places
    times: Floats
    bands: Places
    flux: Floats
    variance: Floats

    def rows(self, low: int, high: int) -> "Observations":
        """Return some rows, as of one object."""
        part = slice(low, high)
        return Observations(
            np.array([0, high - low]),
            self.times[part],
            self.bands[part],
            self.flux[part],
            self.variance[part],
        )


def smooth_all(seen: Observations, covariance: Floats, rates: Floats) -> tuple[Floats, Places, Floats]:
    """Fit each object at every time scale; see `process.fit_curves`.

    Parameters
    ----------
    covariance
        Of the bands' fluxes at one time, ``[bands, bands]``.
    rates
        Of each time scale, per day, rising or falling, ``[scales]``.

    Returns
    -------
    tuple
        Weights of the observations at the best time scale ``[rows]``, its place ``[objects]`` and the log
        likelihood of each ``[objects, scales]``.
    """
    starts = seen.starts
    weights = np.zeros(len(seen.times))
    best = np.zeros(len(starts) - 1, dtype=np.int64)
    likelihood = np.zeros((len(starts) - 1, len(rates)))
    for place in range(len(starts) - 1):
        low, high = int(starts[place]), int(starts[place + 1])
        if low == high:
            continue
        own = seen.rows(low, high)
        gains, pulls, likelihood[place] = _filter(own, covariance, rates)
        chosen = best[place] = int(np.argmax(likelihood[place]))
        weights[low:high] = _smooth(own, gains[:, chosen], pulls[:, chosen], float(rates[chosen]))
    return weights, best, likelihood


def transitions(rates: Floats, days: Floats) -> Floats:
    """Return how flux and its slope (per day and rate) go on, ``[steps, scales, 2, 2]``."""
    step = days[:, None] * rates
    decay = np.exp(-step)
    parts = (decay * (1 + step), decay * step, -decay * step, decay * (1 - step))
    return np.stack(parts, axis=-1).reshape(*step.shape, 2, 2)


def in_all_bands(moves: Floats, eye: Floats) -> Floats:
    """Return transitions ``[..., 2, 2]`` of all bands' states at once, ``[..., 2 bands, 2 bands]``."""
    width = 2 * len(eye)
    joined = moves[..., :, None, :, None] * eye[:, None, :]
    return joined.reshape(*moves.shape[:-2], width, width)


def _filter(seen: Observations, covariance: Floats, rates: Floats) -> tuple[Floats, Floats, Floats]:
    """Run forward: gains ``[n, scales, 2 bands]``, innovations over their variance, log likelihood."""
    times, bands = seen.times, seen.bands
    count, eye = len(covariance), np.eye(len(covariance))
    prior = np.kron(np.eye(2), covariance)
    mean = np.zeros((len(rates), 2 * count))
    spread = np.repeat(prior[None], len(rates), axis=0)
    gains = np.empty((len(times), *mean.shape))
    pulls = np.empty((len(times), len(rates)))
    likelihood = np.zeros(len(rates))
    gaps = np.diff(times, prepend=times[0])
    moves = transitions(rates, gaps)
    for row in range(len(times)):
        if gaps[row] > 0:
            forward = in_all_bands(moves[row], eye)
            mean = (forward @ mean[:, :, None])[:, :, 0]
            spread = prior - forward @ (prior - spread) @ forward.transpose(0, 2, 1)
        column = spread[:, :, bands[row]]
        total = column[:, bands[row]] + seen.variance[row]
        surprise = seen.flux[row] - mean[:, bands[row]]
        gain = column / total[:, None]
        mean = mean + gain * surprise[:, None]
        spread = spread - gain[:, :, None] * column[:, None, :]
        likelihood -= 0.5 * (surprise * surprise / total + np.log(total))
        gains[row], pulls[row] = gain, surprise / total
    return gains, pulls, likelihood


def _smooth(seen: Observations, gains: Floats, pulls: Floats, rate: float) -> Floats:
    """Run backward and return each observation's weight in the curve."""
    times, bands, count = seen.times, seen.bands, gains.shape[1] // 2
    adjoint = np.zeros((2, count))
    weights = np.empty(len(times))
    moves = transitions(np.array([rate]), np.diff(times, append=times[-1]))[:, 0]
    for row in range(len(times) - 1, -1, -1):
        adjoint = moves[row].T @ adjoint
        weights[row] = pulls[row] - gains[row] @ adjoint.ravel()
        adjoint[0, bands[row]] += weights[row]
    return weights


def curve_at(seen: Observations, weights: Floats, cross: Floats, rate: float, grid: Floats) -> Floats:
    """Return the curve, ``[curves, grid]``, from the weights of the observations.

    Parameters
    ----------
    cross
        Covariance of each wanted wavelength with each band, ``[curves, bands]``.
    """
    times = seen.times
    curve = np.zeros((len(cross), len(grid)))
    pulls = cross[:, seen.bands] * weights
    width = max(1, BLOCK // max(1, len(grid)))
    for first in range(0, len(times), width):
        part = slice(first, first + width)
        apart = rate * np.abs(times[part, None] - grid)
        curve += pulls[:, part] @ ((1 + apart) * np.exp(-apart))
    return curve


def spread_at(seen: Observations, covariance: Floats, rate: float, grid: Floats) -> Floats:
    """Return the posterior covariance of the bands at rising times, ``[grid, bands, bands]``.

    A forward filter notes the covariance at each time of the grid; the backward pass adds what later
    observations say.
    """
    times, bands, count = seen.times, seen.bands, len(covariance)
    prior = np.kron(np.eye(2), covariance)
    when = np.concatenate([times, grid])
    order = np.argsort(when, kind="stable")
    gaps = np.diff(when[order], prepend=when[order[0]])
    moves = in_all_bands(transitions(np.array([rate]), gaps)[:, 0], np.eye(count))
    spread, noted, steps = prior, np.empty((len(grid), *prior.shape)), []
    for event, forward in zip(order, moves, strict=True):
        spread = prior - forward @ (prior - spread) @ forward.T
        gain = None
        if event < len(times):
            column = spread[:, bands[event]]
            total = column[bands[event]] + seen.variance[event]
            gain = (column / total, 1.0 / total)
            spread = spread - np.outer(gain[0], column)
        else:
            noted[event - len(times)] = spread
        steps.append((event, forward, gain))
    return _backward(steps, noted, bands, count)


def _backward(
    steps: list[tuple[int, Floats, tuple[Floats, float] | None]],
    noted: Floats,
    bands: Places,
    count: int,
) -> Floats:
    """Lessen the noted covariances by what later observations say."""
    known = np.zeros(noted.shape[1:])
    smoothed = np.empty((len(noted), count, count))
    for event, forward, gain in reversed(steps):
        if gain is not None:
            keep = np.eye(2 * count)
            keep[:, bands[event]] -= gain[0]
            known = keep.T @ known @ keep
            known[bands[event], bands[event]] += gain[1]
        else:
            ahead = noted[event - len(steps) + len(noted)]
            smoothed[event - len(steps) + len(noted)] = (ahead - ahead @ known @ ahead)[:count, :count]
        known = forward.T @ known @ forward
    return smoothed
