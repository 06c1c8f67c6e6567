"""`outclass new` and `outclass up`, and the tutorial docs/tutorial/own-challenge.md as it is written."""

import re
from pathlib import Path

import msgspec
import pytest

from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.loader import load_challenge
from outclass.cli import new
from outclass.registry.store import Registry
from outclass.registry.suspects import read_report
from own_data import FLOWERS, csv_text, flowers, things, write

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "own-challenge.md"


def told(outcome):
    return msgspec.json.decode(outcome.out)


def refused(outcome):
    return msgspec.json.decode(outcome.err)["error"]


def tutorial(language):
    text = TUTORIAL.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def table(tmp_path):
    return write(tmp_path, "flowers.csv", csv_text(flowers(), FLOWERS))


def test_new_writes_a_commented_draft_and_says_what_it_found(call, table):
    done = call("new", "garden", table)

    text = Path("challenges/garden/challenge.yaml").read_text(encoding="utf-8")
    assert done.code == 0
    assert "label: column `species`: 3 values in 90 rows; named like a label" in done.out
    assert "# - label: column `species`" in text
    assert "path: ../../flowers.csv" in text
    assert call("check", "garden", "--json").code in {0, 1}
    assert load_challenge("garden").challenge.question == "Which species is it?"


@pytest.mark.parametrize(
    ("words", "kind"),
    [(["digits"], "conflict"), (["No Name"], "bad-input"), (["twice"], "conflict")],
    ids=["comes with Outclass", "no name", "is there"],
)
def test_a_name_that_cannot_be_taken_is_refused(call, table, words, kind):
    call("new", "twice", table)

    assert refused(call("new", *words, table, "--json"))["kind"] == kind


def test_without_a_terminal_nothing_is_asked_and_the_option_is_told(call, tmp_path):
    rows = [["ab"[n % 2], row[2], "xy"[n // 2 % 2]] for n, row in enumerate(things())]
    path = write(tmp_path, "two.csv", csv_text(rows, ["label", "w", "class"]))
    error = refused(call("new", "two", path, "--json"))

    assert (error["kind"], error["id"]) == ("data-refused", "data-unclear")
    assert "--label" in error["hint"]
    assert told(call("new", "two", path, "--label", "label", "--json"))["classes"] == {"a": 60, "b": 60}


def test_at_a_terminal_what_only_the_owner_knows_is_asked(call, tmp_path, monkeypatch):
    rows = [["ab"[n % 2], row[2], "xy"[n // 2 % 2]] for n, row in enumerate(things())]
    path = write(tmp_path, "two.csv", csv_text(rows, ["label", "w", "class"]))
    asked = []
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr(
        new.Prompt, "ask", lambda text, **more: asked.append((text, more["choices"])) or "class"
    )

    assert call("new", "two", path).code == 0
    ((question, answers),) = asked
    assert "class (2 values in 120 rows)" in question
    assert answers == ["class", "label"]
    assert load_challenge("two").challenge.class_names == ("x", "y")


def test_up_makes_collects_learns_and_goes_on_where_it_was(call, table, settings, monkeypatch):
    monkeypatch.delenv("OUTCLASS_HOME")
    first = told(call("up", table, "--no-serve", "--seconds", 1, "--json"))
    home = Settings.from_environment()
    model = Registry(home).champion("flowers")

    assert home.home == Path.cwd() / ".outclass"
    assert first["challenge"] == "flowers"
    assert first["model"] == model.reference
    assert first["scores"]["accuracy"] > 0.8
    assert first["warning"] is None
    assert first["url"] is None
    report = read_report(model, home)
    assert report.objects == sum(
        len(current_version("flowers", home).ids(side)) for side in ("train", "validation")
    )

    again = told(call("up", table, "--no-serve", "--json"))
    named = told(call("up", "flowers", "--no-serve", "--json"))
    assert again["model"] == named["model"] == first["model"]
    assert again["found"] is None

    checked = told(call("data", "check", "flowers", "--json"))
    assert checked["suspects"]["model"] == first["model"]
    assert "labels look wrong" in call("data", "check", "flowers").out


def test_other_data_under_a_name_that_is_taken_is_refused(call, tmp_path, table):
    call("new", "flowers", table)
    (tmp_path / "other").mkdir()
    other = write(tmp_path / "other", "flowers.csv", csv_text(flowers(60), FLOWERS))

    assert "--name flowers-2" in refused(call("up", other, "--no-serve", "--json"))["hint"]


def test_the_tutorial_works(call, tmp_path):
    (script,) = tutorial("python")
    (answer,) = tutorial("text")
    exec(compile(script, str(TUTORIAL), "exec"), {})

    assert call("new", "fruit", "fruit.csv").out.startswith(answer)
    assert (tmp_path / "challenges" / "fruit" / "challenge.yaml").is_file()
    asked = re.search(r"-d '(\{.*?\})'", TUTORIAL.read_text(encoding="utf-8"))
    columns = {column.name for column in load_challenge("fruit").challenge.input.columns}
    assert set(msgspec.json.decode(asked[1])) == columns
