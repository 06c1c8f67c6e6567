"""Numbers as people write them, and headers that a list of names stands in for."""

from pathlib import Path

import msgspec
import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.catalog.dictionary.dataset import Dataset
from outclass.catalog.dictionary.declaration import DataDictionary


def rows_of(folder: Path, content: str, **keys: object) -> pl.DataFrame:
    path = folder / "table.csv"
    path.write_text(content, encoding="utf-8")
    plain = msgspec.to_builtins({"path": path.name, **keys})
    return Dataset("table", msgspec.convert(plain, DataDictionary), folder).load()


@pytest.mark.parametrize(
    ("text", "keys", "number"),
    [
        ("1,5", {"decimal": ","}, 1.5),
        ("1.234,5", {"decimal": ",", "thousands": "."}, 1234.5),
        ("-1,234.5", {"thousands": ","}, -1234.5),
        ("1 234 567", {"thousands": " "}, 1234567.0),
        ("1\u202f234,5", {"thousands": " ", "decimal": ","}, 1234.5),
        ("1'234", {"thousands": "'"}, 1234.0),
        ("1.5", {}, 1.5),
    ],
)
def test_numbers_are_read_as_they_are_declared(
    tmp_path: Path, text: str, keys: dict[str, str], number: float
) -> None:
    found = rows_of(tmp_path, f"a;b\n{text};x\n", delimiter=";", dtypes={"a": "float"}, **keys)
    assert found["a"].to_list() == [number]


@pytest.mark.parametrize(
    ("header", "names"),
    [("a;a", ["a", "b"]), ("a", ["row", "a"]), ("x;y", ["a", "b"])],
    ids=["named twice", "one name too few", "named otherwise"],
)
def test_a_list_of_names_stands_in_for_a_header(tmp_path: Path, header: str, names: list[str]) -> None:
    found = rows_of(tmp_path, f"{header}\n1;2\n3;4\n", delimiter=";", column_names=tuple(names))
    assert found.columns == names
    assert found.rows() == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("rows", [("1", "2;3;4"), ("2;3;4", "1")], ids=["first", "later"])
def test_a_short_row_is_filled_up_wherever_it_stands(tmp_path: Path, rows: tuple[str, str]) -> None:
    found = rows_of(tmp_path, "a;b;c\n" + "\n".join(rows) + "\n", delimiter=";")
    assert set(found.rows()) == {("1", None, None), ("2", "3", "4")}


def test_a_list_that_fits_neither_header_nor_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="another number of columns"):
        rows_of(tmp_path, "a;b\n1;2\n", delimiter=";", column_names=("a", "b", "c"))
