"""Tables of records: read from every format, versioned, exported."""

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.catalog.cleaning import Reason
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.export import export_version
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.record_frames import read_records_of, record_columns, values_of
from outclass.catalog.sources.records import record_keys
from outclass.catalog.versions import collect
from outclass.inputs.table import ColumnTable, encode
from small_challenge import write_challenge
from small_tables import COLUMNS, declaration, flower_challenge, flowers_csv

HEADER = "Kind,Height (cm),petals,color,thorns,stem_width\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "home")})


def flowers(folder: Path, csv: str, **dataset: object) -> LoadedChallenge:
    """Return a challenge of flowers with its own data."""
    declared = declaration()
    declared["dataset"] = {**declared["dataset"], **dataset}  # type: ignore[dict-item]
    write_challenge(folder / "flowers", declared)
    (folder / "flowers" / "flowers.csv").write_text(csv, encoding="utf-8")
    return load_challenge(folder / "flowers")


def read(loaded: LoadedChallenge, settings: Settings) -> tuple[DatasetVersion, ColumnTable]:
    """Return a version with its records."""
    version = collect(loaded, settings)
    inputs = version.objects().inputs
    assert isinstance(inputs, ColumnTable)
    return version, inputs


def test_the_same_rows_in_every_format_are_the_same_version(tmp_path: Path, settings: Settings) -> None:
    flower_challenge(tmp_path / "flowers", count=30)
    frame = pl.read_csv(tmp_path / "flowers" / "flowers.csv")
    folder = tmp_path / "flowers"
    frame.write_csv(folder / "flowers.tsv", separator="\t")
    frame.write_parquet(folder / "flowers.parquet")
    frame.write_ndjson(folder / "flowers.jsonl")
    with sqlite3.connect(folder / "flowers.db") as db:
        db.execute('CREATE TABLE flowers ("Kind", "Height (cm)", petals, color, thorns, stem_width)')
        db.executemany("INSERT INTO flowers VALUES (?, ?, ?, ?, ?, ?)", frame.rows())
    db.close()
    places: list[dict[str, object]] = [
        {"path": "flowers.csv"},
        {"path": "flowers.tsv"},
        {"path": "flowers.parquet"},
        {"path": "flowers.jsonl"},
        {"source": "sqlite", "table_name": "flowers", "path": "flowers.db"},
    ]
    found = set()
    for place in places:
        declared = declaration()
        dataset = {key: value for key, value in declared["dataset"].items() if key != "path"}  # type: ignore[attr-defined]
        write_challenge(folder, declared | {"dataset": dataset | place})
        found.add(collect(load_challenge(folder), settings).id)
    assert len(found) == 1


def test_files_have_a_readable_column_for_each_of_the_table(tmp_path: Path, settings: Settings) -> None:
    version, inputs = read(load_challenge(flower_challenge(tmp_path / "flowers", count=60)), settings)
    frame = pl.read_parquet(version.folder / "objects.parquet")
    assert frame.columns == ["object_id", "group_id", *(column.name for column in COLUMNS)]
    assert set(frame["color"].drop_nulls()) == {"red", "yellow", "white"}
    assert frame.schema["petals"] == pl.Int64
    assert version.document.columns == COLUMNS
    np.testing.assert_array_equal(values_of(pl.DataFrame(record_columns(inputs)), COLUMNS), inputs.values)
    export_version(version, tmp_path / "out.parquet")
    exported = pl.read_parquet(tmp_path / "out.parquet")
    assert exported.columns[:3] == ["object_id", "split", "label"]
    heights = set(pl.read_csv(tmp_path / "flowers" / "flowers.csv")["Height (cm)"].drop_nulls())
    assert set(exported["height"].drop_nulls()) <= heights
    assert next(block.inputs for block in version.blocks(size=7))[0] == inputs[0]  # type: ignore[index]


def test_a_version_is_known_by_its_content(tmp_path: Path, settings: Settings) -> None:
    text = flowers_csv(30)
    first = collect(flowers(tmp_path / "a", text), settings)
    assert collect(flowers(tmp_path / "b", text, title="Another"), settings).id == first.id
    assert collect(flowers(tmp_path / "c", text.replace(",red,", ",white,", 1)), settings).id != first.id
    first.verify()


def test_what_cannot_be_read_is_missing_and_told(tmp_path: Path, settings: Settings) -> None:
    text = HEADER + "rose,tall,30,red,y,7.5\nrose,62,thirty,mauve,y,1e99\ntulip, 41 ,NA,NA,?,9\n"
    version, inputs = read(flowers(tmp_path, text), settings)
    by_stem = {one["height"]: one for one in inputs}
    assert by_stem[41] == {"height": 41, "petals": None, "color": None, "thorns": None, "stem_width": 9}
    assert by_stem[62] == {"height": 62, "petals": None, "color": None, "thorns": "y", "stem_width": None}
    (table,) = version.document.cleaning.tables
    assert {rule.rule: rule.rows for rule in table.repaired} == {
        "height: no number, so missing": 1,
        "petals: no number, so missing": 1,
        "color: not listed, so missing": 1,
        "stem_width: no number, so missing": 1,
    }
    assert table.repaired[0].examples[0].value == "tall"


def test_decimal_commas_are_read_as_declared(tmp_path: Path, settings: Settings) -> None:
    text = HEADER.replace(",", ";") + "rose;62,5;30;red;y;1.007,5\ntulip;41;6;red;n;9\n"
    _, inputs = read(flowers(tmp_path, text, delimiter=";", decimal=",", thousands="."), settings)
    assert {(one["height"], one["stem_width"]) for one in inputs} == {(62.5, 1007.5), (41, 9)}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEADER.replace("thorns", "Thorn") + "rose,1,2,red,y,3\n", "dataset.columns.inputs: {thorns: Thorn}"),
        (HEADER + "rose,tall,2,red,y,3\ntulip,small,3,red,n,4\n", "no value of the column `height`"),
        (HEADER + "oak,1,2,red,y,3\n", "unknown-label"),
        (HEADER + "rose,,,,,\n", "1 empty"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(
    tmp_path: Path, settings: Settings, text: str, what: str
) -> None:
    with pytest.raises(DataError, match=what.replace("{", r"\{").replace("}", r"\}")):
        collect(flowers(tmp_path, text), settings)


def test_columns_of_every_type_are_read() -> None:
    day = date(2020, 1, 1)
    frame = pl.DataFrame(
        {
            "height": pl.Series([Decimal("1.5"), None, Decimal(3)]),
            "petals": [True, False, None],
            "color": pl.Series(["red", "blue", None], dtype=pl.Categorical),
            "thorns": pl.Series(["y", "n", "y"], dtype=pl.Enum(["y", "n"])),
            "stem_width": [float("inf"), float("nan"), 2.5],
        }
    )
    found = read_records_of(frame, COLUMNS, str, lambda text: text)
    assert list(ColumnTable(COLUMNS, found.values)) == [
        {"height": 1.5, "petals": 1, "color": "red", "thorns": "y", "stem_width": None},
        {"height": None, "petals": 0, "color": None, "thorns": "n", "stem_width": None},
        {"height": 3, "petals": None, "color": None, "thorns": "y", "stem_width": 2.5},
    ]
    unread = {name: rows.tolist() for name, rows in found.unread.items()}
    assert unread == {"color": [False, True, False], "stem_width": [True, False, False]}
    other = frame.with_columns(height=pl.Series([day] * 3), color=pl.Series([1, 2, None]))
    assert set(read_records_of(other, COLUMNS, str, lambda text: text).unread) == {
        "height",
        "color",
        "stem_width",
    }


def test_equal_records_stay_together_or_are_kept_once(tmp_path: Path, settings: Settings) -> None:
    twice, torn = "rose,60,30,red,y,7\n" * 2, "rose,50,30,red,y,7\ntulip,50,30,red,y,7\n"
    text = HEADER + twice + torn + "daisy,15,21,white,n,3\n"
    version = collect(flowers(tmp_path / "a", text), settings)
    objects = version.objects()
    assert len(objects) == 5
    assert len(set(objects.groups)) == 3
    sides = dict(zip(objects.groups, objects.splits, strict=True))
    assert all(sides[group] == side for group, side in zip(objects.groups, objects.splits, strict=True))
    once = collect(flowers(tmp_path / "b", text, repeats="once"), settings)
    assert len(once.objects()) == 2
    removed = once.document.cleaning.removed
    assert (removed[Reason.DUPLICATE], removed[Reason.CONFLICT]) == (1, 2)


def test_names_of_rows_stay_when_the_declaration_is_tidied() -> None:
    values = encode([{"height": 1.5, "color": "red", "thorns": "n"}, {"height": -0.0}], COLUMNS)
    keys = record_keys(ColumnTable(COLUMNS, values))
    flipped = tuple(reversed(COLUMNS))
    color = msgspec.structs.replace(COLUMNS[2], values=tuple(reversed(COLUMNS[2].values)))
    tidied = tuple(color if column.name == "color" else column for column in flipped)
    again = encode([{"height": 1.5, "color": "red", "thorns": "n"}, {"height": 0.0}], tidied)
    assert record_keys(ColumnTable(tidied, again)) == keys
    assert len(set(keys)) == 2


def test_a_column_may_name_rows_and_groups(tmp_path: Path, settings: Settings) -> None:
    lines = [f"f{n},{'ab'[n % 2]},rose,{n},30,red,y,7" for n in range(6)]
    text = "number,bed," + HEADER + "\n".join(lines) + "\n"
    columns = {"label": "Kind", "id": "number", "group": "bed", "inputs": {"height": "Height (cm)"}}
    version = collect(flowers(tmp_path, text, columns=columns), settings)
    assert sorted(version.objects().ids) == [f"f{n}" for n in range(6)]
    assert set(version.objects().groups) == {"g-a", "g-b"}
    broken = flowers(tmp_path / "b", text.replace("f1", "f0"), columns=columns)
    with pytest.raises(DataError, match="the same id"):
        collect(broken, settings)


def test_the_agaricus_table_is_read_whole(shared_data: Path, tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "challenges" / "agaricus"
    home = {"OUTCLASS_HOME": str(tmp_path), "OUTCLASS_MIRROR": str(shared_data)}
    version, inputs = read(load_challenge(folder), Settings.from_environment(home))
    lines = (shared_data / "mushrooms" / "agaricus-lepiota.csv").read_text(encoding="utf-8").splitlines()
    assert len(inputs) == len(lines) - 1
    assert not version.document.cleaning.tables[0].repaired
    missing = np.isnan(inputs.values).sum(axis=0)
    names = [column.name for column in inputs.columns]
    assert {names[place] for place in np.flatnonzero(missing)} <= {"stalk_root"}
