"""What every path does: methods, problems, cross-origin pages, the log line."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import httpx
import pytest

from apis import PREDICT, STROKE, Api
from outclass.api.options import ApiOptions
from outclass.base import logs

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]

PAGE = "https://page.example"


@pytest.fixture
def options(request: pytest.FixtureRequest) -> ApiOptions:
    return ApiOptions(origins=getattr(request, "param", ()))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return what is logged, and put logging back as it was."""
    root = logging.getLogger()
    handlers, level, target = root.handlers[:], root.level, logs._Target.stream
    stream = io.StringIO()
    logs.configure_logs(stream=stream)
    yield stream
    root.handlers[:], logs._Target.stream = handlers, target
    root.setLevel(level)


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/", "/api/v1/nothing", "/api/v1/challenges/digits/x", "/v3"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD"])
async def test_unknown_paths(steady: Api, method: str, path: str) -> None:
    response = await steady.client.request(method, path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", PREDICT, "OPTIONS, POST"),
        ("HEAD", PREDICT, "OPTIONS, POST"),
        ("DELETE", PREDICT, "GET, HEAD, OPTIONS, POST"),
        ("POST", "/api/v1/challenges", "GET, HEAD, OPTIONS"),
        ("PUT", "/livez", "GET, HEAD, OPTIONS"),
        ("PATCH", "/v2", "GET, HEAD, OPTIONS"),
        ("TRACE", "/v2/models/digits", "GET, HEAD, OPTIONS"),
    ],
)
async def test_wrong_methods(steady: Api, method: str, path: str, allow: str) -> None:
    response = await steady.client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allow)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/api/v1/challenges", "/readyz", "/metrics", "/api/docs", "/api/openapi.json"]
)
async def test_head_is_get_without_a_body(steady: Api, path: str) -> None:
    head, get = await steady.client.head(path), await steady.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert int(head.headers["content-length"]) > 0


async def test_options_names_the_methods(api: Api) -> None:
    response = await api.client.options("/api/v1/challenges")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert "access-control-allow-origin" not in response.headers


PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}


async def test_pages_of_others_may_not_read_by_default(api: Api) -> None:
    preflight = await api.client.options(PREDICT, headers=PREFLIGHT)
    assert "access-control-allow-origin" not in preflight.headers
    answer = await api.client.post(PREDICT, json=STROKE, headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("options", [(PAGE,)], indirect=True)
async def test_pages_that_are_allowed(api: Api) -> None:
    preflight = await api.client.options(PREDICT, headers=PREFLIGHT)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    for body in (STROKE, [0.5]):
        answer = await api.client.post(PREDICT, json=body, headers={"Origin": PAGE})
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "Origin"
    other = await api.client.options(PREDICT, headers=PREFLIGHT | {"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize("options", [("*",)], indirect=True)
async def test_all_pages_are_allowed(api: Api) -> None:
    answer = await api.client.post(PREDICT, json=STROKE, headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_fault_of_ours_tells_nothing_of_the_inside(
    api: Api, problem: Problem, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr("outclass.api.predict.read_drawing", fail)
    monkeypatch.setattr("outclass.api.catalogue.models_of", fail)
    for response in (
        await api.client.post(PREDICT, json=STROKE),
        await api.client.get("/api/v1/challenges/digits/models"),
    ):
        found = problem(response, 500, "internal")
        assert "secret" not in response.text
        assert str(found["request_id"]) in lines.getvalue()
    assert "secret inside" in lines.getvalue()


async def test_one_line_for_each_request(api: Api, lines: io.StringIO) -> None:
    headers = api.key("predict")
    answer = (await api.client.post(PREDICT, json=STROKE, headers=headers)).json()
    await api.client.post(PREDICT, json=[0.5, 1], headers={"Authorization": "Bearer oc_wrong"})
    await api.client.get("/livez")
    await api.client.get("/nothing")
    api.app.service.journal.flush()
    text = lines.getvalue()
    found = [line for line in map(json.loads, text.splitlines()) if line.get("event") == "request"]
    assert [(line["route"], line["status"]) for line in found] == [
        ("/api/v1/challenges/{challenge}/predict", 200),
        ("/api/v1/challenges/{challenge}/predict", 401),
        ("unmatched", 404),
    ]
    first = found[0]
    assert set(first) == {
        "time", "id", "method", "route", "status", "milliseconds", "key", "challenge", "model", "prediction",
        "level", "event",
    }  # fmt: skip
    assert (first["challenge"], first["model"], first["prediction"]) == (
        "digits",
        answer["model"],
        answer["id"],
    )
    assert first["key"] == headers["Authorization"][10:22]
    assert headers["Authorization"][-32:] not in text
    assert "192.0.2.7" not in text


async def test_metrics(api: Api) -> None:
    await api.client.post(PREDICT, json=STROKE)
    await api.client.post(PREDICT, json=[0] * 4)
    await api.client.post(PREDICT, json=[])
    text = (await api.client.get("/metrics")).text
    route = 'route="/api/v1/challenges/{challenge}/predict"'
    assert f'outclass_requests_total{{method="POST",{route},status="200"}} 2.0' in text
    assert f'outclass_requests_total{{method="POST",{route},status="422"}} 1.0' in text
    assert f"outclass_request_seconds_count{{{route}}} 3.0" in text
    assert 'outcome="answered"} 1.0' in text
    assert 'outcome="empty"} 1.0' in text
    assert 'outclass_ready{model="digits"} 1.0' in text


async def test_ready_only_with_champion_and_log(api: Api) -> None:
    service = api.app.service
    good = await api.client.get("/readyz")
    assert (good.status_code, good.json()["log"]["state"]) == (200, "keeping")
    predictor, service.watchers["digits"]._predictor = service.watchers["digits"]._predictor, None
    bad = await api.client.get("/readyz")
    assert (bad.status_code, bad.json()["ready"]) == (503, False)
    assert (await api.client.get("/v2/health/ready")).status_code == 503
    service.watchers["digits"]._predictor = predictor
    assert (await api.client.get("/readyz")).status_code == 200
    api.db.execute("ALTER TABLE prediction RENAME COLUMN source TO other")
    await api.client.post(PREDICT, json=STROKE)
    service.journal.flush()
    service.log._flush()
    assert (await api.client.get("/readyz")).json()["log"]["state"] == "failing"
    assert (await api.client.get("/readyz")).status_code == 503
    assert (await api.client.get("/livez")).status_code == 200


async def test_challenges_and_models(api: Api) -> None:
    listed = (await api.client.get("/api/v1/challenges")).json()["challenges"]
    assert [challenge["name"] for challenge in listed] == ["digits"]
    one = (await api.client.get("/api/v1/challenges/digits")).json()
    assert one == listed[0]
    assert (one["input"], len(one["classes"]), one["limits"]["body_bytes"]) == ("drawing", 10, 10_000_000)
    models = (await api.client.get("/api/v1/challenges/digits/models")).json()["models"]
    current = [model for model in models if model["model"] == one["model"]]
    assert len(current) == 1
    assert current[0]["aliases"] == ["champion"]
    assert current[0]["bytes"] > 1000
