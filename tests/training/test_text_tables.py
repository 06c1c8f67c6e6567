"""Labelled texts from files."""

from pathlib import Path

import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.catalog.loader import load_challenge
from outclass.training.labelled import LabelledRows, read_labelled
from small_texts import text_challenge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text_challenge(tmp_path / "notes")
    return tmp_path


def read(folder: Path, name: str, content: str | bytes) -> LabelledRows:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_labelled(path, load_challenge(folder / "notes").challenge)


def pairs(found: LabelledRows) -> list[tuple[str | None, object]]:
    assert found.labels is not None
    return list(zip(found.labels, found.rows, strict=True))


def test_a_file_of_label_tab_text_needs_no_header_and_knows_no_quotes(folder: Path) -> None:
    found = read(folder, "sms.tsv", 'call\tHe said "hi\noffer\tWIN, now\n')
    assert pairs(found) == [("call", 'He said "hi'), ("offer", "WIN, now")]


def test_a_csv_file_has_quotes_and_columns_in_any_order(folder: Path) -> None:
    found = read(folder, "sms.csv", 'id,Text,LABEL\n1,"a, ""b""\nc",call\n2,,offer\n')
    assert pairs(found) == [("call", 'a, "b"\nc'), ("offer", "")]


def test_a_parquet_file_is_read(folder: Path) -> None:
    pl.DataFrame({"message": ["hi"], "class": ["call"]}).write_parquet(folder / "sms.parquet")
    found = read_labelled(folder / "sms.parquet", load_challenge(folder / "notes").challenge)
    assert pairs(found) == [("call", "hi")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sms.tsv", b"call\tcaf\xe9\n"),
        ("sms.tsv", b"a\tb\tc\n"),
        ("sms.csv", b"label,number\ncall,7\n"),
        ("sms.csv", b""),
        ("sms.txt", b"hi"),
        ("sms.parquet", b"PAR1"),
    ],
)
def test_what_cannot_be_read_is_refused(folder: Path, name: str, content: bytes) -> None:
    with pytest.raises(DataError):
        read(folder, name, content)
