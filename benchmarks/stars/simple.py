"""Some 70 simple statistics of a light curve, as a first attempt at PLAsTiCC would take them, and a fit.

They say how hard a set is; the models of stars have features of their own.
"""

from dataclasses import dataclass

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.inputs.series import FACTS, SeriesTable

BANDS = 6
PARAMETERS = {
    "objective": "multiclass",
    "learning_rate": 0.03,
    "num_leaves": 7,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
ROUNDS, PATIENCE = 1500, 50

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Out-of-fold probabilities, and the gain of each feature."""

    probabilities: Floats
    gains: dict[str, float]


def features(table: SeriesTable) -> pl.DataFrame:
    """Return one row per object: statistics of all bands, of each band, and what is known of the host."""
    rows = pl.DataFrame(
        {
            "place": np.repeat(np.arange(len(table)), np.diff(table.starts)),
            "mjd": table.mjd,
            "band": table.passband,
            "flux": table.flux,
            "error": table.flux_err,
            "detected": table.detected,
        }
    ).with_columns(ratio=(pl.col("flux") / pl.col("error")) ** 2)
    flux, seen = pl.col("flux"), pl.col("mjd").filter(pl.col("detected"))
    every = rows.group_by("place").agg(
        flux.skew().alias("skew"),
        pl.col("error").mean().alias("error_mean"),
        pl.col("error").median().alias("error_median"),
        pl.col("detected").mean().alias("detected_share"),
        pl.col("detected").sum().alias("detected_count"),
        pl.col("ratio").sum().alias("ratio_sum"),
        ((flux * pl.col("ratio")).sum() / pl.col("ratio").sum()).alias("weighted_mean"),
        (seen.max() - seen.min()).alias("detected_span"),
        (seen.max() - seen.min()).truediv(pl.col("detected").sum()).alias("detected_step"),
    )
    table_of_bands = rows.group_by("place", "band").agg(
        flux.min().alias("min"),
        flux.max().alias("max"),
        flux.mean().alias("mean"),
        flux.median().alias("median"),
        flux.std().alias("std"),
        flux.skew().alias("skew"),
        ((flux * pl.col("ratio")).sum() / pl.col("ratio").sum()).alias("weighted"),
        pl.col("detected").mean().alias("detected"),
        pl.col("ratio").max().alias("signal"),
    )
    wide = table_of_bands.pivot("band", index="place", sort_columns=True)
    photoz = table.facts[:, FACTS.index("hostgal_photoz")]
    host = pl.DataFrame(
        {
            "place": np.arange(len(table)),
            "photoz": photoz,
            "photoz_error": table.facts[:, FACTS.index("hostgal_photoz_err")],
            "galactic": (photoz == 0).astype(float),
        }
    )
    joined = host.join(every, on="place", how="left").join(wide, on="place", how="left").sort("place")
    colors = [
        (pl.col(f"max_{band}") / pl.col(f"max_{band + 1}")).alias(f"color_{band}") for band in range(1, 5)
    ]
    return joined.with_columns(*colors).drop("place").cast(pl.Float64)


def flat_log_loss(probabilities: Floats, targets: Ints) -> float:
    """Return the log loss, each class averaged over its own objects first."""
    right = np.log(np.maximum(probabilities[np.arange(len(targets)), targets], 1e-15))
    return -float(np.mean([right[targets == label].mean() for label in np.unique(targets)]))


def out_of_fold(table: pl.DataFrame, targets: Ints, *, folds: int = 5, seed: int = 0) -> Fit:
    """Fit on all folds but one, every class weighing the same, and answer that one."""
    inputs = table.to_numpy()
    rng = np.random.default_rng(seed)
    fold = np.empty(len(targets), dtype=np.int64)
    for label in np.unique(targets):
        places = rng.permutation(np.flatnonzero(targets == label))
        fold[places] = np.arange(len(places)) % folds
    classes = int(targets.max()) + 1
    weights = 1 / np.bincount(targets, minlength=classes)[targets] * len(targets) / classes
    answers = np.zeros((len(targets), classes))
    gains = np.zeros(inputs.shape[1])
    for held in range(folds):
        learn, asked = fold != held, fold == held
        data = lightgbm.Dataset(inputs[learn], targets[learn], weight=weights[learn])
        watched = lightgbm.Dataset(inputs[asked], targets[asked], weight=weights[asked], reference=data)
        model = lightgbm.train(
            {**PARAMETERS, "num_class": classes, "seed": seed},
            data,
            num_boost_round=ROUNDS,
            valid_sets=[watched],
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
        )
        answers[asked] = model.predict(inputs[asked])
        gains += model.feature_importance("gain")
    return Fit(
        probabilities=answers, gains=dict(zip(table.columns, (gains / gains.sum()).tolist(), strict=True))
    )
