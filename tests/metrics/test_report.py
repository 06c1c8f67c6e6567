import json

import msgspec
import numpy as np
import pytest

from outclass.metrics import scores
from outclass.metrics.report import evaluate_all

PROBABILITIES = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1]]
TARGETS = [0, 1, 1, 1]
NAMES = ("a", "b", "never")


def test_report_has_the_documented_keys_and_is_json() -> None:
    found = json.loads(msgspec.json.encode(evaluate_all(TARGETS, PROBABILITIES, NAMES, seconds=0.5)))
    documented = (
        "accuracy log_loss flat_log_loss macro_recall macro_f1 f1 ece auc classes coverage set_coverage n"
    )
    assert {*documented.split(), "seconds"} <= set(found)
    assert found["n"] == 4
    assert found["seconds"] == 0.5


def test_report_counts_every_row_abstained_or_not() -> None:
    answered = [True, True, False, True]
    report = evaluate_all(TARGETS, PROBABILITIES, NAMES, answered=answered)
    assert report.accuracy == 0.75
    assert report.coverage == 0.75


def test_report_has_a_row_for_each_class() -> None:
    report = evaluate_all(TARGETS, PROBABILITIES, NAMES)
    a, b, never = report.classes
    assert (a.name, a.n, a.recall, a.precision) == ("a", 1, 1.0, 0.5)
    assert (b.n, b.recall, b.precision) == (3, pytest.approx(2 / 3), 1.0)
    assert (never.n, never.recall, never.precision, never.f1, never.auc) == (0, None, None, None, None)
    assert report.f1 == {"a": pytest.approx(2 / 3), "b": pytest.approx(0.8), "never": None}
    assert report.auc["a"] == report.auc["b"] == 1.0


def test_report_takes_prediction_sets() -> None:
    sets = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0]], dtype=bool)
    assert evaluate_all(TARGETS, PROBABILITIES, NAMES, in_set=sets).set_coverage == 0.75


def test_report_of_nothing_has_no_figures() -> None:
    report = evaluate_all([], np.zeros((0, 3)), NAMES)
    assert report.n == 0
    assert report.accuracy is report.ece is report.worst_class_recall is None


def test_weights_of_classes_change_calibration_and_the_weighted_loss_only() -> None:
    targets = [0, 0, 0, 1]
    p = [[0.9, 0.1], [0.7, 0.3], [0.4, 0.6], [0.2, 0.8]]
    plain, weighed = (
        evaluate_all(targets, p, ("a", "b")),
        evaluate_all(targets, p, ("a", "b"), weights=[1, 3]),
    )
    assert plain.weighted_log_loss is None
    assert weighed.weighted_log_loss == pytest.approx(scores.weighted_log_loss(targets, p, [1, 3]))
    assert (weighed.accuracy, weighed.log_loss) == (plain.accuracy, plain.log_loss)
    assert weighed.ece != plain.ece
