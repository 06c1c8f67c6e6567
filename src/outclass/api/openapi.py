"""The OpenAPI 3.1 document, made from `operations` and the types that the routes really use."""

import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, TypeAlias

import msgspec

from outclass.api.examples import (
    ANSWERS,
    BATCH_TABLES,
    BATCHES,
    BODIES,
    INPUTS,
    MORE_ANSWERS,
    PLAIN_TEXTS,
    ROW_LINES,
    ROWS,
    TABLES,
)
from outclass.api.operations import OPERATIONS, TAGS, Operation, Parameter
from outclass.api.photos import PhotoRequest
from outclass.api.problems import PROBLEM_KINDS, TYPES_PATH, Problem
from outclass.api.record_forms import RecordForms, Tables
from outclass.base.errors import OutclassError
from outclass.catalog.inbox_rows import InboxRow
from outclass.inputs.drawing import DrawingRequest, Picture
from outclass.inputs.observations import SeriesRequest
from outclass.inputs.photo import PHOTO_TYPES
from outclass.inputs.text import TextRequest

Json: TypeAlias = dict[str, Any]

REFERENCE = "#/components/schemas/{name}"
PROBLEM_MEDIA = "application/problem+json"
CURVE: Json = {"$ref": REFERENCE.format(name="Curve")}
PHOTO: Json = {"$ref": REFERENCE.format(name="PhotoRequest")}
RETRY_STATUSES = frozenset({429, 503})
DESCRIPTION = """\
Predictions with honest probabilities, for every challenge of this installation.

Without a key each address has an allowance. With a key (`Authorization: Bearer oc_...`, made on the page
*API keys* of the site or by `outclass user keys`) requests count for the key: it has scopes (`predict`,
`feedback`, `read`, `ingest`) and a quota for each day (UTC). Every error is a problem document (RFC 9457)
whose `type` never changes; its path explains it. Errors 429 and 503 say in `Retry-After` how many seconds to
wait.
"""


def make_document(
    challenges: Mapping[str, int], models: tuple[str, ...], tables: Tables | None = None
) -> Json:
    """Return the document.

    Parameters
    ----------
    challenges
        Largest body in bytes by name of the challenges that are served.
    models
        Names of the models that are served.
    tables
        The columns of the challenges of tables, by name.
    """
    records = RecordForms(tables or {})
    values = {"challenge": tuple(challenges), "model": models}
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = describe(operation, values, records)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Outclass API",
            "version": version("outclass"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas() | records.schemas(),
            "responses": {kind: problem_response(error) for kind, error in PROBLEM_KINDS.items()},
            "headers": HEADERS,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "oc_<id>_<secret>",
                    "description": "An API key. It is shown once, when it is made.",
                }
            },
        },
    }


HEADERS: Mapping[str, Json] = {
    "X-Request-Id": {
        "description": "The id of this request in the server's log",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "How to name a key", "schema": {"type": "string"}},
    "Allow": {"description": "The methods of this path", "schema": {"type": "string"}},
}


def describe(operation: Operation, values: Mapping[str, tuple[str, ...]], records: RecordForms) -> Json:
    """Return the description of one operation."""
    described: Json = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [parameter(one, values) for one in operation.parameters],
        "responses": responses(operation),
        "security": security(operation),
    }
    if operation.body is not None:
        described["requestBody"] = request_body(operation, records)
    return described


def security(operation: Operation) -> list[Json]:
    """Return who may ask: everybody, or whoever has a key with the scope."""
    keys = [{"key": [operation.scope.value]}] if operation.scope else []
    return keys if operation.key_needed else [{}, *keys]


def parameter(declared: Parameter, values: Mapping[str, tuple[str, ...]]) -> Json:
    """Return a parameter with its schema."""
    described: Json = {
        "name": declared.name,
        "in": declared.place,
        "required": declared.required or declared.place == "path",
        "description": declared.description,
        "schema": parameter_schema(declared.schema, values),
    }
    if declared.schema == "prediction":
        described["example"] = ANSWERS["predict"]["id"]
    return described


def parameter_schema(kind: str, values: Mapping[str, tuple[str, ...]]) -> Json:
    """Return what a parameter may be."""
    match kind:
        case "challenge" | "model":
            return {"type": "string", "enum": list(values[kind])} if values[kind] else {"type": "string"}
        case "prediction":
            return {"type": "string", "pattern": "^p[A-Za-z0-9_-]{26}$"}
        case "version":
            return {"type": "string", "pattern": "^[0-9a-f]{12}$"}
        case "order":
            return {"type": "string", "enum": ["skill", "money"], "default": "skill"}
        case "address":
            return {"type": "string", "format": "uri", "minLength": 1, "maxLength": 2048}
        case "switch":
            return {"type": "string", "enum": ["0", "1"], "default": "0"}
        case _:
            return {"type": "string", "pattern": "^[!-~]{1,200}$"}


def request_body(operation: Operation, records: RecordForms) -> Json:
    """Return the bodies that an operation reads."""
    if isinstance(operation.body, type):
        schema = {"$ref": REFERENCE.format(name=operation.body.__name__)}
        content: Json = {
            "application/json": {"schema": schema, "examples": examples(BODIES[operation.body.__name__])}
        }
    else:
        content = BODY_FORMS[operation.body or ""](records)
    return {"required": True, "content": content}


def input_bodies(records: RecordForms) -> Json:
    """Return the bodies of one object."""
    forms = [*drawing_schemas(), *series_schemas(), *text_schemas(), PHOTO, *records.alone()]
    return {
        "application/json": {
            "schema": {"anyOf": forms},
            "examples": examples({**INPUTS, **records.examples()}),
        },
        **records.forms(),
        "application/octet-stream": {
            "schema": {"type": "string", "contentMediaType": "application/octet-stream"}
        },
        **{kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in PHOTO_TYPES},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["photo"],
                "properties": {"photo": {"type": "string", "contentMediaType": "image/jpeg"}},
            }
        },
        "text/csv": {"schema": {"type": "string"}, "examples": examples(TABLES)},
        "text/plain": {"schema": {"type": "string"}, "examples": examples(PLAIN_TEXTS)},
    }


def batch_bodies(records: RecordForms) -> Json:
    """Return the bodies of many objects."""
    schema = {
        "type": "object",
        "required": ["objects"],
        "properties": {
            "objects": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [*drawing_schemas(), CURVE, *text_schemas(), PHOTO, *records.alone()]},
            }
        },
        "additionalProperties": False,
    }
    return {
        "application/json": {"schema": schema, "examples": examples({**BATCHES, **records.batches()})},
        "text/csv": {
            "schema": {"type": "string"},
            "examples": examples({**BATCH_TABLES, **records.tables()}),
        },
    }


def row_bodies(records: RecordForms) -> Json:  # noqa: ARG001 - records are sent in with feedback only
    """Return the forms of rows that are sent in."""
    row = {"$ref": REFERENCE.format(name="InboxRow")}
    lines: Json = {
        "schema": {"type": "string", "description": "a JSON object a line"},
        "examples": examples(ROW_LINES),
    }
    return {
        "application/json": {
            "schema": {"type": "array", "minItems": 1, "items": row},
            "examples": examples(ROWS),
        },
        "application/x-ndjson": lines,
        "application/jsonl": lines,
    }


BODY_FORMS: Mapping[str, Callable[[RecordForms], Json]] = {
    "input": input_bodies,
    "batch": batch_bodies,
    "rows": row_bodies,
}


def drawing_schemas() -> list[Json]:
    """Return the JSON forms of a drawing."""
    return [
        {
            "type": "array",
            "description": "n x n numbers, row by row: 0 is background, 1 is ink",
            "items": {"type": "number", "minimum": 0, "maximum": 1},
            "minItems": 1,
        },
        {"$ref": REFERENCE.format(name="Picture")},
        {"$ref": REFERENCE.format(name="DrawingRequest")},
    ]


def series_schemas() -> list[Json]:
    """Return the JSON forms of a light curve."""
    rows = {
        "type": "array",
        "description": "the observations in rows, of an object of which nothing else is known",
        "items": {"$ref": REFERENCE.format(name="Observation")},
    }
    return [{"$ref": REFERENCE.format(name="SeriesRequest")}, rows]


def text_schemas() -> list[Json]:
    """Return the JSON forms of a text."""
    return [
        {"$ref": REFERENCE.format(name="TextRequest")},
        {"type": "string", "description": "the text itself"},
    ]


def examples(named: Mapping[str, object]) -> Json:
    """Return examples as OpenAPI has them."""
    return {name: {"value": value} for name, value in named.items()}


def responses(operation: Operation) -> Json:
    """Return the answers of an operation: the good one, and every problem that it can meet."""
    found: Json = {"200": good_response(operation)}
    if operation.unready:
        found["503"] = good_response(operation, "Not ready; the body says why")
    by_status: dict[int, list[str]] = {}
    for kind in operation.problems:
        by_status.setdefault(PROBLEM_KINDS[kind].status, []).append(kind)
    for status, kinds in sorted(by_status.items()):
        found[str(status)] = {"$ref": f"#/components/responses/{kinds[0]}"}
    found["default"] = {"$ref": "#/components/responses/internal"}
    return found


def good_response(operation: Operation, description: str = "The answer") -> Json:
    """Return the answer when all went well."""
    found: Json = {
        "description": description,
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
    }
    if operation.answer is None:
        found["content"] = {"text/plain": {"schema": {"type": "string"}}}
        return found
    media: Json = {"schema": {"$ref": REFERENCE.format(name=operation.answer.__name__)}}
    if operation.id in MORE_ANSWERS:
        media["examples"] = examples({"a drawing": ANSWERS[operation.id], **MORE_ANSWERS[operation.id]})
    elif operation.id in ANSWERS:
        media["example"] = ANSWERS[operation.id]
    found["content"] = {"application/json": media}
    if operation.id == "predict":
        found["links"] = {
            name: {"operationId": name, "parameters": {"prediction": "$response.body#/id"}}
            for name in ("get_prediction", "give_feedback")
        }
    return found


def problem_response(error: type[OutclassError]) -> Json:
    """Return the answer for one kind of problem."""
    headers = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    for name, statuses in (
        ("Retry-After", RETRY_STATUSES),
        ("WWW-Authenticate", {401, 403}),
        ("Allow", {405}),
    ):
        if error.status in statuses:
            headers[name] = {"$ref": f"#/components/headers/{name}"}
    example = {
        "type": TYPES_PATH + error.kind,
        "title": error.title,
        "status": error.status,
        "detail": explain(error),
    }
    return {
        "description": error.title,
        "headers": headers,
        "content": {
            PROBLEM_MEDIA: {"schema": {"$ref": REFERENCE.format(name="Problem")}, "example": example}
        },
    }


def explain(error: type[OutclassError]) -> str:
    """Return the first sentence of an error's description."""
    return inspect.getdoc(error).partition("\n\n")[0].replace("\n", " ").replace("`", "")  # type: ignore[union-attr]


def schemas() -> Json:
    """Return the schemas of all types, made by msgspec from the types themselves."""
    types: list[type] = [
        Problem, Picture, DrawingRequest, SeriesRequest, TextRequest, PhotoRequest, InboxRow,
    ]  # fmt: skip
    for operation in OPERATIONS:
        types += [one for one in (operation.body, operation.answer) if isinstance(one, type)]
    _, components = msgspec.json.schema_components(dict.fromkeys(types), ref_template=REFERENCE)
    components["TensorRequest"]["properties"]["data"] = {
        "type": "array",
        "description": "as many numbers as the shape has, row by row, flat or nested",
        "items": {},
    }
    components["PhotoRequest"]["oneOf"] = [{"required": ["photo"]}, {"required": ["url"]}]
    for schema in components.values():
        schema["description"] = inspect.cleandoc(schema.get("description", ""))
    return components
