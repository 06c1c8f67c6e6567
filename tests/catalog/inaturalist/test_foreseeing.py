"""A dry run tells what would come, and what it asks is not asked again."""

import pytest

from naturalists import serve_naturalists
from outclass.base.settings import Settings
from outclass.catalog.sources.inaturalist.collecting import collect_photos
from outclass.catalog.sources.inaturalist.foreseeing import foresee
from wild_cats import many_sightings, outside, wild_cats


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "home")})


@pytest.fixture
def host():
    with serve_naturalists(sightings=many_sightings(60)) as server:
        yield server


@pytest.mark.parametrize("per_class", [5, 500])
def test_it_foresees_what_comes(tmp_path, settings, host, per_class):
    host.most = 10
    loaded = wild_cats(tmp_path / "cats", per_class=per_class)
    outlook = foresee(loaded, settings, outside=outside(host, settings))
    assert not host.photos_asked
    assert len(host.log) == 1 + 3
    before = len(host.log)
    found = collect_photos(loaded, settings, outside=outside(host, settings))
    came = sum(found.counts.values())
    assert came * 0.8 <= outlook.photos <= came * 1.25
    assert len(host.log) - before == pytest.approx(outlook.requests, abs=8)
    assert len({(one.path, *one.query.values()) for one in host.log}) == len(host.log)


def test_afterwards_nothing_is_to_come(tmp_path, settings, host):
    loaded = wild_cats(tmp_path / "cats")
    found = collect_photos(loaded, settings, outside=outside(host, settings))
    count = len(host.log)
    outlook = foresee(loaded, settings, outside=outside(host, settings))
    assert (outlook.photos, outlook.bytes, outlook.requests, outlook.minutes) == (0, 0, 0, 0)
    assert {one.name: one.here for one in outlook.classes} == found.counts
    assert len(host.log) == count


def test_the_limit_on_bytes_counts(tmp_path, settings, host):
    loaded = wild_cats(tmp_path / "cats", bytes=800_000)
    outlook = foresee(loaded, settings, outside=outside(host, settings))
    assert outlook.photos == 10
    assert outlook.bytes == 800_000
