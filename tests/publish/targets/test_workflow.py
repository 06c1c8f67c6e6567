"""`publish ci` writes a workflow that the forge reads, with steps in order and no secret of its own."""

import shlex
from pathlib import Path

import pytest
import typer
import yaml

from outclass.base.errors import InputError
from outclass.cli.main import build_app
from outclass.publish.targets.base import files_in
from outclass.publish.targets.workflow import TARGET

ROOT = Path(__file__).resolve().parents[3]


def written(context_of, project, into, form):
    TARGET.generate(context_of(TARGET, project, form=form, python="3.12"), into)
    (path,) = files_in(into)
    text = (into / path).read_text()
    return path.as_posix(), text, yaml.safe_load(text)


def check_commands(lines):
    """Let the command line read each call of outclass."""
    calls = [line for line in lines if "outclass " in line.split("&&")[0] and "pip install" not in line]
    assert calls
    for line in calls:
        words = [word for word in shlex.split(line.split("&&")[0]) if "=" not in word]
        command, rest = typer.main.get_command(build_app(frozenset(words[1:2]))), words[1:]
        while rest and hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        command.make_context(command.name, rest, resilient_parsing=True)


def test_github(shapes, context_of, tmp_path):
    path, text, found = written(context_of, shapes, tmp_path, "github")
    jobs = found["jobs"]
    steps = {name: [step.get("run", step.get("uses")) for step in job["steps"]] for name, job in jobs.items()}

    assert path == ".github/workflows/outclass.yml"
    assert "make test" in steps["test"]
    assert any("build --wheel" in step for step in steps["wheel"])
    assert jobs["demo"]["needs"] == ["test", "wheel"]
    assert jobs["demo"]["if"] == "github.ref_type == 'tag'"
    assert jobs["demo"]["permissions"] == {"contents": "read", "packages": "write"}
    assert found["permissions"] == {"contents": "read"}
    words = ("download", "pip install", "collect shapes", "publish container shapes", "docker push")
    order = [place for word in words for place, step in enumerate(steps["demo"]) if word in step]
    assert order == sorted(order)
    assert len(order) == 5
    check_commands(steps["demo"][:-1])
    assert set(text.split("secrets.")[1:]) == {text.split("secrets.")[1]}
    assert "secrets.GITHUB_TOKEN" in text


def test_gitlab(shapes, context_of, tmp_path):
    path, text, found = written(context_of, shapes, tmp_path, "gitlab")
    jobs = {name: one for name, one in found.items() if isinstance(one, dict) and "script" in one}

    assert path == ".gitlab-ci.yml"
    assert list(jobs) == ["test", "wheel", "context", "demo"]
    assert {job["stage"] for job in jobs.values()} == set(found["stages"])
    assert jobs["test"]["script"] == ["make test"]
    assert jobs["demo"]["rules"] == jobs["context"]["rules"] == [{"if": "$CI_COMMIT_TAG"}]
    assert set(jobs["demo"]["needs"]) <= set(jobs)
    assert "outclass collect shapes" in jobs["context"]["script"]
    check_commands(jobs["context"]["script"][1:])
    assert "--password-stdin" in text


@pytest.mark.parametrize("form", ["github", "gitlab"])
def test_without_challenges_those_that_come_along_are_shown(context_of, tmp_path, form):
    _, text, _ = written(context_of, None, tmp_path, form)

    assert "{{python" not in text
    assert "collect" not in text
    assert "publish container --generate-dir image" in text


def test_what_it_runs_is_there():
    assert "\ntest:" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("options", [{"form": "jenkins"}, {"python": "2.7"}])
def test_options_are_checked(context_of, options, tmp_path):
    with pytest.raises(InputError):
        TARGET.generate(context_of(TARGET, **options), tmp_path)


def test_it_is_published_by_a_commit(context_of, tmp_path):
    with pytest.raises(InputError, match="by a commit"):
        TARGET.publish(context_of(TARGET), tmp_path)
