"""Schemathesis walks the operations of predictions where the challenge is one of photos."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import positive_data_acceptance

from databases import make_shared_tables, sqlite_url
from outclass.api.app import create_api
from outclass.api.docs import document_of
from outclass.api.options import ApiOptions
from outclass.base.fetch import Fetcher
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from photo_models import color_version, colors

EXAMPLES = 12
IDS = ("predict", "predict_address", "predict_batch")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asgi.ASGIClient, dict[str, object]]]:
    home: Path = tmp_path_factory.mktemp("fuzz")
    found = Settings(home=home, database_url=sqlite_url(home))
    color_version(found.models_folder)
    make_shared_tables(found.database_url).close()
    app = create_api(
        found,
        options=ApiOptions(anonymous_per_second=10**6, anonymous_burst=10**6, anonymous_per_day=10**6),
        challenges={"colors": load_challenge(colors(home / "colors")).challenge},
        fetcher=Fetcher(resolve=lambda *_: []),
    )
    schema = schemathesis.openapi.from_dict(dict(document_of(app.service)))
    operations = [result.ok() for result in schema.get_all_operations()]
    with asgi.get_client(app) as client:
        yield client, {one.definition.raw["operationId"]: one for one in operations}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", IDS)
def test_no_request_about_photos_is_a_fault(
    walked: tuple[asgi.ASGIClient, dict[str, object]], name: str, mode: GenerationMode
) -> None:
    client, operations = walked

    @given(case=operations[name].as_strategy(generation_mode=mode))
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
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    walk()
