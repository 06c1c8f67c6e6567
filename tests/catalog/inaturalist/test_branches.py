"""Classes are branches of the tree of life; taxa are found by number and by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naturalists import BOBCAT, COUGAR, FELIDAE, LYNX, WESTERN_BOBCAT, serve_naturalists, sighting
from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.catalog.sources.inaturalist.branches import Branches
from outclass.catalog.sources.inaturalist.collecting import collect_photos
from outclass.catalog.sources.inaturalist.source import read_lines
from wild_cats import outside, wild_cats


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "home")})


@given(depth=st.integers(1, 8), data=st.data())
def test_the_most_special_taxon_decides(depth, data):
    """Each taxon of a branch may have a class of its own; the last one that has counts."""
    branch = tuple(range(10, 10 + depth))
    named = data.draw(st.dictionaries(st.sampled_from(branch), st.sampled_from("abc")))
    branches = Branches(classes=named, above={taxon: branch[: taxon - 9] for taxon in named})
    expected = named[max(named)] if named else None
    assert branches.class_of(branch) == expected
    assert branches.class_of((*branch, 99)) == expected
    for name in set(named.values()):
        own = set(branches.taxa_of(name))
        below = branches.others_below(name)
        assert own.isdisjoint(below)
        assert set(below) == {taxon for taxon in named if taxon > min(own) and taxon not in own}


def collected(tmp_path, settings, host, taxa):
    found = collect_photos(wild_cats(tmp_path / "cats", taxa), settings, outside=outside(host, settings))
    return {line.observation: line.label for line in read_lines(found.path)}


def test_a_subspecies_is_its_species_unless_it_is_a_class(tmp_path, settings):
    kinds = (BOBCAT, WESTERN_BOBCAT, COUGAR)
    with serve_naturalists(sightings=[sighting(n, of) for n, of in enumerate(kinds, 1)]) as host:
        one = collected(tmp_path, settings, host, {"bobcat": [BOBCAT], "other_cat": [FELIDAE]})
        two = collected(tmp_path, settings, host, {"lynx": [LYNX], "western": [WESTERN_BOBCAT]})
    assert one == {1: "bobcat", 2: "bobcat", 3: "other_cat"}
    assert two == {1: "lynx", 2: "western"}


def test_mushrooms_by_name(tmp_path, settings):
    sightings = [sighting(1, 47347), sighting(2, 48715), sighting(3, 47348)]
    taxa = {"chanterelle": ["Cantharellus"], "fly_agaric": ["fly agaric"]}
    with serve_naturalists(sightings=sightings) as host:
        assert collected(tmp_path, settings, host, taxa) == {
            1: "chanterelle",
            2: "fly_agaric",
            3: "chanterelle",
        }
        assert [one.query["q"] for one in host.asked("/v1/taxa")] == ["Cantharellus", "fly agaric"]
        collected(tmp_path, settings, host, taxa)
        assert len(host.asked("/v1/taxa")) == 2


@pytest.mark.parametrize(
    ("taxa", "said"),
    [
        ({"a": [424242], "b": [COUGAR]}, "there is no taxon of this number; got 424242"),
        ({"a": [999], "b": [COUGAR]}, "no longer used; got 999; now it is 41976"),
        ({"a": ["Lynx r"], "b": [COUGAR]}, "no taxon has exactly this name; got Lynx r; accepted: 41976"),
        ({"a": ["unicorn"], "b": [COUGAR]}, "no taxon has exactly this name; got unicorn; write the number"),
        (
            {"a": ["Bobcat"], "b": [BOBCAT]},
            "two classes name the same taxon; got 41976 (Lynx rufus): a",
        ),
    ],
)
def test_a_taxon_that_cannot_be_meant_is_an_error(tmp_path, settings, taxa, said):
    with serve_naturalists() as host, pytest.raises(DataError) as raised:
        collected(tmp_path, settings, host, taxa)
    assert said in str(raised.value)
    assert not host.asked("/v1/observations")
