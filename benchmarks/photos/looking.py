"""Does "where the model looked" tell where it looked: deletion and insertion against chance, and boxes.

    python benchmarks/photos/looking.py ../shared/data

Trains the default model on photos of cats, dogs and wild animals through the whole pipeline, then takes
photos of the validation and hold-out sides. Of each view the 49 places are covered with the mean color one
after another, the first ones first (deletion: the sooner the answer's probability falls, the better), or laid
bare from a blurred view (insertion: the sooner it rises, the better). The order is that of the map, of the
distance from the middle, and chance. Photos with a box also tell how often the place that counts most lies
inside it.

Sources: V. Petsiuk, A. Das, K. Saenko, RISE, BMVC 2018; J. Zhang et al., Top-down Neural Attention by
Excitation Backprop, ECCV 2016 (the pointing game).
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from outclass import catalog, training
from outclass.base.limits import Limits
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.inference.looking import look, scaled, smoothed
from outclass.inference.predictor import Predictor
from outclass.inputs.photo import read_photo
from outclass.inputs.photos import PhotoTable
from outclass.inputs.view import SIDE, part_of, view_of
from outclass.registry.store import Registry

GRID = 7
CELL = SIDE // GRID
STEP = 7
PHOTOS = 120
"""Places that are covered or laid bare at once."""
BLUR = 16
LABELS = {
    "mountain_lion": "wild_cat",
    "big_cat": "wild_cat",
    "small_wild_cat": "wild_cat",
    "bobcat": "wild_cat",
}
CLASSES = ("domestic_cat", "wild_cat", "not_a_cat")

Views = NDArray[np.uint8]
Orders = Callable[[Views, Predictor], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A photo to look at: its view, and which places its box covers."""

    view: Views
    inside: NDArray[np.bool_] | None


def main() -> None:
    """Train, look, and print the areas under the curves."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--photos", type=int, default=PHOTOS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        settings = Settings(home=home, database_url="sqlite:///unused", mirror=str(options.data))
        loaded = load_challenge(write_challenge(home / "looking"))
        training.train(loaded, settings=settings, promote=False)
        predictor = Predictor.load(Registry(settings).get("looking/challenger"), loaded)
        subjects = subjects_of(loaded, settings, boxes_of(options.data), options.photos)
        report(subjects, predictor)


def write_challenge(folder: Path) -> Path:
    """Write the challenge and return its folder."""
    files = {
        role: {"path": f"cats/{role.replace(chr(45), chr(95))}_photos.parquet"}
        for role in ("cat", "wild-cat")
    }
    columns = {"id": "image_id", "group": "group", "image": "image", "label": "label"}
    declared = {
        "name": "looking",
        "title": "Looking",
        "question": "Which is it?",
        "summary": "Photos to look at.",
        "accent": "#ff8800",
        "input": {"kind": "photo"},
        "classes": [{"name": name, "title": name.replace("_", " ")} for name in CLASSES],
        "dataset": {
            "title": "Cats",
            "licence": "various",
            "citation": "see the data",
            "source": {"kind": "photos", "files": files, "labels": LABELS},
            "tables": {role: {"columns": columns} for role in files},
        },
        "split": {"salt": "looking-1", "train": 0.6, "validation": 0.2, "holdout": 0.2, "game": 0.0},
        "models": {"probe": {"title": "Probe"}},
        "advisers": ["probe"],
        "champion": "probe",
    }
    folder.mkdir(parents=True)
    (folder / "challenge.yaml").write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")
    return folder


def boxes_of(data: Path) -> dict[str, tuple[float, float, float, float]]:
    """Return the box of each photo that has one, by its id."""
    names = ("bbox_x", "bbox_y", "bbox_w", "bbox_h")
    table = pl.read_parquet(data / "cats" / "wild_cat_photos.parquet", columns=["image_id", *names])
    return {row[0]: row[1:] for row in table.drop_nulls().iter_rows()}


def subjects_of(
    loaded: LoadedChallenge, settings: Settings, boxes: dict[str, tuple[float, ...]], count: int
) -> list[Subject]:
    """Return photos that were not learned from, half of them with boxes."""
    version = catalog.current_version(loaded.name, settings)
    assert version is not None
    found: dict[bool, list[Subject]] = {True: [], False: []}
    for side in ("validation", "holdout"):
        table = version.objects(side)
        assert isinstance(table.inputs, PhotoTable)
        for place in np.random.default_rng(1).permutation(len(table)).tolist():
            box = boxes.get(table.ids[place])
            if len(found[box is not None]) < count // 2:
                pixels = read_photo(table.inputs.content(place), Limits()).pixels
                inside = None if box is None else covered(box, *pixels.shape[:2])
                found[box is not None].append(Subject(view_of(pixels), inside))
    return [*found[True], *found[False]]


def covered(box: tuple[float, ...], height: int, width: int) -> NDArray[np.bool_]:
    """Return which places of the view of a photo have their middle in a box."""
    seen_left, seen_top, seen_width, seen_height = part_of(width, height)
    middles = (np.arange(GRID) + 0.5) / GRID
    rows, columns = seen_top + middles * seen_height, seen_left + middles * seen_width
    left, top, across, down = box
    return np.outer((rows >= top) & (rows < top + down), (columns >= left) & (columns < left + across))


def by_map(view: Views, predictor: Predictor) -> NDArray[np.float64]:
    """Rank places as the explanation does."""
    return np.array(look(predictor, view).grid)


def by_place_alone(view: Views, predictor: Predictor) -> NDArray[np.float64]:
    """Rank places by what the head says of each by itself (class activation)."""
    features, places = predictor.backbone.maps(view[np.newaxis])
    best = int(predictor.scores(features).probabilities[0].argmax())
    each = np.ascontiguousarray(places[0].reshape(features.shape[1], -1).T)
    logits = predictor.scores(each).logits.astype(np.float64)
    return scaled(smoothed((logits[:, best] - logits.mean(axis=1)).reshape(GRID, GRID)))


def by_energy(view: Views, predictor: Predictor) -> NDArray[np.float64]:
    """Rank places by how strong the features are, whatever the class."""
    places = predictor.backbone.maps(view[np.newaxis])[1][0]
    return np.sqrt((places.astype(np.float64) ** 2).sum(axis=0))


def by_middle(_view: Views, _predictor: Predictor) -> NDArray[np.float64]:
    """Rank places by how near they are to the middle, where photographers put things."""
    away = np.abs(np.arange(GRID) - GRID // 2)
    return -np.hypot(away[:, None], away[None, :])


def by_chance(view: Views, _predictor: Predictor) -> NDArray[np.float64]:
    """Rank places by chance."""
    return np.random.default_rng(int(view.sum())).random((GRID, GRID))


ORDERS: dict[str, Orders] = {
    "the map": by_map,
    "each place alone": by_place_alone,
    "strength of features": by_energy,
    "distance from the middle": by_middle,
    "chance": by_chance,
}


def areas(view: Views, ranks: NDArray[np.float64], predictor: Predictor) -> tuple[float, float]:
    """Return the areas under the curves of deletion and insertion of one photo."""
    order = np.argsort(-ranks, axis=None, kind="stable")
    blurred = np.asarray(Image.fromarray(view).filter(ImageFilter.GaussianBlur(BLUR)))
    plain = np.broadcast_to(view.mean(axis=(0, 1)).astype(np.uint8), view.shape)
    views = []
    for done in range(0, GRID * GRID + 1, STEP):
        mask = np.zeros(GRID * GRID, dtype=bool)
        mask[order[:done]] = True
        whole = np.kron(mask.reshape(GRID, GRID), np.ones((CELL, CELL), dtype=bool))[..., None]
        views += [np.where(whole, plain, view), np.where(whole, view, blurred)]
    chances = predictor.scores(np.stack(views)).probabilities
    best = int(chances[0].argmax())
    curves = chances[:, best].reshape(-1, 2)
    found = np.trapezoid(curves, axis=0) / (len(curves) - 1)
    return float(found[0]), float(found[1])


def report(subjects: list[Subject], predictor: Predictor) -> None:
    """Print the figures of each order."""
    boxed = [subject for subject in subjects if subject.inside is not None and subject.inside.any()]
    share = np.mean([subject.inside.mean() for subject in boxed])
    print(f"{len(subjects)} photos, {len(boxed)} with a box in view, which covers {100 * share:.0f} % of it")
    print("| order | deletion (less is better) | insertion (more is better) | first place in the box |")
    print("|---|---:|---:|---:|")
    curves: dict[str, NDArray[np.float64]] = {}
    for name, rank in ORDERS.items():
        curves[name] = np.array([areas(one.view, rank(one.view, predictor), predictor) for one in subjects])
        hits = [one.inside.flat[rank(one.view, predictor).argmax()] for one in boxed]
        deleted, inserted = curves[name].mean(axis=0)
        print(f"| {name} | {deleted:.3f} | {inserted:.3f} | {100 * np.mean(hits):.0f} % |")
    for name in ("chance", "distance from the middle"):
        better = curves["the map"] - curves[name]
        spread = better.std(axis=0, ddof=1) / len(better) ** 0.5
        print(
            f"the map against {name}: deletion {better[:, 0].mean():+.3f} +- {spread[0]:.3f}, "
            f"insertion {better[:, 1].mean():+.3f} +- {spread[1]:.3f}"
        )


if __name__ == "__main__":
    main()
