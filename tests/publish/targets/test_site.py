"""`publish site` runs from its folder: data files, metadata and pages, and nothing is written there."""

import asyncio
import json
import re

import httpx
import pytest

from outclass.base.errors import DataError, InputError, UnavailableError
from outclass.base.settings import Settings
from outclass.publish.targets.base import files_in
from outclass.publish.targets.site import TARGET
from outclass.server import Role, create_app


@pytest.fixture(scope="module")
def made(shapes, context_of, tmp_path_factory):
    into = tmp_path_factory.mktemp("site")
    TARGET.generate(context_of(TARGET, shapes, prefix="/open"), into)
    return into


async def ask(home, *paths):
    """Return the answers of role `data` over a home."""
    settings = Settings(home=home, database_url="sqlite:///none", prefix="/open")
    app = create_app(settings, frozenset({Role.DATA}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answers = [await client.get(path, follow_redirects=True) for path in paths]
    await app.data.stop()
    return answers


def test_it_runs_from_its_folder_and_writes_nothing_there(made, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCLASS_HOME", str(made / "home"))
    before = {path: (made / path).stat().st_mtime_ns for path in files_in(made)}
    front, rows, health = asyncio.run(
        ask(made / "home", "/open/data/", "/open/data/shapes/objects.json?_shape=array&split=game", "/livez")
    )

    assert "Shapes" in front.text
    assert health.status_code == 200
    assert re.fullmatch(r"/open/data/shapes-[0-9a-f]{12}/objects.json", rows.url.path)
    assert {row["label"] for row in rows.json()} <= {None}
    assert {path: (made / path).stat().st_mtime_ns for path in files_in(made)} == before


def test_the_context_is_complete(made):
    dockerfile = (made / "Dockerfile").read_text()
    copied = [
        name
        for line in dockerfile.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    (file,) = (made / "home" / "published" / "shapes").glob("*.sqlite")
    metadata = json.loads((made / "metadata.json").read_text())

    assert all((made / name).exists() for name in copied)
    assert {"home", "packages", "constraints.txt"} == set(copied)
    assert "{{" not in dockerfile
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE) == ["1000"]
    assert metadata["databases"][file.stem]["license"] == "CC0-1.0"
    assert not (made / "home" / "models").exists()


def test_what_the_licence_forbids_stays(unlicensed, context_of, tmp_path):
    with pytest.raises(DataError, match="does not let it be passed on"):
        TARGET.generate(context_of(TARGET, unlicensed), tmp_path)


@pytest.mark.parametrize("options", [{"prefix": "open"}, {"image": "-x"}, {"image": "a;b"}])
def test_options_are_checked(shapes, context_of, options, tmp_path):
    with pytest.raises(InputError):
        TARGET.generate(context_of(TARGET, shapes, **options), tmp_path)


def test_it_says_what_it_needs(context_of, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="whose data"):
        TARGET.generate(context_of(TARGET), tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="docker is not installed"):
        TARGET.publish(context_of(TARGET), tmp_path)
