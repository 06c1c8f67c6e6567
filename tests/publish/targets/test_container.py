"""`publish container` writes a context that is whole: its scripts run here as they would in the image."""

import os
import re
import subprocess
import sys

import pytest

from outclass.base.errors import DataError, InputError, UnavailableError
from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.publish.targets.base import files_in
from outclass.publish.targets.container import TARGET
from outclass.registry.store import Registry

OUTCLASS = """#!/bin/sh
exec {python} -m outclass "$@"
"""
TOLD = """#!/bin/sh
echo "$@"
"""


@pytest.fixture(scope="module")
def made(shapes, context_of, tmp_path_factory):
    into = tmp_path_factory.mktemp("container")
    TARGET.generate(context_of(TARGET, shapes), into)
    return into


def copied(folder):
    """Return what the image copies of the context."""
    return [
        name
        for line in (folder / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]


def program(folder, text):
    """Write a program named outclass and return the path that finds it."""
    folder.mkdir()
    (folder / "outclass").write_text(text)
    (folder / "outclass").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_the_context_is_complete(made):
    dockerfile = (made / "Dockerfile").read_text()

    assert set(copied(made)) == {"constraints.txt", "packages", "bundles", "restore.sh", "start.sh"}
    assert all((made / name).exists() for name in copied(made))
    assert {path.name for path in (made / "bundles").iterdir()} == {"shapes.tar.gz", "README.md"}
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE) == ["1000"]
    assert "HEALTHCHECK" in dockerfile
    assert 'CMD ["serve", "--host", "0.0.0.0"' in dockerfile
    assert "{{" not in dockerfile + (made / "README.md").read_text()
    assert not re.search(r"(PASSWORD|TOKEN|SECRET|KEY)\S*[= ]\S", dockerfile)
    assert (made / ".dockerignore").is_file()
    for name in ("restore.sh", "start.sh"):
        subprocess.run(["sh", "-n", made / name], check=True, timeout=10)


def test_the_source_is_copied_where_it_is_wanted(context_of, tmp_path):
    TARGET.generate(context_of(TARGET, program="source"), tmp_path)

    assert all((tmp_path / name).exists() for name in copied(tmp_path))
    assert 'CMD ["demo", "--host"' in (tmp_path / "Dockerfile").read_text()
    assert "'/source/program[demo]'" in (tmp_path / "Dockerfile").read_text()
    assert (tmp_path / "program" / "src" / "outclass" / "server.py").is_file()
    assert not [path for path in files_in(tmp_path) if "__pycache__" in path.parts]


def test_bundles_become_the_state_of_a_volume_once_for_each_image(made, tmp_path):
    image, volume = tmp_path / "image", tmp_path / "volume"
    volume.mkdir()
    real = os.environ | {
        "PATH": program(tmp_path / "real", OUTCLASS.format(python=sys.executable)),
        "OUTCLASS_HOME": str(image),
    }
    subprocess.run(
        ["sh", made / "restore.sh", made / "bundles"], env=real, check=True, timeout=60, cwd=tmp_path
    )
    told = real | {
        "PATH": program(tmp_path / "told", TOLD),
        "OUTCLASS_HOME": str(volume),
        "IMAGE_HOME": str(image),
    }

    def start():
        return subprocess.run(
            ["sh", made / "start.sh", "serve", "--port", "8000"],
            env=told, check=True, timeout=20, capture_output=True, text=True,
        ).stdout  # fmt: skip

    assert start() == "serve --port 8000\n"
    settings = Settings(home=volume, database_url="sqlite:///none")
    version = current_version("shapes", settings)
    version.verify()
    assert Registry(settings).champion("shapes").manifest.challenge == "shapes"
    # What changed since stays, until another image comes.
    pointer = volume / "data" / "shapes" / "current.json"
    pointer.write_text("mine")
    start()
    assert pointer.read_text() == "mine"
    (image / ".image").write_text("another")
    start()
    assert current_version("shapes", settings).id == version.id


def test_what_the_licence_forbids_stays(unlicensed, context_of, tmp_path):
    with pytest.raises(DataError, match="does not let it be passed on"):
        TARGET.generate(context_of(TARGET, unlicensed), tmp_path)
    assert not [path for path in files_in(tmp_path) if path.suffix == ".gz"]


@pytest.mark.parametrize("options", [{"program": "egg"}, {"image": "a b"}, {"image": "$(reboot)"}])
def test_options_are_checked(context_of, options, tmp_path):
    with pytest.raises(InputError):
        TARGET.generate(context_of(TARGET, **options), tmp_path)


def test_without_docker_it_says_what_to_install(context_of, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="docker is not installed") as refused:
        TARGET.publish(context_of(TARGET), tmp_path)
    assert "--generate-dir" in refused.value.hint


def test_an_image_is_built_and_pushed_by_docker(context_of, tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    log = tmp_path / "log"
    folder.mkdir()
    for name in ("docker", "python3"):
        (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {log}\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    said = TARGET.publish(context_of(TARGET, registry="ghcr.io/me", image="play:1.0"), tmp_path)

    assert said == "pushed ghcr.io/me/play:1.0"
    assert log.read_text().splitlines()[-2:] == [
        f"docker build --quiet --tag ghcr.io/me/play:1.0 {tmp_path}",
        "docker push --quiet ghcr.io/me/play:1.0",
    ]
