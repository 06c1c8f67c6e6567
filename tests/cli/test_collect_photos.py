"""`outclass collect` of photos from iNaturalist, and what it says beforehand."""

import json

import pytest

from naturalists import serve_naturalists
from outclass.catalog.sources.inaturalist import collecting
from wild_cats import many_sightings, outside, wild_cats


@pytest.fixture
def folder(tmp_path, settings, monkeypatch):
    """Return the folder of a challenge whose photos a server of ours has."""
    with serve_naturalists(sightings=many_sightings(40)) as host:
        world = outside(host, settings)
        monkeypatch.setattr(collecting.Outside, "real", lambda _: world)
        yield wild_cats(tmp_path / "cats", per_class=4).folder


def test_a_dry_run_tells_what_would_come(call, folder):
    said = call("collect", folder, "--dry-run")
    assert said.code == 0, said.err
    assert "bobcat: 0 photos are here, about 4 would come" in said.out
    assert "together about 12 photos, 1 MB, 12 requests: 1 minute or more" in " ".join(said.out.split())
    told = json.loads(call("collect", folder, "--dry-run", "--json").out)
    assert (told["photos"], told["requests"], told["bytes"]) == (12, 12, 960_000)


def test_afterwards_they_are_here(call, folder):
    collected = call("collect", folder)
    assert collected.code == 0, collected.err
    assert "pets: version" in collected.out
    said = call("collect", folder, "--dry-run")
    assert "bobcat: 4 photos are here, about 0 would come" in said.out
    assert "nothing would be fetched" in said.out


def test_only_photos_of_observations_can_be_foreseen(call):
    said = call("collect", "digits", "--dry-run")
    assert said.code == 1
    assert "does not say which photos to collect" in " ".join(said.err.split())
