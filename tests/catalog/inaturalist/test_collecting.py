"""Photos come as they are declared, with whose they are, and nothing comes twice."""

import re
from collections import Counter

import pytest

from naturalists import (
    BOBCAT,
    COUGAR,
    FELIDAE,
    HOUSE_CAT,
    LYNX,
    WESTERN_BOBCAT,
    Naturalists,
    serve_naturalists,
    sighting,
)
from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.catalog.export import export_version
from outclass.catalog.photo_cleaning import take_back
from outclass.catalog.sources.inaturalist import collecting
from outclass.catalog.sources.inaturalist.collecting import PHOTOS, collect_photos
from outclass.catalog.sources.inaturalist.source import read_lines
from outclass.catalog.split import Split
from outclass.catalog.versions import LOCK, collect
from outclass.inputs.photos import PhotoTable
from wild_cats import many_sightings, outside, wild_cats


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "home")})


@pytest.fixture
def host():
    with serve_naturalists(sightings=many_sightings(40)) as server:
        yield server


def gathered(loaded, settings: Settings, host: Naturalists):
    """Collect, and return the lines of the table with what was collected."""
    found = collect_photos(loaded, settings, outside=outside(host, settings))
    return found, read_lines(found.path)


def test_each_class_has_its_photos(tmp_path, settings, host):
    found, lines = gathered(wild_cats(tmp_path / "cats"), settings, host)
    kinds = Counter(line.label for line in lines)
    assert dict(kinds) == dict(found.counts)
    assert set(kinds) == {"bobcat", "mountain_lion", "other_cat"}
    assert {line.taxon for line in lines if line.label == "bobcat"} == {"Lynx rufus", "Lynx rufus fasciatus"}
    assert {line.taxon for line in lines if line.label == "other_cat"} == {"Felis catus"}


def test_only_what_the_licences_allow_is_asked_for(tmp_path, settings, host):
    _, lines = gathered(wild_cats(tmp_path / "cats"), settings, host)
    licences = {picture["id"]: picture["license_code"] for one in host.sightings for picture in one["photos"]}
    asked = {licences[number] for number in host.photos_asked}
    assert asked == {"cc-by", "cc-by-nc", "cc0", "cc-by-sa"}
    assert {line.licence for line in lines} == {"CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0", "CC-BY-SA-4.0"}


def test_the_api_is_asked_as_declared(tmp_path, settings, host):
    gathered(wild_cats(tmp_path / "cats"), settings, host)
    first = {one.query["taxon_id"]: one.query for one in reversed(host.asked("/v1/observations"))}
    assert set(first) == {str(BOBCAT), str(COUGAR), str(FELIDAE)}
    assert first[str(FELIDAE)] == {
        "taxon_id": str(FELIDAE),
        "without_taxon_id": f"{BOBCAT},{COUGAR}",
        "place_id": "1",
        "quality_grade": "research",
        "identified": "true",
        "photos": "true",
        "identifications": "most_agree",
        "photo_license": "cc0,cc-by,cc-by-sa,cc-by-nc,cc-by-nc-sa",
        "order_by": "id",
        "order": "asc",
        "per_page": "200",
    }
    assert all(re.match(r"outclass/\d+\.\d+", one.agent) for one in host.log)
    assert all("/medium." in one.path for one in host.asked("/photos/"))


def test_pages_go_on_above_the_last_number(tmp_path, settings, host):
    host.most = 6
    _, lines = gathered(wild_cats(tmp_path / "cats"), settings, host)
    pages = [one.query for one in host.asked("/v1/observations") if one.query["taxon_id"] == str(BOBCAT)]
    above = [int(query.get("id_above", "0")) for query in pages]
    assert len(pages) == 2
    assert above == sorted(set(above))
    bobcats = [one["id"] for one in host.sightings if BOBCAT in one["taxon"]["ancestor_ids"]]
    assert {line.observation for line in lines if line.label == "bobcat"} <= set(bobcats)
    assert max(line.observation for line in lines if line.label == "bobcat") > above[-1]


def test_newest_first(tmp_path, settings, host):
    host.most = 6
    loaded = wild_cats(tmp_path / "cats", order="newest", per_class=3)
    _, lines = gathered(loaded, settings, host)
    known = sorted(one["id"] for one in host.sightings if COUGAR in one["taxon"]["ancestor_ids"])
    found = {line.observation for line in lines if line.label == "mountain_lion"}
    assert min(found) > known[len(known) // 2]
    assert host.asked("/v1/observations")[0].query["order"] == "desc"


def test_at_most_so_many_of_a_class_and_of_an_observation(tmp_path, settings, host):
    loaded = wild_cats(tmp_path / "cats", per_class=6, per_observation=1)
    found, lines = gathered(loaded, settings, host)
    assert set(found.counts.values()) == {6}
    assert len({line.observation for line in lines}) == len(lines)
    assert len(host.photos_asked) == 18


def test_a_second_run_asks_nothing(tmp_path, settings, host):
    loaded = wild_cats(tmp_path / "cats")
    first, _ = gathered(loaded, settings, host)
    count = len(host.log)
    second, _ = gathered(loaded, settings, host)
    assert first.requests == count
    assert len(host.log) == count
    assert (second.requests, second.sha256) == (0, first.sha256)


def test_more_of_each_class_asks_only_for_more(tmp_path, settings, host):
    gathered(wild_cats(tmp_path / "cats", per_class=4), settings, host)
    gathered(wild_cats(tmp_path / "cats", per_class=7), settings, host)
    assert len(set(host.photos_asked)) == len(host.photos_asked) == 21


def test_other_classes_need_no_photo_again(tmp_path, settings, host):
    """A class is told by the taxa above an observation, so it may be cut in two later."""
    gathered(wild_cats(tmp_path / "cats"), settings, host)
    before = Counter(host.photos_asked)
    taxa = {"lynx": [LYNX], "house_cat": [HOUSE_CAT]}
    found, lines = gathered(wild_cats(tmp_path / "cats", taxa), settings, host)
    assert Counter(host.photos_asked) == before
    assert {line.taxon for line in lines} == {"Lynx rufus", "Lynx rufus fasciatus", "Felis catus"}
    assert found.counts["house_cat"] > 5


def test_a_stricter_licence_leaves_photos_out(tmp_path, settings, host):
    gathered(wild_cats(tmp_path / "cats"), settings, host)
    before = len(host.photos_asked)
    _, lines = gathered(wild_cats(tmp_path / "cats", licences=["cc0"]), settings, host)
    assert {line.licence for line in lines} == {"CC0-1.0"}
    assert len(host.photos_asked) == before


def test_what_is_left_out_is_counted(tmp_path, settings):
    odd = sighting(5, BOBCAT, ("cc-by", "cc-by"))
    odd["photos"][0]["flags"] = [{"id": 1, "flag": "copyright infringement"}]
    odd["photos"][1]["url"] = "/photos/51/picture"
    sightings = [
        sighting(1, BOBCAT, ("cc-by", None)),
        odd,
        sighting(7, BOBCAT, place=9),
        sighting(9, BOBCAT, grade="casual"),
    ]
    with serve_naturalists(sightings=sightings) as host:
        found, lines = gathered(wild_cats(tmp_path / "cats"), settings, host)
    assert [line.observation for line in lines] == [1]
    assert found.left_out == {
        "another licence, or all rights reserved": 1,
        "flagged or hidden": 1,
        "without a usable address": 1,
    }


def test_photos_together_stay_below_the_bytes(tmp_path, settings, host):
    size = len(host.media(1))
    limit = 2_000_000
    host.media = lambda number: Naturalists.media(number) + b"\0" * 90_000
    loaded = wild_cats(tmp_path / "cats", bytes=limit)
    found, lines = gathered(loaded, settings, host)
    used = sum(line.bytes for line in lines)
    assert limit - 400_000 - 90_000 - 2 * size < used <= limit
    assert max(found.counts.values()) - min(found.counts.values()) <= 1
    count = len(host.log)
    gathered(loaded, settings, host)
    assert len(host.log) == count


def test_a_data_version_has_the_photos_with_their_credit(tmp_path, settings, host, monkeypatch):
    world = outside(host, settings)
    monkeypatch.setattr(collecting.Outside, "real", lambda _: world)
    version = collect(wild_cats(tmp_path / "cats"), settings)
    objects = version.objects()
    assert isinstance(objects.inputs, PhotoTable)
    assert len(objects) > 25
    assert all(name.split("-")[0] == group for name, group in zip(objects.ids, objects.groups, strict=True))
    sides = Counter(
        side for group in set(objects.groups) for side in {
            side for name, side in zip(objects.groups, objects.splits, strict=True) if name == group
        }
    )  # fmt: skip
    assert sum(sides.values()) == len(set(objects.groups))
    credit = objects.inputs.credits[0]
    assert credit.author.startswith("Ann ")
    assert credit.link == f"https://www.inaturalist.org/observations/{objects.groups[0]}"
    assert credit.licence_url.startswith("https://creativecommons.org/")
    assert version.document.sources["photos"].name == PHOTOS
    assert collect(wild_cats(tmp_path / "cats"), settings).id == version.id


def test_nobody_waits_for_the_data_meanwhile(tmp_path, settings, host, monkeypatch):
    """Somebody who wants a photo back is not told to come again in an hour."""
    world, free = outside(host, settings), []

    def take_the_lock(_: Naturalists) -> None:
        with FileLock(settings.data_folder / "pets" / LOCK, timeout=0.0):
            free.append(True)

    host.on_page = take_the_lock
    monkeypatch.setattr(collecting.Outside, "real", lambda _: world)
    collect(wild_cats(tmp_path / "cats", per_class=4), settings)
    assert len(free) == 3


def test_exported_files_are_named_so_that_they_can_be_read_back(tmp_path, settings, host, monkeypatch):
    world = outside(host, settings)
    monkeypatch.setattr(collecting.Outside, "real", lambda _: world)
    version = collect(wild_cats(tmp_path / "cats"), settings)
    exported = export_version(version, tmp_path / "out" / "photos", list(Split))
    names = sorted(path.name for path in (tmp_path / "out" / "photos").glob("*.jpg"))
    assert len(names) == exported.objects > 10
    form = re.compile(r"(?P<label>[A-Za-z-]+)_(?P<group>\d+)(?:-\d)?\.jpg")
    read = [found for name in names if (found := form.fullmatch(name))]
    assert len(read) == len(names)
    assert {found["label"] for found in read} == {"Bobcat", "Mountain-Lion", "Other-Cat"}
    objects = version.objects()
    assert {found["group"] for found in read} <= set(objects.ids)
    assert isinstance(objects.inputs, PhotoTable)
    assert sum(exported.left_out.values()) == sum("NC" in one.licence for one in objects.inputs.credits) > 0


def test_a_photo_that_was_deleted_by_hand_comes_again(tmp_path, settings, host):
    loaded = wild_cats(tmp_path / "cats")
    found, lines = gathered(loaded, settings, host)
    before = len(host.photos_asked)
    name = lines[3].sha256
    (settings.data_folder / "pets" / "media" / name[:2] / name).unlink()
    again, _ = gathered(loaded, settings, host)
    assert host.photos_asked[before:] == [lines[3].photo]
    assert again.sha256 == found.sha256


def test_a_photo_that_was_taken_back_stays_away(tmp_path, settings, host, monkeypatch):
    world = outside(host, settings)
    monkeypatch.setattr(collecting.Outside, "real", lambda _: world)
    loaded = wild_cats(tmp_path / "cats")
    before = collect(loaded, settings)
    asked, photos = len(host.log), before.objects("train").inputs
    assert isinstance(photos, PhotoTable)
    take_back(photos.media, photos.names[:1])
    after = collect(loaded, settings).objects().inputs
    assert isinstance(after, PhotoTable)
    assert len(host.log) == asked
    assert len(after) == len(before.objects()) - 1
    assert photos.names[0] not in after.names


def test_nothing_to_be_had_is_said(tmp_path, settings):
    with (
        serve_naturalists(sightings=[sighting(1, BOBCAT, (None,))]) as host,
        pytest.raises(DataError) as raised,
    ):
        gathered(wild_cats(tmp_path / "cats"), settings, host)
    assert "no such photos" in str(raised.value)


def test_real_photos_of_camera_traps(tmp_path, settings, shared_data):
    """Real photos, one class of them in the wild and one not, with several photos of one sighting."""
    import polars as pl  # noqa: PLC0415 - only where there is real data

    table = pl.read_parquet(shared_data / "cats" / "wild_cat_photos.parquet")
    table = table.filter(pl.col("label").is_in(["bobcat", "mountain_lion"]))
    images: dict[int, bytes] = {}
    sightings = []
    for place, (_, rows) in enumerate(sorted(table.group_by("group"))):
        number, kind = 100 + place, BOBCAT if rows["label"][0] == "bobcat" else COUGAR
        photos = rows["image"].to_list()[:9]
        sightings.append(sighting(number, kind, ("cc-by",) * len(photos)))
        images |= {number * 10 + index: image for index, image in enumerate(photos)}
    with serve_naturalists(sightings=sightings, media=images.__getitem__) as host:
        found, lines = gathered(wild_cats(tmp_path / "cats", per_observation=9, per_class=40), settings, host)
    assert found.counts == {"bobcat": 40, "mountain_lion": 40, "other_cat": 0}
    assert {images[line.photo] for line in lines} == {
        (settings.data_folder / "pets" / "media" / line.sha256[:2] / line.sha256).read_bytes()
        for line in lines
    }
    assert WESTERN_BOBCAT not in {line.taxon for line in lines}
