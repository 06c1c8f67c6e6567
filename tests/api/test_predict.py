"""Predictions: every kind of body, what is answered, what is kept."""

import io
import math
from collections.abc import Callable

import httpx
import numpy as np
import pytest
from PIL import Image

from apis import PREDICT, STROKE, Api
from models import tiny_digits_version
from outclass.api.examples import DRAWINGS
from outclass.api.predict import is_quick
from outclass.base.settings import Settings

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]


def png(width: int, height: int) -> bytes:
    image = Image.new("L", (width, height), 255)
    image.paste(0, (width // 3, height // 3, width // 2, height // 2))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


async def test_the_whole_answer(api: Api) -> None:
    response = await api.client.post(PREDICT, json=STROKE)
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {
        "id", "challenge", "model", "answer", "probabilities", "confidence", "prediction_set", "abstained",
        "reason", "milliseconds",
    }  # fmt: skip
    assert answer["challenge"] == "digits"
    assert answer["model"].startswith("digits@")
    assert answer["answer"] == "7"
    assert list(answer["probabilities"]) == list("0123456789")
    assert math.isclose(sum(answer["probabilities"].values()), 1.0, rel_tol=1e-9)
    assert answer["confidence"] == max(answer["probabilities"].values())
    assert answer["prediction_set"][0] == "7"
    assert (answer["abstained"], answer["reason"]) == (False, None)
    assert answer["milliseconds"] > 0
    assert response.headers["x-request-id"]


@pytest.mark.parametrize("name", list(DRAWINGS))
async def test_the_documented_examples_work(steady: Api, name: str) -> None:
    response = await steady.client.post(PREDICT, json=DRAWINGS[name])
    assert response.status_code == 200, response.text


async def test_one_drawing_in_every_form_is_seen_alike(api: Api) -> None:
    ink = (np.array(STROKE).reshape(28, 28) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(ink).save(buffer, "PNG")
    bodies = [
        {"json": STROKE},
        {"json": {"drawing": STROKE}},
        {"json": {"width": 28, "height": 28, "pixels": ink.reshape(-1).tolist()}},
        {"content": ink.tobytes(), "headers": {"Content-Type": "application/octet-stream"}},
        {"content": buffer.getvalue(), "headers": {"Content-Type": "image/png"}},
        {"content": buffer.getvalue()},
    ]
    seen = []
    for body in bodies:
        response = await api.client.post(PREDICT, params={"picture": "1"}, **body)
        assert response.status_code == 200, response.text
        seen.append(response.json()["seen"])
    assert len(seen[0]) == 784
    assert max(seen[0]) > 200
    assert all(one == seen[0] for one in seen)


async def test_a_large_picture_is_read_in_a_thread(api: Api) -> None:
    body = png(1200, 900)
    assert not is_quick(body)
    response = await api.client.post(PREDICT, content=body, headers={"Content-Type": "image/png"})
    assert response.status_code == 200


async def test_nothing_drawn(api: Api) -> None:
    answer = (await api.client.post(PREDICT, json=[0] * 100)).json()
    assert (answer["answer"], answer["abstained"], answer["reason"]) == (None, True, "empty")


async def test_what_is_kept(api: Api) -> None:
    headers = api.key("predict")
    first = (await api.client.post(PREDICT, json=STROKE, headers=headers)).json()
    kept = (await api.client.post(PREDICT, json=STROKE, params={"keep": "1", "picture": "1"})).json()
    api.app.service.journal.flush()
    api.app.service.log.close()
    rows = {row["id"]: row for row in api.db.fetch_all("SELECT * FROM prediction")}
    row = rows[first["id"]]
    assert (row["challenge"], row["model"], row["answer"], row["source"]) == (
        "digits",
        first["model"],
        "7",
        "api",
    )
    assert row["key_id"] == headers["Authorization"][10:22]
    assert row["input"] is None
    assert len(str(row["input_sha256"])) == 64
    assert rows[kept["id"]]["key_id"] is None
    assert list(rows[kept["id"]]["input"]) == kept["seen"]  # type: ignore[arg-type]
    assert rows[kept["id"]]["input_sha256"] == row["input_sha256"]


@pytest.mark.parametrize("query", ["picture=2", "picture=", "keep=yes", "other=1", "picture=%ff", "%00=1"])
async def test_odd_parameters_are_refused(steady: Api, problem: Problem, query: str) -> None:
    problem(await steady.client.post(f"{PREDICT}?{query}", json=STROKE), 422, "invalid-input")


async def test_an_unknown_challenge_names_the_known(api: Api, problem: Problem) -> None:
    response = await api.client.post("/api/v1/challenges/stars/predict", json=STROKE)
    assert problem(response, 404, "not-found")["accepted"] == "digits"


async def test_the_router_gives_the_same_answer(api: Api) -> None:
    direct = (await api.client.post(PREDICT, json=STROKE)).json()
    routed = (await api.client.post(PREDICT.replace("digits", "%64igits") + "/", json=STROKE)).json()
    for answer in (direct, routed):
        del answer["id"], answer["milliseconds"]
    assert routed == direct


async def test_a_new_champion_takes_over(api: Api, settings: Settings) -> None:
    tiny_digits_version(settings.models_folder, favorite=3)
    api.app.service.watchers["digits"].check()
    assert (await api.client.post(PREDICT, json=STROKE)).json()["answer"] == "3"


async def test_without_a_model(api: Api, problem: Problem) -> None:
    api.app.service.watchers["digits"]._predictor = None
    response = await api.client.post(PREDICT, json=STROKE)
    problem(response, 503, "unavailable")
    assert response.headers["retry-after"] == "2"


async def test_without_tables_predictions_are_answered(bare: httpx.AsyncClient, problem: Problem) -> None:
    answer = await bare.post(PREDICT, json=STROKE)
    assert answer.status_code == 200
    found = await bare.get(f"/api/v1/predictions/{answer.json()['id']}")
    assert found.json()["answer"] == "7"
    with_key = await bare.post(
        PREDICT, json=STROKE, headers={"Authorization": f"Bearer oc_{'a' * 12}_{'b' * 32}"}
    )
    problem(with_key, 503, "unavailable")
    feedback = await bare.post(f"/api/v1/predictions/{answer.json()['id']}/feedback", json={"label": "7"})
    problem(feedback, 503, "unavailable")
    ready = (await bare.get("/readyz")).json()
    assert (ready["ready"], ready["log"]["state"]) == (True, "absent")
