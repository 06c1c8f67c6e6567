"""The gate lets a better model pass and says all that is against a worse one."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from outclass.catalog.challenge import Expectation
from outclass.metrics.report import evaluate_all
from outclass.training.gate import Figures, Margins, better_share, resampled_gains, unmet, worse

COUNT = 1000


def figures(loss: float, *, accuracy: float = 0.99, latency_ms: float = 1.0, size: int = 1000) -> Figures:
    """Return the figures of a model with some mean loss and accuracy."""
    random = np.random.default_rng(1)
    targets = random.integers(0, 2, COUNT)
    right = np.arange(COUNT) < accuracy * COUNT
    answers = np.where(right, targets, 1 - targets)
    probabilities = np.where(answers[:, None] == np.arange(2), accuracy, 1 - accuracy)
    return Figures(
        losses=random.exponential(loss, COUNT),
        report=evaluate_all(targets, probabilities, ("a", "b")),
        outlier_auroc=0.98,
        latency_ms=latency_ms,
        bytes=size,
    )


def test_a_clearly_better_model_passes() -> None:
    assert worse(figures(0.1), figures(0.2), Margins()) == []


def test_an_equal_model_does_not_pass() -> None:
    (reason,) = worse(figures(0.2), figures(0.2), Margins())
    assert reason.startswith("log loss is")


@pytest.mark.parametrize(
    ("challenger", "word"),
    [
        (figures(0.1, accuracy=0.97), "accuracy"),
        (figures(0.1, accuracy=0.97), "recall of the worst class"),
        (figures(0.1, latency_ms=4.0), "one answer takes"),
        (figures(0.1, size=1600), "its files have"),
    ],
)
def test_a_model_that_is_worse_elsewhere_does_not_pass(challenger: Figures, word: str) -> None:
    assert any(word in reason for reason in worse(challenger, figures(0.2), Margins()))


def test_small_losses_elsewhere_are_allowed() -> None:
    better = figures(0.1, accuracy=0.9895, latency_ms=2.5, size=1400)
    assert worse(better, figures(0.2), Margins()) == []


def test_the_bootstrap_is_paired() -> None:
    random = np.random.default_rng(2)
    hard = random.exponential(1.0, COUNT)
    assert better_share(hard - 0.01, hard) == 1.0
    assert better_share(hard, hard) == 0.0
    assert better_share(hard + 0.01, hard) == 0.0
    noise = random.normal(0, 0.5, COUNT)
    noise -= noise.mean()
    assert 0.3 < better_share(hard + noise, hard) < 0.7


def test_rows_of_a_group_are_no_independent_evidence() -> None:
    random = np.random.default_rng(4)
    champion = random.exponential(1.0, 40)
    challenger = champion - random.normal(0.05, 0.2, 40)
    copies = [np.repeat(each, 25) for each in (challenger, champion)]
    groups = [f"g{place}" for place in range(40) for _ in range(25)]
    alone, together = resampled_gains(*copies), resampled_gains(*copies, groups)
    assert np.mean(alone) == pytest.approx(np.mean(together), abs=0.02)
    assert np.std(together) > 4 * np.std(alone)
    assert np.std(together) == pytest.approx(np.std(resampled_gains(challenger, champion)), rel=0.1)


def test_groups_of_any_size_weigh_by_their_rows() -> None:
    champion, challenger = np.array([1.0, 1.0, 1.0, 4.0]), np.zeros(4)
    gains = resampled_gains(challenger, champion, ["a", "a", "a", "b"])
    assert {round(float(gain), 6) for gain in gains} == {1.0, 1.75, 4.0}


@pytest.mark.parametrize(
    ("expect", "count"),
    [
        ({"accuracy": 0.98, "bytes": 2000, "latency_ms": 2.0, "outlier_auroc": 0.97}, 0),
        ({"accuracy": 0.995}, 1),
        ({"worst_class_recall": 0.999}, 1),
        ({"outlier_auroc": 0.99, "latency_ms": 0.5}, 2),
        ({"log_loss": 0.0001, "ece": 0.9}, 1),
    ],
)
def test_what_is_expected_and_not_reached_is_named(expect: dict[str, float], count: int) -> None:
    assert len(unmet(figures(0.1), msgspec.convert(expect, Expectation))) == count


def test_what_was_not_measured_is_not_reached() -> None:
    unknown = Figures(
        losses=np.ones(1),
        report=figures(0.1).report,
        outlier_auroc=None,
        latency_ms=1.0,
        bytes=1,
    )
    (reason,) = unmet(unknown, Expectation(outlier_auroc=0.9))
    assert "not measured" in reason
    assert any("outlier" in reason for reason in worse(unknown, figures(0.2), Margins()))


def test_one_row_of_the_rarest_class_is_no_evidence() -> None:
    targets = np.array([0] * 20 + [1] * 5)
    right = np.eye(2)[targets] * 0.8 + 0.1
    wrong = right.copy()
    wrong[-1] = wrong[-1, ::-1]
    before = figures_of(right, targets)
    after = figures_of(wrong, targets)
    allowed = Margins(accuracy=1.0, ece=1.0, confidence=0.0, worst_class_recall=0.0)
    assert worse(after, before, allowed) == []
    wrong[-2] = wrong[-2, ::-1]
    (reason,) = worse(figures_of(wrong, targets), before, allowed)
    assert reason.startswith("recall of the worst class")


def figures_of(probabilities: Any, targets: Any) -> Figures:
    """Return the figures of a model that gives these probabilities."""
    return Figures(
        losses=-np.log(probabilities[np.arange(len(targets)), targets]),
        report=evaluate_all(targets, probabilities, ("a", "b")),
        outlier_auroc=None,
        latency_ms=1.0,
        bytes=1000,
    )


def test_losses_are_weighed_and_a_flat_loss_may_be_expected() -> None:
    targets = np.array([0, 0, 0, 1])
    found = figures_of(np.array([[0.9, 0.1]] * 3 + [[0.8, 0.2]]), targets)
    (reason,) = unmet(found, Expectation(flat_log_loss=0.5))
    assert reason.startswith("flat log loss is 0.85")
    assert unmet(found, Expectation(flat_log_loss=0.9)) == []


def test_accuracy_is_compared_as_it_is_weighed() -> None:
    before, after = figures(0.2, accuracy=0.99), figures(0.1, accuracy=0.98)
    assert any(reason.startswith("accuracy") for reason in worse(after, before, Margins()))
    weighed = [replace(each, accuracy=0.9) for each in (after, before)]
    assert not any(reason.startswith("accuracy") for reason in worse(*weighed, Margins()))
