"""The Open Inference Protocol: metadata, health, and tensors that are held to the signature."""

from collections.abc import Callable

import httpx
import numpy as np
import pytest

from apis import PREDICT, STROKE, Api

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]

INFER = "/v2/models/digits/infer"


def tensor(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {"name": "image", "shape": [1, 28, 28], "datatype": "FP32", "data": STROKE}
    return {"inputs": [values | changes]}


async def test_metadata_and_health(api: Api) -> None:
    get = api.client.get
    assert (await get("/v2")).json()["name"] == "outclass"
    assert (await get("/v2/health/live")).json() == {"live": True}
    assert (await get("/v2/health/ready")).json() == {"ready": True}
    metadata = (await get("/v2/models/digits")).json()
    version = metadata["versions"][0]
    assert metadata["inputs"] == [{"name": "image", "datatype": "FP32", "shape": [-1, 28, 28]}]
    assert [output["name"] for output in metadata["outputs"]] == ["logits", "probabilities", "outlier"]
    assert (await get(f"/v2/models/digits/versions/{version}")).json() == metadata
    assert (await get(f"/v2/models/digits/versions/{version}/ready")).json() == {
        "name": "digits",
        "ready": True,
    }


async def test_the_same_probabilities_as_predict(api: Api) -> None:
    answer = (await api.client.post(PREDICT, json=STROKE, params={"picture": "1"})).json()
    bytes_tensor = tensor(datatype="UINT8", data=answer["seen"])
    found = (await api.client.post(INFER, json=bytes_tensor)).json()
    assert (found["model_name"], found["model_version"]) == tuple(answer["model"].split("@"))
    outputs = {output["name"]: output for output in found["outputs"]}
    assert outputs["probabilities"]["shape"] == [1, 10]
    assert outputs["outlier"]["shape"] == [1]
    np.testing.assert_allclose(
        outputs["probabilities"]["data"], list(answer["probabilities"].values()), atol=0.01
    )


async def test_flat_and_nested_data_are_the_same(api: Api) -> None:
    nested = np.array(STROKE * 2).reshape(2, 28, 28).tolist()
    wanted = {"id": "x1", "outputs": [{"name": "logits"}]}
    flat = (await api.client.post(INFER, json=tensor(shape=[2, 28, 28], data=STROKE * 2) | wanted)).json()
    deep = (await api.client.post(INFER, json=tensor(shape=[2, 28, 28], data=nested) | wanted)).json()
    assert deep == flat
    assert flat["id"] == "x1"
    assert [output["name"] for output in flat["outputs"]] == ["logits"]


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"name": "x"}, 422, "inputs[0].name"),
        ({"shape": []}, 422, "inputs[0].shape"),
        ({"shape": [28, 28]}, 422, "inputs[0].shape"),
        ({"shape": [0, 28, 28], "data": []}, 422, "inputs[0].shape"),
        ({"shape": [-1, 28, 28]}, 422, "inputs[0].shape[0]"),
        ({"shape": [1.5, 28, 28]}, 422, "inputs[0].shape[0]"),
        ({"shape": [10**9, 10**9]}, 422, "inputs[0].shape"),
        ({"shape": [10**9, 28, 28]}, 413, "inputs[0].shape"),
        ({"shape": [10**30, 28, 28]}, 413, "inputs[0].shape"),
        ({"shape": [257, 28, 28], "data": []}, 413, "inputs[0].shape"),
        ({"shape": [2, 28, 28]}, 422, "inputs[0].data"),
        ({"datatype": "INT64"}, 422, "inputs[0].datatype"),
        ({"data": [[]]}, 422, "inputs[0].data"),
        ({"data": "x"}, 422, "inputs[0].data"),
        ({"data": None}, 422, "inputs[0].data"),
        ({"data": [True] * 784}, 422, "inputs[0].data"),
        ({"data": [[["a"]] * 784]}, 422, "inputs[0].data"),
        ({"data": [2.0] * 784}, 422, "inputs[0].data"),
        ({"data": [-0.5] * 784}, 422, "inputs[0].data"),
        ({"data": [1e300] * 784}, 422, "inputs[0].data"),
        ({"data": [[10**400]] * 784}, 422, "inputs[0].data"),
        ({"datatype": "UINT8", "data": [256] * 784}, 422, "inputs[0].data"),
        ({"datatype": "UINT8", "data": [0.5] * 784}, 422, "inputs[0].data"),
    ],
)
async def test_bad_tensors(
    steady: Api, problem: Problem, change: dict[str, object], status: int, where: str
) -> None:
    found = problem(
        await steady.client.post(INFER, json=tensor(**change)),
        status,
        "too-large" if status == 413 else "invalid-input",
    )
    assert found["where"] == where
    assert found["error"] == found["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"inputs": []},
        {"inputs": [1]},
        tensor() | {"id": 5},
        tensor() | {"outputs": [{"name": "nothing"}]},
        {"inputs": tensor()["inputs"] * 2},  # type: ignore[operator]
    ],
)
async def test_bad_requests(steady: Api, problem: Problem, body: dict[str, object]) -> None:
    problem(await steady.client.post(INFER, json=body), 422, "invalid-input")


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"inputs": [{"name": "image", "data": [NaN]}]}'])
async def test_no_json(steady: Api, problem: Problem, text: str) -> None:
    problem(await steady.client.post(INFER, content=text.encode()), 400, "bad-input")


async def test_binary_tensors_are_refused(api: Api, problem: Problem) -> None:
    headers = {"Inference-Header-Content-Length": "10"}
    problem(await api.client.post(INFER, content=b"x" * 20, headers=headers), 415, "unsupported-media")


@pytest.mark.parametrize(
    "path", ["/v2/models/stars", "/v2/models/digits/versions/1", "/v2/models/digits/versions/1/ready"]
)
async def test_what_is_not_there(steady: Api, problem: Problem, path: str) -> None:
    problem(await steady.client.get(path), 404, "not-found")


async def test_large_batches_run_in_a_thread(api: Api) -> None:
    api.app.service.watchers["digits"].current().milliseconds = 10.0
    response = await api.client.post(INFER, json=tensor(shape=[3, 28, 28], data=STROKE * 3))
    assert response.json()["outputs"][0]["shape"] == [3, 10]
