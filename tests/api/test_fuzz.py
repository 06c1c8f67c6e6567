"""Schemathesis walks the OpenAPI document: no request is a fault, every answer is as documented."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import positive_data_acceptance

from databases import make_game_tables, make_shared_tables, sqlite_url
from models import tiny_digits_version
from outclass.api.app import create_api
from outclass.api.docs import document_of
from outclass.api.edge import Edge
from outclass.api.operations import OPERATIONS
from outclass.api.options import ApiOptions
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from small_tables import flower_challenge, flowers_version

EXAMPLES = 8
WALKS = [
    (operation.id, mode)
    for operation in OPERATIONS
    for mode in GenerationMode
    if operation.scope and (mode is GenerationMode.POSITIVE or operation.parameters or operation.body)
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Edge:
    home: Path = tmp_path_factory.mktemp("fuzz")
    found = Settings(home=home, database_url=sqlite_url(home))
    tiny_digits_version(found.models_folder, favorite=7)
    flowers_version(found.models_folder)
    flowers = load_challenge(flower_challenge(home / "flowers", count=3)).challenge
    db = make_shared_tables(found.database_url)
    make_game_tables(db)
    db.close()
    options = ApiOptions(anonymous_per_second=10**6, anonymous_burst=10**6, anonymous_per_day=10**6)
    challenges = {"digits": load_challenge("digits").challenge, "flowers": flowers}
    return create_api(found, options=options, challenges=challenges)


@pytest.fixture(scope="module")
def client(app: Edge) -> Iterator[asgi.ASGIClient]:
    with asgi.get_client(app) as found:
        yield found


@pytest.fixture(scope="module")
def operations(app: Edge) -> dict[str, APIOperation]:
    schema = schemathesis.openapi.from_dict(dict(document_of(app.service)))
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


@pytest.mark.parametrize(("name", "mode"), WALKS)
def test_no_request_is_a_fault(
    client: asgi.ASGIClient, operations: dict[str, APIOperation], name: str, mode: GenerationMode
) -> None:
    operation = operations[name]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def walk(case: Case) -> None:
        response = case.call(session=client)  # type: ignore[arg-type]
        assert response.status_code < 500
        # a list that is no square, or a shape unlike the model's, fits the schema and is refused all the same
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    walk()
