"""Examples in the documentation work: commands parse, YAML is read, Python runs."""

import re
import shlex
from contextlib import nullcontext
from pathlib import Path

import pytest
import typer

from outclass.base.settings import Settings
from outclass.catalog.loader import read_challenge
from outclass.catalog.strict_yaml import read_yaml
from outclass.cli.main import build_app
from outclass.cli.stream import DEFAULT, DefaultGroup
from outclass.registry.store import Alias, Registry
from processes import serving
from sites import migrated_site

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^( *)```([a-z]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
SHELL = {"", "sh", "console"}
COMMAND = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?outclass (?P<rest>.*)$")
CHALLENGE_KEYS = {"name", "classes", "dataset", "models"}


def page_id(path):
    return path.relative_to(ROOT).as_posix()


def blocks(path, languages):
    """Yield the fenced blocks of a page that are of these languages, without their indent."""
    for indent, language, body in BLOCK.findall(path.read_text(encoding="utf-8")):
        if language in languages:
            yield re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)


def calls(path):
    """Yield the words of each call of `outclass` in the shell blocks of a page."""
    for body in blocks(path, SHELL):
        for line in body.replace("\\\n", " ").splitlines():
            for part in re.split(r" && | \| | > |; ", line.strip()):
                if found := COMMAND.match(part.strip()):
                    yield shlex.split(re.sub(r"[][]", "", found["rest"]), comments=True)


ROOT_COMMAND = typer.main.get_command(build_app())
UsageError = typer.BadParameter.__base__


def refusal(words):
    """Return why a command line is refused, before anything is looked up; empty where it is not."""
    command, words = ROOT_COMMAND, list(words)
    context = command.context_class(command, info_name="outclass")
    while hasattr(command, "commands"):
        while words and words[0].startswith("-"):
            words.pop(0)
        if not words:
            return ""
        if words[0] not in command.commands:
            if not isinstance(command, DefaultGroup):
                return f"{words[0]} is no command"
            words.insert(0, DEFAULT)
        command = command.commands[words.pop(0)]
        context = command.context_class(command, parent=context, info_name=command.name)
    try:
        _, left, _ = command.make_parser(context).parse_args(words)
    except UsageError as error:
        return error.format_message()
    return f"too much: {left}" if left else ""


@pytest.mark.parametrize("path", [page for page in PAGES if any(calls(page))], ids=page_id)
def test_commands_have_these_words_and_options(path):
    refused = {" ".join(words): why for words in calls(path) if (why := refusal(words))}

    assert refused == {}


def test_a_wrong_command_is_found():
    assert refusal(["trian", "digits"]) == "trian is no command"
    assert "--sede" in refusal(["train", "digits", "--sede", "1"])
    assert refusal(["train", "digits", "--seed", "1"]) == ""


@pytest.mark.parametrize("path", [page for page in PAGES if any(blocks(page, {"yaml"}))], ids=page_id)
def test_yaml_is_read_by_the_strict_rules(path, tmp_path):
    for number, body in enumerate(blocks(path, {"yaml"})):
        file = tmp_path / f"{number}" / "challenge.yaml"
        file.parent.mkdir()
        file.write_text(body, encoding="utf-8")
        if set(re.findall(r"^(\w+):", body, re.MULTILINE)) >= CHALLENGE_KEYS:
            assert read_challenge(file).name
        elif re.search(r"^\w", body, re.MULTILINE) and not body.startswith("apiVersion:"):
            # Neither comments alone nor a manifest of Kubernetes, which has several documents.
            assert read_yaml(file).value


# What a page's Python needs before it runs.


def accounts(_folder):
    """Name the site's database, whose tables are made."""
    return {"DATABASE_URL": migrated_site().database_url}, {}


def tables(folder):
    """Lay a table beside the page's own catalogue."""
    yaml = next(blocks(ROOT / "docs/howto/clean-a-table.md", {"yaml"}))
    (folder / "catalog.yaml").write_text(yaml, encoding="utf-8")
    rows = [f"{n},{0.1 * n:.1f},personal,home in {n}" for n in range(8)]
    (folder / "messages.csv").write_text("\n".join(["id,score,label,text", *rows]), encoding="utf-8")
    return {}, {}


def challenger(folder):
    """Make the packaged model of digits challenger."""
    registry = Registry(Settings(home=folder, database_url="sqlite:///none"))
    registry.promote("digits", registry.champion("digits").id, Alias.CHALLENGER)
    return {}, {}


def rules(folder):
    """Lay the page's own rules there, and some texts."""
    yaml = next(blocks(ROOT / "docs/reference/weak-labels.md", {"yaml"}))
    (folder / "rules.yaml").write_text(yaml, encoding="utf-8")
    return {}, {"texts": ["your code is 123456", "you won"], "human_labels": ["notification", "spam"]}


def server(folder):
    """Serve the API."""
    return {}, {"server": serving(folder / "serving", "--role", "api")}


READY = {
    "docs/howto/api-keys.md": accounts,
    "docs/howto/clean-a-table.md": tables,
    "docs/howto/use-the-api.md": server,
    "docs/reference/model-versions.md": challenger,
    "docs/reference/weak-labels.md": rules,
}
ELSEWHERE = {
    "docs/howto/classify-on-a-phone.md": "tests/examples/test_phone_howto.py",
    "docs/howto/own-data.md": "tests/catalog/test_reference.py",
    "docs/tutorial/own-challenge.md": "tests/cli/test_up.py",
    "docs/howto/own-texts.md": "tests/training/linear_text/test_recipe.py",
}
PYTHON = {page_id(page): page for page in PAGES if any(blocks(page, {"python"}))}


def test_each_page_with_python_is_run_here_or_elsewhere():
    assert set(PYTHON) == set(READY) | set(ELSEWHERE)
    for page, test in ELSEWHERE.items():
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", READY)
def test_python_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment, names = READY[page](tmp_path)
    monkeypatch.setenv("OUTCLASS_HOME", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with names.pop("server", nullcontext()) as running:
        for body in blocks(PYTHON[page], {"python"}):
            there = body.replace("http://127.0.0.1:8000", running.url) if running else body
            exec(compile(there, page, "exec"), names)
