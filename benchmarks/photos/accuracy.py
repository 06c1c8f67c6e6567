"""Measure how good models of photos are, by cross-validation with what belongs together in one fold.

    python benchmarks/photos/accuracy.py ../shared/data cats3 wildcats genera mushroom

Each row is a challenge of `benchmarks/challenges`, whose parameters its estimator is built with. What that
chooses (the cost), and what is chosen afterwards (temperature, when to abstain), it chooses by folds of the
rows it learns from: nothing is chosen on the fold that is scored. `--gray` takes the color from every photo
beforehand, `--kept FOLDER` keeps features for the next run.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.model_selection import StratifiedGroupKFold

from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.inference.backbone import Backbone
from outclass.inference.predictor import calibrate
from outclass.inputs.photo import fitting_box, read_photo, upright_size
from outclass.inputs.photo_header import read_header
from outclass.inputs.view import view_of
from outclass.metrics.scores import auroc
from outclass.training import photos as learned
from outclass.training.calibrate import best_temperature
from outclass.training.data import TrainingData
from outclass.training.photos.embedding import CHANGES, PLAIN, grayed
from outclass.training.photos.probe import LinearProbe
from outclass.training.photos.reading import boxes_of
from wild_cats import other_kinds

CHALLENGES = Path(__file__).parents[1] / "challenges"
ANSWERED = 0.87
"""The share of photos that is to be answered; the least sure of the others abstain."""
LEAST_PHOTOS = 20
SPECIES = "-by-species"
EDIBLE = {"edible", "edible_with_caution"}
CATS3 = {"domestic_cat": "domestic_cat", "not_a_cat": "no_cat"}

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Names = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Question:
    """Photos with what is learned (`labels`) and what is asked (`asked`), and what must stay together.

    `rows` are those of `kept` in the sets one after the other, `changed` the same after a change.
    """

    name: str
    sets: tuple[str, ...]
    kept: Indices
    rows: NDArray[np.float32]
    labels: Names
    asked: Names
    groups: Names
    table: pl.DataFrame
    changed: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the sets of photos and makes their features, or takes those that were kept."""

    data: Path
    gray: bool
    kept: Path | None

    def table(self, name: str) -> pl.DataFrame:
        """Return a set of photos."""
        return pl.read_parquet(self.data / f"{name}.parquet")

    def rows(self, name: str, change: str = PLAIN) -> NDArray[np.float32]:
        """Return the features of a set's photos, after a change."""
        backbone = Backbone.packaged()
        before = "gray" if self.gray else "plain"
        form = before if change == PLAIN else f"{before}-{change}"
        path = (self.kept or Path()) / f"{Path(name).name}-{form}-{backbone.fingerprint[:16]}.npy"
        if self.kept and path.exists():
            return np.asarray(np.load(path), dtype=np.float32)
        table = self.table(name)
        boxes = boxes_of(table).tolist()
        found = np.concatenate(
            [
                backbone.embed(self.view(body, tuple(box), change))
                for body, box in zip(table["image"].to_list(), boxes, strict=True)
            ]
        )
        if self.kept:
            self.kept.mkdir(parents=True, exist_ok=True)
            np.save(path, found)
        return found

    def all_rows(self, names: Sequence[str], change: str = PLAIN) -> NDArray[np.float32]:
        """Return the features of some sets' photos."""
        return np.concatenate([self.rows(name, change) for name in names])

    def view(self, body: bytes, box: tuple[int, int, int, int], change: str) -> NDArray[np.uint8]:
        """Return one photo's view, cropped to its box and changed."""
        size = upright_size(read_header(body, Limits()))
        pixels = read_photo(body, Limits(), box=fitting_box(box, *size)).pixels
        return view_of(CHANGES[change](grayed(pixels) if self.gray else pixels))[None]


def cats3(reader: Reader) -> Question:
    """Domestic cat, wild cat, or no cat."""
    table = reader.table("cats/cat_photos")
    labels = np.array([CATS3.get(label, "wild_cat") for label in table["label"]])
    groups = table["group"].cast(pl.String).to_numpy().astype(str)
    sets = ("cats/cat_photos",)
    return Question(
        "cats3", sets, np.arange(len(table)), reader.all_rows(sets), labels, labels, groups, table
    )


def wildcats(reader: Reader) -> Question:
    """Bobcat, mountain lion, other wild cat, domestic cat, or no cat; learned are the kinds."""
    sets = ("cats/wild_cat_photos", "cats/cat_photos")
    table = pl.concat([other_kinds(reader.table(name)) for name in sets])
    labels, asked, groups = (table[name].to_numpy().astype(str) for name in ("kind", "asked", "together"))
    rows = reader.all_rows(sets)
    return Question("wildcats", sets, np.arange(len(table)), rows, labels, asked, groups, table)


def genera(reader: Reader) -> Question:
    """The genus of a mushroom, of those with enough photos that show one."""
    names = ("mushrooms/mushroom_photos", "mushrooms/mushroom_photos_2")
    first, second = (reader.table(name) for name in names)
    columns = ["genus", "species", "edibility_reviewed", "flag", "group"]
    first = first.with_columns(
        group="1 " + pl.col("species") + pl.col("observation_date").cast(pl.String).fill_null("")
    )
    second = second.with_columns(group="2 " + pl.col("group").cast(pl.String))
    table = pl.concat([first.select(columns), second.select(columns)])
    seen = (table["flag"].is_null() | (table["flag"] == "thumbnail_75px")).fill_null(value=False)
    counts = table.filter(seen)["genus"].value_counts()
    often = counts.filter(pl.col("count") >= LEAST_PHOTOS)["genus"].to_list()
    kept = (seen & table["genus"].is_in(often)).to_numpy()
    table = table.filter(kept)
    labels, groups = table["genus"].to_numpy().astype(str), table["group"].to_numpy().astype(str)
    places = np.flatnonzero(kept)
    rows = reader.all_rows(names)[places]
    return Question("genera", names, places, rows, labels, labels, groups, table)


def with_changes(question: Question, reader: Reader, parameters: Mapping[str, object]) -> Question:
    """Return a question with the features of the changes that a recipe learns from."""
    changes = str(parameters.get("changes", "")).split()
    changed = {change: reader.all_rows(question.sets, change)[question.kept] for change in changes}
    return replace(question, changed=changed)


def learn(question: Question, chosen: Indices, hook: ModuleType, parameters: Mapping[str, object], seed: int):
    """Return an estimator of some rows, and the temperature and confidence by its own folds."""
    classes = tuple(sorted(set(question.labels[chosen].tolist())))
    targets = np.searchsorted(classes, question.labels[chosen]).astype(np.int64)
    groups = tuple(question.groups[chosen].tolist())
    rows = question.rows[chosen]
    data = TrainingData(
        inputs=rows,
        targets=targets,
        validation_inputs=rows[:0],
        validation_targets=targets[:0],
        classes=classes,
        data_version="benchmark",
        groups=groups,
        challenge=challenge_of(question),
    )
    estimator = hook.build(parameters)
    if isinstance(estimator, LinearProbe):
        estimator.changed = lambda _, change: question.changed[change][chosen]
    with tempfile.TemporaryDirectory() as folder:
        estimator.fit(data, seed=seed, folder=Path(folder), device="cpu", progress=silent)
    unseen = estimator.out_of_fold(rows, groups)
    temperature = best_temperature(unseen.logits, targets)
    sure = calibrate(unseen.logits, temperature)
    return estimator, classes, temperature, sure


@lru_cache(maxsize=4)
def loaded_challenge(name: str) -> LoadedChallenge:
    """Return one of the benchmarks' challenges."""
    return load_challenge(str(CHALLENGES / name))


def challenge_of(question: Question) -> Challenge:
    """Return what is declared of a question, its groups of classes above all."""
    return loaded_challenge(question.name).challenge


def silent(share: float, text: str) -> None:
    """Tell nobody how far learning is."""


def cross_validate(
    question: Question, hook: ModuleType, parameters: Mapping[str, object], *, folds: int, seed: int
) -> tuple[Floats, tuple[str, ...], NDArray[np.bool_], NDArray[np.int64]]:
    """Return probabilities of what is asked, its names, which rows are answered, and each row's fold."""
    names = tuple(sorted(set(question.asked.tolist())))
    asked_of = dict(zip(question.labels.tolist(), question.asked.tolist(), strict=True))
    found = np.zeros((len(question.labels), len(names)))
    answered = np.zeros(len(question.labels), dtype=bool)
    fold_of = np.zeros(len(question.labels), dtype=np.int64)
    parts = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for fold, (rest, part) in enumerate(parts.split(question.rows, question.asked, question.groups)):
        estimator, classes, temperature, sure = learn(question, rest, hook, parameters, seed)
        merge = np.array([[asked_of[one] == name for name in names] for one in classes], dtype=np.float64)
        floor = np.quantile((sure @ merge).max(axis=1), 1 - ANSWERED)
        found[part] = calibrate(estimator.predict(question.rows[part]).logits, temperature) @ merge
        answered[part] = found[part].max(axis=1) >= floor
        fold_of[part] = fold
    return found, names, answered, fold_of


def figures(
    question: Question, found: Floats, names: tuple[str, ...], answered: NDArray[np.bool_]
) -> dict[str, object]:
    """Return the scores that every row has."""
    best = np.array(names)[found.argmax(axis=1)]
    right = best == question.asked
    truth = found[np.arange(len(found)), np.searchsorted(names, question.asked)]
    recalls = {name: float(right[question.asked == name].mean()) for name in names}
    return {
        "photos": len(found),
        "accuracy": float(right.mean()),
        "macro_recall": float(np.mean(list(recalls.values()))),
        "log_loss": float(-np.log(np.maximum(truth, 1e-12)).mean()),
        "answered": float(answered.mean()),
        "accuracy_answered": float(right[answered].mean()),
        "recalls": recalls,
    }


def of_bobcats(question: Question, found: Floats, names: tuple[str, ...]) -> dict[str, object]:
    """Return how bobcats do, and how they are told from coyotes and raccoons of the same cameras."""
    best = np.array(names)[found.argmax(axis=1)]
    bobcat = question.asked == "bobcat"
    clear = bobcat & (question.table["flag"] == "clear").fill_null(value=False).to_numpy()
    sites = set(question.groups[bobcat].tolist())
    same = np.isin(question.groups, sorted(sites)) & np.isin(question.labels, ["coyote", "raccoon"])
    scores = found[:, names.index("bobcat")]
    return {
        "clear_bobcats": float((best[clear] == "bobcat").mean()),
        "same_cameras": {
            "coyotes_and_raccoons": int(same.sum()),
            "called_bobcats": float((best[same] == "bobcat").mean()),
            "auroc": float(auroc(scores[bobcat], scores[same])),
        },
    }


def of_amanitas(
    question: Question, found: Floats, names: tuple[str, ...], answered: NDArray[np.bool_]
) -> dict[str, object]:
    """Return how many Amanitas are called by the name of a genus with edible kinds, with the 95 % bound."""
    edible = set(question.table.filter(pl.col("edibility_reviewed").is_in(EDIBLE))["genus"]) - {"Amanita"}
    best = np.array(names)[found.argmax(axis=1)]
    of_them = question.asked == "Amanita"
    wrong = of_them & np.isin(best, sorted(edible))
    result: dict[str, object] = {"amanitas": int(of_them.sum())}
    for name, count in {"all": int(wrong.sum()), "where_answered": int((wrong & answered).sum())}.items():
        result[f"called_edible_{name}"] = count
        result[f"share_{name}"] = count / int(of_them.sum())
        result[f"bound_95_{name}"] = upper_bound(count, int(of_them.sum()))
    return result


def upper_bound(count: int, total: int) -> float:
    """Return the one-sided 95 % bound of a share (C. Clopper, E. Pearson, Biometrika 26, 1934)."""
    return float(beta.ppf(0.95, count + 1, total - count))


def species_held_out(
    question: Question, hook: ModuleType, parameters: Mapping[str, object], seed: int
) -> dict[str, object]:
    """Return the accuracy on species that nothing was learned of, in genera with another species."""
    species = question.table["species"].to_numpy().astype(str)
    kinds = {
        genus: set(species[question.labels == genus].tolist()) for genus in set(question.labels.tolist())
    }
    several = np.array([len(kinds[genus]) > 1 for genus in question.labels.tolist()])
    held = replace(question, groups=species)
    found, names, answered, _ = cross_validate(held, hook, parameters, folds=10, seed=seed)
    right = (np.array(names)[found.argmax(axis=1)] == question.asked) & several
    return {
        "photos": int(several.sum()),
        "accuracy": float(right.sum() / several.sum()),
        "answered": float(answered[several].mean()),
        "accuracy_answered": float(right[answered & several].mean()),
    }


def mushroom(reader: Reader, seed: int) -> dict[str, object]:
    """Tell mushrooms from food and other photos: probe with half of the other classes as no mushroom."""
    shown = genera(reader)
    others = {name: reader.rows(name) for name in ("mushrooms/ood_food_photos", "cats/ood_imagenet_sample")}
    tables = {name: reader.table(name) for name in others}
    food = others["mushrooms/ood_food_photos"]
    food = food[
        ~tables["mushrooms/ood_food_photos"]["contains_mushroom"]
        .cast(pl.Boolean)
        .fill_null(value=False)
        .to_numpy()
    ]
    rest = others["cats/ood_imagenet_sample"]
    result: dict[str, object] = {"photos": len(shown.labels), "food": len(food), "others": len(rest)}
    scores: dict[str, list[tuple[Floats, Floats]]] = {"food": [], "others": []}
    parts = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    for fold, (learning, part) in enumerate(parts.split(shown.rows, shown.labels, shown.groups)):
        tested = np.arange(len(rest)) % 5 == fold
        both = Question(
            name="mushroom",
            sets=(),
            kept=learning,
            rows=np.concatenate([shown.rows[learning], rest[~tested]]),
            labels=np.array(["mushroom"] * len(learning) + ["none"] * int((~tested).sum())),
            asked=np.array(["mushroom"] * len(learning) + ["none"] * int((~tested).sum())),
            groups=np.concatenate([shown.groups[learning], np.flatnonzero(~tested).astype(str)]),
            table=shown.table,
        )
        estimator, _, temperature, _ = learn(both, np.arange(len(both.labels)), learned, {}, seed)

        def none(rows: NDArray[np.float32], estimator=estimator, temperature=temperature) -> Floats:
            return calibrate(estimator.predict(rows).logits, temperature)[:, 1]

        own = none(shown.rows[part])
        scores["food"].append((none(food), own))
        scores["others"].append((none(rest[tested]), own))
    for name, pairs in scores.items():
        result[f"auroc_{name}"] = float(np.mean([auroc(strange, known) for strange, known in pairs]))
    return result


QUESTIONS: Mapping[str, Callable[[Reader], Question]] = {
    "cats3": cats3,
    "wildcats": wildcats,
    "genera": genera,
}


def measure(name: str, reader: Reader, folds: int, seed: int) -> dict[str, object]:
    """Return the figures of one row."""
    if name == "mushroom":
        return mushroom(reader, seed)
    question = QUESTIONS[name.removesuffix(SPECIES)](reader)
    challenge = loaded_challenge(question.name)
    hook = load_hook(challenge, Hook.MODEL) or learned
    parameters = challenge.challenge.models["probe"].parameters
    question = with_changes(question, reader, parameters)
    if name.endswith(SPECIES):
        return species_held_out(question, hook, parameters, seed)
    found, names, answered, _ = cross_validate(question, hook, parameters, folds=folds, seed=seed)
    result = figures(question, found, names, answered)
    if name == "wildcats":
        result |= of_bobcats(question, found, names)
    if name == "genera":
        result |= of_amanitas(question, found, names, answered)
    return result


def main() -> None:
    """Measure the rows that are asked for, and print them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("rows", nargs="+", choices=[*QUESTIONS, f"genera{SPECIES}", "mushroom"])
    parser.add_argument("--gray", action="store_true")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path)
    options = parser.parse_args()
    reader = Reader(options.data, options.gray, options.kept)
    for name in options.rows:
        started = time.process_time()
        result = measure(name, reader, options.folds, options.seed)
        result["seconds"] = round(time.process_time() - started, 1)
        print(json.dumps({name: result}, indent=2), flush=True)


if __name__ == "__main__":
    main()
