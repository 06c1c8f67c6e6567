"""Keyset paging: all pages together are the table in its order, whatever the keys, duplicates and NULLs."""

import csv
import io
import random
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sites import site_file, site_of
from outclass.publish.data_site.paging import read_token, write_token

NAME = "pages-0123456789ab"
ROWS = 60
TABLES = {
    "by_text": ("create table by_text (id text primary key, {columns})", ("id",)),
    "by_number": ("create table by_number (id integer primary key, {columns})", ("id",)),
    "by_two": ("create table by_two (a text, id integer, {columns}, primary key (a, id))", ("a", "id")),
    "by_three": (
        "create table by_three (a text, b integer, id text, {columns}, primary key (a, b, id)) without rowid",
        ("a", "b", "id"),
    ),
    "by_nothing": ("create table by_nothing ({columns})", ("rowid",)),
    "by_free": ("create table by_free (id primary key, {columns})", ("id",)),
}
COLUMNS = "few integer, part real, word text, free, bytes blob, [odd name, here] text, [select] integer"
SORTS = ["few", "part", "word", "free", "bytes", "odd name, here", "select", None]
INDEXED = ("few", "word", "free")


def one_of(chance, kind):
    """Return a value, now and then none."""
    if chance.random() < 0.25:
        return None
    return {
        "few": lambda: chance.choice([0, 1, 2, -7, 2**62]),
        "part": lambda: chance.choice([0.1, 1e300, -2.5, 3.0, float("inf"), 1 / 3]),
        "word": lambda: chance.choice(["", "a", "B", "a,b", "$null", "$i5", "ü~%/", "5", "10", "NULL"]),
        "free": lambda: chance.choice([5, "5", 5.5, "a", b"a", b"", "", 10, "10"]),
        "bytes": lambda: chance.choice([b"\x00\xff", b"a", b""]),
    }[kind]()


def write_pages(path):
    chance = random.Random(11)
    with closing(sqlite3.connect(path)) as connection, connection:
        for name, (create, _) in TABLES.items():
            connection.execute(create.format(columns=COLUMNS))
            own = list(range(ROWS))
            chance.shuffle(own)
            for place in own:
                key = {
                    "by_text": (f"k{place % 7},{place}",),
                    "by_number": (place * 3 - 50,),
                    "by_two": (f"g{place % 4}", place),
                    "by_three": (f"g{place % 2}", place % 5, str(place)),
                    "by_nothing": (),
                    "by_free": ([place, str(place), place + 0.5][place % 3],),
                }[name]
                values = [
                    one_of(chance, kind) for kind in ("few", "part", "word", "free", "bytes", "word", "few")
                ]
                holes = ", ".join("?" * (len(key) + len(values)))
                connection.execute(f"insert into {name} values ({holes})", (*key, *values))
            for column in INDEXED:
                connection.execute(f"create index {name}_{column} on {name}({column})")
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    path = write_pages(folder / "pages.sqlite")
    site = site_of(folder, site_file(path, "pages", metadata={}))
    yield site, path
    site.close()


def expected(path, table, keys, sort, descending, where):
    order = ", ".join(f"[{key}]" for key in keys)
    order = f"[{sort}] {'desc' if descending else 'asc'}, {order}" if sort else order
    with closing(sqlite3.connect(path)) as connection:
        return (
            connection.execute(f"select rowid, * from {table} where {where} order by {order}").fetchall()
            if (keys == ("rowid",))
            else connection.execute(f"select * from {table} where {where} order by {order}").fetchall()
        )


def comparable(value):
    """Return a value as JSON of Datasette has it."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return "bytes"
    if value == float("inf"):
        return None
    return value


def told(rows):
    return [["bytes" if isinstance(cell, dict) else cell for cell in row] for row in rows]


def page_through(site, first):
    rows, address, asked = [], first, 0
    while address:
        answer = site.get(address)
        assert answer.status_code == 200, answer.text[:300]
        found = answer.json()
        rows.extend(told(found["rows"]))
        parts = urlsplit(found["next_url"] or "")
        address = f"{parts.path}?{parts.query}" if found["next_url"] else None
        asked += 1
        assert asked <= ROWS + 1
    return rows


@settings(max_examples=60)
@given(
    table=st.sampled_from(sorted(TABLES)),
    sort=st.sampled_from(SORTS),
    descending=st.booleans(),
    size=st.sampled_from([7, 13, 20, 59, 60]),
    filtered=st.booleans(),
)
def test_all_pages_together_are_the_table_in_order(pages, table, sort, descending, size, filtered):
    site, path = pages
    query = f"_size={size}&_nofacet=1&_nosuggest=1&_nocount=1"
    if sort:
        query += f"&{'_sort_desc' if descending else '_sort'}={sort}"
    where = "1"
    if filtered:
        query, where = f"{query}&_where=few<2 or few is null", "few < 2 or few is null"
    keys = TABLES[table][1]

    rows = page_through(site, f"/data/{NAME}/{table}.json?{query}")

    wanted = [
        [comparable(cell) for cell in row] for row in expected(path, table, keys, sort, descending, where)
    ]
    assert rows == wanted


@pytest.mark.parametrize("hidden", ["_col=word", "_nocol=few"])
def test_paging_goes_by_a_column_that_is_not_shown(pages, hidden):
    site, path = pages
    rows = page_through(site, f"/data/{NAME}/by_two.json?_size=7&_sort_desc=few&{hidden}")

    assert [row[:2] for row in rows] == [
        list(row[:2]) for row in expected(path, "by_two", ("a", "id"), "few", True, "1")
    ]


@pytest.mark.parametrize("table", ["by_text", "by_free", "by_nothing"])
@pytest.mark.parametrize("sort", ["_sort=free", "_sort_desc=free", "_sort_desc=word"])
def test_a_stream_has_all_rows_in_order(pages, table, sort):
    site, path = pages
    name, descending = sort.split("=")[1], "desc" in sort

    text = site.get(f"/data/{NAME}/{table}.csv?_stream=1&{sort}").text

    rows = list(csv.reader(io.StringIO(text)))
    wanted = expected(path, table, TABLES[table][1], name, descending, "1")
    assert len(rows) == ROWS + 1
    assert [row[0] for row in rows[1:]] == [str(row[0]) for row in wanted]


def test_tokens_of_datasette_still_work(pages):
    site, path = pages
    rows = expected(path, "by_number", ("id",), None, False, "1")

    answer = site.get(f"/data/{NAME}/by_number.json?_size=5&_next={rows[9][0]}").json()

    assert [row[0] for row in answer["rows"]] == [row[0] for row in rows[10:15]]


VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(), st.binary()
)


@given(st.lists(VALUES, min_size=1))
def test_a_token_keeps_values_and_their_types(values):
    read = read_token(write_token(values))

    assert read == values
    assert list(map(type, read)) == list(map(type, values))


@pytest.mark.parametrize("token", ["$q", "$ix", "$f", "$bzz", "$i99999999999999999999"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(ValueError, match=r"."):
        read_token(token)


def test_counts_and_filters_of_the_next_page_are_those_of_the_first(cats):
    first = cats.get("/data/cats-0123456789ab/objects.json?_size=20&_sort=weight&_facet=split").json()
    parts = urlsplit(first["next_url"])
    second = cats.get(f"{parts.path}?{parts.query}").json()

    assert second["filtered_table_rows_count"] == first["filtered_table_rows_count"]
    assert [value["count"] for value in second["facet_results"]["split"]["results"]] == [
        value["count"] for value in first["facet_results"]["split"]["results"]
    ]
