"""The challenge of mushrooms, and the models of it that come with the package."""

import numpy as np
import polars as pl
import pytest

from outclass.base.settings import Settings
from outclass.catalog.licences import licence_of
from outclass.catalog.loader import load_challenge
from outclass.inference.predictor import Predictor
from outclass.metrics.scores import auroc
from outclass.registry.card import check_card
from outclass.registry.store import Registry
from photo_sets import ANYTHING, FOOD, FOUND, OBSERVED, features_of, photo_set

NAME = "mushrooms"
LOADED = load_challenge(NAME)
CHALLENGE = LOADED.challenge
NOBODY_EATS = {
    "amanita",
    "other_agaric",
    "other_mushroom",
    "false_morel",
    "earthstar",
    "stinkhorn",
    "no_mushroom",
}
CLEAN = pl.col("flag").is_null()


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    return Registry(Settings(home=tmp_path_factory.mktemp("home"), database_url=""))


@pytest.fixture(scope="module", params=[NAME, f"{NAME}.imagenet"])
def predictor(registry, request):
    return Predictor.load(registry.champion(request.param), LOADED)


@pytest.fixture(scope="module")
def amanitas(shared_data):
    photos = photo_set(shared_data, FOUND, pl.col("genus") == "Amanita")
    return photos["species"].to_list(), features_of(photos)


def named(prediction):
    """Return the class that an answer names, None where it abstains."""
    return None if prediction.abstained else prediction.answer


def test_the_groups_hold_every_mushroom():
    leaves = CHALLENGE.group_leaves

    assert leaves["mushroom"] == set(CHALLENGE.class_names) - {"no_mushroom"}
    assert "amanita" in leaves["agaric"]


def test_the_collector_asks_for_every_class():
    observations = CHALLENGE.dataset.reader.observations
    assert observations is not None
    assert set(observations.taxa) == set(CHALLENGE.class_names)
    assert all(licence_of(code).may_play for code in observations.licences)


@pytest.mark.parametrize("name", [NAME, f"{NAME}.imagenet"])
def test_a_packaged_model_says_where_it_is_from(registry, name):
    version = registry.champion(name)
    card = (version.folder / "card.md").read_text(encoding="utf-8")

    check_card(card, where=name)
    assert version.signature.classes == CHALLENGE.class_names
    assert version.signature.abstention.confidence >= 0.5
    assert version.manifest.lineage["data"]
    assert "None of the photos that may be learned from shows an Amanita" in card
    assert "CC BY-SA 4.0" in card
    assert sum(version.manifest.sizes.values()) < 2_000_000


def test_a_fly_agaric_is_an_amanita_and_poisonous(predictor, amanitas):
    species, views = amanitas
    answers = predictor.predict_many(views[[name == "Amanita muscaria" for name in species]])

    assert np.mean([named(one) == "amanita" for one in answers]) >= 0.65
    assert np.mean([one.answer == "amanita" for one in answers]) >= 0.85
    facts = {label.name: label.facts for label in CHALLENGE.classes}
    assert facts["amanita"]["toxicity"] == "poisonous"


def test_no_amanita_is_called_by_the_name_of_what_people_eat(predictor, amanitas):
    wrong = [
        (name, one.answer)
        for name, one in zip(amanitas[0], predictor.predict_many(amanitas[1]), strict=True)
        if named(one) is not None and one.answer not in NOBODY_EATS
    ]

    assert len(amanitas[0]) > 300
    assert len(wrong) / len(amanitas[0]) <= 0.01, wrong


@pytest.fixture(scope="module")
def some_and_none(shared_data):
    """Return features of mushrooms, and of food and other photos."""
    some = [photo_set(shared_data, FOUND, CLEAN, step=3), photo_set(shared_data, OBSERVED, CLEAN)]
    food = photo_set(shared_data, FOOD, ~pl.col("contains_mushroom"))
    none = [food, photo_set(shared_data, ANYTHING, step=2)]
    return tuple(features_of(pl.concat([one.select("image") for one in both])) for both in (some, none))


def test_mushrooms_are_told_from_food_and_other_photos(predictor, some_and_none):
    some, none = (predictor.scores(rows).outlier for rows in some_and_none)

    assert auroc(none, some) >= 0.99
