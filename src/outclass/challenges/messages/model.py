"""A linear model on TF-IDF of words and characters, measures and rules, in two stages."""

from collections.abc import Iterator, Mapping, Sequence

from outclass.challenges.messages.book import BOOK
from outclass.training import linear_text
from outclass.training.data import Outputs, TrainingData
from outclass.training.linear_text import LinearTextEstimator, read_recipe

LATE_PARAMETERS = linear_text.LATE_PARAMETERS


def build(parameters: Mapping[str, object]) -> LinearTextEstimator:
    """Make the estimator that an entry of `models` in the challenge file describes."""
    return LinearTextEstimator(recipe=read_recipe(parameters), book=BOOK)


def scan(data: TrainingData, settings: Sequence[Mapping[str, object]], *, seed: int) -> Iterator[Outputs]:
    """Learn with each of some parameters, and answer for the validation texts."""
    return linear_text.scan(data, settings, seed=seed, book=BOOK)
