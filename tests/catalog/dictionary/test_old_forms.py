"""Dictionaries in the forms of the first version run, and none of the code that they name does."""

import importlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest

from outclass.base.errors import ChallengeFileError
from outclass.catalog import open_catalogue
from outclass.catalog.dictionary.declaration import SqlKind
from outclass.catalog.dictionary.draws import share
from outclass.catalog.dictionary.files import parse_catalogue, read_catalogue

OLD = Path(__file__).with_name("old_catalog.yaml")
LABELS = ("personal", "notification", "spam", "unknown")


def test_an_old_dictionary_is_understood() -> None:
    found = read_catalogue(OLD)
    assert sorted(found.entries) == ["messages", "recent"]
    assert sorted(found.templates) == ["server", "text_rules"]
    messages = found["messages"]
    assert messages.source is SqlKind.PSQL
    assert messages.config is not None
    assert messages.config.server_host == "$OLD_HOST"
    assert messages.column_rules["text"].postprocessors == ("remove_tabs", "remove_emoji", "to_lowercase")
    assert messages.chunksize == 50


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "luminous.postprocessors.remove_everything"])
def test_code_that_is_no_registered_step_is_refused_by_name(name: str) -> None:
    text = f"a:\n  path: b.csv\n  postprocessors:\n    - !!python/name:{name}\n"
    with pytest.raises(ChallengeFileError) as caught:
        parse_catalogue(text.encode(), Path("catalog.yaml"))
    found = {problem.id: problem for problem in caught.value.problems}["unknown-step"]
    assert found.got == name
    assert found.where == "line 4, a.postprocessors[0]"
    assert "remove_tabs" in str(found.accepted)


def test_other_tags_are_refused() -> None:
    for tag in ("!!python/object/apply:os.system [ls]", "!!python/module:os", "!own x"):
        with pytest.raises(ChallengeFileError) as caught:
            parse_catalogue(f"a:\n  path: {tag}\n".encode(), Path("catalog.yaml"))
        assert "yaml-tag" in {problem.id for problem in caught.value.problems}


def test_a_merge_key_needs_a_mapping() -> None:
    with pytest.raises(ChallengeFileError, match="merge-key"):
        parse_catalogue(b"a:\n  path: b\n  <<: 3\n", Path("catalog.yaml"))


def test_own_keys_outrank_merged_ones_and_earlier_ones_later_ones() -> None:
    templates = "_x: &x {title: x, notes: x, licence: x}\n_y: &y {notes: y, licence: y, citation: y}\n"
    text = f"{templates}a:\n  path: b\n  <<: [*x, *y]\n  title: a\n"
    entry = parse_catalogue(text.encode(), Path("catalog.yaml"))["a"]
    assert (entry.title, entry.notes, entry.licence, entry.citation) == ("a", "x", "x", "y")


@pytest.fixture
def old_server(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Fill a real PostgreSQL and say in the environment where it is; return the number of rows."""
    parts = urlsplit(postgres_url)
    monkeypatch.setenv("OLD_HOST", parse_qs(parts.query)["host"][0])
    monkeypatch.setenv("OLD_DATABASE", parts.path.lstrip("/"))
    monkeypatch.setenv("OLD_USER", parts.username or "postgres")
    count = 400
    rows = [
        (n, None if n % 20 == 3 else f"Message\t{n // 2} \U0001f600 NOW", LABELS[n % 4], n)
        for n in range(count)
    ]
    with importlib.import_module("psycopg").connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE messages (id int, body text, label text, secret int)")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO messages VALUES (%s, %s, %s, %s)", rows)
    return count


def test_an_old_dictionary_runs_from_end_to_end(old_server: int, tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(OLD.read_text(encoding="utf-8"), encoding="utf-8")
    messages = open_catalogue(tmp_path / "catalog.yaml")["messages"]
    frame = messages.load()
    report = messages.report
    sampled = share(0, old_server, 0.5, 7)
    assert report.rows_in == old_server
    assert report.rows_sampled == sampled.sum()
    expected = [n for n in range(old_server) if sampled[n] and n % 20 != 3 and n % 4 != 3]
    seen: set[int] = set()
    first = [n for n in expected if not (n // 2 in seen or seen.add(n // 2))]
    assert frame["id"].to_list() == first
    assert frame["text"].to_list() == [f"message {n // 2}  now" for n in first]
    assert frame.schema["id"] == pl.Int64
    assert "text_links" in frame.columns
    assert "secret" not in frame.columns
    assert {rule.rule for rule in report.dropped} == {
        "text: drop_na",
        "text: drop_duplicates",
        "label: unique_values",
    }
    written = messages.export()
    assert len(pl.read_csv(written)) == len(frame)
    assert messages.report == report


def test_a_query_of_an_old_dictionary_keeps_its_order(old_server: int, tmp_path: Path) -> None:
    recent = open_catalogue(OLD)["recent"]
    assert recent.load()["id"].to_list() == list(range(10))
