"""The recipe that a challenge file can set."""

import pytest

from outclass.base.errors import DataError
from outclass.challenges.digits.recipe import RECIPES, read_recipe


def test_without_parameters_the_full_recipe_is_taken() -> None:
    assert read_recipe({}) == RECIPES["full"]


def test_parameters_change_a_declared_recipe() -> None:
    recipe = read_recipe({"recipe": "quick", "epochs": 2, "channels": [4, 4, 4, 4, 4, 4], "rate": 1})
    assert (recipe.epochs, recipe.channels, recipe.rate) == (2, (4, 4, 4, 4, 4, 4), 1)
    assert recipe.bank == RECIPES["quick"].bank


@pytest.mark.parametrize(
    "parameters",
    [
        {"recipe": "slow"},
        {"epochs": 0},
        {"epochs": "3"},
        {"epochs": True},
        {"half": 1},
        {"rate": -0.1},
        {"channels": [8, 8]},
        {"channels": [8, 8, 8, 8, 8, 0]},
    ],
)
def test_impossible_values_are_refused(parameters: dict[str, object]) -> None:
    with pytest.raises(DataError, match=r"models\.convnet"):
        read_recipe(parameters)


def test_an_unknown_parameter_names_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean epochs"):
        read_recipe({"epoch": 3})


def test_members_do_not_decide_what_one_member_learns() -> None:
    assert "members" not in RECIPES["full"].learning()
    assert read_recipe({"members": 1}).learning() == read_recipe({"members": 3}).learning()
