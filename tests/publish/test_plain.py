"""A data file of any table: types, facets, search, coordinates; the same bytes, flat memory."""

import sqlite3
from pathlib import Path

import polars as pl
import pytest

from outclass.base.errors import DataError, NotFoundError
from outclass.publish.database.plain import Terms, build_table_database

TREES = pl.DataFrame(
    {
        "id": [f"{place:04d}" for place in range(200)],
        "Height": [1.5 + place for place in range(200)],
        "rings": list(range(200)),
        "kind": [("oak", "elm", None)[place % 3] for place in range(200)],
        "lat": [40.1] * 200,
        "lon": [-70.2] * 200,
        "note": [
            f"Seen by a person near the old mill, call 0906 170 {place:04d} for a map of it"
            for place in range(200)
        ],
        "owner": [f"owner {place}" for place in range(200)],
        "height": [place / 7 for place in range(200)],
    }
)
TERMS = Terms(title="Trees", licence="CC-BY-4.0", source="The town", source_url="https://example.org")


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("form", ["frame", "csv", "tsv", "parquet"])
def test_columns_have_their_types_whatever_the_table_is_written_in(tmp_path, form):
    source = tmp_path / f"trees.{form}"
    match form:
        case "csv":
            TREES.write_csv(source)
        case "tsv":
            TREES.write_csv(source, separator="\t")
        case "parquet":
            TREES.write_parquet(source)
    made = build_table_database(
        TREES if form == "frame" else source, tmp_path / "trees.sqlite", terms=TERMS, left_out=["owner"]
    )

    columns = [(row[1], row[2]) for row in read(made.path, "PRAGMA table_info(rows)")]
    assert columns == [
        ("id", "TEXT"),
        ("Height", "REAL"),
        ("rings", "INTEGER"),
        ("kind", "TEXT"),
        ("lat", "REAL"),
        ("lon", "REAL"),
        ("note", "TEXT"),
        ("height_2", "REAL"),
    ]
    assert made.rows == 200
    assert read(made.path, "SELECT id, Height, rings, kind FROM rows LIMIT 1") == [("0000", 1.5, 0, "oak")]
    assert read(made.path, "SELECT COUNT(*) FROM rows WHERE kind IS NULL") == [(66,)]
    assert read(made.path, "SELECT COUNT(*) FROM rows WHERE note LIKE '%0906%'") == [(0,)]
    assert read(made.path, "SELECT COUNT(*) FROM rows_fts WHERE rows_fts MATCH 'mill'") == [(200,)]
    assert read(made.path, "SELECT COUNT(*) FROM rows_fts WHERE rows_fts MATCH '0906'") == [(0,)]
    assert b"owner" not in made.path.read_bytes()
    described = made.metadata["tables"]["rows"]
    assert described["facets"] == ["kind"]
    assert described["map"] == {"latitude": "lat", "longitude": "lon"}
    counted = read(made.path, 'SELECT value, "count" FROM facet_counts ORDER BY position')
    assert counted == [("elm", 67), ("oak", 67), (None, 66)]


def test_the_same_table_gives_the_same_bytes(tmp_path):
    TREES.write_csv(tmp_path / "trees.csv")

    first = build_table_database(tmp_path / "trees.csv", tmp_path / "a" / "x.sqlite", terms=TERMS)
    second = build_table_database(tmp_path / "trees.csv", tmp_path / "b" / "y.sqlite", terms=TERMS)
    other = build_table_database(TREES.head(100), tmp_path / "z.sqlite", terms=TERMS)

    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.sha256, first.content_sha256) == (second.sha256, second.content_sha256)
    assert other.content_sha256 != first.content_sha256


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2"], "INTEGER"),
        (["1.0", "2"], "INTEGER"),
        (["007", "2"], "TEXT"),
        (["1e3", "-.5"], "REAL"),
        (["", "."], "TEXT"),
        (["1", "NA"], "INTEGER"),
        (["99999999999999999999", "1"], "REAL"),
        (["1", "x"], "TEXT"),
    ],
)
def test_a_column_is_of_the_narrowest_type_that_loses_nothing(tmp_path, values, kind):
    (tmp_path / "x.csv").write_text(
        "name,value\n" + "".join(f"n{place},{v}\n" for place, v in enumerate(values))
    )

    made = build_table_database(tmp_path / "x.csv", tmp_path / "x.sqlite", terms=TERMS)

    assert [row[2] for row in read(made.path, "PRAGMA table_info(rows)")] == ["TEXT", kind]


def test_what_cannot_be_published_is_refused_without_a_trace(tmp_path):
    with pytest.raises(NotFoundError):
        build_table_database(tmp_path / "none.csv", tmp_path / "x.sqlite", terms=TERMS)
    with pytest.raises(DataError, match="nothing to publish"):
        build_table_database(TREES.head(0), tmp_path / "x.sqlite", terms=TERMS)
    with pytest.raises(DataError, match="nothing to publish"):
        build_table_database(TREES.select("id"), tmp_path / "x.sqlite", terms=TERMS, left_out=["id"])
    assert list(tmp_path.iterdir()) == []
