"""The docs page: the OpenAPI document as one page of HTML, without scripts and without other hosts."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from litestar import Router, get

import outclass.charts
from outclass.api.asgi import HTML, Header, Reply
from outclass.api.openapi import explain, make_document
from outclass.api.problems import PROBLEM_KINDS, TYPES_PATH
from outclass.api.records import declared_columns
from outclass.api.routing import InPath, TheService
from outclass.api.service import Service
from outclass.base.errors import NotFoundError, OutclassError

Json: TypeAlias = Mapping[str, Any]

STYLES = ("tokens.css", "base.css", "docs.css")
DESIGN = Path(outclass.charts.__file__).parent / "design"
CSS = b"text/css; charset=utf-8"
HOUR: Header = (b"cache-control", b"public, max-age=3600")
PAGE_HEADERS: tuple[Header, ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
)


@get("/openapi.json")
async def openapi_json(service: TheService) -> Reply:
    """Return the OpenAPI document."""
    return Reply(msgspec.json.encode(document_of(service)), headers=((b"cache-control", b"no-cache"),))


@get("/docs")
async def docs_page(service: TheService) -> Reply:
    """Return the document for people."""
    document = document_of(service)
    return page_reply(document["info"]["title"], "".join(body_of(document)))


@get("/docs.css")
async def docs_style() -> Reply:
    """Return the style of the docs pages."""
    text = "\n".join((DESIGN / name).read_text("utf-8") for name in STYLES)
    return Reply(
        text.encode("utf-8"), media_type=CSS, headers=(HOUR, (b"x-content-type-options", b"nosniff"))
    )


@get("/problems")
async def problem_types() -> Reply:
    """Return all kinds of problems."""
    items = "".join(f"<section>{problem_text(error)}</section>" for error in PROBLEM_KINDS.values())
    return page_reply("Problems", f'<main><p><a href="docs">API</a></p><h1>Problems</h1>{items}</main>')


@get("/problems/{kind:str}")
async def problem_type(kind: InPath) -> Reply:
    """Return what one kind of problem means; its `type` leads here."""
    error = PROBLEM_KINDS.get(kind)
    if error is None:
        raise NotFoundError("there is no such problem", got=kind, accepted=", ".join(PROBLEM_KINDS))
    return page_reply(
        error.title,
        f'<main><p><a href="../problems">All problems</a></p>{problem_text(error)}</main>',
        up="../",
    )


def document_of(service: Service) -> Json:
    """Return the OpenAPI document of what is served."""
    limits = {name: challenge.limits.body_bytes for name, challenge in service.challenges.items()}
    tables = {
        name: columns
        for name, challenge in service.challenges.items()
        if (columns := declared_columns(service, challenge))
    }
    return make_document(limits, tuple(service.watchers), tables)


def page_reply(title: str, body: str, *, up: str = "") -> Reply:
    """Return a whole page; `up` leads from it to `/api/`, whatever prefix that has."""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{up}docs.css"></head>'
        f"<body>{body}</body></html>"
    )
    return Reply(page.encode("utf-8"), media_type=HTML, headers=PAGE_HEADERS)


def problem_text(error: type[OutclassError]) -> str:
    """Return what is known of a kind of problem."""
    return (
        f'<h2 id="{error.kind}">{escape(error.title)}</h2><p>{escape(explain(error))}</p>'
        f"<p>Status <code>{error.status}</code>, type <code>{TYPES_PATH}{error.kind}</code></p>"
    )


def body_of(document: Json) -> Iterator[str]:
    """Yield the parts of the docs page."""
    info = document["info"]
    yield f'<main><h1>{escape(info["title"])}</h1><p class="muted">Version {escape(info["version"])}</p>'
    for paragraph in info["description"].strip().split("\n\n"):
        yield f"<p>{marked(paragraph)}</p>"
    yield (
        '<p><a href="openapi.json">OpenAPI document</a> · <a href="problems">All problems</a></p>'
        '<nav aria-label="Operations"><ul>'
    )
    operations = list(operations_of(document))
    for _, path, method, operation in operations:
        yield f'<li><a href="#{operation["operationId"]}"><code>{method} {escape(path)}</code></a></li>'
    yield "</ul></nav>"
    last = None
    for tag, path, method, operation in operations:
        if tag["name"] != last:
            yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>"
            last = tag["name"]
        yield from operation_text(document, path, method, operation)
    yield "<h2>Types</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from schema_text(name, schema)
    yield "</main>"


def operations_of(document: Json) -> Iterator[tuple[Json, str, str, Json]]:
    """Yield tag, path, method and description of every operation, by tag."""
    for tag in document["tags"]:
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if operation["tags"] == [tag["name"]]:
                    yield tag, path, method.upper(), operation


def operation_text(document: Json, path: str, method: str, operation: Json) -> Iterator[str]:
    """Yield the section of one operation."""
    yield (
        f'<section id="{operation["operationId"]}"><h3>{escape(operation["summary"])}</h3>'
        f"<p><code>{method} {escape(path)}</code></p><p>{marked(operation['description'])}</p>"
    )
    scopes = [scope for way in operation["security"] for scope in way.get("key", ())]
    if scopes:
        yield f"<p>Scope of a key: <code>{escape(scopes[0])}</code>; works without a key, too.</p>"
    if operation["parameters"]:
        yield table(
            ("Parameter", "In", "Meaning"),
            [(code(one["name"]), one["in"], escape(one["description"])) for one in operation["parameters"]],
        )
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h4>Body: {escape(media)}</h4>{reference(content['schema'])}"
        for name, example in content.get("examples", {}).items():
            yield f"<details><summary>Example: {escape(name)}</summary>{pretty(example['value'])}</details>"
    rows = []
    for status, answer in operation["responses"].items():
        found = resolve(document, answer)
        kinds = [reference(content["schema"]) for content in found.get("content", {}).values()]
        rows.append((code(status), escape(found["description"]), " ".join(kinds)))
    yield table(("Status", "Meaning", "Body"), rows)
    for content in operation["responses"]["200"].get("content", {}).values():
        if "example" in content:
            yield f"<details><summary>Example answer</summary>{pretty(content['example'])}</details>"
        for name, example in content.get("examples", {}).items():
            title = f"Example answer: {escape(name)}"
            yield f"<details><summary>{title}</summary>{pretty(example['value'])}</details>"
    yield "</section>"


def schema_text(name: str, schema: Json) -> Iterator[str]:
    """Yield the section of one type."""
    yield f'<section id="type-{name}"><h3>{name}</h3><p>{marked(schema.get("description", ""))}</p>'
    required = schema.get("required", ())
    yield table(
        ("Field", "Type", "Meaning"),
        [
            (
                code(field) + ("" if field in required else " <small>optional</small>"),
                reference(declared),
                escape(declared.get("description", "")),
            )
            for field, declared in schema.get("properties", {}).items()
        ],
    )
    yield "</section>"


def reference(schema: Json) -> str:
    """Return a schema in a few words, with links to the types that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#type-{name}">{name}</a>'
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " or ".join(reference(one) for one in schema[several])
    match schema.get("type"):
        case "array":
            return f"list of {reference(schema.get('items', {}))}"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"object of {reference(schema['additionalProperties'])}"
        case list() as kinds:
            return " or ".join(escape(str(kind)) for kind in kinds)
        case str() as kind:
            return escape(str(schema.get("contentMediaType", kind)))
        case _:
            return "any"


def resolve(document: Json, answer: Json) -> Json:
    """Return an answer, following its reference."""
    found = answer
    if "$ref" in answer:
        found = document
        for part in answer["$ref"].removeprefix("#/").split("/"):
            found = found[part]
    return found


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of cells that are HTML already."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    content = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{content}</div>'


def pretty(value: object) -> str:
    """Return JSON to read; long lists of numbers stay on few lines."""
    text = json.dumps(value, indent=None if isinstance(value, list) else 2)
    return f'<pre tabindex="0"><code>{escape(text if len(text) < 4000 else json.dumps(value))}</code></pre>'


def code(text: str) -> str:
    """Return a text as code."""
    return f"<code>{escape(text)}</code>"


def marked(text: str) -> str:
    """Return a text whose `code` and *emphasis* are marked.

    >>> marked("a `b` <c>")
    'a <code>b</code> &lt;c&gt;'
    """
    parts = escape(text).split("`")
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return "".join(parts).replace("*API keys*", "<em>API keys</em>")


def escape(text: str) -> str:
    """Return a text that is safe in HTML."""
    return html.escape(text)


ROUTER = Router("/api", route_handlers=[openapi_json, docs_page, docs_style, problem_types, problem_type])
