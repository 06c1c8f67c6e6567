"""Data files that come while the site runs, are missing, or cannot be made; and who starts and stops."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from data_sites import Asker, settings_of, site_file, write_data_file
from outclass import server
from outclass.base.errors import InputError
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.publish.data_site import app as application
from outclass.publish.data_site import building
from outclass.publish.data_site.app import DataSites, create_data_site
from outclass.publish.data_site.building import Builder, main
from outclass.publish.data_site.front import is_known
from outclass.publish.data_site.plugin import register_routes
from outclass.publish.data_site.shelf import (
    Shelf,
    SiteDocument,
    State,
    fingerprint,
    look,
    write_site,
)
from outclass.server import known_hosts
from outclass.site.options import SiteOptions
from small_tables import flower_challenge


@pytest.fixture
def shelf_site(tmp_path, monkeypatch):
    """Return a site whose shelf the test fills."""
    shelves = [Shelf(states={"cats": State.TO_BUILD, "dogs": State.EMPTY}, titles={"cats": "Cats"})]
    monkeypatch.setattr(application, "fingerprint", lambda settings: len(shelves))
    site = Asker(DataSites(settings_of(tmp_path), shelf=lambda: shelves[-1]))
    yield site, shelves
    site.close()


@pytest.mark.parametrize(
    ("path", "title", "retry"), [("cats", "is being made", "5"), ("dogs/objects", "no data yet", "120")]
)
def test_what_is_not_there_yet_is_told_with_when_to_ask_again(shelf_site, path, title, retry):
    site, _ = shelf_site
    page, data = site.get(f"/data/{path}"), site.get(f"/data/{path}.json")

    assert page.status_code == data.status_code == 503
    assert page.headers["retry-after"] == retry
    assert page.headers["cache-control"] == "no-store"
    assert title in page.text
    assert data.json()["ok"] is False


def test_new_versions_are_shown_without_a_restart_and_old_ones_stay(shelf_site, tmp_path):
    site, shelves = shelf_site
    path = write_data_file(tmp_path / "cats.sqlite")
    first, second = site_file(path, mark="111111111111"), site_file(path, mark="222222222222")
    assert site.get("/data/cats").status_code == 503

    shelves.append(Shelf(files=(first,), states={"cats": State.SHOWN}))
    assert site.get("/data/cats").headers["location"] == "/data/cats-111111111111"
    assert site.get("/data/cats-111111111111/objects").status_code == 200

    older = site_file(path, mark="111111111111", current=False)
    shelves.append(Shelf(files=(second, older), states={"cats": State.SHOWN}))
    assert site.get("/data/cats").headers["location"] == "/data/cats-222222222222"
    assert site.get("/data/cats-222222222222/objects").status_code == 200
    assert site.get("/data/cats-111111111111/objects").status_code == 200

    shelves.append(Shelf(files=(second,), states={"cats": State.SHOWN}))
    assert (
        site.get("/data/cats-111111111111/objects").headers["location"] == "/data/cats-222222222222/objects"
    )

    shelves.append(Shelf(files=(second, older), states={"cats": State.SHOWN}))
    assert site.get("/data/cats-111111111111/objects").status_code == 200


def test_a_place_of_its_own_and_a_prefix(tmp_path):
    path = write_data_file(tmp_path / "cats.sqlite")
    file = site_file(path)
    shelf = Shelf(files=(file,), states={"cats": State.SHOWN})
    site = Asker(DataSites(settings_of(tmp_path), base_url="/lab/data/", shelf=lambda: shelf))

    assert site.get("/lab/data/cats/objects?x=1").headers["location"] == f"/lab/data/{file.name}/objects?x=1"
    page = site.get(f"/lab/data/{file.name}/objects?_size=2")
    answer = site.get(f"/lab/data/{file.name}/objects.json?_size=2&_facet_date=text").json()
    site.close()

    assert 'href="/lab/data/' in page.text
    assert 'href="/data/' not in page.text
    assert answer["next_url"].startswith("http://data.test/lab/data/cats-")


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """Return settings of a home with a collected data set, the working folder being its project."""
    project = tmp_path_factory.mktemp("project")
    flower_challenge(project / "challenges" / "flowers")
    settings = settings_of(project / "home")
    loaded = load_challenge(project / "challenges" / "flowers")
    return settings, loaded, project, collect(loaded, settings)


def test_a_missing_file_is_made_when_somebody_asks_and_shown_when_whole(flowers, monkeypatch):
    settings, loaded, project, version = flowers
    monkeypatch.chdir(project)
    monkeypatch.setattr(application, "POLL_SECONDS", 0.05)
    before = look(settings, [loaded.name])
    assert before.states == {loaded.name: State.TO_BUILD}
    site = Asker(DataSites(settings, patience=1e9, shelf=lambda: look(settings, [loaded.name])))
    site.runner.run(site.app.start())

    async def until_there():
        deadline = time.monotonic() + 60
        while not site.app._shelf.current and time.monotonic() < deadline:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)

    assert site.get(f"/data/{loaded.name}").status_code == 503
    site.runner.run(until_there())

    assert site.app.builder.why_failed(loaded.name) is None
    response = site.get(f"/data/{loaded.name}/objects.json?_size=1", follow_redirects=True)
    site.close()
    assert response.status_code == 200
    assert response.json()["filtered_table_rows_count"] == sum(
        sum(counts.values()) for counts in version.document.counts.values()
    )
    assert look(settings, [loaded.name]).states == {loaded.name: State.SHOWN}


def test_a_build_that_failed_is_tried_again_only_with_something_new(tmp_path, monkeypatch):
    answers = [(1, "out of space"), (0, "")]

    async def run_build(name, settings):
        assert name == "cats"
        return answers.pop(0)

    monkeypatch.setattr(building, "run_build", run_build)
    builder = Builder(settings_of(tmp_path))

    async def run():
        assert await builder.run(["cats"], 1)
        assert builder.why_failed("cats") == "out of space"
        assert not await builder.run(["cats"], 1)
        assert await builder.run(["cats"], 2)

    asyncio.run(run())

    assert builder.why_failed("cats") is None
    assert answers == []


def test_a_failed_build_is_told_on_the_page(shelf_site, monkeypatch):
    site, _ = shelf_site
    site.app.builder._failed["cats"] = (1, "out of space")

    page = site.get("/data/cats")

    assert page.status_code == 503
    assert "failed" in page.text
    assert "out of space" not in page.text


def test_the_program_that_builds_says_what_is_wrong(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("OUTCLASS_HOME", str(tmp_path))
    monkeypatch.setattr("os.nice", lambda _: 0)

    assert main(["no-such-challenge"]) == 1
    assert "no such challenge" in capsys.readouterr().err
    assert main(["digits"]) == 0  # nothing was collected, so there is nothing to build


def test_other_data_sites_are_shown_by_their_document(tmp_path):
    settings = settings_of(tmp_path)
    folder = tmp_path / "published" / "games"
    folder.mkdir(parents=True)
    path = write_data_file(folder / "games.sqlite")
    file = site_file(path)
    document = SiteDocument(
        name="cats-games",
        file="games.sqlite",
        sha256=file.sha256,
        content_sha256="ab" * 32,
        rows=dict(file.rows),
        metadata={"title": "Games"},
    )
    before = fingerprint(settings)
    write_site(folder, document)

    shelf = look(settings, [])

    assert shelf.current == {"cats-games": "cats-games-abababababab"}
    assert fingerprint(settings) != before
    path.unlink()
    assert look(settings, []).files == ()


# --- in the server ---


class Recorder:
    """Data sites that note what they are told."""

    def __init__(self):
        self.told = []

    async def __call__(self, scope, receive, send):
        self.told.append(scope["path"])

    async def start(self):
        self.told.append("start")

    async def stop(self):
        self.told.append("stop")


def test_the_data_sites_get_their_paths_and_live_within_the_api(tmp_path):
    data, order = Recorder(), []

    async def api(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            order.append(list(data.told))
            await send({"type": "lifespan.startup.complete"})
            order.append(list(data.told))
            await receive()
            order.append(list(data.told))

    async def ask():
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive():
            return next(messages)

        async def send(message):
            pass

        dispatcher = server.Dispatcher(api=api, site=api, data=data)
        await dispatcher({"type": "lifespan"}, receive, send)
        for path in ("/data", "/data/cats", "/database", "/api/v1/data", "/"):
            await dispatcher({"type": "http", "path": path}, receive, send)

    asyncio.run(ask())

    assert order == [[], ["start"], ["start", "stop"]]
    assert data.told == ["start", "stop", "/data", "/data/cats"]


def test_a_process_for_data_sites_alone_answers_for_its_health_and_leads_to_the_data(tmp_path):
    app = server.create_app(settings_of(tmp_path), frozenset({server.Role.DATA}))
    site = Asker(app.data)
    site.app = app

    assert site.get("/livez").json() == {"status": "ok"}
    assert site.get("/").headers["location"] == "/data/"
    assert site.get("/c/digits/").status_code == 404
    assert site.get("/api/v1/challenges").status_code == 404
    site.app = app.data
    site.close()


def test_nothing_of_datasette_is_loaded_before_the_first_visitor(tmp_path):
    site = create_data_site(settings_of(tmp_path))

    assert site._loaded is None
    asyncio.run(site.stop())


def test_pages_are_answered_for_the_hosts_that_are_declared(tmp_path):
    # Addresses on a page name the host: one that a stranger made up must not end in a cache.
    site = Asker(DataSites(settings_of(tmp_path), shelf=Shelf, hosts=known_hosts("play.example.org")))
    assert site.get("/data/", headers={"host": "evil.example"}).status_code == 400
    for host in ("play.example.org", "Play.Example.org:8443", "localhost:8000", "[::1]:8000"):
        assert site.get("/data/", headers={"host": host}).status_code == 200
    site.close()


@pytest.mark.parametrize(
    ("host", "names", "known"),
    [
        ("a.example.org", [".example.org"], True),
        ("example.org", [".example.org"], True),
        ("evilexample.org", [".example.org"], False),
        ("anything", ["*"], True),
        ("", ["play.example.org"], False),
    ],
)
def test_a_host_is_known_by_its_name(host, names, known):
    assert is_known(host, names) is known


def test_the_site_is_told_where_the_data_sites_are():
    assert SiteOptions.from_environment({}).data_url == ""
    assert SiteOptions.from_environment({"OUTCLASS_DATA_URL": "/data"}).data_url == "/data/"
    with pytest.raises(InputError, match="no address"):
        SiteOptions.from_environment({"OUTCLASS_DATA_URL": "data"})


# --- what the reference says ---

HTTP = Path(__file__).resolve().parents[3] / "docs" / "reference" / "http.md"


def test_every_route_that_is_documented_answers_and_every_route_is_documented(cats):
    section = HTTP.read_text(encoding="utf-8").partition("## The data sites\n")[2].partition("\n## ")[0]
    paths = re.findall(r"`(/data/[^`]*)`", "\n".join(re.findall(r"^\| (`/.*?) \|", section, re.MULTILINE)))
    known = {"site": "cats", "format": "json", "table": "objects", "key": "cat001", "column": "picture"}
    sheet = re.search(r"/data/-/assets/(\w+)/data.css", cats.get("/data/").text)[1]
    known |= {"name": "cats", "hash": sheet, "file": "data.css"}

    for path in paths:
        asked = re.sub(r"<(\w+)>", lambda found: known[found[1]], path)
        assert cats.get(asked, follow_redirects=asked != "/data/-/theme").status_code in {200, 303}, path

    patterns = {str(pattern) for pattern, _ in register_routes(cats.app._worker._site)}
    assert len(patterns) == 8
    assert len(paths) == 16
