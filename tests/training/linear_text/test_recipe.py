"""Parameters and stages of a text model."""

import re
from pathlib import Path

import pytest

from outclass.base.errors import DataError
from outclass.catalog.loader import load_challenge
from outclass.training.estimator import model_hook
from outclass.training.linear_text.recipe import Recipe, plan_stages, read_recipe
from small_texts import text_challenge

CLASSES = ("a", "b", "c")
PAGE = Path(__file__).resolve().parents[3] / "docs" / "howto" / "own-texts.md"


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


def test_every_parameter_is_documented_with_its_default():
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    found = {}
    for first, second in rows:
        names, defaults = re.findall(r"`(\w+)`", first), second.split(", ")
        found |= dict(zip(names, defaults * len(names) if len(defaults) == 1 else defaults, strict=True))

    recipe = Recipe()
    assert found == {name: str(getattr(recipe, name)) or "empty" for name in Recipe.__struct_fields__}


def test_a_challenge_of_texts_without_code_has_the_linear_model(tmp_path):
    folder = text_challenge(tmp_path / "notes")
    assert model_hook(load_challenge(folder)).build({}).recipe == Recipe()


def test_the_challenge_of_the_page_is_whole(tmp_path):
    folder = tmp_path / "tickets"
    folder.mkdir()
    text = re.search(r"```yaml\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    (folder / "challenge.yaml").write_text(text, encoding="utf-8")

    loaded = load_challenge(folder)

    recipe = model_hook(loaded).build(loaded.challenge.models["linear"].parameters).recipe
    assert len(plan_stages(recipe.stages, loaded.challenge.class_names)) == 2
