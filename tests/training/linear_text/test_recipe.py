"""Parameters and stages of a text model."""

import pytest

from outclass.base.errors import DataError
from outclass.training.linear_text.recipe import plan_stages, read_recipe

CLASSES = ("a", "b", "c")


def test_without_stages_all_classes_are_told_apart_at_once():
    assert [stage.groups for stage in plan_stages("", CLASSES)] == [(("a",), ("b",), ("c",))]


def test_stages_are_read_in_order():
    stages = plan_stages(" a/b + c ; b / c", CLASSES)

    assert [stage.groups for stage in stages] == [(("a",), ("b", "c")), (("b",), ("c",))]


@pytest.mark.parametrize(
    "text",
    [
        "a / b",
        "a / b + c",
        "a + b + c",
        "a / b + d; b / d",
        "b / c; a / b + c",
        "a / b + c; b / c; b / c",
        "a / a",
    ],
)
def test_stages_that_part_not_all_classes_are_refused(text):
    with pytest.raises(DataError, match="do not part all classes"):
        plan_stages(text, CLASSES)


@pytest.mark.parametrize(
    "parameters",
    [
        {"cots": 1.0},
        {"cost": 0.0},
        {"cost": "much"},
        {"loss": "square"},
        {"folds": 1},
        {"words_least": 3, "words_most": 2},
        {"characters_least": 4},
        {"most_terms": 10},
    ],
)
def test_a_wrong_parameter_is_refused(parameters):
    with pytest.raises(DataError):
        read_recipe(parameters)
