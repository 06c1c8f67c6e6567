"""What servers do when they are tired: every fault is waited out, reported, or left for the next run."""

import socket

import pytest

from naturalists import BOBCAT, serve_naturalists, sighting
from outclass.base.errors import DownloadError
from outclass.base.fetch import Fetcher
from outclass.base.settings import Settings
from outclass.catalog.sources.inaturalist.asking import ATTEMPTS, Asker, AwayError
from outclass.catalog.sources.inaturalist.collecting import Outside, collect_photos
from outclass.catalog.sources.inaturalist.pace import Pace
from outclass.catalog.sources.inaturalist.source import read_lines
from outclass.catalog.sources.inaturalist.web import ApiWeb, FinalAnswerError, MediaWeb, NoAnswerError
from wild_cats import outside, wild_cats

BOBCATS = {"bobcat": [BOBCAT], "house_cat": [118552]}
PHOTO = "/photos/70/"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "home")})


@pytest.fixture
def host():
    with serve_naturalists(sightings=[sighting(number, BOBCAT) for number in range(1, 13)]) as server:
        yield server


def run(tmp_path, settings, host, **more):
    """Collect from a server with faults, noting how long each wait would have been."""
    world, waits = outside(host, settings, **more), []
    for asker in (world.pages, world.photos):
        asker.sleep = waits.append
    found = collect_photos(wild_cats(tmp_path / "cats", BOBCATS, licences=["cc-by"]), settings, outside=world)
    return read_lines(found.path), waits


@pytest.mark.parametrize(
    "fault", ["status 500", "status 502", "status 503", "status 429", "cut", "short", "html", "drop"]
)
@pytest.mark.parametrize("path", ["/v1/taxa", "/v1/observations", PHOTO])
def test_a_fault_that_passes_is_tried_again(tmp_path, settings, host, fault, path):
    host.faults = {path: [fault, fault]}
    lines, waits = run(tmp_path, settings, host)
    assert [line.observation for line in lines] == list(range(1, 13))
    assert waits == [0.01, 0.02]
    assert len(host.log) == 1 + 2 + 12 + 2


@pytest.mark.parametrize("path", ["/v1/observations", PHOTO])
def test_no_answer_in_time_is_tried_again(tmp_path, settings, host, path):
    host.faults = {path: ["hang 0.6"]}
    lines, waits = run(tmp_path, settings, host, timeout=0.3)
    assert len(lines) == 12
    assert waits == [0.01]


@pytest.mark.parametrize("path", ["/v1/observations", PHOTO])
def test_the_server_says_how_long_to_wait(tmp_path, settings, host, path):
    host.faults = {path: ["later 7", "later-date 120"]}
    lines, waits = run(tmp_path, settings, host)
    assert len(lines) == 12
    assert waits[0] == 7
    assert 115 < waits[1] <= 120


@pytest.mark.parametrize("path", ["/v1/observations", PHOTO])
def test_who_is_told_to_stay_away_does(tmp_path, settings, host, path):
    host.faults = {path: ["later 86400"]}
    with pytest.raises(AwayError) as raised:
        run(tmp_path, settings, host)
    assert "86,400" in str(raised.value)
    assert "run the same command again" in str(raised.value)
    assert host.log[-1].path.startswith(path)
    lines, _ = run(tmp_path, settings, host)
    assert len(lines) == 12


def test_an_api_that_is_down_stops_and_goes_on_later(tmp_path, settings, host):
    host.faults = {"/v1/observations": ["status 503"] * ATTEMPTS}
    with pytest.raises(DownloadError, match="does not answer"):
        run(tmp_path, settings, host)
    assert len(host.asked("/v1/observations")) == ATTEMPTS
    assert not host.photos_asked
    lines, _ = run(tmp_path, settings, host)
    assert len(lines) == 12
    assert len(host.asked("/v1/taxa")) == 1


@pytest.mark.parametrize("path", ["/v1/taxa", "/v1/observations"])
@pytest.mark.parametrize(("fault", "attempts"), [("status 422", 1), ("status 403", 1), ("cut", ATTEMPTS)])
def test_an_api_that_refuses_is_reported(tmp_path, settings, host, path, fault, attempts):
    host.faults = {path: [fault] * ATTEMPTS}
    with pytest.raises(DownloadError, match="does not answer as it should") as raised:
        run(tmp_path, settings, host)
    assert path in str(raised.value)
    assert len(host.asked(path)) == attempts


def test_without_a_network_nobody_waits(tmp_path, settings, monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    pace = Pace(path=tmp_path / "requests.sqlite3", per_minute=10**6)
    waits: list[float] = []
    asker = Asker(web=ApiWeb(timeout=5.0), pace=pace, sleep=waits.append)
    world = Outside(api="https://api.inaturalist.org/v1", pages=asker, photos=asker)
    with pytest.raises(DownloadError, match="no network"):
        collect_photos(wild_cats(tmp_path / "cats", BOBCATS), settings, outside=world)
    assert waits == []


def test_one_photo_that_never_comes_holds_nothing_up(tmp_path, settings, host):
    host.faults = {PHOTO: ["status 500"] * 100}
    lines, _ = run(tmp_path, settings, host)
    assert [line.observation for line in lines] == [*range(1, 7), *range(8, 13)]
    for _ in range(3):
        run(tmp_path, settings, host)
    count = len(host.log)
    run(tmp_path, settings, host)
    assert len(host.log) == count
    assert host.photos_asked.count(70) == 9


@pytest.mark.parametrize(
    ("fault", "attempts", "runs"),
    [("status 404", 1, 1), ("status 410", 1, 1), ("status 403", 3, 3), ("html", 3, 3)],
)
def test_what_is_no_photo_is_left_out_and_replaced(tmp_path, settings, host, fault, attempts, runs):
    """A class still gets its number, from observations that come later; in the end the photo is given up."""
    host.faults = {PHOTO: [fault] * 100}
    loaded = wild_cats(tmp_path / "cats", BOBCATS, per_class=8)
    for done in range(1, 5):
        found = collect_photos(loaded, settings, outside=outside(host, settings))
        assert [line.observation for line in read_lines(found.path)] == [1, 2, 3, 4, 5, 6, 8, 9]
        assert host.photos_asked.count(70) == attempts * min(done, runs)
    assert sum(found.left_out.values()) == 1


@pytest.mark.parametrize("fault", ["html", "status 403", "status 503", "drop"])
def test_a_network_that_gives_nothing_gives_no_photo_up(tmp_path, settings, host, fault):
    """A host that is down, a page that asks to log in, a line that is cut: all photos come later."""
    for _ in range(4):
        host.faults = {"/photos/": [fault] * 15}
        with pytest.raises(DownloadError, match="5 photos in a row") as raised:
            run(tmp_path, settings, host)
        assert "goes on where it stopped" in str(raised.value)
    host.faults.clear()
    lines, _ = run(tmp_path, settings, host)
    assert len(lines) == 12


def test_a_photo_elsewhere_in_the_network_is_not_fetched(tmp_path, settings, host):
    host.sightings[3]["photos"][0]["url"] = "http://127.0.0.1:1/photos/40/square.jpg"
    host.sightings[4]["photos"][0]["url"] = "http://169.254.169.254/photos/50/square.jpg"
    host.sightings[5]["photos"][0]["url"] = "file:///photos/60/square.jpg"
    lines, _ = run(tmp_path, settings, host)
    assert [line.observation for line in lines] == [1, 2, 3, 7, 8, 9, 10, 11, 12]


def test_a_name_that_is_not_known_may_be_known_later():
    """Without a network no name is known; a number that is not public is what it is."""
    web = MediaWeb(fetcher=Fetcher(resolve=lambda *_: []))
    with pytest.raises(NoAnswerError):
        web.get("https://static.inaturalist.org/photos/1/medium.jpg")
    for address in (
        "http://10.0.0.1/photos/1/medium.jpg",
        "ftp://example.org/medium.jpg",
        "http://[::1]/a.jpg",
    ):
        with pytest.raises(FinalAnswerError):
            web.get(address)


def test_observations_that_come_again_count_once(tmp_path, settings, host):
    host.most, host.overlap = 5, 2
    lines, _ = run(tmp_path, settings, host)
    assert [line.observation for line in lines] == list(range(1, 13))
    assert len(host.photos_asked) == 12


def test_a_photo_of_two_observations_comes_once(tmp_path, settings, host):
    host.sightings[5]["photos"] = host.sightings[2]["photos"]
    lines, _ = run(tmp_path, settings, host)
    assert [line.observation for line in lines] == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]
    assert host.photos_asked.count(30) == 1


@pytest.mark.parametrize("total", [lambda count: 0, lambda count: count + 40, lambda count: 10**6])
def test_totals_that_are_wrong_lose_nothing(tmp_path, settings, host, total):
    host.most, host.total = 5, total
    lines, _ = run(tmp_path, settings, host)
    assert len(lines) == 12


def test_observations_that_are_added_meanwhile_are_found_too(tmp_path, settings, host):
    host.most = 5
    host.on_page = lambda state: state.sightings.append(sighting(100 + len(state.log), BOBCAT))
    loaded = wild_cats(tmp_path / "cats", BOBCATS, per_class=14)
    found = collect_photos(loaded, settings, outside=outside(host, settings))
    assert found.counts["bobcat"] == 14


def test_a_server_that_does_not_go_on_is_left(tmp_path, settings, host):
    """One that ignores from where to go on would be asked for ever."""
    host.most = host.overlap = 5
    with pytest.raises(DownloadError, match="same page"):
        run(tmp_path, settings, host)
    assert len(host.asked("/v1/observations")) == 2


def test_a_record_that_cannot_be_read_is_left_out(tmp_path, settings, host):
    host.most = 4
    host.sightings[3]["observed_on"] = {"year": 2024}
    host.sightings[7]["photos"][0]["id"] = "x"
    lines, _ = run(tmp_path, settings, host)
    assert [line.observation for line in lines] == [1, 2, 3, 5, 6, 7, 9, 10, 11, 12]
