"""Our grid search beside scikit-learn's GridSearchCV: the same texts, folds, grid and number of processes.

``python benchmarks/messages/search.py --data FOLDER`` collects benchmarks/challenges/uci-sms into a temporary
home from FOLDER, which holds messages/SMSSpamCollection.tsv, and searches with each the cost and the least
number of texts of an n-gram: n-grams of 1 and 2 words and 2 to 5 characters, a linear support vector machine.
Ours also looks for disguised words, measures texts and writes every result to the disk as it comes.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from outclass.base.progress import no_progress
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import collect
from outclass.registry.searches import SearchStore
from outclass.training.search import SearchOptions, search_challenge
from outclass.training.search.run import make_plan, open_job

CHALLENGE = Path(__file__).parents[1] / "challenges" / "uci-sms"
COSTS, LEAST = (0.1, 0.3, 1.0, 3.0), (2, 3)
Measured = tuple[float, float]
"""Seconds, and the accuracy of the best."""


def main() -> None:
    """Measure both in turn, with other folds in each round, and print."""
    arguments = parse()
    rounds: dict[str, list[Measured]] = {"outclass": [], "scikit-learn": []}
    with tempfile.TemporaryDirectory() as home:
        loaded = with_grid(load_challenge(CHALLENGE))
        settings = Settings(home=Path(home), database_url="sqlite:///unused", mirror=str(arguments.data))
        version = collect(loaded, settings)
        for seed in range(arguments.rounds):
            options = SearchOptions(folds=arguments.folds, workers=arguments.workers, seed=seed)
            plan, _ = make_plan(loaded, options, version)
            job = open_job(loaded, settings, plan, version, no_progress)
            rounds["outclass"].append(ours(loaded, settings, options))
            rounds["scikit-learn"].append(
                theirs(job.data.inputs.tolist(), job.data.targets, job.folds, arguments.workers)
            )
    fastest = {name: min(seconds for seconds, _ in found) for name, found in rounds.items()}
    report = {
        "rows": len(job.data.targets),
        "points": len(COSTS) * len(LEAST),
        "rounds": rounds,
        "ratio": round(fastest["outclass"] / fastest["scikit-learn"], 3),
    }
    print(json.dumps(report, indent=2))


def with_grid(loaded: LoadedChallenge) -> LoadedChallenge:
    """Return the challenge with the grid, and a recipe like that of the other pipeline."""
    name = loaded.challenge.members[0]
    declared = msgspec.structs.replace(
        loaded.challenge.models[name],
        parameters={"loss": "hinge", "most_terms": 100_000},
        search={"cost": COSTS, "least_texts": LEAST},
    )
    challenge = msgspec.structs.replace(loaded.challenge, models=loaded.challenge.models | {name: declared})
    return LoadedChallenge(challenge=challenge, folder=loaded.folder, bases=loaded.bases)


def ours(loaded: LoadedChallenge, settings: Settings, options: SearchOptions) -> Measured:
    """Search with Outclass."""
    started = time.perf_counter()
    summary = search_challenge(loaded, settings, options)
    seconds = time.perf_counter() - started
    cells = SearchStore(settings).cells(summary.plan).values()
    accuracies = [
        fmean(cell.scores["accuracy"] for cell in cells if cell.trial == one.trial.number)
        for one in summary.trials
    ]
    return round(seconds, 2), round(max(accuracies), 5)


def theirs(
    texts: Sequence[str], targets: NDArray[np.int64], folds: NDArray[np.int64], workers: int
) -> Measured:
    """Search with scikit-learn."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    union = FeatureUnion([("words", words), ("characters", characters)])
    pipeline = Pipeline([("features", union), ("model", LinearSVC())])
    grid = [
        {
            "model__C": COSTS,
            "features__words__min_df": [least],
            "features__characters__min_df": [least],
        }
        for least in LEAST
    ]
    search = GridSearchCV(pipeline, grid, cv=PredefinedSplit(folds), n_jobs=workers, refit=False)
    started = time.perf_counter()
    search.fit(texts, targets)
    return round(time.perf_counter() - started, 2), round(float(search.best_score_), 5)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds messages/")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
