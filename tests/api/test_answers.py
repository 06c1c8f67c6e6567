"""Predictions can be read again and corrected at once, also before they are written."""

from collections.abc import Callable

import httpx
import pytest

from apis import PREDICT, STROKE, Api
from outclass.feedback.ballots import ballots_on

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]


async def predict(api: Api) -> str:
    return str((await api.client.post(PREDICT, json=STROKE)).json()["id"])


async def test_read_again_while_it_waits_and_after(api: Api) -> None:
    made = (await api.client.post(PREDICT, json=STROKE)).json()
    path = f"/api/v1/predictions/{made['id']}"
    waiting = (await api.client.get(path)).json()
    assert api.app.service.log.waiting == 1
    assert waiting["probabilities"] == made["probabilities"]
    assert {key: made[key] for key in waiting if key != "created"} == {
        key: value for key, value in waiting.items() if key != "created"
    }
    api.app.service.log.close()
    assert (await api.client.get(path)).json() == waiting


async def test_feedback_while_it_waits(api: Api) -> None:
    prediction = await predict(api)
    path = f"/api/v1/predictions/{prediction}/feedback"
    first = (await api.client.post(path, json={"label": "3"})).json()
    assert (first["label"], first["agrees"], first["challenge"]) == ("3", False, "digits")
    second = (await api.client.post(path, json={"label": "7"})).json()
    assert (second["id"], second["agrees"]) == (first["id"], True)
    ballots = ballots_on(api.db, prediction)
    assert [(ballot.label, ballot.user_id) for ballot in ballots] == [("7", None)]
    assert ballots[0].address_hash is not None
    assert "192.0.2.7" not in str(ballots)


async def test_feedback_on_a_prediction_that_was_lost(api: Api) -> None:
    lost = api.app.service.ids.new("digits")
    answer = (await api.client.post(f"/api/v1/predictions/{lost}/feedback", json={"label": "3"})).json()
    assert answer["agrees"] is None


async def test_the_owner_of_two_keys_has_one_voice(api: Api) -> None:
    prediction = await predict(api)
    path = f"/api/v1/predictions/{prediction}/feedback"
    for label, headers in (("1", api.key(owner=5)), ("2", api.key(owner=5)), ("3", api.key(owner=6))):
        assert (await api.client.post(path, json={"label": label}, headers=headers)).status_code == 200
    assert [(ballot.label, ballot.user_id) for ballot in ballots_on(api.db, prediction)] == [
        ("2", 5),
        ("3", 6),
    ]


async def test_idempotency(api: Api, problem: Problem) -> None:
    path = f"/api/v1/predictions/{await predict(api)}/feedback"
    headers = {"Idempotency-Key": "abc"}
    first = await api.client.post(path, json={"label": "3"}, headers=headers)
    await api.client.post(path, json={"label": "4"})
    again = await api.client.post(path, json={"label": "3"}, headers=headers)
    assert again.json() == first.json()
    assert [ballot.label for ballot in ballots_on(api.db, first.json()["prediction"])] == ["4"]
    problem(await api.client.post(path, json={"label": "5"}, headers=headers), 422, "invalid-input")
    other = f"/api/v1/predictions/{await predict(api)}/feedback"
    assert (await api.client.post(other, json={"label": "5"}, headers=headers)).status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "\xe9"])
async def test_odd_idempotency_keys(api: Api, problem: Problem, key: str) -> None:
    path = f"/api/v1/predictions/{await predict(api)}/feedback"
    headers = {"Idempotency-Key": key.encode("latin-1")}
    problem(await api.client.post(path, json={"label": "3"}, headers=headers), 400, "bad-input")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 400, "bad-input"),
        (b"{", 400, "bad-input"),
        (b'{"label": "\xff"}', 400, "bad-input"),
        (b"[]", 422, "invalid-input"),
        (b"{}", 422, "invalid-input"),
        (b'{"label": 3}', 422, "invalid-input"),
        (b'{"label": null}', 422, "invalid-input"),
        (b'{"label": ""}', 422, "invalid-input"),
        (b'{"label": "ten"}', 422, "invalid-input"),
        (b'{"label": "3", "extra": 1}', 422, "invalid-input"),
        (b'{"label": "' + b"3" * 20_000 + b'"}', 413, "too-large"),
        (b"[" * 9000, 422, "invalid-input"),
    ],
)
async def test_bad_feedback(api: Api, problem: Problem, body: bytes, status: int, kind: str) -> None:
    path = f"/api/v1/predictions/{await predict(api)}/feedback"
    problem(await api.client.post(path, content=body), status, kind)


async def test_feedback_in_another_form(api: Api, problem: Problem) -> None:
    path = f"/api/v1/predictions/{await predict(api)}/feedback"
    problem(await api.client.post(path, data={"label": "3"}), 415, "unsupported-media")


@pytest.mark.parametrize("prediction", ["x", "p" + "a" * 26, "p" * 300, "%00", "..%2f..", "%F0%9F%98%80"])
async def test_made_up_predictions(steady: Api, problem: Problem, prediction: str) -> None:
    problem(await steady.client.get(f"/api/v1/predictions/{prediction}"), 404, "not-found")
    feedback = await steady.client.post(f"/api/v1/predictions/{prediction}/feedback", json={"label": "3"})
    problem(feedback, 404, "not-found")


async def test_a_prediction_that_was_not_kept(api: Api, problem: Problem) -> None:
    lost = api.app.service.ids.new("digits")
    problem(await api.client.get(f"/api/v1/predictions/{lost}"), 404, "not-found")
