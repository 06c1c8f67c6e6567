"""A running API takes up what is published, and gives up what is hidden or deleted."""

from pathlib import Path

import httpx
import msgspec
import pytest

from apis import client_of
from databases import make_shared_tables
from outclass.api.app import create_api
from outclass.api.options import ApiOptions
from outclass.base.settings import Settings
from outclass.catalog.uploads import Upload, delete_upload, uploads_folder, write_upload
from small_tables import FIRST, flower_challenge, flowers_version

pytestmark = pytest.mark.anyio
PATH = "/api/v1/challenges/flowers"


async def status(client: httpx.AsyncClient) -> int:
    """Return how the challenge is answered."""
    return (await client.get(PATH)).status_code


async def test_uploads_come_and_go(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft is not served; once it is published it answers, and hidden or deleted it does so no more."""
    monkeypatch.chdir(tmp_path)
    make_shared_tables(settings.database_url).close()
    app = create_api(settings, options=ApiOptions())
    service = app.service
    async with service.running(), client_of(app) as client:
        folder = uploads_folder(settings.home) / "flowers"
        flower_challenge(folder)
        flowers_version(settings.models_folder)
        draft = Upload(owner=1, by="ada", file="flowers.csv", created=0.0)
        write_upload(folder, draft)
        await service.take_up()
        assert await status(client) == 404
        write_upload(folder, msgspec.structs.replace(draft, draft=False))
        await service.take_up()
        assert await status(client) == 200
        answer = await client.post(f"{PATH}/predict", json=FIRST)
        assert answer.status_code == 200
        assert answer.json()["answer"] == "rose"
        assert "flowers" in (await client.get("/readyz")).json()["models"]
        write_upload(folder, draft)
        await service.take_up()
        assert await status(client) == 404
        assert (await client.post(f"{PATH}/predict", json=FIRST)).status_code == 404
        write_upload(folder, msgspec.structs.replace(draft, draft=False))
        await service.take_up()
        delete_upload(folder)
        await service.take_up()
        assert await status(client) == 404
        assert (await client.get("/api/v1/challenges/digits")).status_code == 200
