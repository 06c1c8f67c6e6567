"""How well the advisers and their consensus classify, by cross-validation; one command for each table.

    python benchmarks/stars/accuracy.py snpcc  --data ../shared/data
    python benchmarks/stars/accuracy.py biased --data ../shared/data
    python benchmarks/stars/accuracy.py ztf    --data ../shared/data
    python benchmarks/stars/accuracy.py simulator

`--set boone.rounds=300` changes a parameter of the challenge file, and `all.rounds=300` that of every model.
Everything is seeded. Seconds are those of the processor for learning and answering, without features.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from outclass.catalog import load_challenge
from outclass.catalog.challenge import Challenge
from outclass.catalog.hooks import load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.curves import Part, read_curves
from outclass.challenges.stars import simulate
from outclass.challenges.stars.adviser import Task, fit_adviser
from outclass.challenges.stars.augment import augment
from outclass.challenges.stars.domains import Domains
from outclass.challenges.stars.recipe import Recipe, read_recipe
from outclass.challenges.stars.rows import Columns, Material, class_weights
from outclass.challenges.stars.template_model import METHOD, build
from outclass.inputs.series import SeriesTable
from outclass.training.data import TrainingData
from outclass.training.light_curves import find_pair

HERE = Path(__file__).parent
FOLDS = 5
COPIES = 10
LEAST = 1e-15

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Indices = NDArray[np.int64]
Sides = Iterator[tuple[int, Indices, Indices]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Rows to learn from, and those that are asked about; in its folder models keep what they share."""

    rows: Rows
    targets: Indices
    ids: tuple[str, ...]
    asked: Rows
    seed: int
    folder: Path


Learner = Callable[[Side], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """Labelled objects as rows; `targets` are places among the known classes."""

    loaded: LoadedChallenge
    table: SeriesTable
    ids: tuple[str, ...]
    targets: Indices
    rows: Rows

    @property
    def challenge(self) -> Challenge:
        """Return what the challenge declares."""
        return self.loaded.challenge


def main() -> None:
    """Print one table as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", choices=("snpcc", "biased", "ztf", "simulator"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder that holds stars/")
    parser.add_argument("--seeds", type=int, default=1, help="how often the folds are drawn anew")
    parser.add_argument("--objects", type=int, default=7848, help="size of the simulated set")
    parser.add_argument("--set", action="append", default=[], metavar="MODEL.PARAMETER=VALUE")
    arguments = parser.parse_args()
    changes = [change.split("=", 1) for change in arguments.set]
    match arguments.table:
        case "simulator":
            objects = objects_of(load_challenge("stars"), simulate.population(arguments.objects, 1))
        case name:
            folder = HERE.parent / "challenges" / ("snpcc" if name == "biased" else name)
            objects = read_objects(folder, arguments.data / "stars")
    learners = learners_of(objects, changes)
    if arguments.table == "biased":
        report = biased(objects, learners, arguments.data / "stars")
    else:
        report = cross_validated(objects, learners, arguments.seeds)
    print(json.dumps(report, indent=1))


def read_objects(folder: Path, data: Path) -> Objects:
    """Read the light curves of a challenge."""
    loaded = load_challenge(folder)
    challenge = loaded.challenge
    pair = find_pair(data, challenge)
    roles = {f"light_curves_{number}": file for number, file in enumerate(pair.curves)}
    files = {"objects": pair.objects, **roles}
    return objects_of(loaded, read_curves(files, challenge, [Part(objects="objects", curves=tuple(roles))]))


def objects_of(loaded: LoadedChallenge, found: SourceTable) -> Objects:
    """Make rows of the objects whose class can be learned."""
    challenge = loaded.challenge
    domains = Domains.of(challenge)
    names = [challenge.class_names[place] for place in domains.known]
    assert isinstance(found.inputs, SeriesTable)
    seen = np.diff(found.inputs.starts) > 0
    places = np.array([k for k, label in enumerate(found.labels) if label in names and seen[k]])
    table = found.inputs.take(places)
    return Objects(
        loaded=loaded,
        table=table,
        ids=tuple(found.object_ids[place] for place in places),
        targets=np.array([names.index(found.labels[place]) for place in places]),
        rows=make_rows(loaded, table),
    )


def make_rows(loaded: LoadedChallenge, table: SeriesTable) -> Rows:
    """Return the rows of objects, as the challenge makes them."""
    return load_features(loaded).prepare(table, loaded.challenge.input)


def learners_of(objects: Objects, changes: list[list[str]]) -> dict[str, Learner]:
    """Return what learns each model, with its parameters changed.

    The trees of the stars learn without what only their export needs; a challenge that extends theirs with a
    `model.py` of its own is learned as it declares, but for folds that trees need for advice only.
    """
    loaded = objects.loaded
    own = bool(loaded.bases) and (loaded.folder / "model.py").is_file()
    learners: dict[str, Learner] = {}
    for name, model in objects.challenge.models.items():
        values = dict(model.parameters)
        for key, text in changes:
            if key.split(".")[0] in (name, "all"):
                values[key.split(".")[1]] = json.loads(text) if text[0] in "0123456789" else text
        if not own:
            learners[name] = trees(objects.challenge, replace(read_recipe(values), folds=0))
        elif values["method"] == METHOD:
            learners[name] = estimator(objects.challenge, values)
        else:
            learners[name] = estimator(objects.challenge, {**values, "folds": 0})
    return learners


def trees(challenge: Challenge, recipe: Recipe) -> Learner:
    """Return what learns trees on some rows and answers for others."""
    domains, columns = Domains.of(challenge), Columns.of(challenge, recipe)

    def answer(side: Side) -> Floats:
        material = Material(
            rows=columns.take(side.rows),
            targets=side.targets,
            folds=np.zeros(len(side.targets), dtype=np.int64),
            places=columns.places(side.rows),
            counted=columns.counted(side.rows),
            weights=class_weights(side.targets, domains, recipe),
        )
        adviser = fit_adviser(
            Task(folder=side.folder, domains=domains, recipe=recipe, seed=side.seed), material
        )
        return adviser.log_probabilities(columns.take(side.asked), columns.places(side.asked))

    return answer


def estimator(challenge: Challenge, parameters: Mapping[str, object]) -> Learner:
    """Return what learns as the pipeline does, and answers for other rows."""

    def answer(side: Side) -> Floats:
        data = TrainingData(
            inputs=side.rows,
            targets=side.targets,
            validation_inputs=side.rows[:0],
            validation_targets=side.targets[:0],
            classes=challenge.class_names,
            data_version="cross-validation",
            challenge=challenge,
            groups=side.ids,
        )
        learner = build(parameters)
        folder = side.folder / "templates" if parameters["method"] == METHOD else side.folder
        learner.fit(data, seed=side.seed, folder=folder, device="cpu", progress=quiet)
        return learner.predict(side.asked).logits.astype(np.float64)

    return answer


def quiet(share: float, text: str) -> None:
    """Tell nothing."""


def cross_validated(objects: Objects, learners: dict[str, Learner], seeds: int) -> dict[str, object]:
    """Return the mean scores over draws of the folds."""
    runs = []
    for seed in range(1, seeds + 1):
        splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(objects.rows, objects.targets)
        sides = ((fold, learn, test) for fold, (learn, test) in enumerate(splits))
        runs.append(run(objects, (objects.rows, objects.targets, objects.ids), learners, sides, seed))
    found = {name: {key: [each[name][key] for each in runs] for key in runs[0][name]} for name in runs[0]}
    return {
        "challenge": objects.challenge.name,
        "objects": len(objects.targets),
        "folds": FOLDS,
        "draws": seeds,
        "scores": {
            name: {key: round(float(np.mean(values)), 4) for key, values in scores.items()}
            for name, scores in found.items()
        },
        "deviations": {
            name: {key: round(float(np.std(values, ddof=1)), 4) for key, values in scores.items()}
            for name, scores in found.items()
        }
        if seeds > 1
        else {},
    }


def biased(objects: Objects, learners: dict[str, Learner], data: Path) -> dict[str, object]:
    """Learn from the spectroscopic objects of SNPCC, with and without copies; test on all the others."""
    known = pl.read_parquet(
        data / "snpcc_objects.parquet", columns=["object_id", "spectroscopic_training", "spec_z"]
    )
    chosen = {str(key): (flag, z) for key, flag, z in known.iter_rows()}
    learn = np.flatnonzero([chosen[name][0] for name in objects.ids])
    test = np.flatnonzero([not chosen[name][0] for name in objects.ids])
    spec_z = np.array([chosen[objects.ids[place]][1] or 0.0 for place in learn], dtype=np.float64)
    known_objects = (objects.rows, objects.targets, objects.ids)
    plain = run(objects, known_objects, learners, iter([(0, learn, test)]), 1)
    copies, targets, sources = augment(
        objects.table.take(learn),
        objects.targets[learn],
        [objects.ids[place] for place in learn],
        objects.challenge.input,
        copies=COPIES,
        seed=1,
        redshifts=spec_z,
    )
    rows = np.concatenate([objects.rows, make_rows(objects.loaded, copies)])
    every = np.concatenate([learn, np.arange(len(objects.rows), len(rows))])
    both = (rows, np.concatenate([objects.targets, targets]), (*objects.ids, *sources))
    augmented = run(objects, both, learners, iter([(0, every, test)]), 1)
    return {
        "challenge": "snpcc, learned from its spectroscopic objects",
        "learned_from": len(learn),
        "copies": len(copies),
        "tested_on": len(test),
        "scores": {"without copies": plain, "with copies": augmented},
    }


def run(
    objects: Objects,
    every: tuple[Rows, Indices, tuple[str, ...]],
    learners: dict[str, Learner],
    sides: Sides,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Learn from each side and score the answers for the other: of each model, and of the consensus.

    Parameters
    ----------
    every
        Rows, targets and names of all objects.
    """
    rows, targets, ids = every
    known = len(Domains.of(objects.challenge).known)
    answers = {name: np.full((len(targets), known), np.nan) for name in learners}
    seconds = dict.fromkeys(learners, 0.0)
    for fold, learn, test in sides:
        names = tuple(ids[place] for place in learn)
        with TemporaryDirectory() as folder:
            side = Side(
                rows=rows[learn],
                targets=targets[learn],
                ids=names,
                asked=rows[test],
                seed=seed + fold,
                folder=Path(folder),
            )
            for name, learner in learners.items():
                started = time.process_time()
                answers[name][test] = learner(side)
                seconds[name] += time.process_time() - started
    tested = np.flatnonzero(~np.isnan(next(iter(answers.values()))[:, 0]))
    answers = {name: found[tested] for name, found in answers.items()}
    joined = np.mean(list(answers.values()), axis=0)
    joined = joined - np.log(np.exp(joined).sum(axis=1, keepdims=True))
    found = {
        name: score(values, targets[tested]) for name, values in {**answers, "consensus": joined}.items()
    }
    return {name: {**scores, "seconds": round(seconds.get(name, 0.0), 1)} for name, scores in found.items()}


def score(log_probabilities: Floats, targets: Indices) -> dict[str, float]:
    """Return the scores; AUC is of the first class."""
    probabilities = np.maximum(np.exp(log_probabilities), LEAST)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    losses = -np.log(probabilities[np.arange(len(targets)), targets])
    best = probabilities.argmax(axis=1)
    present = np.unique(targets)
    return {
        "auc": round(float(roc_auc_score(targets == 0, probabilities[:, 0])), 5),
        "flat_log_loss": round(float(np.mean([losses[targets == label].mean() for label in present])), 4),
        "log_loss": round(float(losses.mean()), 4),
        "accuracy": round(float((best == targets).mean()), 4),
        "macro_recall": round(
            float(np.mean([(best[targets == label] == label).mean() for label in present])), 4
        ),
    }


if __name__ == "__main__":
    main()
