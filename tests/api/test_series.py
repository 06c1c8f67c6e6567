"""Light curves over HTTP, answered by the champion of the stars that comes with the package."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from apis import Api, client_of
from databases import make_shared_tables, sqlite_url
from outclass.api.app import create_api
from outclass.api.examples import BATCH_TABLES, BATCHES, CURVES, TABLES
from outclass.api.options import ApiOptions
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge
from outclass.catalog.loader import load_challenge
from outclass.challenges.stars.simulate import sample
from outclass.inputs.series import Series, SeriesTable

pytestmark = pytest.mark.anyio
PREDICT = "/api/v1/challenges/stars/predict"
BATCH = "/api/v1/challenges/stars/batch"


@pytest.fixture(scope="module")
async def steady(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return a running API of stars."""
    home = tmp_path_factory.mktemp("stars")
    settings = Settings(home=home, database_url=sqlite_url(home))
    db = make_shared_tables(settings.database_url)
    challenges = {name: load_challenge(name).challenge for name in ("stars", "digits")}
    app = create_api(settings, options=ApiOptions(anonymous_burst=10_000), challenges=challenges)
    async with app.service.running(), client_of(app) as client:
        yield Api(app=app, client=client, db=db)
    db.close()


@pytest.fixture(scope="module")
def stars() -> Challenge:
    return load_challenge("stars").challenge


@pytest.fixture(scope="module")
def curves() -> list[Series]:
    inputs = sample().inputs
    assert isinstance(inputs, SeriesTable)
    return [inputs[place] for place in range(0, 60, 5)]


def as_request(series: Series) -> dict[str, object]:
    names = ("mjd", "passband", "flux", "flux_err", "detected")
    photoz, error = series.fact("hostgal_photoz"), series.fact("hostgal_photoz_err")
    facts = {"hostgal_photoz": photoz, "hostgal_photoz_err": None if np.isnan(error) else error}
    return {"object": facts, **{name: getattr(series, name).tolist() for name in names}}


async def test_both_advisers_answer_for_a_light_curve(
    steady: Api, stars: Challenge, curves: list[Series]
) -> None:
    for series in curves:
        response = await steady.client.post(PREDICT, json=as_request(series))
        assert response.status_code == 200, response.text
        answer = response.json()
        assert [adviser["name"] for adviser in answer["advisers"]] == list(stars.advisers)
        for said in (answer, *answer["advisers"]):
            probabilities = said["probabilities"]
            assert tuple(probabilities) == stars.class_names
            assert abs(sum(probabilities.values()) - 1) < 1e-6
            home = "yes" if series.fact("hostgal_photoz") == 0 else "no"
            other = [label.name for label in stars.classes if label.facts.get("galactic", home) != home]
            assert other
            assert all(probabilities[name] == 0 for name in other)


async def test_order_and_form_of_the_observations_do_not_matter(steady: Api, curves: list[Series]) -> None:
    columns = as_request(curves[0])
    names = ("mjd", "passband", "flux", "flux_err", "detected")
    rows = [
        dict(zip(names, values, strict=True))
        for values in zip(*(columns[name] for name in names), strict=True)  # type: ignore[call-overload]
    ]
    facts = columns["object"]
    assert isinstance(facts, dict)
    lines = [",".join(map(str, (*row.values(), facts["hostgal_photoz"]))) for row in rows]
    table = "\n".join([",".join((*names, "hostgal_photoz")), *lines])
    alone = {"hostgal_photoz": facts["hostgal_photoz"]}
    answers = [
        (await steady.client.post(PREDICT, json={**columns, "object": alone})).json(),
        (await steady.client.post(PREDICT, json={"object": alone, "observations": rows[::-1]})).json(),
        (await steady.client.post(PREDICT, content=table, headers={"content-type": "text/csv"})).json(),
    ]
    found = np.array([list(answer["probabilities"].values()) for answer in answers])
    assert np.abs(found - found[0]).max() < 1e-9


async def test_a_batch_answers_as_each_alone(steady: Api, curves: list[Series]) -> None:
    requests = [{"id": f"star {place}", **as_request(series)} for place, series in enumerate(curves)]
    response = await steady.client.post(BATCH, json={"objects": requests})
    assert response.status_code == 200, response.text
    answers = response.json()["predictions"]
    assert [answer["object"] for answer in answers] == [request["id"] for request in requests]
    assert len({answer["id"] for answer in answers}) == len(answers)
    for request, answer in zip(requests, answers, strict=True):
        alone = (await steady.client.post(PREDICT, json=request)).json()
        assert alone["probabilities"] == pytest.approx(answer["probabilities"], abs=1e-6)
    again = await steady.client.get(f"/api/v1/predictions/{answers[3]['id']}")
    assert again.json()["probabilities"] == pytest.approx(answers[3]["probabilities"])


async def test_examples_of_the_documentation_are_answered(steady: Api) -> None:
    for body in CURVES.values():
        assert (await steady.client.post(PREDICT, json=body)).status_code == 200
    csv = {"content-type": "text/csv"}
    for table in TABLES.values():
        assert (await steady.client.post(PREDICT, content=str(table), headers=csv)).status_code == 200
    for table in BATCH_TABLES.values():
        response = await steady.client.post(BATCH, content=str(table), headers=csv)
        assert [one["object"] for one in response.json()["predictions"]] == ["first", "second"]
    assert (await steady.client.post(BATCH, json=BATCHES["light curves"])).status_code == 200
    digits = await steady.client.post("/api/v1/challenges/digits/batch", json=BATCHES["drawings"])
    assert len(digits.json()["predictions"]) == 2


async def test_without_observations_there_is_no_answer(steady: Api) -> None:
    answer = (await steady.client.post(PREDICT, json={"observations": []})).json()
    assert (answer["abstained"], answer["reason"], answer["answer"]) == (True, "empty", None)


@pytest.mark.parametrize(
    ("path", "body", "status", "where"),
    [
        (PREDICT, {"objects": [CURVES["light curve in columns"]] * 2}, 422, None),
        (PREDICT, {"mjd": [1]}, 422, None),
        (BATCH, {"objects": [CURVES["light curve in columns"], {"mjd": [1]}]}, 422, "objects[1]"),
        (BATCH, {"objects": [CURVES["light curve in columns"]] * 257}, 413, "objects"),
        ("/api/v1/challenges/digits/batch", {"objects": [[0.5, 2.0]]}, 422, "objects[0]"),
        ("/api/v1/challenges/digits/batch", {"objects": []}, 422, "objects"),
    ],
)
async def test_broken_bodies_are_problems(
    steady: Api, path: str, body: dict[str, object], status: int, where: str | None
) -> None:
    response = await steady.client.post(path, json=body)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json().get("where") == where


async def test_with_consent_the_light_curve_is_stored(steady: Api) -> None:
    body = CURVES["light curve in columns"]
    kept = (await steady.client.post(f"{PREDICT}?keep=1", json=body)).json()
    plain = (await steady.client.post(PREDICT, json=body)).json()
    steady.app.service.journal.flush()
    stored, forgotten = (steady.app.service.log.find(answer["id"]) for answer in (kept, plain))
    assert stored is not None
    assert stored.input is not None
    assert forgotten is not None
    assert forgotten.input is None
    again = await steady.client.post(PREDICT, content=stored.input)
    assert again.json()["probabilities"] == kept["probabilities"]
