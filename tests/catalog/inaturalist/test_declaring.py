"""What a challenge file may say of observations, and what it may not."""

import pytest
import yaml

from outclass.base.errors import ChallengeFileError
from outclass.catalog.loader import load_challenge
from small_challenge import write_challenge
from wild_cats import declared, wild_cats


def problems(folder, value: dict[str, object]) -> list[tuple[str, str]]:
    """Return the problems of a challenge: their ids and what is said."""
    write_challenge(folder, value)
    with pytest.raises(ChallengeFileError) as raised:
        load_challenge(str(folder))
    return [
        (problem.id, f"{problem.where} {problem.what} {problem.got}") for problem in raised.value.problems
    ]


def test_taxa_are_enough(tmp_path):
    query = wild_cats(tmp_path).challenge.dataset.reader.observations
    assert query is not None
    assert (query.per_class, query.per_observation, query.bytes) == (500, 2, 1_000_000_000)
    assert "cc-by-nd" not in query.licences


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"taxa": {"bobcat": [41976], "dragon": [1]}}, "unknown-class"),
        ({"taxa": {"bobcat": [41976], "other_cat": [41944, 41976]}}, "duplicate-taxon"),
        ({"taxa": {"bobcat": ["Lynx rufus"], "other_cat": ["lynx RUFUS"]}}, "duplicate-taxon"),
        ({"taxa": {"bobcat": []}}, "no-taxa"),
        ({"licences": ["all rights reserved"]}, "not-accepted"),
        ({"licences": []}, "bad-length"),
        ({"size": "huge"}, "not-accepted"),
        ({"pages": 3}, "unknown-key"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(tmp_path, change, name):
    value = yaml.safe_load(yaml.safe_dump(declared()))
    value["dataset"]["source"]["observations"] |= change
    found = problems(tmp_path, value)
    assert name in [problem for problem, _ in found], found
    assert all("observations" in where for _, where in found)


def test_observations_belong_to_their_kind_of_source(tmp_path):
    value = yaml.safe_load(yaml.safe_dump(declared()))
    value["dataset"]["source"]["kind"] = "photos"
    assert ("observations" in dict(problems(tmp_path, value))) is True
    value["dataset"]["source"] = {"kind": "inaturalist"}
    assert "missing" in dict(problems(tmp_path, value))["observations"]


def test_observations_are_photos(tmp_path):
    value = yaml.safe_load(yaml.safe_dump(declared())) | {"input": {"kind": "drawing"}}
    assert "observations are photos" in dict(problems(tmp_path, value))["observations"]
