"""The reference and the code say the same: commands, options, settings, errors, routes, links."""

import ast
import re
from pathlib import Path

import pytest
import typer

from outclass.base import errors
from outclass.catalog.hooks import FeaturesHook, Hook
from outclass.cli.main import COMMANDS, build_app
from outclass.training.estimator import CrossFitted, Estimator, ModelHook, OwnBackbone, TextEstimator

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "outclass"
# Made by typer itself; described once for all commands.
GENERAL_OPTIONS = {"--help", "--json"}
NEGATIONS = {"--no-promote", "--no-serve", "--no-trust"}


def page(name):
    return REFERENCE.joinpath(name).read_text(encoding="utf-8")


def section(text, title):
    """Return the part of a page under a second-level heading that begins with a title."""
    found = re.search(rf"^## {re.escape(title)}\b.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found[0]


def commands():
    """Yield the words, the options and the section of every command and subcommand."""
    root = typer.main.get_command(build_app())
    for name in COMMANDS:
        command = root.commands[name]
        for words, each in [((name,), command)] + [
            ((name, sub), subcommand) for sub, subcommand in getattr(command, "commands", {}).items()
        ]:
            yield " ".join(words), {option for parameter in each.params for option in parameter.opts}, name


def test_every_command_and_option_is_documented():
    text = page("cli.md")
    missing = {
        words: wanted
        for words, options, name in commands()
        if (
            wanted := {
                option
                for option in {f"outclass {words}", *(o for o in options if o.startswith("--"))}
                - GENERAL_OPTIONS
                if option not in section(text, f"outclass {name}")
            }
        )
    }

    assert missing == {}


def test_no_option_is_documented_that_is_not_there():
    text = page("cli.md")
    known = {}
    for _, options, name in commands():
        known.setdefault(name, set()).update(options)
    root_options = {
        option for parameter in typer.main.get_command(build_app()).params for option in parameter.opts
    }
    written = {
        name: set(re.findall(r"`(--[a-z-]+)`", section(text, f"outclass {name}"))) for name in COMMANDS
    }

    invented = {
        name: extra
        for name, options in written.items()
        if (extra := options - known[name] - GENERAL_OPTIONS - root_options - NEGATIONS)
    }
    assert invented == {}


def variables_in_code():
    """Return the environment variables that the code reads: the texts that are such a name."""
    texts = (
        node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {
        text
        for text in texts
        if re.fullmatch(r"OUTCLASS_[A-Z_]+|DATABASE_URL(_FILE)?|[A-Z]+_TRACKING_URI", text)
    }


# Keys of Django's settings that have the same look.
NO_VARIABLES = {"OUTCLASS_OPTIONS"}


def test_every_setting_is_documented_and_every_documented_setting_is_read():
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page("settings.md"), re.MULTILINE))

    assert documented == variables_in_code() - NO_VARIABLES


def all_errors():
    return [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.OutclassError)
    ]


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.__name__)
def test_every_kind_of_error_is_documented_with_its_codes(error):
    row = rf"^\| `{error.kind}` \| {error.status} \| {error.exit_code} \|"

    assert re.search(row, page("errors.md"), re.MULTILINE)


def test_every_kind_of_error_has_a_name_of_its_own_but_for_one():
    # ChallengeFileError is reported under its own kind as well.
    kinds = [error.kind for error in all_errors()]

    assert sorted(kinds) == sorted(set(kinds))


MARKDOWN = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/**/*.ipynb")]


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_page_is_reached_from_the_index():
    pages = set(ROOT.glob("docs/**/*.md"))
    linked = {
        (index.parent / link).resolve()
        for index in (ROOT / "docs" / "README.md", ROOT / "docs" / "decisions" / "README.md")
        for link in re.findall(r"\]\(([^)#:\s]+)\)", index.read_text(encoding="utf-8"))
    }

    assert {path.relative_to(ROOT).as_posix() for path in pages - linked} == {"docs/README.md"}


def test_every_hook_is_documented_with_its_functions():
    text = page("hooks.md")
    code = {hook: section(text, f"{hook}.py") for hook in Hook}
    estimator = [Estimator, TextEstimator, CrossFitted, OwnBackbone]
    wanted = {
        Hook.FEATURES: functions(FeaturesHook) + list(FeaturesHook.__annotations__),
        Hook.MODEL: functions(ModelHook) + [name for kind in estimator for name in functions(kind)],
        Hook.SIMULATE: ["sample", "population"],
    }

    missing = {
        hook.value: [name for name in names if not re.search(rf"`(\w+\(\)`, `)?{name}\b", code[hook])]
        for hook, names in wanted.items()
    }
    assert missing == {hook.value: [] for hook in Hook}


def functions(protocol):
    """Return the names of a protocol's own functions."""
    return [name for name in vars(protocol) if not name.startswith("_") and callable(vars(protocol)[name])]


def metrics_in_code():
    """Return the names of the metrics that the code makes, without what the client adds to counters."""
    names = {
        node.value.removesuffix("_total")
        for path in SOURCE.glob("*/telemetry.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and re.fullmatch(r"outclass_\w+", str(node.value))
    }
    assert len(names) > 10
    return names


def test_every_metric_is_documented():
    documented = re.findall(r"^\| `(outclass_\w+)` \| \w+ \|", page("logs-and-metrics.md"), re.MULTILINE)

    assert {name.removesuffix("_total") for name in documented} == metrics_in_code()
