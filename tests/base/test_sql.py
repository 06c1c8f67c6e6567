"""SQL means the same on both databases."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databases import sqlite_url
from outclass.base.errors import ConflictError, InputError, UnavailableError
from outclass.base.sql import Database, dialect_of, sqlite_path, to_postgres
from outclass.base.tables import TABLES, actual_columns, schema_problems

ROW = "INSERT INTO api_key_use (key_id, day, requests) VALUES (?, ?, ?)"


def count(db: Database) -> int:
    row = db.fetch_one("SELECT count(*) AS n FROM api_key_use")
    assert row is not None
    return int(str(row["n"]))


def insert_twice(db: Database) -> None:
    with db.transaction():
        db.execute(ROW, ("k", "2026-01-01", 1))
        with db.transaction():
            db.execute(ROW, ("k", "2026-01-01", 2))


def test_values_survive(db: Database) -> None:
    db.execute("CREATE TABLE things (a text, b double precision, c bigint, d text)")
    assert db.execute("INSERT INTO things VALUES (?, ?, ?, ?)", ("O'Hara? 100%", 0.1 + 0.2, 2**40, None)) == 1
    assert db.fetch_all("SELECT * FROM things WHERE a LIKE '%?%'") == [
        {"a": "O'Hara? 100%", "b": 0.1 + 0.2, "c": 2**40, "d": None}
    ]
    assert db.fetch_one("SELECT a FROM things WHERE c = ?", (1,)) is None


def test_a_failed_transaction_leaves_nothing(db: Database) -> None:
    with pytest.raises(ConflictError):
        insert_twice(db)
    assert count(db) == 0
    with db.transaction():
        db.execute(ROW, ("k", "2026-01-01", 1))
    assert count(db) == 1


def test_execute_many_is_one_transaction(db: Database) -> None:
    with pytest.raises(ConflictError):
        db.execute_many(ROW, [("k", "a", 1), ("k", "b", 1), ("k", "a", 1)])
    assert count(db) == 0


def test_threads_do_not_lose_updates(db: Database) -> None:
    db.execute(ROW, ("k", "a", 0))

    def add() -> None:
        for _ in range(20):
            with db.transaction():
                db.execute("UPDATE api_key_use SET requests = requests + 1 WHERE key_id = ?", ("k",))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.fetch_one("SELECT requests FROM api_key_use") == {"requests": 80}


def test_closed_database_opens_again(db: Database) -> None:
    db.close()
    assert count(db) == 0


def test_a_missing_table_is_told(database_url: str) -> None:
    db = Database.connect(database_url, create=True)
    with pytest.raises(UnavailableError, match="a table is missing"):
        db.fetch_all("SELECT * FROM api_key")
    assert [problem for problem in schema_problems(db) if "missing" in problem] == [
        f"the table {table.name} is missing" for table in TABLES
    ]
    db.close()


def test_declared_tables_read_back(db: Database) -> None:
    assert schema_problems(db) == []
    assert [column.name for column in actual_columns(db, "ballot")][:3] == [
        "id",
        "challenge",
        "prediction_id",
    ]


def test_schema_problems_are_named(db: Database) -> None:
    db.execute("ALTER TABLE api_key DROP COLUMN last_used_at")
    db.execute("ALTER TABLE api_key ADD COLUMN color text")
    assert schema_problems(db) == ["api_key.last_used_at is missing", "api_key.color is not declared"]


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    db = Database.connect(sqlite_url(tmp_path))
    with pytest.raises(UnavailableError, match="does not exist yet"):
        db.fetch_all("SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_postgres_connection_is_replaced(postgres_url: str) -> None:
    db = Database.connect(postgres_url)
    other = Database.connect(postgres_url)
    row = db.fetch_one("SELECT pg_backend_pid() AS pid")
    assert row is not None
    other.fetch_all("SELECT pg_terminate_backend(?)", (row["pid"],))
    with pytest.raises(UnavailableError):
        db.fetch_all("SELECT 1")
    assert db.fetch_one("SELECT 1 AS one") == {"one": 1}
    db.close()
    other.close()


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "sqlite:///:memory:", ""])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="not supported"):
        dialect_of(url)


def test_an_unreachable_server_does_not_show_the_password() -> None:
    db = Database.connect("postgresql://user:pass-word@127.0.0.1:1/nothing")
    with pytest.raises(UnavailableError) as caught:
        db.fetch_all("SELECT 1")
    assert "pass-word" not in str(caught.value)


def test_path_of_a_url() -> None:
    assert sqlite_path("sqlite:///relative.db") == Path("relative.db")
    assert sqlite_path("sqlite:////srv/a%20b.db") == Path("/srv/a b.db")


@given(st.lists(st.sampled_from(["a", " ", "=", "%", "'?'", '"?"']), max_size=20), st.integers(0, 5))
def test_only_free_question_marks_are_translated(parts: list[str], marks: int) -> None:
    sql = "".join(parts) + "?" * marks
    translated = to_postgres(sql)
    assert translated.count("%s") == marks
    assert translated.replace("%%", "").count("%") == marks
    assert translated.count("?") == sql.count("?") - marks
