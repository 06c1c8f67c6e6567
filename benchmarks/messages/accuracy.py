"""Accuracy on the message collections, by cross-validation with copies of a message in one fold.

``python benchmarks/messages/accuracy.py FOLDER`` reads the collections (see the challenge `messages`), and
prints, for each, the scores of our linear model and, on the same folds, of scikit-learn's TF-IDF of words and
logistic regression as they come. Copies are texts of the same letters and digits, without case. What our
model chooses (terms, calibration) it chooses inside the training folds. ``--embedding`` also learns logistic
regression on a small sentence embedding, and averages it with the linear model.
"""

import argparse
import csv
import json
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from outclass.catalog.loader import load_challenge
from outclass.challenges.messages.book import BOOK
from outclass.inputs.text import rows_of_texts
from outclass.training.data import TrainingData
from outclass.training.linear_text import LinearTextEstimator, read_recipe

NO_LETTERS = re.compile(r"[\W_]+")
STAGES = {
    "uci": "",
    "smishing": "ham / spam + smishing; spam / smishing",
    "indonesian": "personal / fraud + promo; fraud / promo",
}
FILES = {
    "uci": "SMSSpamCollection.tsv",
    "smishing": "smishing_3class.csv",
    "indonesian": "indonesian_sms_3class.csv",
}
CLASSES = {
    "uci": ("ham", "spam"),
    "smishing": ("ham", "spam", "smishing"),
    "indonesian": ("personal", "promo", "fraud"),
}

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Learner = Callable[["Collection", Indices, Indices], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Texts with their classes; copies of a text share a group."""

    name: str
    texts: NDArray[np.object_]
    targets: Indices
    groups: Indices
    vectors: Floats | None = None


def main() -> None:
    """Measure and print."""
    arguments = parse()
    results = {}
    for name in arguments.sets:
        found = drawn(read(arguments.folder, name), arguments.most, arguments.seed)
        learners: dict[str, Learner] = {"linear": linear_model, "plain": plain_model}
        if arguments.embedding:
            from embedding import embed  # noqa: PLC0415 - an optional package

            found = Collection(
                name=name,
                texts=found.texts,
                targets=found.targets,
                groups=found.groups,
                vectors=embed(found.texts.tolist(), arguments.embedding),
            )
            learners["embedding"] = embedding_model
        results[name] = measure(found, learners, arguments.folds, arguments.seed)
        print(json.dumps({name: results[name]}, indent=2), flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with the three files")
    parser.add_argument("--sets", nargs="+", choices=list(FILES), default=list(FILES))
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--most", type=int, help="messages that are drawn from each collection; all by default"
    )
    parser.add_argument("--embedding", type=Path, help="file that keeps the vectors, made where missing")
    return parser.parse_args()


def read(folder: Path, name: str) -> Collection:
    """Read one collection."""
    with (folder / FILES[name]).open(encoding="utf-8", newline="") as file:
        if name == "uci":
            pairs = [tuple(line.rstrip("\r\n").split("\t", 1)) for line in file]
        else:
            pairs = [(row["label"], row["text"]) for row in csv.DictReader(file)]
    keys = [NO_LETTERS.sub("", text.lower()) for _, text in pairs]
    return Collection(
        name=name,
        texts=rows_of_texts([text for _, text in pairs]),
        targets=np.array([CLASSES[name].index(label) for label, _ in pairs], dtype=np.int64),
        groups=np.unique(keys, return_inverse=True)[1].astype(np.int64),
    )


def drawn(found: Collection, most: int | None, seed: int) -> Collection:
    """Return so many messages of a collection, drawn at random."""
    if most is None or most >= len(found.targets):
        return found
    places = np.sort(np.random.default_rng(seed).permutation(len(found.targets))[:most])
    return Collection(
        name=found.name,
        texts=found.texts[places],
        targets=found.targets[places],
        groups=found.groups[places],
    )


def measure(found: Collection, learners: dict[str, Learner], folds: int, seed: int) -> dict[str, object]:
    """Return the scores of each learner over all folds."""
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    answers = {name: np.zeros((len(found.targets), len(CLASSES[found.name]))) for name in learners}
    seconds = dict.fromkeys(learners, 0.0)
    for inside, outside in splitter.split(found.texts, found.targets, found.groups):
        for name, learn in learners.items():
            started = time.process_time()
            answers[name][outside] = learn(found, inside, outside)
            seconds[name] += time.process_time() - started
    if "embedding" in answers:
        answers["linear + embedding"] = (answers["linear"] + answers["embedding"]) / 2
        seconds["linear + embedding"] = seconds["linear"] + seconds["embedding"]
    return {
        name: {**scores(found, values), "cpu_seconds": round(seconds[name], 1)}
        for name, values in answers.items()
    }


def scores(found: Collection, answers: Floats) -> dict[str, float]:
    """Return the figures of answers to all texts."""
    best = answers.argmax(axis=1)
    figures = {
        "n": len(best),
        "accuracy": accuracy_score(found.targets, best),
        "macro_f1": f1_score(found.targets, best, average="macro"),
        "log_loss": log_loss(found.targets, np.clip(answers, 1e-9, 1) / answers.sum(axis=1, keepdims=True)),
    }
    if answers.shape[1] == 2:  # the two classes of spam filters
        figures["spam_f1"] = f1_score(found.targets, best)
        figures["auc"] = roc_auc_score(found.targets, answers[:, 1])
    return {name: round(float(value), 5) for name, value in figures.items()}


def linear_model(found: Collection, inside: Indices, outside: Indices) -> Floats:
    """Learn as the challenge does, on some texts, and answer for others."""
    declared = dict(load_challenge("messages").challenge.models["linear"].parameters)
    recipe = read_recipe({**declared, "stages": STAGES[found.name], "folds": 3})
    estimator = LinearTextEstimator(recipe=recipe, book=BOOK)
    nothing = np.zeros(0, dtype=np.int64)
    data = TrainingData(
        inputs=found.texts[inside],
        targets=found.targets[inside],
        validation_inputs=found.texts[nothing],
        validation_targets=nothing,
        classes=CLASSES[found.name],
        data_version="",
    )
    with tempfile.TemporaryDirectory() as folder:
        estimator.fit(data, seed=1, folder=Path(folder), device="cpu", progress=lambda _, __: None)
    return np.exp(estimator.predict(found.texts[outside]).logits.astype(np.float64))


def plain_model(found: Collection, inside: Indices, outside: Indices) -> Floats:
    """Learn TF-IDF of words and logistic regression as they come."""
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))
    model.fit(found.texts[inside], found.targets[inside])
    return np.asarray(model.predict_proba(found.texts[outside]), dtype=np.float64)


def embedding_model(found: Collection, inside: Indices, outside: Indices) -> Floats:
    """Learn logistic regression on the vectors of a sentence embedding."""
    assert found.vectors is not None
    model = LogisticRegression(C=30, max_iter=2000)
    model.fit(found.vectors[inside], found.targets[inside])
    return np.asarray(model.predict_proba(found.vectors[outside]), dtype=np.float64)


if __name__ == "__main__":
    main()
