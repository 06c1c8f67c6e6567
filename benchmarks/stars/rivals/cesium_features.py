"""The general features of each band by cesium: python cesium_features.py OBJECTS.npz COUNT."""

import json
import sys
import time
import warnings
from itertools import pairwise

import numpy as np
from cesium.featurize import featurize_single_ts
from cesium.time_series import TimeSeries

FEATURES = [
    "amplitude",
    "flux_percentile_ratio_mid20",
    "flux_percentile_ratio_mid50",
    "flux_percentile_ratio_mid80",
    "max_slope",
    "maximum",
    "median",
    "median_absolute_deviation",
    "minimum",
    "percent_amplitude",
    "percent_beyond_1_std",
    "percent_close_to_median",
    "skew",
    "std",
    "stetson_k",
    "weighted_average",
    "total_time",
    "n_epochs",
]
LEAST = 5


def features(mjd, band, flux, error):
    """Return the features of all bands with enough observations."""
    bands = [band == one for one in range(6) if (band == one).sum() >= LEAST]
    series = TimeSeries(t=[mjd[b] for b in bands], m=[flux[b] for b in bands], e=[error[b] for b in bands])
    return featurize_single_ts(series, FEATURES, raise_exceptions=False)


def main():
    """Time the features of some objects."""
    warnings.simplefilter("ignore")
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
