"""What data sites promise: addresses, caching, facets, export, metadata, cells."""

import asyncio
import csv
import io
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from data_sites import CLASSES, OBJECTS, png
from outclass.publish.data_site import streaming

NAME = "cats-0123456789ab"
BASE = f"/data/{NAME}"
PAGES = [
    "/data/",
    "/data/-/versions",
    BASE,
    f"{BASE}/objects",
    f"{BASE}/objects?_sort=weight&_facet=text&_size=5",
    f"{BASE}/objects?_facet_array=facts&_facet_date=text&weight__gt=10",
    f"{BASE}/classes",
    f"{BASE}/heavy",
    f"{BASE}/objects/cat001",
    f"{BASE}/of-a-class?label=lynx",
    f"{BASE}?sql=select+id,picture+from+objects+limit+3",
    f"{BASE}?_show_hidden=1",
]


class Reader(HTMLParser):
    """Keeps the links, scripts and inline styles of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.scripts, self.styles, self.images = [], 0, 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") for name in given)
        self.styles += tag == "style" or "style" in given
        if tag in {"a", "link", "form"}:
            self.links.append(given.get("href") or given.get("action"))
        if tag == "img" and not given["src"].endswith("mark.svg"):
            self.images.append(given["src"])


# --- hashed addresses and caching ---


@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        ("cats", ""),
        ("cats", "/objects"),
        ("cats", "/objects.csv?_size=3&label=lynx"),
        ("cats", ".json?sql=select+1"),
        ("cats", ".db"),
        ("cats-000000000000", "/objects/cat001.json?_shape=array"),
        ("cats-aaaaaaaaaaaa", "/of-a-class?label=a%20b&label=c"),
    ],
)
def test_an_old_or_missing_hash_leads_to_the_one_in_use(cats, asked, rest):
    response = cats.get(f"/data/{asked}{rest}")

    assert response.status_code == 302
    assert response.headers["location"] == f"{BASE}{rest}"
    assert response.headers["cache-control"] == "no-cache"


def test_pages_under_a_hash_are_kept_for_ever(cats):
    for path in (BASE, f"{BASE}/objects", f"{BASE}/objects.json", f"{BASE}/objects.csv", f"{BASE}.db"):
        response = cats.get(path)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_ttl_opts_out(cats):
    assert cats.get(f"{BASE}/objects?_ttl=0").headers["cache-control"] == "no-cache"
    assert cats.get(f"{BASE}/objects?_ttl=60").headers["cache-control"] == "public, max-age=60"


def test_what_was_cut_short_or_failed_is_not_kept(cats):
    slow = "select count(*) from objects a, objects b, objects c, objects d, objects e"

    assert cats.get(f"{BASE}?sql={slow}&_timelimit=20").headers["cache-control"] == "no-cache"


def test_a_page_whose_counts_were_cut_short_is_not_kept(cats, monkeypatch):
    slow = (
        "(with recursive n(i) as (select 1 union all select i%2B1 from n limit 100000) select max(i) from n)"
    )
    site = cats.app._worker._site
    monkeypatch.setitem(site._settings, "facet_time_limit_ms", 1)

    page = cats.get(f"{BASE}/objects.json?_nocount=1&_size=1&_facet=text&_where={slow}>0")

    assert page.status_code == 200
    assert page.json()["facet_results"] == {}
    assert page.headers["cache-control"] == "public, max-age=5"


def test_who_has_a_page_gets_none(cats):
    first = cats.get(f"{BASE}/objects")
    again = cats.get(f"{BASE}/objects", headers={"if-none-match": f'"x", {first.headers["etag"]}'})

    assert again.status_code == 304
    assert again.content == b""
    assert cats.get(f"{BASE}/objects?_size=2").headers["etag"] != first.headers["etag"]
    file = cats.get(f"{BASE}.db")
    assert cats.get(f"{BASE}.db", headers={"if-none-match": file.headers["etag"]}).status_code == 304


def test_older_versions_stay_where_they_are_and_say_so(cats):
    older = cats.get("/data/cats-fedcba987654/objects")

    assert older.status_code == 200
    assert "older version" in older.text
    assert f'href="{BASE}"' in older.text
    assert "older version" not in cats.get(f"{BASE}/objects").text


def test_cookies_and_keys_change_nothing_and_none_are_set(cats):
    cookies = {"cookie": "sessionid=x; ds_actor=y; theme=light", "authorization": "Bearer z"}
    plain, signed = cats.get(f"{BASE}/objects"), cats.get(f"{BASE}/objects", headers=cookies)

    assert re.sub(r"in \d+ ms", "", plain.text) == re.sub(r"in \d+ ms", "", signed.text)
    assert signed.headers["cache-control"].startswith("public")
    assert "set-cookie" not in signed.headers


def test_slashes_at_the_end_are_taken_away(cats):
    assert cats.get(f"{BASE}/objects/?_size=2").headers["location"] == f"{BASE}/objects?_size=2"
    assert cats.get("/data").headers["location"] == "/data/"


# --- from elsewhere, and safe ---


@pytest.mark.parametrize("path", [*PAGES, "/data/cats", f"{BASE}.db", "/data/nothing", f"{BASE}/objects.csv"])
def test_everything_may_be_read_from_elsewhere_and_nothing_runs(cats, path):
    headers = cats.get(path).headers

    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"
    assert "script-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_a_preflight_is_answered(cats):
    response = cats.ask("OPTIONS", f"{BASE}/objects.json")

    assert response.status_code == 204
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_script_or_style_and_all_their_links_lead_somewhere(cats, path):
    response = cats.get(path)
    page = Reader(response.text)

    assert response.status_code == 200
    assert (page.scripts, page.styles) == (0, 0)
    own = {urljoin(f"http://data.test{path}", link) for link in [*page.links, *page.images] if link}
    own = {link for link in own if link.startswith("http://data.test/data/")}
    assert own
    for link in sorted(own)[:60]:
        parts = urlsplit(link)
        target = cats.get(f"{parts.path}?{parts.query}", follow_redirects=True)
        assert target.status_code == 200, link


@pytest.mark.parametrize("path", PAGES)
def test_licence_and_source_stand_on_every_page_of_a_file(cats, path):
    text = cats.get(path).text

    if path.startswith(BASE):
        assert "https://creativecommons.org/licenses/by/4.0/" in text
        assert "The cat watchers" in text


def test_metadata_are_handed_down_to_data_too(cats):
    for path in (
        f"{BASE}.json",
        f"{BASE}/objects.json",
        f"{BASE}/objects/cat001.json",
        f"{BASE}.json?sql=select+1",
    ):
        answer = cats.get(path).json()
        assert answer["license"] == "CC-BY-4.0"
        assert answer["source_url"] == "https://example.org/cats"


def test_what_a_column_means_and_its_unit_are_shown(cats):
    text = cats.get(f"{BASE}/objects").text

    assert 'title="the true class"' in text
    assert "kg" in text
    assert "of the cat" in cats.get(f"{BASE}/objects/cat001").text


# --- facets ---


def test_counted_facets_are_those_that_would_be_computed(cats):
    counted = cats.get(f"{BASE}/objects.json?_facet=split&_facet=label").json()["facet_results"]
    computed = cats.get(f"{BASE}/objects.json?_facet=split&_facet=label&_where=1").json()["facet_results"]

    for name in ("split", "label"):
        assert [(value["value"], value["label"], value["count"]) for value in counted[name]["results"]] == [
            (value["value"], value["label"], value["count"]) for value in computed[name]["results"]
        ]
    assert not counted["split"]["hideable"]


def test_no_facet_is_suggested_that_is_shown(cats):
    answer = cats.get(f"{BASE}/objects.json?_facet=text").json()

    assert set(answer["facet_results"]) == {"split", "label", "text"}
    assert {facet["name"] for facet in answer["suggested_facets"]}.isdisjoint({"split", "label", "text"})


def test_what_is_looked_at_stands_first_on_pages_and_where_it_was_in_data(cats):
    page = cats.get(f"{BASE}/objects?_size=1").text
    order = re.findall(r'data-label="(\w+)"', page)

    assert order[:3] == ["id", "text", "picture"]
    assert cats.get(f"{BASE}/objects.json?_size=1").json()["columns"][:3] == ["id", "split", "label"]


def test_facets_are_suggested_once_and_asked_for(cats):
    answer = cats.get(f"{BASE}/classes.json").json()
    asked = cats.get(f"{BASE}/objects.json?_facet=observations").json()

    assert {facet["name"] for facet in answer["suggested_facets"]} <= {"name", "title", "facts"}
    assert asked["facet_results"]["observations"]["results"][0]["count"] == OBJECTS
    toggle = urlsplit(asked["facet_results"]["observations"]["results"][0]["toggle_url"])
    assert toggle.path == f"{BASE}/objects.json"


def test_a_facet_of_json_arrays_counts_their_items(cats):
    answer = cats.get(f"{BASE}/classes.json?_facet_array=nothing").json()

    assert answer["facet_results"] == {}


# --- export ---


def test_any_table_is_csv(cats):
    rows = list(csv.reader(io.StringIO(cats.get(f"{BASE}/classes.csv").text)))

    assert rows[0] == ["name", "title", "facts"]
    assert [row[0] for row in rows[1:]] == list(CLASSES)


def test_a_stream_has_more_rows_than_a_page_and_names_bytes_by_their_address(cats):
    response = cats.get(f"{BASE}/objects.csv?_stream=on&_dl=on")
    rows = list(csv.DictReader(io.StringIO(response.text)))

    assert len(rows) == OBJECTS
    assert response.headers["content-disposition"] == 'attachment; filename="objects.csv"'
    address = urlsplit(next(row["picture"] for row in rows if row["id"] == "cat000"))
    assert address.path.startswith(f"{BASE}/objects/")
    assert cats.get(f"{address.path}?{address.query}").content == png(0)


def test_a_view_is_streamed_too(cats):
    text = cats.get(f"{BASE}/heavy.csv?_stream=on&_size=7").text

    assert len(text.splitlines()) - 1 == cats.get(f"{BASE}/heavy.json").json()["filtered_table_rows_count"]


def test_labels_are_exported_where_asked_for(cats):
    rows = list(
        csv.DictReader(io.StringIO(cats.get(f"{BASE}/objects.csv?_labels=on&_stream=on&_size=50").text))
    )

    assert len(rows) == OBJECTS
    assert next(row["label_label"] for row in rows if row["id"] == "cat001") == "Lynx <b>"


def test_a_fault_inside_a_stream_is_seen(cats, monkeypatch):
    calls = []

    def failing(*given):
        calls.append(given)
        if len(calls) > 1:
            raise ValueError("the disk is gone")
        return original(*given)

    original = streaming.read_page
    monkeypatch.setattr(streaming, "PIECE", 10)
    monkeypatch.setattr(streaming, "read_page", failing)
    messages = []

    async def ask():
        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            messages.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": f"{BASE}/objects.csv",
            "query_string": b"_stream=on",
        }
        await cats.app(scope | {"headers": [], "scheme": "http"}, receive, send)

    cats.runner.run(ask())

    body = b"".join(message.get("body", b"") for message in messages[1:]).decode()
    assert messages[0]["status"] == 200
    assert (
        body.splitlines()[-1] == "# error: the rows end here, as the rest could not be read: the disk is gone"
    )
    assert messages[-1].get("more_body") is True  # so a server breaks the connection off


def test_a_statement_that_fails_is_no_empty_csv(cats):
    response = cats.get(f"{BASE}.csv?sql=select+no_such")

    assert response.status_code == 400
    assert "no such column" in response.text


def test_rows_that_are_missing_are_told_in_every_form(cats):
    sql = "select+a.id+from+objects+a,+objects+b"

    assert cats.get(f"{BASE}.json?sql={sql}").json()["truncated"] is True
    assert cats.get(f"{BASE}.csv?sql={sql}").headers["outclass-truncated"] == "true"
    assert "there are more" in cats.get(f"{BASE}?sql={sql}").text


# --- SQL as an interface ---


def test_statements_take_named_parameters(cats):
    response = cats.sql(
        "select id from objects where label = :label and weight > :least", label="lynx", least="60"
    )

    assert 0 < len(response.json()["rows"]) < OBJECTS // 3


def test_json_columns_can_be_asked(cats):
    sql = "select json_extract(facts, '$.age') as age, count(*) from objects group by age order by age"
    tags = "select value, count(*) from objects, json_each(facts, '$.tags') group by value order by value"

    assert [row[0] for row in cats.sql(sql).json()["rows"]] == [0, 1, 2, 3, 4]
    assert cats.sql(tags).json()["rows"] == [["t0", 40], ["t1", 40], ["t2", 40]]


def test_our_own_functions_answer_as_those_of_sqlite(cats):
    sql = (
        "select instr('outclass', 'class'), instr(x'0102', x'02'), "
        "replace('aaa', 'a', 'bc'), replace(12, 1, 3), "
        "printf('%05.1f|%s', 2.25, 'x'), format('%d', 7), instr(null, 'a'), "
        "replace('a', '', 'b'), instr(1.0, '.0')"
    )

    assert cats.sql(sql).json()["rows"] == [[4, 2, "bcbcbc", "32", "002.3|x", "7", None, "a", 2]]


def test_a_canned_query_is_a_page_and_json(cats):
    answer = cats.get(f"{BASE}/of-a-class.json?label=lynx&_shape=array").json()

    assert {row["label"] for row in answer} == {"lynx"}
    assert "Objects of a class" in cats.get(f"{BASE}/of-a-class?label=lynx").text


def test_views_are_read_like_tables(cats):
    rows = cats.get(f"{BASE}/heavy.json?_size=5&_sort_desc=weight").json()

    weights = [row[2] for row in rows["rows"]]
    assert weights == sorted(weights, reverse=True)
    assert rows["next"] == "5"
    assert cats.get(f"{BASE}/heavy.json?_next=x").status_code == 400


def test_texts_are_searched(cats):
    answer = cats.get(f"{BASE}/objects.json?_search=lynx+tree").json()

    assert answer["filtered_table_rows_count"] == OBJECTS // 3
    assert 'type="search"' in cats.get(f"{BASE}/objects").text


# --- cells ---


def test_foreign_keys_are_shown_by_their_labels_and_escaped(cats):
    text = cats.get(f"{BASE}/objects?_size=3").text

    assert f'<a href="{BASE}/classes/lynx">Lynx &lt;b&gt;</a>' in text
    assert "<script>alert" not in text


def test_pictures_are_drawn_in_cells_and_on_pages(cats):
    table, row = (
        Reader(cats.get(path).text) for path in (f"{BASE}/objects?_size=3", f"{BASE}/objects/cat001")
    )

    assert f"{BASE}/-/media/objects/cat001/picture" in table.images
    assert row.images == [f"{BASE}/-/media/objects/cat001/picture"]
    answer = cats.get(row.images[0])
    assert answer.content == png(1)
    assert answer.headers["content-type"] == "image/png"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "immutable" in answer.headers["cache-control"]


def test_what_is_no_picture_is_a_file_to_keep(cats):
    answer = cats.get(f"{BASE}/-/media/objects/cat008/picture")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_keys_with_odd_characters_have_pages_and_pictures(cats):
    address = f"{BASE}/objects/cat+007~2Fx"

    assert cats.get(address).status_code == 200
    assert cats.get(f"{BASE}/-/media/objects/cat+007~2Fx/picture").content == png(7)


@pytest.mark.parametrize(
    "rest", ["objects/nothing/picture", "objects/cat001/text", "objects/cat001/x", "x/y/z"]
)
def test_media_that_are_not_there_are_not_found(cats, rest):
    assert cats.get(f"{BASE}/-/media/{rest}").status_code == 404


def test_small_pictures_of_statements_stand_in_the_page(cats):
    page = Reader(cats.get(f"{BASE}?sql=select+picture+from+objects+limit+1").text)

    assert page.images[0].startswith("data:image/png;base64,")


def test_light_curves_are_drawn_in_cells_and_on_pages(cats):
    table, row = cats.get(f"{BASE}/objects?_size=3").text, cats.get(f"{BASE}/objects/cat001").text

    assert 'class="spark"' in table
    assert 'aria-label="Light curve of cat001"' in table
    assert 'class="chart curve__plot"' in row
    assert 'class="data-legend"' in row


def test_places_are_drawn_on_a_map(cats):
    text = cats.get(f"{BASE}/objects?_size=9").text

    assert 'class="data-map__plot"' in text
    assert text.count("<circle") == 9
    assert f'<a href="{BASE}/objects/cat001"><circle' in text
    assert "data-map__plot" not in cats.get(f"{BASE}/classes").text


# --- the whole ---


def test_the_first_page_lists_the_data_and_the_versions_page_what_serves(cats):
    versions = cats.get("/data/-/versions.json").json()

    assert "Cats" in cats.get("/data/").text
    assert [(one["hash"], one["current"]) for one in versions["data"]["cats"]] == [
        ("0123456789ab", True),
        ("fedcba987654", False),
    ]
    assert set(versions["product"]) >= {"outclass", "commit", "datasette", "sqlite", "python"}
    commit = versions["product"]["commit"]
    assert commit is None or re.fullmatch("[0-9a-f]{40}", commit)


def test_metadata_can_be_read_as_json(cats):
    assert cats.get("/data/-/metadata.json").json()["databases"][NAME]["title"] == "Cats: seen in the wild"


def test_a_theme_is_a_style_sheet_of_its_own(cats):
    chosen = cats.get("/data/-/theme", params={"theme": "light", "next": f"{BASE}/objects"})
    sheet = cats.get("/data/-/theme.css", headers={"cookie": "theme=light"})

    assert chosen.status_code == 303
    assert chosen.headers["location"] == f"{BASE}/objects"
    assert "theme=light" in chosen.headers["set-cookie"]
    assert "color-scheme: light" in sheet.text
    assert sheet.headers["cache-control"] == "private, no-cache"
    assert cats.get("/data/-/theme.css").text == ""


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/elsewhere", "/data/\r\nx: y"]
)
def test_a_choice_of_theme_leads_nowhere_else(cats, target):
    response = cats.get("/data/-/theme", params={"theme": "dark", "next": target})

    assert response.headers["location"] == "/data/"


def test_style_sheets_are_kept_for_ever_by_their_hash(cats):
    page = Reader(cats.get("/data/").text)
    sheet = next(link for link in page.links if link.endswith("data.css"))

    assert cats.get(sheet).headers["cache-control"].endswith("immutable")
    assert cats.get(sheet).headers["content-type"] == "text/css; charset=utf-8"
    assert cats.get("/data/-/assets/x/../../secret.key").status_code == 404
    assert cats.get("/data/-/assets/0/theme.js").status_code == 404
    assert "--accent" in cats.get("/data/-/accent/cats.css").text


def test_only_headers_are_sent_of_what_is_asked_for_by_head(cats):
    for path in (f"{BASE}/objects", f"{BASE}/objects.csv?_stream=on", f"{BASE}.db", "/data/-/versions"):
        response = cats.ask("HEAD", path)
        assert response.status_code == 200
        assert response.content == b""


def test_addresses_follow_the_protocol_before_the_proxy(cats):
    answer = cats.get(f"{BASE}/objects.json?_size=2", headers={"x-forwarded-proto": "https"}).json()

    assert answer["next_url"].startswith(f"https://data.test{BASE}/objects.json?")


@pytest.mark.parametrize(
    "path", ["objects.json", "nothing.json", "objects.json?_sort=x", "objects/none.json"]
)
def test_faults_of_json_are_json(cats, path):
    answer = cats.get(f"{BASE}/{path}")

    assert answer.headers["content-type"].startswith("application/json")
    assert answer.status_code == (200 if path == "objects.json" else answer.json()["status"])
