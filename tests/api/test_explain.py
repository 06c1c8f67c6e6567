"""What words add, asked of a running API: `?explain=1`."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from apis import Api, client_of
from databases import make_shared_tables, sqlite_url
from outclass.api.app import create_api
from outclass.api.options import ApiOptions
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.inference.linear_text import LinearTextModel
from text_models import sms_challenge, sms_version, vectors

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]
PREDICT = "/api/v1/challenges/sms/predict"
BATCH = "/api/v1/challenges/sms/batch"
TEXT = "You have won a FREE prize \U0001f389, c4$h!"


@pytest.fixture
async def texts(tmp_path: Path) -> AsyncIterator[Api]:
    """Return an API of messages and of digits."""
    settings = Settings(home=tmp_path / "home", database_url=sqlite_url(tmp_path))
    db = make_shared_tables(settings.database_url)
    sms_version(settings.models_folder)
    sms = load_challenge(sms_challenge(tmp_path / "sms")).challenge
    challenges = {"sms": sms, "digits": load_challenge("digits").challenge}
    app = create_api(settings, options=ApiOptions(anonymous_burst=10_000), challenges=challenges)
    async with app.service.running(), client_of(app) as client:
        yield Api(app=app, client=client, db=db)
    db.close()


def model() -> LinearTextModel:
    """Return the model that answers."""
    return LinearTextModel.parse(json.dumps(vectors()["models"]["two-stages"]).encode())  # type: ignore[index]


async def test_an_answer_says_what_each_word_added(texts: Api) -> None:
    answer = (await texts.client.post(PREDICT, json={"text": TEXT}, params={"explain": "1"})).json()

    wanted = model().explain(TEXT).stages
    assert [stage["group"] for stage in answer["explanation"]] == [list(stage.group) for stage in wanted]
    for stage, own in zip(answer["explanation"], wanted, strict=True):
        parts = stage["spans"] + stage["measures"] + stage["rules"]
        assert stage["score"] == pytest.approx(own.score)
        assert stage["base"] + sum(part["value"] for part in parts) == pytest.approx(stage["score"])
        for span in stage["spans"]:
            assert 0 <= span["start"] < span["end"] <= len(TEXT)
    prize = next(span for span in answer["explanation"][0]["spans"] if span["token"] == "prize")
    assert TEXT[prize["start"] : prize["end"]] == "prize"


async def test_without_asking_nothing_is_explained(texts: Api) -> None:
    for query in ({}, {"explain": "0"}):
        assert "explanation" not in (await texts.client.post(PREDICT, json=TEXT, params=query)).json()


async def test_each_text_of_a_batch_is_explained(texts: Api) -> None:
    body = {"objects": [TEXT, {"text": "ok"}, ""]}

    answers = (await texts.client.post(BATCH, json=body, params={"explain": "1"})).json()["predictions"]

    found = [[len(stage["spans"]) for stage in one["explanation"]] for one in answers]
    wanted = [[len(s.spans) for s in model().explain(text).stages] for text in (TEXT, "ok", "")]
    assert found == wanted


@pytest.mark.parametrize("path", ["predict", "batch"])
async def test_drawings_are_not_explained(texts: Api, problem: Problem, path: str) -> None:
    answer = await texts.client.post(f"/api/v1/challenges/digits/{path}?explain=1", json=[0] * 100)

    assert problem(answer, 422, "invalid-input")["where"] == "explain"


async def test_the_document_describes_the_explanation(texts: Api) -> None:
    document = (await texts.client.get("/api/openapi.json")).json()

    stage = document["components"]["schemas"]["StageExplanation"]
    assert set(stage["properties"]) == {"name", "group", "score", "base", "spans", "measures", "rules"}
