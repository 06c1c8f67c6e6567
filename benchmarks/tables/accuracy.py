"""Log loss of `outclass up` beside default pipelines of scikit-learn, fold by fold.

    python benchmarks/tables/accuracy.py --seconds 60 --repeats 2 --agaricus ../shared/data/mushrooms
    python benchmarks/tables/accuracy.py --seconds 10 --sets iris --folds 2

Of each fold of a stratified cross-validation, a CSV file of the training rows goes through `outclass up` as a
user would call it (recognizing, splitting, searching, calibrating, exporting), and `outclass evaluate` scores
the registered model on the other rows. Rivals learn from all training rows; Outclass keeps a part of them
back for its validation, its game and, of 2,000 rows or more, its hold-out. Prints a line for each fold, then
the paired differences; `--json FILE` keeps the folds, and goes on where a file ends.
"""

import argparse
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

SETS = ("iris", "wine", "breast_cancer", "digits", "agaricus")
LIMIT = 600
FIELDS = ("log_loss", "accuracy")


class Table:
    """A data set: the names of its columns, its rows, and their labels."""

    def __init__(self, names: list[str], rows: np.ndarray, labels: np.ndarray) -> None:
        self.names = names
        self.rows = rows
        self.labels = labels

    @property
    def numeric(self) -> bool:
        """Tell whether all columns are numbers."""
        return bool(self.rows.dtype != object)


def read_table(name: str, agaricus: Path) -> Table:
    """Return one of the data sets."""
    if name == "agaricus":
        with (agaricus / "agaricus-lepiota.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        found = np.array(rows, dtype=object)
        return Table(header[1:], found[:, 1:], found[:, 0].astype(str))
    data = getattr(datasets, f"load_{name}")()
    labels = np.array([f"class {one}" for one in data.target_names[data.target]])
    return Table([str(one) for one in data.feature_names], data.data, labels)


def rivals() -> dict[str, Callable[[Table], Pipeline]]:
    """Return pipelines with the defaults of scikit-learn."""

    def scaled(table: Table) -> Any:
        if table.numeric:
            return StandardScaler()
        return OneHotEncoder(handle_unknown="ignore")

    def coded(table: Table) -> Any:
        if table.numeric:
            return "passthrough"
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)

    return {
        "logistic": lambda table: make_pipeline(scaled(table), LogisticRegression(max_iter=1000)),
        "boosting": lambda table: make_pipeline(coded(table), HistGradientBoostingClassifier()),
        "forest": lambda table: make_pipeline(coded(table), RandomForestClassifier(n_jobs=1)),
    }


def write_rows(path: Path, table: Table, places: np.ndarray) -> None:
    """Write some rows as a CSV file, the label last."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*table.names, "class"])
        for place in places:
            writer.writerow([*table.rows[place], table.labels[place]])


def run_up(table: Table, train: np.ndarray, test: np.ndarray, seconds: float) -> dict[str, float | str]:
    """Return what `outclass up` comes to, scored on rows that it never saw."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder / "rows.csv", table, train)
        write_rows(folder / "other.csv", table, test)
        started = time.monotonic()
        made = call(folder, "up", "rows.csv", "--no-serve", "--yes", "--seconds", f"{seconds:g}")
        took = time.monotonic() - started
        scores = call(folder, "evaluate", str(made["challenge"]), "--data", "other.csv")
        runs = list((folder / "home" / "runs").glob("*/*/fit/report.json"))
        family = json.loads(runs[0].read_text())["family"] if runs else "?"
        return {**{field: scores[field] for field in FIELDS}, "seconds": took, "family": family}


def call(folder: Path, *arguments: str) -> dict[str, Any]:
    """Run a command and return its JSON."""
    environment = {**os.environ, "OUTCLASS_HOME": str(folder / "home")}
    command = [str(Path(sys.executable).with_name("outclass")), *arguments, "--json"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stdout[-500:]} {done.stderr[-1500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run_fold(table: Table, train: np.ndarray, test: np.ndarray, seconds: float) -> dict[str, Any]:
    """Return the scores of all on one fold."""
    truth, found = table.labels[test], {"up": run_up(table, train, test, seconds)}
    for name, make in rivals().items():
        model = make(table).fit(table.rows[train], table.labels[train])
        chances = model.predict_proba(table.rows[test])
        found[name] = {
            "log_loss": log_loss(truth, chances, labels=model.classes_),
            "accuracy": accuracy_score(truth, model.classes_[chances.argmax(axis=1)]),
        }
    return found


def tell(folds: list[dict[str, Any]]) -> None:
    """Print the mean log loss of all, and the paired differences to Outclass."""
    print("| data | folds | up | " + " | ".join(f"{one} | less by" for one in rivals()) + " | accuracy |")
    print("|---|---:|---:|" + "---:|---:|" * len(rivals()) + "---:|")
    for name in dict.fromkeys(fold["set"] for fold in folds):
        own = [fold for fold in folds if fold["set"] == name]
        ours = np.array([fold["up"]["log_loss"] for fold in own])
        cells = []
        for rival in rivals():
            theirs = np.array([fold[rival]["log_loss"] for fold in own])
            error = corrected_error(theirs - ours)
            cells.append(f"{theirs.mean():.5f} | {(theirs - ours).mean():+.5f} ± {error:.5f}")
        accuracy = np.mean([fold["up"]["accuracy"] for fold in own])
        print(f"| {name} | {len(own)} | {ours.mean():.5f} | {' | '.join(cells)} | {accuracy:.4f} |")


def corrected_error(differences: np.ndarray, test_share: float = 0.25) -> float:
    """Return the standard error of differences of folds whose training rows overlap.

    Source: C. Nadeau, Y. Bengio, Inference for the Generalization Error, Machine Learning 52, 2003.
    """
    if len(differences) < 2:
        return float("nan")
    return float(np.sqrt((1 / len(differences) + test_share) * differences.var(ddof=1)))


def main() -> None:
    """Run the folds that are missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=SETS)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--agaricus", type=Path, default=Path("../shared/data/mushrooms"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    kept = options.json.read_text().splitlines() if options.json and options.json.exists() else []
    folds = [json.loads(line) for line in kept]
    known = {(fold["set"], fold["repeat"], fold["fold"]) for fold in folds}
    tables = {name: read_table(name, options.agaricus) for name in options.sets}
    for repeat, place, name in itertools.product(range(options.repeats), range(options.folds), tables):
        if (name, repeat, place) in known:
            continue
        table = tables[name]
        cut = StratifiedKFold(options.folds, shuffle=True, random_state=repeat)
        train, test = list(cut.split(table.rows, table.labels))[place]
        scores = run_fold(table, train, test, options.seconds)
        folds.append({"set": name, "repeat": repeat, "fold": place, **scores})
        print(json.dumps(folds[-1]), flush=True)
        if options.json:
            with options.json.open("a") as file:
                file.write(json.dumps(folds[-1]) + "\n")
    tell(folds)


if __name__ == "__main__":
    main()
