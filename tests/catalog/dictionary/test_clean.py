"""Rows are read, cast, judged and cleaned as the dictionary says, whatever the batches are."""

# ruff: noqa: E501 - cases are read line by line

import gzip
import hashlib
import sys
import tracemalloc
import zipfile
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import DataError, InputError, MissingExtraError, TooLargeError
from outclass.catalog import open_catalogue
from outclass.catalog.dictionary import csv_blocks, duplicates
from outclass.catalog.dictionary.cleaning import Batch, clean_batches
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.csv_blocks import first_row_end, last_row_end, row_ends
from outclass.catalog.dictionary.dataset import Dataset
from outclass.catalog.dictionary.declaration import (
    ColumnRules,
    DataDictionary,
    DataframeRules,
    DType,
    Rows,
    Sampling,
)
from outclass.catalog.dictionary.draws import share
from outclass.catalog.dictionary.duplicates import Seen
from outclass.catalog.dictionary.report import CleaningLog
from outclass.catalog.dictionary.steps import Step, StepName
from outclass.catalog.dictionary.texts import changed

PEOPLE = 'name,age,town\nAda,36,London\n"Bob, Jr",x,Paris\nAda,36,London\n,200,Rome\nEve,7,"Two\nlines"\n'


def dataset(folder: Path, content: str | bytes = PEOPLE, name: str = "people.csv", **keys: object) -> Dataset:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    plain = msgspec.to_builtins({"path": name, **keys})
    return Dataset("people", msgspec.convert(plain, DataDictionary), folder)


def rules(**keys: object) -> ColumnRules:
    return msgspec.convert(keys, ColumnRules)


def dropped(table: Dataset) -> dict[str, int]:
    return {rule.rule: rule.rows for rule in table.report.dropped}


def test_three_lines_of_python_are_enough(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "catalog.yaml").write_text("people:\n  path: people.csv\n", encoding="utf-8")
    people = open_catalogue(tmp_path / "catalog.yaml")["people"]
    frame = people.load()
    assert frame["town"].to_list() == ["London", "Paris", "London", "Rome", "Two\nlines"]
    assert people.report.rows_in == people.report.rows_out == 5
    assert people.report.columns == {"name": "String", "age": "String", "town": "String"}


def test_a_report_before_anything_was_cleaned_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="call load"):
        _ = dataset(tmp_path).report


def test_columns_are_chosen_renamed_and_ordered(tmp_path: Path) -> None:
    frame = dataset(
        tmp_path, column_names={"name": "who"}, use_columns=("town", "who"), index_col="who"
    ).load()
    assert frame.columns == ["who", "town"]
    assert dataset(tmp_path, exclude_columns=("age",)).load().columns == ["name", "town"]


@pytest.mark.parametrize(
    "keys",
    [
        {"use_columns": ("twon",)},
        {"exclude_columns": ("twon",)},
        {"dtypes": {"twon": "int"}},
        {"column_rules": {"twon": ColumnRules()}},
        {"column_names": {"twon": "x"}},
        {"index_col": "twon"},
        {"converters": {"twon": StepName.TO_LOWERCASE}},
        {"parse_dates": ("twon",)},
        {"dataframe_rules": DataframeRules(drop_na=("twon",))},
        {"postprocessors": (Step(name=StepName.TO_LOWERCASE, columns=("twon",)),)},
    ],
)
def test_a_column_that_is_not_there_names_the_nearest(tmp_path: Path, keys: dict[str, object]) -> None:
    with pytest.raises(DataError, match="the nearest is town"):
        dataset(tmp_path, **keys).load()


def test_a_value_that_cannot_be_cast_names_its_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        dataset(tmp_path, dtypes={"age": "integer"}).load()
    assert caught.value.where == "people.csv, row 2"
    assert caught.value.got == 'row 2: "x"'
    assert "on_error" in str(caught.value.hint)


@pytest.mark.parametrize(("on_error", "rows", "repairs"), [("clear", 5, 1), ("drop", 4, 0)])
def test_it_is_repaired_by_a_declared_rule_only(
    tmp_path: Path, on_error: str, rows: int, repairs: int
) -> None:
    table = dataset(tmp_path, dtypes={"age": "integer"}, column_rules={"age": rules(on_error=on_error)})
    frame = table.load()
    assert len(frame) == rows
    assert frame["age"].dtype == pl.Int64
    assert len(table.report.repaired) == repairs
    assert dropped(table) == ({} if repairs else {"age: on_error drop": 1})


def test_each_rule_counts_the_rows_that_it_dropped_with_the_first_of_them(tmp_path: Path) -> None:
    table = dataset(
        tmp_path,
        dtypes={"age": "integer"},
        column_rules={
            "name": rules(drop_na=True, drop_duplicates=True, regex="^[A-Z]"),
            "age": rules(on_error="clear", min=10, max=100),
            "town": rules(exclude=("Paris",)),
        },
    )
    assert table.load().rows() == [("Ada", 36, "London")]
    assert dropped(table) == {
        "name: drop_na": 1,
        "age: min": 1,
        "town: exclude": 1,
        "name: drop_duplicates": 1,
    }
    assert [(rule.rule, rule.examples[0].row) for rule in table.report.dropped] == [
        ("name: drop_na", 4),
        ("age: min", 5),
        ("town: exclude", 2),
        ("name: drop_duplicates", 3),
    ]


def test_rules_for_whole_rows(tmp_path: Path) -> None:
    table = dataset(tmp_path, dataframe_rules=DataframeRules(drop_na=True, drop_duplicates=("town",)))
    assert table.load()["town"].to_list() == ["London", "Paris", "Two\nlines"]
    assert dropped(table) == {"rows: drop_na": 1, "rows: drop_duplicates": 1}


def test_accepted_values_and_values_that_mean_nothing(tmp_path: Path) -> None:
    table = dataset(
        tmp_path,
        na_values=("Rome",),
        column_rules={"age": rules(na_values=("x",)), "town": rules(unique_values=("London", "Paris"))},
    )
    frame = table.load()
    assert frame["town"].to_list() == ["London", "Paris", "London", None]
    assert frame["age"].to_list() == ["36", None, "36", "200"]


def test_a_pattern_that_only_others_know_is_an_error(tmp_path: Path) -> None:
    step = Step(name=StepName.GET_REGEX_FEATURES, patterns={"x": r"a\Z"})
    for keys in ({"column_rules": {"name": rules(regex=r"a\Z")}}, {"postprocessors": (step,)}):
        with pytest.raises(DataError, match="cannot be applied"):
            dataset(tmp_path, **keys).load()


def test_dates_numbers_and_truths(tmp_path: Path) -> None:
    content = "day,moment,flag,small,rate\n31.12.2024,2024-12-31T23:59:00,Yes,7.0,1.5\n,,no,8,nan\n"
    table = dataset(
        tmp_path,
        content,
        parse_dates={"day": "%d.%m.%Y"},
        dtypes={"day": "date", "moment": "datetime", "flag": "bool", "small": "int8", "rate": "float32"},
        column_rules={"rate": rules(on_error="clear"), "day": rules(min="2024-01-01")},
    )
    frame = table.load()
    assert [str(kind) for kind in frame.dtypes] == ["Date", "Datetime(time_unit='us', time_zone=None)", "Boolean", "Int8", "Float32"]  # fmt: skip
    assert frame["flag"].to_list() == [True, False]
    assert frame["rate"].to_list() == [1.5, None]


def test_a_bound_on_a_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only numbers and dates have bounds"):
        dataset(tmp_path, column_rules={"name": rules(min=3)}).load()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (StepName.REMOVE_UNICODE, "caf\u00e9 \u4f60", "caf "),
        (StepName.REMOVE_TABS, "a\t\r\nb", "a b"),
        (StepName.REMOVE_DIGITS, "a1b\u0663c", "abc"),
        (StepName.REMOVE_STOPWORDS, "The cat and THE hat", "cat hat"),
        (StepName.REMOVE_EMOJI, "hi \U0001f44d\U0001f3fd\U0001f468\u200d\U0001f469\u200d\U0001f467 1\ufe0f\u20e3!", "hi  !"),
        (StepName.TO_LOWERCASE, "\u00c4B", "\u00e4b"),
    ],
)  # fmt: skip
def test_steps_for_texts(tmp_path: Path, name: StepName, before: str, after: str) -> None:
    own = Dataset("own", DataDictionary(path="x", converters={"text": name}), tmp_path)
    frame = pl.DataFrame({"text": [before, None, "plain"]})
    assert own.clean(frame)["text"].to_list() == [after, None, "plain"]
    column = DataDictionary(path="x", column_rules={"text": rules(postprocessors=(name,))})
    assert Dataset("own", column, tmp_path).clean(frame)["text"].to_list() == [after, None, "plain"]
    whole = Dataset("own", DataDictionary(path="x", postprocessors=(name,)), tmp_path)
    assert whole.clean(frame)["text"].to_list() == [after, None, "plain"]


def test_letters_of_other_scripts_keep_their_joiners(tmp_path: Path) -> None:
    text = "\u0915\u094d\u200d\u0937"
    own = Dataset("own", DataDictionary(path="x", postprocessors=(StepName.REMOVE_EMOJI,)), tmp_path)
    assert own.clean(pl.DataFrame({"text": [text]}))["text"].to_list() == [text]


def test_patterns_are_counted_in_columns_of_their_own(tmp_path: Path) -> None:
    step = Step(name=StepName.GET_REGEX_FEATURES, patterns={"vowels": "[aeiou]"})
    own = Dataset(
        "own", DataDictionary(path="x", postprocessors=(step, StepName.GET_REGEX_FEATURES)), tmp_path
    )
    frame = own.clean(pl.DataFrame({"text": ["Go to https://a.org NOW!!", None]}))
    assert frame["text_vowels"].to_list() == [4, 0]
    assert frame["text_links"].to_list() == [1, 0]
    assert frame["text_exclamations"].to_list() == [2, 0]


def test_tfidf_weighs_as_scikit_learn_does(tmp_path: Path) -> None:
    sklearn = pytest.importorskip("sklearn.feature_extraction.text")
    texts = ["call me now", "call call mum", "win a prize now", "", "prize"]
    step = Step(name=StepName.GET_TFIDF_FEATURES, features=50)
    own = Dataset("own", DataDictionary(path="x", postprocessors=(step,)), tmp_path)
    frame = own.clean(pl.DataFrame({"text": texts}))
    model = sklearn.TfidfVectorizer(token_pattern=r"(?u)\b\w\w+\b")
    expected = model.fit_transform(texts).toarray()
    names = [f"text_tfidf_{word}" for word in model.get_feature_names_out()]
    assert frame.columns == ["text", *names]
    assert abs(frame.select(names).to_numpy() - expected).max() < 1e-12


def test_several_files_are_cleaned_alike_and_keep_their_order(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("age,name\n1,Eve\n2,Ada\n", encoding="utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"name,age\nAda,3\n"))
    one = DataDictionary(files=("a.csv.gz", "b.csv"), column_rules={"name": rules(drop_duplicates=True)})
    table = Dataset("both", one, tmp_path)
    assert table.load().rows() == [("Ada", "3"), ("Eve", "1")]
    assert table.report.dropped[0].examples[0].file == "b.csv"
    assert Dataset("all", DataDictionary(glob="*.csv*"), tmp_path).load()["name"].to_list() == [
        "Ada",
        "Eve",
        "Ada",
    ]
    (tmp_path / "c.csv").write_text("name,height\nX,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="other columns than the first"):
        Dataset("odd", DataDictionary(glob="*.csv*"), tmp_path).load()
    with pytest.raises(DataError, match="no file has this pattern"):
        Dataset("none", DataDictionary(glob="*.tsv"), tmp_path).load()


def test_a_wrong_checksum_is_an_error_unless_a_warning_will_do(tmp_path: Path) -> None:
    right = hashlib.md5(PEOPLE.encode()).hexdigest()
    assert len(dataset(tmp_path, md5=right).load()) == 5
    with pytest.raises(DataError, match="checksum: warn"):
        dataset(tmp_path, sha256="0" * 64).load()
    table = dataset(tmp_path, sha256="0" * 64, checksum="warn")
    table.load()
    assert "sha256" in table.report.warnings[0]


def test_some_rows_are_read(tmp_path: Path) -> None:
    content = "n\n" + "".join(f"{number}\n" for number in range(1000))
    read = {
        name: dataset(tmp_path, content, nrows=nrows, chunksize=7).load()["n"].cast(pl.Int64).to_list()
        for name, nrows in {
            "number": 3,
            "n": Rows(n=10),
            "range": Rows(range=(5, 8)),
            "random": Rows(random=20, seed=3),
            "more": 5000,
        }.items()
    }
    assert read["number"] == [0, 1, 2]
    assert read["n"] == list(range(10))
    assert read["range"] == [5, 6, 7]
    assert len(read["random"]) == 20
    assert read["random"] == sorted(read["random"])
    assert read["more"] == list(range(1000))


def test_parquet_and_json_lines_are_read_by_the_same_rules(tmp_path: Path) -> None:
    frame = pl.DataFrame({"name": ["Ada", "Eve", "Ada"], "age": [1, 2, 1]})
    frame.write_parquet(tmp_path / "p.parquet")
    (tmp_path / "p.jsonl").write_text('{"name": "Ada", "age": 1}\n{"name": "Eve", "age": 2}\n{"name": "Ada", "age": 1}\n', encoding="utf-8")  # fmt: skip
    for name in ("p.parquet", "p.jsonl"):
        one = DataDictionary(path=name, column_rules={"age": rules(max=1)}, dataframe_rules=DataframeRules(drop_duplicates=True))  # fmt: skip
        assert Dataset("one", one, tmp_path).load().rows() == [("Ada", 1)]


SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def write_workbook(path: Path, sheets: dict[str, list[tuple[str, ...]]]) -> None:
    """Write a workbook whose cells are texts."""
    names = list(sheets)
    parts = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/s{n}.xml" ContentType="{TYPE}.worksheet+xml"/>'
        for n in range(1, len(names) + 1)
    )
    xml = "application/vnd.openxmlformats-package.relationships+xml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="{xml}"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}"><sheets>{parts}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
    }
    for n, rows in enumerate(sheets.values(), 1):
        lines = "".join(
            f'<row r="{y}">'
            + "".join(
                f'<c r="{"ABC"[x]}{y}" t="inlineStr"><is><t>{cell}</t></is></c>' for x, cell in enumerate(row)
            )
            + "</row>"
            for y, row in enumerate(rows, 1)
        )
        files[f"xl/worksheets/s{n}.xml"] = (
            f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{lines}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')


@pytest.mark.parametrize(("sheet", "expected"), [(None, "Ada"), (1, "Eve"), ("Second", "Eve")])
def test_a_sheet_of_a_workbook_is_read(tmp_path: Path, sheet: str | int | None, expected: str) -> None:
    pytest.importorskip("fastexcel", reason="workbooks are read by the extra [excel]")
    write_workbook(
        tmp_path / "a.xlsx",
        {"First": [("name", "age"), ("Ada", "3")], "Second": [("name", "age"), ("Eve", "4")]},
    )
    declared = DataDictionary(path="a.xlsx", sheetname=sheet, dtypes={"age": DType.INTEGER})
    frame = Dataset("one", declared, tmp_path).load()
    assert frame["name"].to_list() == [expected]
    assert frame["age"].dtype == pl.Int64
    with pytest.raises(DataError, match="cannot be read"):
        Dataset("one", DataDictionary(path="a.xlsx", sheetname="Third"), tmp_path).load()


def test_a_workbook_without_its_reader_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_workbook(tmp_path / "a.xlsx", {"First": [("name",), ("Ada",)]})
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(MissingExtraError, match=r"outclass\[excel\]"):
        Dataset("one", DataDictionary(path="a.xlsx"), tmp_path).load()


@pytest.mark.parametrize(
    ("content", "keys", "where", "what"),
    [
        (b"a,b\n1,x\n2,y,z\n3,w\n", {}, "row 2, line 3", "3 values for 2 columns"),
        (b'a,b\n1,x\n2,"y\n3,w\n', {}, "line 3", "never closed"),
        (b'a,b\n1,x\n2,"y"z\n3,w\n', {}, "row 2, line 3", "quotes of this row are broken"),
        (b"a,b\n1,x\n2,\xff\n", {}, "row 2, line 3", "not in UTF-8"),
        (b"a,b\n1,\x81\n", {"encoding": "ascii"}, "line 1", "not in the encoding"),
        (b"", {}, "people.csv", "empty"),
        (b"a,a\n1,2\n", {}, "line 1", "same name"),
        (b"\x1f\x8b broken", {}, "people.csv", "cannot be read"),
        (b"PAR1 broken PAR1", {}, "people.csv", "cannot be read"),
    ],
)
def test_a_broken_file_says_where(
    tmp_path: Path, content: bytes, keys: dict[str, object], where: str, what: str
) -> None:
    with pytest.raises(DataError) as caught:
        dataset(tmp_path, content, **keys).load()
    assert where in str(caught.value.where)
    assert what in caught.value.sentence()


def test_a_missing_file_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="put it at"):
        Dataset("one", DataDictionary(path="no.csv"), tmp_path).load()


def test_a_row_without_end_is_refused_before_memory_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "MAX_ROW_BYTES", 100_000)
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 50_000)
    content = b'a,b\n1,x\n2,"' + b"z" * 1_000_000 + b'"\n'
    with pytest.raises(TooLargeError) as caught:
        dataset(tmp_path, content).load()
    assert "line 3" in str(caught.value.where)


@pytest.mark.parametrize("quote", [b'"', b""], ids=["quoted", "bare"])
def test_a_cell_of_100_megabytes_is_refused_in_bounded_memory(tmp_path: Path, quote: bytes) -> None:
    content = gzip.compress(b"a,b\n1," + quote + b"z" * 100_000_000 + quote + b"\n2,y\n", compresslevel=1)
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="line 2"):
            dataset(tmp_path, content, name="a.csv.gz").load()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 80_000_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252", "shift_jis"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    word = "\u30c6\u30b9\u30c8" if encoding == "shift_jis" else "caf\u00e9"
    content = f"a,b\n{word},2\n".encode(encoding)
    assert dataset(tmp_path, content, encoding=encoding).load()["a"].to_list() == [word]


def test_header_delimiter_and_quote(tmp_path: Path) -> None:
    content = "a comment\nx;y\n'1;2';\"3\n"
    assert dataset(tmp_path, content, header=1, delimiter=";", quote="'").load().rows() == [("1;2", '"3')]
    bare = dataset(
        tmp_path, "ham\tit's 5\" long\n", name="a.tsv", header=False, quote="", column_names=("l", "t")
    )
    assert bare.load().rows() == [("ham", "it's 5\" long")]


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=("Cs",)), max_size=8
)


@given(rows=st.lists(st.tuples(cells, cells), max_size=30), size=st.integers(1, 40), block=st.integers(8, 60))
def test_batches_and_blocks_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], size: int, block: int
) -> None:
    folder = tmp_path_factory.mktemp("laws")
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    frame.write_csv(folder / "a.csv")
    keys = {
        "sampling": Sampling(factor=0.7, seed=5),
        "column_rules": {"a": rules(drop_duplicates=True, postprocessors=(StepName.REMOVE_DIGITS,))},
        "dataframe_rules": DataframeRules(drop_duplicates=True),
    }
    with pytest.MonkeyPatch.context() as patch:
        whole = Dataset("one", DataDictionary(path="a.csv", **keys), folder)  # type: ignore[arg-type]
        expected = whole.load()
        patch.setattr(csv_blocks, "BLOCK_BYTES", block)
        patch.setattr(csv_blocks, "HEAD_BYTES", block)
        parts = Dataset("one", DataDictionary(path="a.csv", chunksize=size, **keys), folder)  # type: ignore[arg-type]
        found = parts.load()
    assert found.rows() == expected.rows()
    assert parts.report.content_sha256 == whole.report.content_sha256
    assert parts.report.dropped == whole.report.dropped


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.sqlite"])
def test_the_same_dictionary_and_input_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    content = "n,t\n" + "".join(f"{number},text {number * 7919 % 101}\n" for number in range(5000))
    sums = []
    for size in (250_000, 311):
        table = dataset(tmp_path, content, dtypes={"n": "int"}, chunksize=size, sampling=Sampling(factor=0.5))
        table.export(tmp_path / name)
        sums.append((hashlib.sha256((tmp_path / name).read_bytes()).hexdigest(), table.report.content_sha256))
    assert sums[0] == sums[1]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_error_while_exporting_leaves_no_file(tmp_path: Path) -> None:
    table = dataset(tmp_path, dtypes={"age": "int"})
    for name in ("a.csv", "a.parquet", "a.sqlite"):
        with pytest.raises(DataError, match="cannot be read as Int64"):
            table.export(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv"]
    with pytest.raises(InputError, match="not written"):
        table.export(tmp_path / "a.doc")
    with pytest.raises(InputError, match="exporter"):
        table.export()
    with pytest.raises(InputError, match="the rows come from"):
        dataset(tmp_path, exporter="csv").export()
    assert dataset(tmp_path, exporter={"kind": "csv", "path": "out.csv"}).export().endswith("out.csv")


@given(seed=st.integers(0, 2**63), factor=st.floats(0.05, 1.0), cut=st.integers(0, 4000))
def test_a_sample_is_a_share_that_depends_on_seed_and_row_alone(seed: int, factor: float, cut: int) -> None:
    whole = share(0, 4000, factor, seed)
    assert abs(whole.mean() - factor) < 0.05
    assert [*share(0, cut, factor, seed), *share(cut, 4000 - cut, factor, seed)] == whole.tolist()


@given(
    batches=st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=12),
    longest=st.sampled_from([3, 1000]),
)
def test_what_was_seen_is_known(batches: list[list[int]], longest: int) -> None:
    seen, known = Seen(), set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "MAX_RUN", longest)
        for batch in batches:
            new = seen.add(pl.DataFrame({"n": batch}, schema={"n": pl.Int64}))
            for value, fresh in zip(batch, new.tolist(), strict=True):
                assert fresh == (value not in known)
                known.add(value)
    assert len(seen) == len(known)


@given(st.text(st.sampled_from('ab,"\n'), max_size=40))
def test_rows_end_where_quotes_are_closed(text: str) -> None:
    content, inside, ends = text.encode(), False, []
    for place, letter in enumerate(text):
        inside ^= letter == '"'
        if letter == "\n" and not inside:
            ends.append(place + 1)
    assert first_row_end(content, b'"') == (ends[0] if ends else 0)
    assert last_row_end(content, b'"') == (ends[-1] if ends else 0)
    assert [end for end in row_ends(content, b'"') if end in ends] == ends


def test_a_batch_that_was_sampled_while_it_was_read_is_not_sampled_again() -> None:
    log = CleaningLog()
    frame = pl.DataFrame({ROW: [4, 9], "a": ["x", "y"]})
    declared = DataDictionary(path="x", sampling=Sampling(factor=0.001))
    (cleaned,) = clean_batches([Batch(frame=frame, file="t", read=10)], declared, log)
    assert cleaned.frame["a"].to_list() == ["x", "y"]
    assert (log.rows_in, log.rows_sampled) == (10, 2)


letters = st.text(
    st.sampled_from("aTthe The 1\t\n\u00e9\u0663\U0001f44d\U0001f3fd\ufe0f\u20e3#\u200d\u017f"), max_size=12
)
changes = st.lists(st.sampled_from([name for name in StepName if not name.startswith("get_")]), max_size=4)


@given(texts=st.lists(st.none() | letters, max_size=8), names=changes)
def test_steps_together_do_what_they_do_one_after_another(
    texts: list[str | None], names: list[StepName]
) -> None:
    together = changed(pl.Series("t", texts, dtype=pl.String), [Step(name=name) for name in names])
    alone = []
    for text in texts:
        series = pl.Series("t", [text, "\u00e9"], dtype=pl.String)  # one that is not ASCII, beside it
        for name in names:
            series = changed(series, [Step(name=name)])
        alone.append(series[0])
    assert together.to_list() == alone
    assert together.name == "t"
