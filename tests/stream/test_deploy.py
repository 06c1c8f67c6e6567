"""What stands in deploy/stream can be run: its commands take these options, its settings are read."""

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from outclass.cli.main import build_app

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "stream"
SETTINGS = FOLDER.parents[1] / "docs" / "reference" / "settings.md"


def commands():
    """Yield the words after `outclass stream` of every place that runs it."""
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    for service in compose["services"].values():
        yield service["command"]
    for one in yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text(encoding="utf-8")):
        for container in one["spec"]["template"]["spec"]["containers"]:
            yield container["args"]
    unit = (FOLDER / "outclass-stream.service").read_text(encoding="utf-8")
    yield shlex.split(re.search(r"^ExecStart=\S+ stream (.+)$", unit, re.MULTILINE)[1])


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: words[0])
def test_the_command_takes_these_words(words):
    group = typer.main.get_command(build_app(frozenset({"stream"}))).commands["stream"]
    command = group.commands[words[0]]
    given = {word for word in words if word.startswith("--")}
    needed = {option.opts[0] for option in command.params if option.required and option.opts[0][:2] == "--"}

    assert given <= {name for option in command.params for name in option.opts}
    assert needed <= given


def test_the_settings_are_documented():
    texts = " ".join(path.read_text(encoding="utf-8") for path in FOLDER.iterdir())
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"OUTCLASS_[A-Z]+(?:_[A-Z]+)*", texts)) <= documented
