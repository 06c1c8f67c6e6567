"""Tables of texts become the objects of a challenge: ids, groups, labels of several files."""

# ruff: noqa: E501 - rows and rules are read line by line

import sqlite3
from pathlib import Path

import pytest

from outclass.base.errors import DataError
from outclass.catalog import collect, load_challenge
from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.texts import TableSource, normalized
from outclass.inputs.text_key import text_sha256
from small_challenge import settings_in, write_challenge
from small_texts import declaration

CLASSES = ("personal", "notification", "spam")
OURS = "label,text\nham,See you at seven\nham,Your code is 4711\njunk,WIN a prize now\nham,see you at SEVEN!\nodd,What is this\n"
OTHERS = 'junk\tWin "cash\nham\tHello mum\n'


def written(folder: Path, **dataset: object) -> Path:
    """Write a challenge of two tables and return its folder."""
    declared = declaration()
    declared["classes"] = [{"name": name, "title": name.title()} for name in CLASSES]
    files = {"ours": {"path": "ours.csv"}, "others": {"path": "others.tsv"}}
    keys = {
        "title": "Notes",
        "licence": "CC0-1.0",
        "citation": "Made for a test.",
        "source": {"kind": "table", "files": files},
        "labels": {"ham": "personal+notification", "junk": "spam"},
        "tables": {"others": {"header": False, "quote": "", "column_names": ["label", "text"]}},
    } | dataset
    declared["dataset"] = {key: value for key, value in keys.items() if value is not None}
    write_challenge(folder, declared)
    (folder / "ours.csv").write_text(OURS, encoding="utf-8")
    (folder / "others.tsv").write_text(OTHERS, encoding="utf-8")
    return folder


def read(folder: Path) -> SourceTable:
    challenge: Challenge = load_challenge(folder).challenge
    files = {role: folder / file.path for role, file in challenge.dataset.reader.files.items()}
    return TableSource().read(files, challenge, folder=folder)


def version_of(folder: Path) -> DatasetVersion:
    return collect(load_challenge(folder), settings_in(folder / "home"))


def test_labels_of_several_files_become_classes(tmp_path: Path) -> None:
    table = read(written(tmp_path / "notes"))
    assert list(zip(table.labels, table.inputs, strict=True)) == [
        ("personal", "See you at seven"),
        ("personal", "Your code is 4711"),
        ("spam", "WIN a prize now"),
        ("personal", "see you at SEVEN!"),
        ("odd", "What is this"),
        ("spam", 'Win "cash'),
        ("personal", "Hello mum"),
    ]
    assert [report.name for report in table.tables] == ["ours", "others"]
    assert table.tables[0].rows_out == 5


def test_ids_hold_and_texts_alike_stay_together(tmp_path: Path) -> None:
    folder = written(tmp_path / "notes")
    first = read(folder)
    assert first.group_ids[0] == first.group_ids[3]
    assert len(set(first.object_ids)) == 7
    (folder / "ours.csv").write_text(OURS + "ham,One more\n", encoding="utf-8")
    second = read(folder)
    assert set(first.object_ids) < set(second.object_ids)
    assert normalized("?!") == "?!"


def test_rules_and_checked_labels_decide_unions(tmp_path: Path) -> None:
    folder = written(tmp_path / "notes", rules="rules.yaml", checked="checked.csv")
    (folder / "rules.yaml").write_text(
        "rules:\n  - {name: code, class: notification, pattern: code}\n  - {name: mum, class: notification, pattern: mum}\n",
        encoding="utf-8",
    )
    (folder / "checked.csv").write_text(
        f"sha256,label\n{text_sha256('hello MUM')},personal\n", encoding="utf-8"
    )
    table = read(folder)
    found = dict(zip(table.inputs, table.labels, strict=True))
    assert found["Your code is 4711"] == "notification"
    assert found["Hello mum"] == "personal"
    assert found["See you at seven"] == "personal"


def test_a_version_is_collected_and_says_what_was_left_out(tmp_path: Path) -> None:
    folder = written(tmp_path / "notes", ignored=["odd"])
    version = version_of(folder)
    assert version.document.cleaning.removed["ignored"] == 1
    assert version.document.cleaning.rows_kept == 6
    assert {report.name: report.rows_in for report in version.document.cleaning.tables} == {
        "ours": 5,
        "others": 2,
    }
    assert version_of(folder).id == version.id


def test_declared_ids_and_groups(tmp_path: Path) -> None:
    columns = {"text": "text", "label": "label", "id": "key", "group": "who"}
    folder = written(tmp_path / "notes", columns=columns, tables={}, source=None, path="ours.csv")
    (folder / "ours.csv").write_text("key,who,label,text\n7,a,ham,x y\n8,a,junk,z\n", encoding="utf-8")
    table = read(folder)
    assert table.object_ids == ("7", "8")
    assert table.group_ids == ("g-a", "g-a")
    (folder / "ours.csv").write_text("key,who,label,text\n7,a,ham,x y\n7,a,junk,z\n", encoding="utf-8")
    with pytest.raises(DataError, match="two rows have the same id"):
        read(folder)
    (folder / "ours.csv").write_text("key,who,label,text\n7,a,ham,x y\n,a,junk,z\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"row 2: this row has no id"):
        read(folder)


def test_labels_may_stand_with_the_source_too(tmp_path: Path) -> None:
    files = {"ours": {"path": "ours.csv"}}
    source = {"kind": "table", "files": files, "labels": {"ham": "personal", "odd": "spam"}}
    table = read(written(tmp_path / "notes", source=source, tables={}, labels={"odd": "notification"}))
    assert table.labels == ("personal", "personal", "junk", "personal", "notification")


def test_a_missing_column_says_how_to_name_it(tmp_path: Path) -> None:
    folder = written(tmp_path / "notes", columns={"text": "body"})
    with pytest.raises(DataError, match=r"dataset\.columns\.text"):
        read(folder)


def test_a_sqlite_table_is_a_source_as_well(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "notes",
        tables={},
        source="sqlite",
        path="a.sqlite",
        table_name="sms",
        sampling={"factor": 0.5},
    )
    with sqlite3.connect(folder / "a.sqlite") as database:
        database.execute("CREATE TABLE sms (text, label)")
        database.executemany("INSERT INTO sms VALUES (?, ?)", [(f"text {n}", "junk") for n in range(200)])
    database.close()
    table = read(folder)
    assert 70 < len(table.labels) < 130
    assert table.tables[0].rows_in == 200
    assert version_of(folder).document.lineage["source"] == "table"
