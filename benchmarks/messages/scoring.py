"""Time of an answer: the standard-library scorer beside scikit-learn's pipelines, in one run.

``python benchmarks/messages/scoring.py FILE.tsv`` reads labelled texts, takes the champion of `messages` (or
``--model FILE.json``), and prints processor microseconds a message, the best of a few rounds:

- ``first``: the scorer just loaded, which has seen no word yet; ``again``: the same texts once more
- ``same_model``: the same coefficients behind scikit-learn's vectorizers, which must give the same answers
- ``plain``: scikit-learn's own TF-IDF of words and characters and logistic regression, with no preparation
  of texts but lower case, learned from these texts
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from outclass.base.settings import Settings
from outclass.inference.linear_text import LinearTextModel
from outclass.registry.store import Registry
from outclass.training.linear_text.peer import pipeline_of

ROUNDS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, help="lines of a label, a tab and a text")
    parser.add_argument("--model", type=Path, help="a model.json; the champion of `messages` by default")
    arguments = parser.parse_args()
    pairs = [line.split("\t", 1) for line in arguments.file.read_text("utf-8").splitlines()]
    labels, texts = [label for label, _ in pairs], [text for _, text in pairs]
    content = (arguments.model or champion()).read_bytes()
    print(
        json.dumps({"bytes": len(content), "texts": len(texts), **measure(content, texts, labels)}, indent=2)
    )


def champion() -> Path:
    """Return the file of the champion."""
    return Registry(Settings.from_environment()).champion("messages").folder / "model.json"


def measure(content: bytes, texts: Sequence[str], labels: Sequence[str]) -> dict[str, float]:
    """Return all figures."""
    model = LinearTextModel.parse(content)
    peer = pipeline_of(model.document)
    plain = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2),
        ),
        LogisticRegression(max_iter=1000),
    ).fit(texts, labels)
    load, first, again, same, usual = [], [], [], [], []
    for _ in range(ROUNDS):  # in turn, as other work on the machine comes and goes
        load.append(seconds(lambda: LinearTextModel.parse(content)))
        model = LinearTextModel.parse(content)
        first.append(seconds(lambda model=model: model.logits(texts)))
        again.append(seconds(lambda model=model: model.logits(texts)))
        same.append(seconds(lambda: peer.predict_log_proba(texts)))
        usual.append(seconds(lambda: plain.predict_proba(texts)))
    answers = np.exp(model.logits(texts))
    difference = np.abs(answers - np.exp(peer.predict_log_proba(texts))).max()
    fresh = LinearTextModel.parse(content)
    single = sorted(seconds(lambda text=text: fresh.logits([text])) for text in texts)
    each = 1e6 / len(texts)
    return {
        "load_milliseconds": round(min(load) * 1e3, 1),
        "first_us": round(min(first) * each, 1),
        "again_us": round(min(again) * each, 1),
        "same_model_us": round(min(same) * each, 1),
        "plain_us": round(min(usual) * each, 1),
        "one_median_us": round(statistics.median(single) * 1e6, 1),
        "one_worst_of_100_us": round(single[len(single) * 99 // 100] * 1e6, 1),
        "largest_difference": float(difference),
    }


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of some work."""
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
