"""Where a database is; what is secret stands in no error and no text of ours."""

import logging
import traceback

import pytest

from outclass.base.errors import DataError
from outclass.catalog.dictionary.declaration import DataDictionary, SqlConfig, SqlKind
from outclass.catalog.sources.sql.address import Engine, address_of, password_variable

SECRET = "hunter2+/%&"
QUOTED = "hunter2%2B%2F%25%26"


def declared(**config):
    return DataDictionary(
        source=SqlKind.POSTGRESQL, table_name="sms", config=SqlConfig(**config) if config else None
    )


def test_a_whole_address_comes_from_a_variable(tmp_path):
    env = {"MESSAGES_URL": f"postgresql://ann:{QUOTED}@db.example:5433/sms%2D1?sslmode=require"}

    found = address_of(declared(variable="MESSAGES_URL"), tmp_path, env)

    assert (found.engine, found.host, found.port) == (Engine.POSTGRESQL, "db.example", 5433)
    assert (found.database, found.user, found.password) == ("sms-1", "ann", SECRET)
    assert found.options == {"sslmode": "require"}
    assert str(found) == "postgresql://ann@db.example:5433/sms-1"


def test_a_declared_address_takes_its_password_from_the_environment(tmp_path):
    config = {"hostname": "$DB_HOST", "db_name": "sms-2024", "username": "ann"}
    own = {"DB_HOST": "db.example", "OUTCLASS_SQL_SMS_2024_PASSWORD": SECRET, "PGPASSWORD": "other"}

    found = address_of(declared(**config), tmp_path, own)

    assert (found.host, found.database, found.user, found.password) == (
        "db.example",
        "sms-2024",
        "ann",
        SECRET,
    )
    assert password_variable("sms-2024") in own
    assert address_of(declared(**config), tmp_path, {"DB_HOST": "x", "PGPASSWORD": "p"}).password == "p"


def test_libpq_finds_the_server_by_itself(tmp_path):
    assert address_of(declared(), tmp_path, {"PGHOST": "x"}).host == ""


@pytest.mark.parametrize(
    ("keys", "env", "where", "message"),
    [
        ({"variable": "NOT_SET"}, {}, "config.variable", "NOT_SET is not set"),
        ({"host": "$NOT_SET"}, {}, "config.host", "NOT_SET is not set"),
        ({}, {}, "config", "nothing says where the database is"),
        ({"variable": "A"}, {"A": SECRET}, "A", "no address of a database"),
        ({"variable": "A"}, {"A": f"postgresql://a:{SECRET}@h:port/d"}, "A", "no address of a database"),
        ({"variable": "A"}, {"A": f"mysql://a:{QUOTED}@h/d"}, "A", "another kind of database"),
        ({"variable": "A"}, {"A": "oracle://h/d"}, "A", "no address of a database"),
        ({"host": "h"}, {"OUTCLASS_SQL_TIMEOUT": "soon"}, "OUTCLASS_SQL_TIMEOUT", "no time"),
    ],
)
def test_a_wrong_address_is_told_without_what_is_secret(tmp_path, keys, env, where, message):
    with pytest.raises(DataError, match=message) as caught:
        address_of(declared(**keys), tmp_path, env)

    assert caught.value.where == where
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_password_stands_in_no_error_and_no_log(scheme, read, monkeypatch, caplog):
    """The server is not there: what the driver says of its parameters is cleaned."""
    caplog.set_level(logging.DEBUG)
    kind = SqlKind(scheme)
    if scheme == "mysql":
        pytest.importorskip("pymysql")
    monkeypatch.setenv("OUTCLASS_SQL_URL", f"{scheme}://ann:{QUOTED}@127.0.0.1:9/sms")

    with pytest.raises(DataError, match="does not answer") as caught:
        read(source=kind, table_name="sms")

    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(caught.value.__dict__)
    assert "hunter2" not in told
    assert "127.0.0.1:9" in caught.value.where


def test_a_driver_that_quotes_the_password_is_cleaned(tmp_path):
    env = {"A": f"postgresql://ann:{QUOTED}@h/d"}
    found = address_of(declared(variable="A"), tmp_path, env)

    assert "hunter2" not in found.clean(f"bad dsn {SECRET}\n and {QUOTED}")
    assert "hunter2" not in repr(found)


def test_an_unknown_parameter_of_the_driver_is_told(read, monkeypatch):
    monkeypatch.setenv("OUTCLASS_SQL_URL", f"postgresql://ann:{QUOTED}@127.0.0.1:9/sms?colour=blue")

    with pytest.raises(DataError) as caught:
        read(table_name="sms")

    assert "colour" in caught.value.sentence()
    assert "hunter2" not in caught.value.sentence()
