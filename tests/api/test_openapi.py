"""The OpenAPI document is complete and true, and the docs page is made of it alone."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import jsonschema
import msgspec
import pytest
from litestar.routes import HTTPRoute

from apis import PREDICT, STROKE, Api
from outclass.api.examples import ANSWERS, BODIES
from outclass.api.problems import PROBLEM_KINDS
from outclass.base.errors import OutclassError

pytestmark = pytest.mark.anyio
UNDOCUMENTED = {
    "/api/openapi.json",
    "/api/docs",
    "/api/docs.css",
    "/api/problems",
    "/api/problems/{kind}",
}
Json = dict[str, Any]


@pytest.fixture
async def document(steady: Api) -> Json:
    response = await steady.client.get("/api/openapi.json")
    assert response.headers["content-type"] == "application/json"
    found: Json = response.json()
    return found


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def validator(document: Json, schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})


async def test_every_route_is_documented_and_the_other_way_round(steady: Api, document: Json) -> None:
    routes: list[HTTPRoute] = steady.app._router.routes  # type: ignore[attr-defined]
    found = {
        (re.sub(r":\w+}", "}", route.path), method.lower())
        for route in routes
        for method in route.methods
        if method != "OPTIONS"
    }
    documented = {(path, method) for path, method, _ in operations(document)}
    assert found - documented == {(path, "get") for path in UNDOCUMENTED}
    assert documented <= found
    assert {template for template, _ in steady.app._hot.values()} <= {path for path, _ in documented}


async def test_every_reference_leads_somewhere(document: Json) -> None:
    for reference in re.findall(r'"\$ref":\s*"#/([^"]+)"', msgspec.json.encode(document).decode()):
        found = document
        for part in reference.split("/"):
            found = found[part]
        assert found


async def test_every_operation_tells_all(document: Json) -> None:
    ids = set()
    for path, method, operation in operations(document):
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"][0] in {tag["name"] for tag in document["tags"]}
        assert set(re.findall(r"{(\w+)}", path)) == {
            one["name"] for one in operation["parameters"] if one["in"] == "path"
        }
        if method == "post":
            assert all(content for content in operation["requestBody"]["content"].values())
            assert operation["requestBody"]["content"]["application/json"]["examples"]
            assert {"400", "401", "403", "404", "413", "415", "422", "429"} <= operation["responses"].keys()
        assert {"200", "default"} <= operation["responses"].keys()
        ids.add(operation["operationId"])
    assert len(ids) == len(list(operations(document)))
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


async def test_examples_fit_their_schemas(document: Json) -> None:
    for _, _, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                validator(document, content["schema"]).validate(example["value"])
        for content in operation["responses"]["200"]["content"].values():
            if "example" in content:
                validator(document, content["schema"]).validate(content["example"])
            for example in content.get("examples", {}).values():
                validator(document, content["schema"]).validate(example["value"])
    assert ANSWERS.keys() <= {operation["operationId"] for _, _, operation in operations(document)}
    assert BODIES.keys() <= document["components"]["schemas"].keys()


async def test_the_example_tensor_works(steady: Api) -> None:
    body = BODIES["InferenceRequest"]["one picture"]
    assert (await steady.client.post("/v2/models/digits/infer", json=body)).status_code == 200


async def test_answers_fit_the_document(steady: Api, document: Json) -> None:
    answer = await steady.client.post(PREDICT, json=STROKE, params={"picture": "1"})
    schema = document["paths"]["/api/v1/challenges/{challenge}/predict"]["post"]["responses"]["200"]
    validator(document, schema["content"]["application/json"]["schema"]).validate(answer.json())
    for path in ("/api/v1/challenges", "/v2", "/livez", "/readyz"):
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        validator(document, schema).validate((await steady.client.get(path)).json())
    problem = document["components"]["schemas"]["Problem"]
    validator(document, problem).validate((await steady.client.get("/nothing")).json())


async def test_every_kind_of_problem_has_a_page(steady: Api) -> None:
    overview = (await steady.client.get("/api/problems")).text
    for kind in PROBLEM_KINDS:
        page = await steady.client.get(f"/api/problems/{kind}")
        assert page.status_code == 200
        assert f"/api/problems/{kind}" in page.text
        assert f'id="{kind}"' in overview
    assert (await steady.client.get("/api/problems/nothing")).status_code == 404


async def test_problem_kinds_are_those_of_the_errors() -> None:
    def below(error: type[OutclassError]) -> Iterator[type[OutclassError]]:
        yield error
        for child in error.__subclasses__():
            yield from below(child)

    callers = {error.kind for error in below(OutclassError) if 400 <= error.status < 500}
    assert callers - PROBLEM_KINDS.keys() == set()


class Page(HTMLParser):
    """Collects what a page loads and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


async def test_the_docs_page_needs_nothing_from_elsewhere(steady: Api, document: Json) -> None:
    response = await steady.client.get("/api/docs")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = Page(response.text)
    assert not {tag for tag, _ in page.tags} & {"script", "style", "iframe", "img", "form"}
    assert not [attributes for _, attributes in page.tags if "style" in attributes]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        target = attributes.get("href") or ""
        if target.startswith("#"):
            assert target[1:] in ids
        elif tag in {"a", "link"}:
            assert ":" not in target  # relative, so that the page works below a prefix
            assert (await steady.client.get(urljoin("/api/docs", target))).status_code == 200
    for _, _, operation in operations(document):
        assert operation["operationId"] in ids
    css = await steady.client.get("/api/docs.css")
    assert css.headers["content-type"].startswith("text/css")
    assert "http" not in css.text
