"""`outclass data` on catalogue files."""

import msgspec
import polars as pl
import pytest
import yaml

from outclass.cli import catalogue, questions

PEOPLE = "name,age,kind\n" + "".join(f"Person {n},{n},{'ab'[n % 2]}\n" for n in range(40)) + "Eve,NA,a\n"
CATALOGUE = """\
# Our people.
people:
  path: people.csv
  column_rules:
    age: {drop_na: true}  # nobody without an age
  na_values: [NA]
"""


@pytest.fixture
def people(tmp_path, settings):
    """Write a table and a catalogue in the working folder."""
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


def test_tables_are_listed_and_shown(call, people):
    assert "people.csv" in call("data", "list", "catalog.yaml").out
    assert list(msgspec.json.decode(call("data", "list", "catalog.yaml", "--json").out)) == ["people"]
    shown = yaml.safe_load(call("data", "show", "catalog.yaml").out)
    assert shown["people"]["path"] == "people.csv"
    assert shown["people"]["column_rules"]["age"]["drop_na"] is True
    assert msgspec.json.decode(call("data", "show", "catalog.yaml", "--json").out)["na_values"] == ["NA"]


def test_a_table_is_checked_without_writing(call, people):
    told = call("data", "check", "catalog.yaml").out
    assert "dropped by age: drop_na: 1 (row 41)" in told
    assert "rows out" in told
    report = msgspec.json.decode(call("data", "check", "catalog.yaml", "--json").out)
    assert (report["rows_in"], report["rows_out"]) == (41, 40)
    assert sorted(path.name for path in people.iterdir() if path.is_file()) == ["catalog.yaml", "people.csv"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "sqlite"])
def test_a_table_is_exported_with_its_report(call, people, ending):
    outcome = call("data", "export", "catalog.yaml", f"out.{ending}", "--report", "report.html")
    assert "wrote 40 rows" in outcome.out
    assert (people / f"out.{ending}").stat().st_size > 100
    page = (people / "report.html").read_text(encoding="utf-8")
    assert "<td>age: drop_na</td>" in page
    assert "<script" not in page
    for name in ("report.json", "report.txt"):
        assert call("data", "export", "catalog.yaml", f"out.{ending}", "--report", name).code == 0
        assert "age: drop_na" in (people / name).read_text(encoding="utf-8")
    assert call("data", "export", "catalog.yaml", f"out.{ending}", "--report", "r.doc").code == 1


def test_keys_are_set_and_taken_out_and_comments_stay(call, people):
    path = people / "catalog.yaml"
    words = ("sampling.factor=0.5", "title=Our people", "column_rules.age.min=10", "dtypes={age: integer}")
    assert call("data", "set", "catalog.yaml", "people", *words).code == 1  # the mapping stands on one line
    assert path.read_text(encoding="utf-8") == CATALOGUE
    words = (
        "sampling.factor=0.5",
        "title=Our people",
        "column_rules.name.drop_na=true",
        "dtypes={age: integer}",
    )
    assert call("data", "set", "catalog.yaml", "people", *words).code == 0
    text = path.read_text(encoding="utf-8")
    assert "# Our people." in text
    assert "# nobody without an age" in text
    assert yaml.safe_load(text)["people"]["column_rules"]["name"] == {"drop_na": True}
    assert call("data", "set", "catalog.yaml", "people", "sampling=", "title=").code == 0
    left = yaml.safe_load(path.read_text(encoding="utf-8"))["people"]
    assert set(left) == {"path", "column_rules", "na_values", "dtypes"}


@pytest.mark.parametrize("words", [("sampling.factor=2",), ("delimitr=x",), ("nothing",), (), ("title=[",)])
def test_nothing_is_written_that_has_problems(call, people, words):
    assert call("data", "set", "catalog.yaml", "people", *words).code == 1
    assert (people / "catalog.yaml").read_text(encoding="utf-8") == CATALOGUE


def test_tables_are_added_and_removed(call, people):
    assert call("data", "add", "catalog.yaml", "more", "people.csv").code == 0
    assert call("data", "add", "catalog.yaml", "more", "people.csv").code == 1
    assert "several tables" in call("data", "check", "catalog.yaml").err
    assert call("data", "check", "catalog.yaml", "--name", "more").code == 0
    assert "nearest is more" in call("data", "check", "catalog.yaml", "--name", "mroe").err
    assert call("data", "remove", "catalog.yaml", "more").code == 0
    assert (people / "catalog.yaml").read_text(encoding="utf-8") == CATALOGUE + "\n"
    assert call("data", "remove", "catalog.yaml", "people").code == 1
    assert call("data", "remove", "catalog.yaml", "nobody").code == 1
    assert call("data", "add", "new.yaml", "people", "people.csv").code == 0
    assert call("data", "add", "new.yaml", "people", "no.csv").code == 1


def test_a_draft_says_what_is_seen(call, people):
    drafted = yaml.safe_load(call("data", "draft", "people.csv").out)["people"]
    assert drafted["dtypes"] == {"age": "integer"}
    assert drafted["na_values"] == ["NA"]
    (people / "odd.tsv").write_bytes('ham\tcaf\u00e9 5" long\nham\tx\nspam\ty\n'.encode("cp1252"))
    odd = msgspec.json.decode(call("data", "draft", "odd.tsv", "--json", "--name", "sms").out)["sms"]
    assert (odd["encoding"], odd["header"], odd["quote"]) == ("windows-1252", False, "")
    assert call("data", "draft", "odd.tsv", "--into", "new.yaml").code == 0
    assert call("data", "check", "new.yaml").code == 0


def test_nothing_is_asked_without_a_terminal(call, people):
    assert call("data", "ask", "people.csv").out == call("data", "draft", "people.csv").out


def test_answers_go_into_the_draft(call, people, monkeypatch):
    answers = {"What is it": "Our people", "age: type": "float", "Share of the rows to keep": 0.5, "Seed": 4}
    yes = {"name: drop rows without a value", "kind: accept only a, b", "Drop rows that are alike"}
    asked = []

    def prompt(text, default=None, **_):
        asked.append(text)
        return next((answer for start, answer in answers.items() if text.startswith(start)), default)

    monkeypatch.setattr(questions.typer, "prompt", prompt)
    monkeypatch.setattr(questions.typer, "confirm", lambda text, default: text in yes or default)
    monkeypatch.setattr(catalogue.sys.stdin, "isatty", lambda: True, raising=False)
    assert call("data", "ask", "people.csv", "--into", "asked.yaml").code == 0
    entry = yaml.safe_load((people / "asked.yaml").read_text(encoding="utf-8"))["people"]
    assert entry["title"] == "Our people"
    assert entry["dtypes"] == {"age": "float"}
    assert entry["column_rules"] == {"name": {"drop_na": True}, "kind": {"unique_values": ["a", "b"]}}
    assert entry["dataframe_rules"] == {"drop_duplicates": True}
    assert entry["sampling"] == {"factor": 0.5, "seed": 4}
    assert len(asked) >= 8
    assert call("data", "check", "asked.yaml").code == 0


def test_a_broken_catalogue_is_told_with_all_its_problems(call, people):
    (people / "catalog.yaml").write_text("people: {pth: a, chunksize: 0}\n", encoding="utf-8")
    outcome = call("data", "list", "catalog.yaml")
    assert outcome.code == 1
    assert all(found in outcome.err for found in ("unknown-key", "out-of-range", "no-place", "`path`"))
    assert call("data", "list", "no.yaml").code == 1


def test_a_parquet_file_is_drafted_too(call, people):
    pl.DataFrame({"n": [1, 2], "t": ["a", "b"]}).write_parquet(people / "p.parquet")
    assert call("data", "add", "p.yaml", "p", "p.parquet").code == 0
    assert "rows out         2" in call("data", "check", "p.yaml").out
