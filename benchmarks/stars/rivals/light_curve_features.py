"""Features of one band after the other by light-curve: python light_curve_features.py OBJECTS.npz COUNT."""

import json
import sys
import time
from itertools import pairwise

import light_curve
import numpy as np

EXTRACTOR = light_curve.Extractor(
    light_curve.Amplitude(),
    light_curve.BeyondNStd(1.0),
    light_curve.Cusum(),
    light_curve.Duration(),
    light_curve.Eta(),
    light_curve.ExcessVariance(),
    light_curve.InterPercentileRange(0.25),
    light_curve.Kurtosis(),
    light_curve.LinearTrend(),
    light_curve.MaximumSlope(),
    light_curve.Mean(),
    light_curve.Median(),
    light_curve.MedianAbsoluteDeviation(),
    light_curve.ObservationCount(),
    light_curve.ReducedChi2(),
    light_curve.Skew(),
    light_curve.StandardDeviation(),
    light_curve.StetsonK(),
    light_curve.WeightedMean(),
)
LEAST = 5


def features(mjd, band, flux, error):
    """Return the features of each band with enough observations."""
    found = []
    for one in range(6):
        seen = band == one
        if seen.sum() >= LEAST:
            found.append(EXTRACTOR(mjd[seen], flux[seen], error[seen], sorted=True, fill_value=np.nan))
    return found


def main():
    """Time the features of some objects."""
    table, count = np.load(sys.argv[1]), int(sys.argv[2])
    starts = table["starts"]
    columns = [table[name] for name in ("mjd", "band", "flux", "error")]
    features(*(column[: starts[1]] for column in columns))
    began = time.process_time()
    for low, high in pairwise(starts[: count + 1]):
        features(*(column[low:high] for column in columns))
    print(json.dumps({"count": count, "seconds": time.process_time() - began}))


if __name__ == "__main__":
    main()
