"""An API in process, with a tiny model, its database and a client."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from apis import Api, client_of
from databases import make_shared_tables, sqlite_url
from models import tiny_digits_version
from outclass.api.app import create_api
from outclass.api.edge import Edge
from outclass.api.options import ApiOptions
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.loader import load_challenge


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of a home with a champion of digits that says 7, and no database yet."""
    return make_home(tmp_path)


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    """Return the database, with the shared tables."""
    database = make_shared_tables(settings.database_url)
    yield database
    database.close()


@pytest.fixture
def options() -> ApiOptions:
    """Return options; a test module may have its own."""
    return ApiOptions()


@pytest.fixture
def app(settings: Settings, options: ApiOptions) -> Edge:
    """Return an API that serves digits and is not started."""
    return make_app(settings, options)


@pytest.fixture
async def api(app: Edge, db: Database) -> AsyncIterator[Api]:
    """Return a running API with the shared tables."""
    async with app.service.running(), client_of(app) as client:
        yield Api(app=app, client=client, db=db)


@pytest.fixture(scope="module")
async def steady(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return a running API for all tests of a module that leave no traces."""
    settings = make_home(tmp_path_factory.mktemp("steady"))
    db = make_shared_tables(settings.database_url)
    app = make_app(settings, ApiOptions(anonymous_burst=10_000))
    async with app.service.running(), client_of(app) as client:
        yield Api(app=app, client=client, db=db)
    db.close()


@pytest.fixture
async def bare(app: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a running API without any table."""
    async with app.service.running(), client_of(app) as client:
        yield client


@pytest.fixture
def problem() -> Callable[[httpx.Response, int, str], dict[str, object]]:
    """Return a function that checks that an answer is a problem of a kind, and returns it."""

    def check(response: httpx.Response, status: int, kind: str) -> dict[str, object]:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        found: dict[str, object] = response.json()
        assert found["type"] == f"/api/problems/{kind}"
        assert found["status"] == status
        assert found["request_id"] == response.headers["x-request-id"]
        return found

    return check


def make_home(folder: Path) -> Settings:
    """Put a champion of digits that says 7 into a folder."""
    found = Settings(home=folder, database_url=sqlite_url(folder))
    tiny_digits_version(found.models_folder, favorite=7)
    return found


def make_app(settings: Settings, options: ApiOptions) -> Edge:
    """Return an API that serves digits and is not started."""
    return create_api(settings, options=options, challenges={"digits": load_challenge("digits").challenge})
