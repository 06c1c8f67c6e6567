"""The photo sets beside the repository, as features; tests that need them skip where they are not."""

from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.limits import Limits
from outclass.inference.backbone import Backbone
from outclass.inputs.photo import read_photo
from outclass.inputs.view import view_of

CATS = "cats/cat_photos.parquet"
WILD_CATS = "cats/wild_cat_photos.parquet"
ANYTHING = "cats/ood_imagenet_sample.parquet"
FOOD = "mushrooms/ood_food_photos.parquet"
OBSERVED = "mushrooms/mushroom_photos.parquet"
FOUND = "mushrooms/mushroom_photos_2.parquet"


def photo_set(shared: Path, name: str, *conditions: pl.Expr, step: int = 1) -> pl.DataFrame:
    """Return the photos of a set that fulfil conditions, every so many of them."""
    return pl.read_parquet(shared / name).filter(*conditions).gather_every(step)


def features_of(photos: pl.DataFrame) -> np.ndarray:
    """Return what the packaged backbone makes of photos, float32 ``[n, width]``."""
    views = [view_of(read_photo(image, Limits()).pixels) for image in photos["image"]]
    return Backbone.packaged().embed(np.stack(views))
