"""Measure whether prediction sets of photos hold the truth as often as was asked, and how large they are.

    python benchmarks/photos/sets.py ../shared/data

Three questions on real photos, cropped to their boxes: cat, wild cat or no cat; bobcat, mountain lion, other
wild cat, domestic cat or no cat; the genus of a mushroom (genera with 20 photos or more). Of each, many draws
by group: a fifth is tested on, the rest goes through the estimator and the calibration of the pipeline (out
of fold). No group, such as a camera site, is on both sides.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.limits import Limits
from outclass.inference.backbone import Backbone
from outclass.inference.predictor import calibrate
from outclass.registry.version import PredictionSetMethod
from outclass.training import photos as learned
from outclass.training.calibrate import best_temperature
from outclass.training.data import TrainingData
from outclass.training.photos.files import PhotoFiles
from outclass.training.photos.reading import boxes_of
from outclass.training.sets import fit_prediction_set, prediction_sets

COVERAGES = (0.8, 0.9, 0.95)
DRAWS = 10
TESTED = 0.2
LEAST_PHOTOS = 20
BATCH = 32
FINE = {
    "bobcat": "bobcat",
    "mountain_lion": "mountain_lion",
    "big_cat": "other_wild_cat",
    "small_wild_cat": "other_wild_cat",
    "domestic_cat": "domestic_cat",
    "not_a_cat": "no_cat",
}
COARSE = {name: name if name in {"domestic_cat", "no_cat"} else "wild_cat" for name in FINE.values()}


@dataclass(frozen=True, slots=True)
class Question:
    """Features of photos, their labels, and what must stay together."""

    name: str
    features: NDArray[np.float32]
    labels: NDArray[np.str_]
    groups: NDArray[np.str_]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    print("| question | sets | asked | measured | least of the draws | classes in a set | empty |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for question in questions(options.data):
        found = [row for seed in range(options.draws) for row in measure(question, seed)]
        for method in PredictionSetMethod:
            for coverage in COVERAGES:
                own = np.array([row[2:] for row in found if row[:2] == (method, coverage)])
                held, size, empty = own.mean(axis=0)
                print(
                    f"| {question.name} | {method} | {100 * coverage:.0f} % | {100 * held:.1f} % | "
                    f"{100 * own[:, 0].min():.1f} % | {size:.2f} | {100 * empty:.1f} % |"
                )


def questions(data: Path) -> Iterator[Question]:
    """Yield the questions."""
    names = ("cat_photos", "wild_cat_photos")
    cats = [read(data / "cats" / f"{name}.parquet", "label") for name in names]
    features, labels, groups = (np.concatenate([one[place] for one in cats]) for place in range(3))
    fine = np.array([FINE[label] for label in labels])
    yield Question("wild cats, 5 classes", features, fine, groups)
    yield Question("cats, 3 classes", features, np.array([COARSE[label] for label in fine]), groups)
    names = ("mushroom_photos", "mushroom_photos_2")
    found = [read(data / "mushrooms" / f"{name}.parquet", "genus") for name in names]
    features, labels, groups = (np.concatenate([one[place] for one in found]) for place in range(3))
    counts = {label: int((labels == label).sum()) for label in set(labels.tolist())}
    kept = np.array([counts[label] >= LEAST_PHOTOS for label in labels.tolist()])
    yield Question("genera of mushrooms", features[kept], labels[kept], groups[kept])


def read(path: Path, label: str) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.str_]]:
    """Return features, labels and groups of a file; of camera traps the site is the group."""
    table = pl.read_parquet(path)
    if "genus" in table.columns:
        table = table.filter(pl.col("flag").is_null() | (pl.col("flag") == "thumbnail_75px"))
    group = pl.col("image_id")
    for name in ("group", "camera_site"):
        group = pl.coalesce(pl.col(name), group) if name in table.columns else group
    photos = PhotoFiles(
        names=tuple(table["image_id"]),
        contents=tuple(table["image"]),
        boxes=inside(boxes_of(table), table),
        limits=Limits(),
    )
    backbone = Backbone.packaged()
    rows = [backbone.embed(photos.views(*part)) for part in photos.parts(BATCH)]
    groups = table.select(group).to_series().cast(pl.String)
    return np.concatenate(rows), table[label].to_numpy().astype(np.str_), groups.to_numpy().astype(np.str_)


def inside(boxes: NDArray[np.int32], table: pl.DataFrame) -> NDArray[np.int32]:
    """Return boxes cut at the border of their photos."""
    sizes = table.select("width", "height").to_numpy().astype(np.int32)
    corners = np.clip(boxes[:, :2], 0, sizes - 1)
    ends = np.minimum(boxes[:, :2] + boxes[:, 2:], sizes)
    cut = np.concatenate([corners, ends - corners], axis=1)
    cut[boxes[:, 2] == 0] = 0
    return cut


def measure(
    question: Question, seed: int
) -> Iterator[tuple[PredictionSetMethod, float, float, float, float]]:
    """Yield method, asked and measured coverage, mean size and share of empty sets of one draw."""
    random = np.random.default_rng(seed)
    names = np.unique(question.groups)
    tested = np.isin(question.groups, random.permutation(names)[: int(TESTED * len(names))])
    classes, targets = np.unique(question.labels, return_inverse=True)
    data = TrainingData(
        inputs=question.features[~tested],
        targets=targets[~tested].astype(np.int64),
        validation_inputs=question.features[:0],
        validation_targets=targets[:0].astype(np.int64),
        classes=tuple(classes.tolist()),
        data_version="benchmark",
        groups=tuple(question.groups[~tested].tolist()),
    )
    estimator = learned.build({})
    with tempfile.TemporaryDirectory() as folder:
        estimator.fit(data, seed=seed, folder=Path(folder), device="cpu", progress=lambda *_: None)
    logits = estimator.out_of_fold(data.inputs, data.groups).logits
    temperature = best_temperature(logits, data.targets)
    known = calibrate(logits, temperature)
    asked = calibrate(estimator.predict(question.features[tested]).logits, temperature)
    for method in PredictionSetMethod:
        for coverage in COVERAGES:
            groups = data.groups if method is PredictionSetMethod.THRESHOLD else None
            rule = fit_prediction_set(known, data.targets, coverage, None, method, groups)
            sets = prediction_sets(asked, rule)
            held = sets[np.arange(len(asked)), targets[tested]].mean()
            yield method, coverage, held, sets.sum(axis=1).mean(), (~sets.any(axis=1)).mean()


if __name__ == "__main__":
    main()
