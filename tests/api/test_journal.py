"""What is noted of requests is noted soon, and at once where it is asked for."""

import asyncio
import time

import pytest

from apis import PREDICT, STROKE, Api
from outclass.api import journal

pytestmark = pytest.mark.anyio


async def predict(api: Api) -> str:
    return str((await api.client.post(PREDICT, json=STROKE)).json()["id"])


async def test_many_requests_are_noted_together(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST", 3)
    monkeypatch.setattr(journal, "SECONDS", 1000.0)
    waiting = []
    for _ in range(4):
        await predict(api)
        waiting.append(api.app.service.log.waiting)
    assert waiting == [0, 0, 3, 3]


async def test_a_single_request_is_noted_soon(api: Api) -> None:
    await predict(api)
    deadline = time.monotonic() + 20
    while not api.app.service.log.waiting:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_times_are_those_of_the_requests(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SECONDS", 1000.0)
    before = time.time()
    made = await predict(api)
    after = time.time()
    await predict(api)
    api.app.service.journal.flush()
    entry = api.app.service.log.find(made)
    assert entry is not None
    assert before - 0.01 <= entry.created_at <= after + 0.01


async def test_a_request_that_fails_while_it_is_answered_is_noted(api: Api) -> None:
    async def send(_: object) -> None:
        raise ConnectionResetError

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"[0, 0, 0, 0]"}

    scope = {"type": "http", "method": "POST", "path": PREDICT, "query_string": b"", "headers": []}
    with pytest.raises(ConnectionResetError):
        await api.app(scope, receive, send)
    text = (await api.client.get("/metrics")).text
    assert 'method="POST",route="/api/v1/challenges/{challenge}/predict",status="200"} 1.0' in text
