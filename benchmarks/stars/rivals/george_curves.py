"""The same Gaussian process by george's dense solver: python george_curves.py OBJECTS.npz COUNT.

As many time scales are tried, and the curve of all bands is read at the same days.
"""

import json
import math
import sys
import time

import george
import numpy as np

WAVELENGTH_SCALE, AMPLITUDE = 6000.0, 0.5


def curve(seen, grid, wavelengths, scales):
    """Return the curve at the likeliest time scale, ``[grid, bands]``."""
    times, band, flux, error = seen
    points = np.stack([times, wavelengths[band]], axis=1)
    best = -math.inf
    for scale in scales:
        days = george.kernels.Matern32Kernel(scale**2, ndim=2, axes=0)
        across = george.kernels.Matern32Kernel(WAVELENGTH_SCALE**2, ndim=2, axes=1)
        tried = george.GP(AMPLITUDE**2 * days * across)
        tried.compute(points, error)
        likelihood = tried.log_likelihood(flux, quiet=True)
        if likelihood > best:
            best, process = likelihood, tried
    wanted = np.stack([np.repeat(grid, len(wavelengths)), np.tile(wavelengths, len(grid))], axis=1)
    return process.predict(flux, wanted, return_cov=False).reshape(len(grid), -1)


def main():
    """Time the curves of some objects, and compare them with ours."""
    table, count = np.load(sys.argv[1]), int(sys.argv[2])
    starts, wavelengths, scales = table["starts"], table["wavelengths"], table["scales"]
    columns = [table[name] for name in ("mjd", "band", "shares", "deviations")]
    seconds, worst = 0.0, 0.0
    for place in range(count):
        low, high = starts[place], starts[place + 1]
        own = [column[low:high] for column in columns]
        grid = np.arange(own[0][0] - 30, own[0][-1] + 30)
        began = time.process_time()
        found = curve(own, grid, wavelengths, scales)
        seconds += time.process_time() - began
        ours = table["curves"][place][:, : len(grid)].T
        worst = max(worst, float(np.nanmax(np.abs(found - ours)) / np.nanmax(np.abs(found))))
    print(json.dumps({"count": count, "seconds": seconds, "difference": worst}))


if __name__ == "__main__":
    main()
