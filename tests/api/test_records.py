"""Records of columns, asked of a running API."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apis import Api, client_of
from databases import make_shared_tables, sqlite_url
from outclass.api.app import create_api
from outclass.api.docs import document_of
from outclass.api.options import ApiOptions
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from small_tables import CLASSES, COLUMNS, FIRST, flower_challenge, flowers_version

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]
PREDICT = "/api/v1/challenges/flowers/predict"
BATCH = "/api/v1/challenges/flowers/batch"
INFER = "/v2/models/flowers/infer"
NAMES = [column.name for column in COLUMNS]
TWO_ROWS = "height,petals,color,thorns,stem_width\n62.5,30,red,y,7.5\n,6,yellow,n,9\n"


@pytest.fixture(scope="module")
async def flowers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return an API of flowers, for all tests here."""
    folder: Path = tmp_path_factory.mktemp("flowers")
    found = Settings(home=folder / "home", database_url=sqlite_url(folder))
    db = make_shared_tables(found.database_url)
    flowers_version(found.models_folder)
    challenge = load_challenge(flower_challenge(folder / "flowers", count=3)).challenge
    options = ApiOptions(anonymous_per_second=10**6, anonymous_burst=10**6, anonymous_per_day=10**6)
    app = create_api(found, options=options, challenges={"flowers": challenge})
    async with app.service.running(), client_of(app) as client:
        yield Api(app=app, client=client, db=db)
    db.close()


async def test_a_record_is_answered_in_every_form(flowers: Api) -> None:
    post = flowers.client.post
    line = f"{','.join(FIRST)}\n{','.join(map(str, FIRST.values()))}\n"
    form = {"content-type": "application/x-www-form-urlencoded"}
    answers = [
        await post(PREDICT, json=FIRST),
        await post(PREDICT, json={"record": FIRST}),
        await post(PREDICT, content=json.dumps(FIRST)),
        await post(PREDICT, data={name: str(value) for name, value in FIRST.items()}),
        await post(PREDICT, content=line, headers={"content-type": "text/csv"}),
        await post(PREDICT, content=json.dumps(FIRST), headers=form),
    ]
    assert [answer.status_code for answer in answers] == [200] * 6, answers
    assert {answer.json()["answer"] for answer in answers} == {"rose"}
    assert len({json.dumps(answer.json()["probabilities"]) for answer in answers}) == 1
    assert sum(answers[0].json()["probabilities"].values()) == pytest.approx(1.0)


async def test_missing_values_are_answered_and_nothing_at_all_is_not(flowers: Api) -> None:
    part = (await flowers.client.post(PREDICT, json={"petals": 30, "thorns": None})).json()
    assert part["answer"] == "rose"
    for nothing in ({}, {"record": {}}, dict.fromkeys(FIRST)):
        found = (await flowers.client.post(PREDICT, json=nothing)).json()
        assert (found["answer"], found["abstained"], found["reason"]) == (None, True, "empty")
        assert found["probabilities"] == pytest.approx(dict.fromkeys(CLASSES, 1 / 3))


async def test_unlisted_values_count_as_missing_only_where_the_column_says_so(flowers: Api) -> None:
    found = (await flowers.client.post(PREDICT, json={"petals": 30, "thorns": "maybe"})).json()
    assert (
        found["probabilities"]
        == (await flowers.client.post(PREDICT, json={"petals": 30})).json()["probabilities"]
    )


async def test_what_is_less_or_more_than_usual_is_answered_and_named(flowers: Api) -> None:
    found = (await flowers.client.post(PREDICT, json=FIRST | {"height": 500, "petals": 2})).json()
    assert found["unusual"] == ["height", "petals"]
    assert "unusual" not in (await flowers.client.post(PREDICT, json=FIRST)).json()


BAD = [
    ({"color": "blue"}, "color", "red (Red), yellow (Yellow), white (White)"),
    ({"colour": "red"}, "record", "color"),
    ({"height": "tall"}, "height", "a number"),
    ({"height": "62.5"}, "height", "a number"),
    ({"height": True}, "height", "a number"),
    ({"height": 1e16}, "height", "1e+15"),
    ({"height": [1]}, "height", "a number"),
    ({"color": 7}, "color", "red (Red)"),
    ({"color": {"name": "red"}}, "color", "red"),
    ({"record": {"petals": "many"}}, "petals", "a number"),
    ([FIRST], None, "{column: value"),
    ("red", None, "{column: value"),
    (None, None, "{column: value"),
    (10**400, None, "{column: value"),
]


@pytest.mark.parametrize(("body", "where", "accepted"), BAD)
async def test_what_is_wrong_is_told_by_column(
    flowers: Api, problem: Problem, body: object, where: str | None, accepted: str
) -> None:
    found = problem(await flowers.client.post(PREDICT, content=json.dumps(body)), 422, "invalid-input")
    assert found.get("where") == where
    assert accepted in str(found)


async def test_bodies_of_other_kinds_are_refused(flowers: Api, problem: Problem) -> None:
    post = flowers.client.post
    problem(await post(PREDICT, content=b"{", headers={"content-type": "application/json"}), 400, "bad-input")
    problem(await post(PREDICT, content=b"\xff", headers={"content-type": "text/csv"}), 400, "bad-input")
    problem(
        await post(PREDICT, content=b"a", headers={"content-type": "image/png"}), 415, "unsupported-media"
    )
    form = {"content-type": "application/x-www-form-urlencoded"}
    problem(await post(PREDICT, content=b"petals=1&petals=2", headers=form), 422, "invalid-input")
    problem(await post(PREDICT, content=b"petals", headers=form), 400, "bad-input")
    table = {"content-type": "text/csv"}
    problem(await post(PREDICT, content=TWO_ROWS.encode(), headers=table), 422, "invalid-input")
    problem(await post(PREDICT, content=b"petals\n1,2", headers=table), 422, "invalid-input")
    problem(await post(PREDICT, content=b'petals\n"1', headers=table), 400, "bad-input")
    problem(await post(PREDICT, content=b"petal\n1", headers=table), 422, "invalid-input")
    problem(await post(PREDICT, content=b"petals,petals\n1,2", headers=table), 422, "invalid-input")


async def test_batches_come_as_json_and_as_csv(flowers: Api, problem: Problem) -> None:
    records = [FIRST, {"petals": 6, "color": "yellow", "thorns": "n", "stem_width": 9}]
    alone = [(await flowers.client.post(PREDICT, json=one)).json()["probabilities"] for one in records]
    more = "number," + TWO_ROWS.replace("\n62", "\na,62").replace("\n,6", "\nb,,6")
    for body, kind in (
        (json.dumps({"objects": [records[0], {"record": records[1]}]}), "application/json"),
        (TWO_ROWS, "text/csv"),
        (TWO_ROWS.replace(",", ";"), "text/csv; charset=utf-8"),
        (TWO_ROWS.replace(",", "\t"), "text/tab-separated-values"),
        (more, "text/csv"),
    ):
        answer = await flowers.client.post(BATCH, content=body, headers={"content-type": kind})
        assert answer.status_code == 200, answer.text
        assert [one["probabilities"] for one in answer.json()["predictions"]] == alone
    bad = {"objects": [FIRST, {"height": "tall"}]}
    found = problem(await flowers.client.post(BATCH, json=bad), 422, "invalid-input")
    assert found["where"] == "objects[1].height"
    problem(await flowers.client.post(BATCH, json={"objects": []}), 422, "invalid-input")
    problem(await flowers.client.post(BATCH, json={"objects": [{}] * 257}), 413, "too-large")
    long = "petals\n" + "1\n" * 300
    answer = await flowers.client.post(BATCH, content=long, headers={"content-type": "text/csv"})
    problem(answer, 413, "too-large")


async def test_an_answer_says_what_each_column_did(flowers: Api, problem: Problem) -> None:
    found = (await flowers.client.post(PREDICT, json=FIRST, params={"explain": "1"})).json()
    effects = {one["name"]: one for one in found["columns"]}
    assert set(effects) == set(NAMES)
    assert effects["petals"]["value"] == 30
    assert effects["petals"]["effect"] > 0
    assert effects["height"]["effect"] == 0.0
    many = await flowers.client.post(BATCH, json={"objects": [FIRST]}, params={"explain": "1"})
    assert many.json()["predictions"][0]["columns"] == found["columns"]
    more = await flowers.client.post(BATCH, json={"objects": [FIRST] * 33}, params={"explain": "1"})
    problem(more, 413, "too-large")


async def test_a_record_is_kept_with_consent_only(flowers: Api) -> None:
    kept = (await flowers.client.post(PREDICT, json=FIRST, params={"keep": "1"})).json()["id"]
    other = (await flowers.client.post(PREDICT, json=FIRST)).json()["id"]
    many = await flowers.client.post(BATCH, json={"objects": [FIRST]}, params={"keep": "1"})
    flowers.app.service.journal.flush()
    find = flowers.app.service.log.find
    for named in (kept, many.json()["predictions"][0]["id"]):
        found = find(named)
        assert found is not None
        assert json.loads(found.input or b"") == FIRST
    forgotten = find(other)
    assert forgotten is not None
    assert forgotten.input is None


async def test_tensors_of_records_have_nulls_for_what_is_missing(flowers: Api, problem: Problem) -> None:
    def body(data: list[object], datatype: str = "FP32") -> dict[str, object]:
        tensor = {"name": "inputs", "shape": [1, 5], "datatype": datatype, "data": data}
        return {"inputs": [tensor]}

    found = (await flowers.client.post(INFER, json=body([None, 30, 0, 0, 7.5]))).json()
    (wanted,) = [one["data"] for one in found["outputs"] if one["name"] == "probabilities"]
    alone = (await flowers.client.post(PREDICT, json=FIRST | {"height": None})).json()
    assert wanted == pytest.approx(list(alone["probabilities"].values()))
    for data in (
        [1, 1, 3, 0, 1],
        [1, 1, 0.5, 0, 1],
        [1e16, 1, 0, 0, 1],
        [10**400, 1, 0, 0, 1],
        ["a", 1, 0, 0, 1],
    ):
        problem(await flowers.client.post(INFER, content=json.dumps(body(data))), 422, "invalid-input")
    problem(await flowers.client.post(INFER, json=body([1, 1, 0, 0, 1], "UINT8")), 422, "invalid-input")
    metadata = (await flowers.client.get("/v2/models/flowers")).json()
    assert metadata["inputs"] == [{"name": "inputs", "datatype": "FP32", "shape": [-1, 5]}]


async def test_the_document_has_a_schema_made_of_the_columns(flowers: Api) -> None:
    document = document_of(flowers.app.service)
    schema = document["components"]["schemas"]["RecordOfFlowers"]
    assert list(schema["properties"]) == NAMES
    assert schema["properties"]["color"]["enum"] == ["red", "yellow", "white", None]
    assert schema["properties"]["height"]["description"] == "Height; in cm; usually 5 to 120"
    assert "enum" not in schema["properties"]["thorns"]
    jsonschema.Draft202012Validator(schema).validate(FIRST)
    forms = document["paths"]["/api/v1/challenges/{challenge}/predict"]["post"]["requestBody"]["content"]
    example = forms["application/json"]["examples"]["a record of flowers"]["value"]
    assert (await flowers.client.post(PREDICT, json=example)).status_code == 200
    rows = document["paths"]["/api/v1/challenges/{challenge}/batch"]["post"]["requestBody"]["content"]
    table = rows["text/csv"]["examples"]["records of flowers"]["value"]
    answer = await flowers.client.post(BATCH, content=table, headers={"content-type": "text/csv"})
    assert len(answer.json()["predictions"]) == 2
    told = (await flowers.client.get("/api/v1/challenges/flowers")).json()["columns"]
    assert [column["name"] for column in told] == NAMES
    assert "RecordOfFlowers" in (await flowers.client.get("/api/docs")).text


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["red", "y", "n"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "record", "x"]), inner, max_size=5)
    ),
    max_leaves=12,
)
KINDS = (
    "",
    "application/json",
    "text/csv",
    "text/tab-separated-values",
    "application/x-www-form-urlencoded",
    "text/plain",
)
LINES = st.lists(
    st.lists(
        st.sampled_from(["", "1", "-2.5e3", "red", "NA", '"', "'", "\t", ";", *NAMES, "é\x00"]), max_size=6
    ),
    max_size=4,
).map(lambda rows: "\n".join(",".join(cells) for cells in rows).encode())
FORMS = st.lists(st.sampled_from([*NAMES, "=", "&", "1", "red", "%zz", "%00", "+"]), max_size=8).map(
    lambda p: "".join(p).encode()
)
BODIES = JSON_VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40) | LINES | FORMS


async def test_no_body_is_a_fault(flowers: Api) -> None:
    """Everything that is sent is answered, or refused with a problem that says why."""
    tried: list[tuple[str, bytes, str]] = []

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        path=st.sampled_from([PREDICT, f"{PREDICT}?explain=1&keep=1", BATCH, INFER]),
        body=BODIES,
        kind=st.sampled_from(KINDS),
    )
    def gather(path: str, body: bytes, kind: str) -> None:
        tried.append((path, body, kind))

    gather()
    for path, body, kind in tried:
        answer = await flowers.client.post(path, content=body, headers={"content-type": kind} if kind else {})
        assert answer.status_code in {200, 400, 413, 415, 422}, (body, kind, answer.text)
        if answer.status_code != 200:
            assert answer.json()["detail"]
