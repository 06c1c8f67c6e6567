"""Parameters of the challenge file."""

import pytest

from outclass.base.errors import DataError
from outclass.challenges.stars.recipe import read_recipe


def test_columns_follow_the_method() -> None:
    assert read_recipe({"method": "trotta"}).groups == ("context", "elementary")
    assert read_recipe({"method": "boone"}).groups == ("context", "curve")
    assert read_recipe({"method": "boone", "columns": "elementary+curve"}).groups == (
        "context",
        "elementary",
        "curve",
    )


def test_whole_numbers_are_taken_for_numbers() -> None:
    recipe = read_recipe({"method": "trotta", "l2": 3, "copies": 0})
    assert recipe.l2 == 3.0
    assert isinstance(recipe.l2, float)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({}, "missing"),
        ({"method": "boon"}, "trotta, boone"),
        ({"method": "boone", "roundz": 3}, "did you mean rounds"),
        ({"method": "boone", "rounds": 0}, "at least 1"),
        ({"method": "boone", "rounds": True}, "at least 1"),
        ({"method": "boone", "rate": -0.1}, "not negative"),
        ({"method": "boone", "columns": "sky"}, "elementary+curve"),
    ],
)
def test_what_is_not_possible_is_refused(parameters: dict[str, object], text: str) -> None:
    with pytest.raises(DataError) as caught:
        read_recipe(parameters)
    assert text in str(caught.value)
