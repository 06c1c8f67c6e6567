"""Rows are taken wholly or not at all, once, and are on the disk when the answer comes."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from apis import Api, client_of
from databases import make_shared_tables, sqlite_url
from outclass.api import ingest
from outclass.api.app import create_api
from outclass.api.options import ApiOptions
from outclass.base.keys import Scope
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.split import Split
from outclass.catalog.versions import collect
from small_tables import FIRST, flower_challenge
from small_texts import text_challenge

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]
PATH = "/api/v1/challenges/notes/rows"
LINES = {"Content-Type": "application/x-ndjson"}
TWO = b'{"text": "call me", "label": "call", "id": "a-1"}\n{"text": "free prize"}\n'


@pytest.fixture
async def texts(tmp_path: Path) -> AsyncIterator[Api]:
    """Return an API of a challenge of texts and of digits."""
    settings = Settings(home=tmp_path / "home", database_url=sqlite_url(tmp_path))
    db = make_shared_tables(settings.database_url)
    notes = load_challenge(text_challenge(tmp_path / "notes")).challenge
    challenges = {"notes": notes, "digits": load_challenge("digits").challenge}
    app = create_api(settings, options=ApiOptions(anonymous_burst=10_000), challenges=challenges)
    async with app.service.running(), client_of(app) as client:
        yield Api(app=app, client=client, db=db)
    db.close()


def kept(api: Api) -> list[dict[str, object]]:
    """Return the rows on the disk."""
    folder = api.app.service.settings.data_folder / "notes" / "inbox" / "rows"
    return [
        msgspec.json.decode(line)
        for path in sorted(folder.glob("*"))
        for line in path.read_bytes().splitlines()
    ]


async def test_rows_are_on_the_disk_when_the_answer_comes(texts: Api) -> None:
    answer = await texts.client.post(PATH, content=TWO, headers=texts.key("ingest") | LINES)

    assert answer.status_code == 200
    assert answer.json() | {"batch": ""} == {
        "challenge": "notes",
        "batch": "",
        "rows": 2,
        "new": True,
        "next": "outclass collect notes",
    }
    rows = [{name: row[name] for name in row if name != "received_at"} for row in kept(texts)]
    assert rows == [{"text": "call me", "id": "a-1", "label": "call"}, {"text": "free prize"}]


@pytest.mark.parametrize("kind", ["application/jsonl", "application/x-ndjson; charset=utf-8", ""])
async def test_lines_have_several_names(texts: Api, kind: str) -> None:
    headers = texts.key("ingest") | ({"Content-Type": kind} if kind else {})
    content = b"\xef\xbb\xbf" + TWO.replace(b"\n", b"\r\n") + b"\r\n"

    assert (await texts.client.post(PATH, content=content, headers=headers)).json()["rows"] == 2


async def test_a_list_is_the_same_as_lines(texts: Api) -> None:
    rows = [msgspec.json.decode(line) for line in TWO.splitlines()]
    headers = texts.key("ingest")

    first = (await texts.client.post(PATH, content=TWO, headers=headers | LINES)).json()
    second = (await texts.client.post(PATH, json=rows, headers=headers)).json()

    assert (first["batch"], second["new"]) == (second["batch"], False)
    assert len(kept(texts)) == 2


async def test_idempotency(texts: Api, problem: Problem) -> None:
    headers = texts.key("ingest") | LINES | {"Idempotency-Key": "batch-1"}

    first = await texts.client.post(PATH, content=TWO, headers=headers)
    again = await texts.client.post(PATH, content=TWO, headers=headers)
    other = await texts.client.post(PATH, content=b'{"text": "other"}', headers=headers)

    assert again.json() == first.json()
    problem(other, 422, "invalid-input")
    assert len(kept(texts)) == 2


async def test_only_keys_with_the_scope_may(texts: Api, problem: Problem) -> None:
    others = texts.key(*(scope for scope in Scope if scope is not Scope.INGEST))

    problem(await texts.client.post(PATH, content=TWO, headers=LINES), 401, "unauthenticated")
    problem(await texts.client.post(PATH, content=TWO, headers=others | LINES), 403, "forbidden")
    assert kept(texts) == []


@pytest.mark.parametrize(
    ("content", "status", "kind", "where"),
    [
        (b"", 400, "bad-input", None),
        (b"\n \n", 400, "bad-input", None),
        (b"[]", 422, "invalid-input", "line 1"),
        (b'{"text": "a"}\n{"text": "b"\n', 400, "bad-input", "line 2"),
        (b'{"text": "a"}\n\xff\xfe\n', 400, "bad-input", "line 2"),
        (b'{"text": "a"}\n\n{"text": 7}', 422, "invalid-input", "line 3, text"),
        (b'{"txt": "a"}', 422, "invalid-input", "line 1"),
        (b'{"text": "a", "labels": "call"}', 422, "invalid-input", "line 1"),
        (b'{"text": "a", "label": "spam"}', 422, "invalid-input", "line 1, label"),
        (b'{"text": " \xe2\x80\x8b "}', 422, "invalid-input", "line 1, text"),
        (b'{"text": "\\ud800"}', 400, "bad-input", "line 1"),
        (b'{"text": "a", "id": "../x"}', 422, "invalid-input", "line 1, id"),
        (b'{"text": "a", "id": ""}', 422, "invalid-input", "line 1, id"),
        (b'{"text": "a", "group": ""}', 422, "invalid-input", "line 1, group"),
        (b'{"text": "a", "group": "\\u0000"}', 422, "invalid-input", "line 1, group"),
        (b'{"text": "a", "id": "1"}\n{"text": "b", "id": "1"}', 422, "invalid-input", "id"),
        (b'{"text": "' + b"x" * 100_001 + b'"}', 413, "too-large", "line 1, text"),
        (b"[" * 100_000, 422, "invalid-input", "line 1"),
        (b'{"text": NaN}', 400, "bad-input", "line 1"),
    ],
)
async def test_one_broken_row_refuses_them_all(
    texts: Api, problem: Problem, content: bytes, status: int, kind: str, where: str | None
) -> None:
    answer = await texts.client.post(PATH, content=content, headers=texts.key("ingest") | LINES)

    assert problem(answer, status, kind).get("where") == where
    assert kept(texts) == []


async def test_a_broken_list_is_told_by_its_row(texts: Api, problem: Problem) -> None:
    headers = texts.key("ingest")
    second = await texts.client.post(PATH, json=[{"text": "a"}, {"text": 1}], headers=headers)

    assert problem(second, 422, "invalid-input")["where"] == "row 2, text"
    problem(await texts.client.post(PATH, json={"text": "a"}, headers=headers), 422, "invalid-input")


async def test_limits(texts: Api, problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "MOST_ROWS", 3)
    headers = texts.key("ingest") | LINES

    problem(await texts.client.post(PATH, content=b'{"text": "a"}\n' * 4, headers=headers), 413, "too-large")
    problem(await texts.client.post(PATH, content=b" " * 10_000_001, headers=headers), 413, "too-large")
    csv = texts.key("ingest") | {"Content-Type": "text/csv"}
    problem(await texts.client.post(PATH, content=b"a", headers=csv), 415, "unsupported-media")


async def test_other_challenges_take_no_rows(texts: Api, problem: Problem) -> None:
    headers = texts.key("ingest") | LINES

    digits = await texts.client.post("/api/v1/challenges/digits/rows", content=TWO, headers=headers)
    unknown = await texts.client.post("/api/v1/challenges/nothing/rows", content=TWO, headers=headers)

    problem(digits, 422, "invalid-input")
    problem(unknown, 404, "not-found")


async def test_a_disk_that_takes_nothing_is_no_fault_of_the_sender(
    texts: Api, problem: Problem, tmp_path: Path
) -> None:
    folder = texts.app.service.settings.data_folder / "notes"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way", encoding="utf-8")

    answer = await texts.client.post(PATH, content=TWO, headers=texts.key("ingest") | LINES)

    assert "nothing of them was kept" in str(problem(answer, 503, "unavailable")["hint"])


async def test_records_are_taken_for_a_table(tmp_path: Path, problem: Problem) -> None:
    settings = Settings(home=tmp_path / "home", database_url=sqlite_url(tmp_path))
    db = make_shared_tables(settings.database_url)
    loaded = load_challenge(flower_challenge(tmp_path / "flowers", count=60))
    options = ApiOptions(anonymous_burst=10_000)
    app = create_api(settings, options=options, challenges={"flowers": loaded.challenge})
    path = "/api/v1/challenges/flowers/rows"
    async with app.service.running(), client_of(app) as client:
        api = Api(app=app, client=client, db=db)
        key = api.key("ingest")
        rows = [{"id": f"r{n}", "record": FIRST | {"stem_width": 50 + n}, "label": "rose"} for n in range(30)]
        answer = await client.post(path, json=[*rows, {"record": {"petals": 3}}], headers=key)
        assert answer.json()["rows"] == 31
        for row, where in (
            ({"record": {"color": "blue"}}, "row 1, record.color"),
            ({"record": {"colour": "red"}}, "row 1, record"),
            ({"record": {}}, "row 1, record"),
            ({"text": "a rose"}, "row 1, text"),
            ({"record": FIRST, "label": "oak"}, "row 1, label"),
        ):
            found = problem(await client.post(path, json=[row], headers=key), 422, "invalid-input")
            assert found["where"] == where
    db.close()
    version = collect(loaded, settings)
    assert version.document.lineage["inbox"] == "30 added, 1 left out"
    assert {"inbox-r0", "inbox-r29"} <= set(version.objects().ids)
    sides = version.objects().splits
    assert {Split.HOLDOUT, Split.GAME} & {
        side for side, name in zip(sides, version.objects().ids, strict=True) if name.startswith("inbox-")
    }
