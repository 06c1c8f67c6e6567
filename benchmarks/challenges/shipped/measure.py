"""Measure the champions of cats and mushrooms, mostly on photos that they never learned from.

    python benchmarks/challenges/shipped/measure.py ../shared/data

Those of Oxford-IIIT Pet, FELIX, Caltech Camera Traps and Mushroom Observer were learned from, all others not.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import beta

from outclass.base.limits import Limits
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Predictor
from outclass.inputs.photo import read_photo
from outclass.inputs.view import view_of
from outclass.metrics.scores import auroc
from outclass.registry.store import Registry

NOT_EATEN = {
    "amanita",
    "other_agaric",
    "other_mushroom",
    "false_morel",
    "earthstar",
    "stinkhorn",
    "no_mushroom",
}
CHUNK = 64


def answers(predictor: Predictor, photos: pl.DataFrame) -> list[Prediction]:
    """Return the answer to each photo."""
    found: list[Prediction] = []
    for part in photos.iter_slices(CHUNK):
        views = np.stack([view_of(read_photo(image, Limits()).pixels) for image in part["image"]])
        found += predictor.predict_many(views)
    return found


def shares(found: list[Prediction], none: str) -> str:
    """Say how many are called a class or group, are told to be none, or get no answer."""
    kinds = Counter(
        "none"
        if one.answer == none and not one.abstained
        else "called"
        if not one.abstained or one.group
        else "undecided"
        for one in found
    )
    return ", ".join(f"{name} {kinds[name] / len(found):.3f}" for name in ("called", "undecided", "none"))


def measure_cats(data: Path, predictor: Predictor) -> None:
    """Print what becomes of true cats, and of photos of anything."""
    tables = {
        name: pl.read_parquet(data / "cats" / f"{name}.parquet")
        for name in ("cat_photos", "wild_cat_photos", "ood_imagenet_sample")
    }
    for name, table in tables.items():
        found = answers(predictor, table)
        labels = table["label"].to_list() if "label" in table.columns else ["anything"] * len(table)
        for label in sorted(set(labels)):
            some = [one for one, other in zip(found, labels, strict=True) if other == label]
            sys.stdout.write(f"  {name}: {label} ({len(some)}): {shares(some, 'no_cat')}\n")


def measure_mushrooms(data: Path, predictor: Predictor) -> None:
    """Print what becomes of Amanitas, and how well mushrooms are told from other photos."""
    found = pl.read_parquet(data / "mushrooms/mushroom_photos_2.parquet")
    said = answers(predictor, found)
    amanitas = [one for one, genus in zip(said, found["genus"], strict=True) if genus == "Amanita"]
    wrong = sum(not one.abstained and one.answer not in NOT_EATEN for one in amanitas)
    bound = beta.ppf(0.95, wrong + 1, len(amanitas) - wrong)
    sys.stdout.write(
        f"  Amanitas by the name of what people eat: {wrong} of {len(amanitas)}, below {bound:.4f}\n"
    )
    for species in ("Amanita muscaria", "Amanita vaginata", "Amanita virosa"):
        some = [one for one, name in zip(said, found["species"], strict=True) if name == species]
        named = Counter(one.answer if not one.abstained else f"({one.group})" for one in some)
        sys.stdout.write(f"  {species} ({len(some)}): {dict(named.most_common(4))}\n")
    observed = pl.read_parquet(data / "mushrooms/mushroom_photos.parquet")
    clean = [one for one, flag in zip(said, found["flag"], strict=True) if flag is None]
    clean += answers(predictor, observed.filter(pl.col("flag").is_null()))
    food = pl.read_parquet(data / "mushrooms/ood_food_photos.parquet").filter(~pl.col("contains_mushroom"))
    others = pl.read_parquet(data / "cats/ood_imagenet_sample.parquet")
    some = np.array([one.outlier for one in clean])
    meals = np.array([one.outlier for one in answers(predictor, food)])
    anything = np.array([one.outlier for one in answers(predictor, others)])
    both = auroc(np.concatenate([meals, anything]), some)
    sys.stdout.write(f"  mushroom or not: {both:.4f}; against food alone {auroc(meals, some):.4f}\n")


def main() -> None:
    """Measure both challenges."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    chosen = parser.parse_args()
    registry = Registry(Settings.from_environment())
    for challenge, measure in (("cats", measure_cats), ("mushrooms", measure_mushrooms)):
        for name in (challenge, f"{challenge}.imagenet"):
            version = registry.champion(name)
            sys.stdout.write(f"{version.reference}\n")
            measure(chosen.data, Predictor.load(version, load_challenge(challenge)))


if __name__ == "__main__":
    main()
