"""The challenge of cats, and the models of it that come with the package."""

import polars as pl
import pytest

from outclass.base.settings import Settings
from outclass.catalog.licences import licence_of
from outclass.catalog.loader import load_challenge
from outclass.inference.predictor import Predictor
from outclass.registry.card import check_card
from outclass.registry.store import Registry
from photo_sets import ANYTHING, CATS, WILD_CATS, features_of, photo_set

NAME = "cats"
LOADED = load_challenge(NAME)
CHALLENGE = LOADED.challenge
SPECIES = {
    "Felis catus": "domestic",
    "Puma concolor": "cougar",
    "Panthera onca": "jaguar",
    "Panthera uncia": "snow_leopard",
    "Panthera pardus": "leopard",
    "Panthera leo": "lion",
    "Panthera tigris": "tiger",
    "Acinonyx jubatus": "cheetah",
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    return Registry(Settings(home=tmp_path_factory.mktemp("home"), database_url=""))


@pytest.fixture(scope="module")
def champion(registry):
    return Predictor.load(registry.champion(NAME), LOADED)


def is_cat(prediction):
    """Tell whether an answer says that there is a cat: a class, or a group where no class is sure."""
    if prediction.abstained:
        return prediction.group is not None
    return prediction.answer != "no_cat"


def test_every_class_but_none_belongs_to_a_group_of_cats():
    assert CHALLENGE.group_leaves["cat"] == set(CHALLENGE.class_names) - {"no_cat"}
    assert (
        CHALLENGE.group_leaves["big_cat"] < CHALLENGE.group_leaves["wild_cat"] < CHALLENGE.group_leaves["cat"]
    )


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
    assert version.manifest.lineage["data"]
    assert "test photos of ImageNet may have been among them" in card
    assert "CC BY-SA 4.0" in card
    assert sum(version.manifest.sizes.values()) < 2_000_000


def test_a_photo_of_anything_is_hardly_ever_called_a_cat(champion, shared_data):
    called = [
        is_cat(one) for one in champion.predict_many(features_of(photo_set(shared_data, ANYTHING, step=2)))
    ]

    assert len(called) > 400
    assert sum(called) / len(called) <= 0.02


def test_true_cats_by_day_are_called_cats(champion, shared_data):
    by_day = photo_set(shared_data, CATS, pl.col("label") != "not_a_cat")
    wild = photo_set(shared_data, WILD_CATS, pl.col("species").is_in(list(SPECIES)))
    photos = pl.concat([by_day.select("image"), wild.select("image")])
    called = [is_cat(one) for one in champion.predict_many(features_of(photos))]

    assert sum(called) / len(called) >= 0.95


def test_a_bobcat_in_the_dark_is_seldom_told_to_be_no_cat(champion, shared_data):
    night = photo_set(shared_data, WILD_CATS, pl.col("label") == "bobcat")
    answers = champion.predict_many(features_of(night))
    denied = [not one.abstained and one.answer == "no_cat" for one in answers]

    assert sum(denied) / len(denied) <= 0.25


def test_most_cats_are_called_by_their_names(champion, shared_data):
    wild = photo_set(shared_data, WILD_CATS, pl.col("species").is_in(list(SPECIES)), step=2)
    answers = champion.predict_many(features_of(wild))
    right = [one.answer == SPECIES[name] for one, name in zip(answers, wild["species"], strict=True)]

    assert sum(right) / len(right) >= 0.85
