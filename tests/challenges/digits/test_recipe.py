"""The recipe that a challenge file can set."""

from dataclasses import fields

import msgspec
import pytest

from outclass.base.errors import DataError
from outclass.catalog.challenge import Parameter
from outclass.catalog.loader import load_challenge
from outclass.challenges.digits.recipe import Recipe, read_recipe
from outclass.training.plan import make_plan, recipe_parameters

CHALLENGE = load_challenge("digits").challenge
CONVNET = CHALLENGE.models["convnet"]
FULL = CONVNET.parameters


def run_id(**changes: Parameter) -> str:
    model = msgspec.structs.replace(CONVNET, parameters={**FULL, **changes})
    challenge = msgspec.structs.replace(CHALLENGE, models={"convnet": model})
    return make_plan(challenge, model=None, recipe="full", seed=1, data_version="0").run_id


def test_the_challenge_file_declares_all_that_decides_a_run() -> None:
    assert set(FULL) == {field.name for field in fields(Recipe)} - {"workers"}


@pytest.mark.parametrize(
    ("name", "value"), [("epochs", 19), ("members", 2), ("strength", 0.9), ("half", False)]
)
def test_a_changed_value_makes_another_run(name: str, value: Parameter) -> None:
    assert run_id(**{name: value}) != run_id() == run_id(**{name: FULL[name]})


@pytest.mark.parametrize("recipe", ["full", *CONVNET.recipes])
def test_each_declared_recipe_can_be_read(recipe: str) -> None:
    parameters = recipe_parameters(CONVNET, recipe)
    assert read_recipe(parameters).epochs == parameters["epochs"]


def test_parameters_are_taken_as_they_are_declared() -> None:
    recipe = read_recipe(FULL | {"epochs": 2, "channels": "4-4-4-4-4-8", "rate": 1, "workers": 2})
    assert (recipe.epochs, recipe.channels, recipe.workers) == (2, (4, 4, 4, 4, 4, 8), 2)
    assert type(recipe.rate) is float


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"epochs": "3"},
        {"epochs": True},
        {"half": 1},
        {"rate": -0.1},
        {"rate": True},
        {"channels": "8-8"},
        {"channels": "8-8-8-8-8-0"},
        {"channels": "8-8-8-8-8-x"},
        {"channels": [8, 8, 8, 8, 8, 8]},
    ],
)
def test_impossible_values_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(DataError, match=r"models\.convnet"):
        read_recipe(dict(FULL) | change)


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(DataError, match=r"models\.convnet\.dropout"):
        read_recipe({name: value for name, value in FULL.items() if name != "dropout"})


def test_an_unknown_parameter_names_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean epochs"):
        read_recipe(dict(FULL) | {"epoch": 3})


def test_members_do_not_decide_what_one_member_learns() -> None:
    one, three = (read_recipe(dict(FULL) | {"members": members}) for members in (1, 3))
    assert one.learning() == three.learning()
    assert not {"members", "workers"} & set(one.learning())
