"""Help, errors and exit codes."""

import os
import subprocess
import sys

import msgspec
import pytest

from outclass import training
from outclass.base.errors import GateRefusedError
from outclass.cli.main import COMMANDS

OUTCLASS = [sys.executable, "-m", "outclass"]


def test_the_help_lists_every_command(call):
    outcome = call("--help")

    assert outcome.code == 0
    assert [name for name in COMMANDS if f" {name} " not in outcome.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(call, command):
    outcome = call(command, "--help")

    assert outcome.code == 0
    assert f"outclass {command}" in outcome.out


def seconds_of_help():
    """Return the processor time of one `outclass --help`."""
    before = os.times()
    subprocess.run([*OUTCLASS, "--help"], capture_output=True, check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the time of child processes")
def test_the_help_takes_less_than_half_a_second():
    assert min(seconds_of_help() for _ in range(3)) < 0.5


def test_version(call):
    assert call("--version").out == "outclass 0.1.0\n"


@pytest.mark.parametrize(
    "words", [["nonsense"], ["collect"], ["train", "digits", "--seed", "x"], ["serve", "--role", "cook"]]
)
def test_wrong_usage_ends_with_2(call, words):
    assert call(*words).code == 2


def test_an_error_is_one_message_without_a_traceback(call):
    outcome = call("models", "card", "digits@000000000000")

    assert outcome.code == 1
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_an_error_is_json_where_json_is_asked_for(call):
    outcome = call("collect", "no-such-challenge", "--json")

    error = msgspec.json.decode(outcome.err)["error"]
    assert error["kind"] == "not-found"
    assert error["got"] == "no-such-challenge"


def test_debug_shows_where_an_error_comes_from(settings):
    done = subprocess.run(
        [*OUTCLASS, "collect", "no-such-challenge", "--debug"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_all_problems_of_a_challenge_are_printed(call, tmp_path):
    folder = tmp_path / "challenges" / "mine"
    folder.mkdir(parents=True)
    folder.joinpath("challenge.yaml").write_text("name: mine\ntitel: Mine\ncolour: red\n")

    outcome = call("collect", "mine")

    assert outcome.code == 1
    assert "titel" in outcome.err
    assert "colour" in outcome.err


def test_a_refusal_of_the_gate_ends_with_3(call, monkeypatch):
    def refuse(reference, *, challenge, force):
        raise GateRefusedError("the challenger is not better", where=reference)

    monkeypatch.setattr(training, "promote", refuse)

    assert call("models", "promote", "digits/challenger").code == 3


@pytest.mark.parametrize(("words", "extra"), [(["data", "list"], "data"), (["demo"], "demo")])
def test_a_missing_part_is_named_with_the_line_that_installs_it(call, monkeypatch, words, extra):
    for module in ("cli.data", "cli.demo", "catalog.export", "catalog.dataset"):
        monkeypatch.delitem(sys.modules, f"outclass.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "polars", None)

    outcome = call(*words)

    assert outcome.code == 1
    assert f"pip install 'outclass[{extra}]'" in outcome.err


def test_what_nobody_foresaw_is_one_line_with_a_way_to_see_more(call, monkeypatch):
    def fail(reference, *, challenge, force):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(training, "promote", fail)

    outcome = call("models", "promote", "digits/challenger")

    assert outcome.code == 1
    assert "ZeroDivisionError" in outcome.err
    assert "--debug" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_project_may_lack_everything(call):
    assert call("runs", "digits").out.startswith("no run yet")
    assert call("data", "list").out.startswith("no data yet")
