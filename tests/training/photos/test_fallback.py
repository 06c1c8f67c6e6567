"""How often a group of classes is named for want of a likely one, and how often that is right."""

import numpy as np
import pytest

from outclass.training.evaluation import Answers, fallback_figures
from outclass.training.labels import parse_labels
from photo_models import CLASSES, color_signature

GROUPS = {"warm": ("red", "green"), "cold": ("blue",)}


def answers(*fallbacks: str | None) -> Answers:
    count = len(fallbacks)
    return Answers(
        probabilities=np.full((count, 3), 1 / 3),
        in_set=np.ones((count, 3), dtype=bool),
        answered=np.ones(count, dtype=bool),
        strangeness=np.zeros(count),
        seconds=1.0,
        fallbacks=fallbacks,
    )


def test_a_group_is_right_that_holds_the_truth() -> None:
    targets = np.array([0, 1, 2, 2])
    found = fallback_figures(
        answers("warm", None, "warm", "cold"),
        targets,
        parse_labels(None, CLASSES),
        color_signature(groups=GROUPS),
    )
    assert found == {"fallback": 0.75, "fallback_right": pytest.approx(2 / 3)}


def test_a_label_of_several_classes_must_lie_in_the_group_as_a_whole() -> None:
    groups = parse_labels("sunny=warm,icy=blue", CLASSES, GROUPS)
    targets = groups.targets(["sunny", "icy"])
    signature = color_signature(groups=GROUPS)
    assert fallback_figures(answers("warm", "warm"), targets, groups, signature)["fallback_right"] == 0.5
    mixed = parse_labels("any=red+blue,leaf=green", CLASSES)
    assert (
        fallback_figures(answers("warm"), mixed.targets(["any"]), mixed, signature)["fallback_right"] == 0.0
    )


def test_nothing_is_said_where_there_are_no_groups_or_none_was_named() -> None:
    plain = parse_labels(None, CLASSES)
    assert fallback_figures(answers("warm"), np.array([0]), plain, color_signature()) == {}
    found = fallback_figures(answers(None), np.array([0]), plain, color_signature(groups=GROUPS))
    assert found == {"fallback": 0.0, "fallback_right": None}
