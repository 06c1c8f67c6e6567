"""`outclass user`: passwords come in by every way but the command line."""

import sqlite3
from contextlib import closing

import msgspec
import pytest

from processes import run_outclass

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return one home for all tests here: making the tables takes a while. Each test has names of its own."""
    return tmp_path_factory.mktemp("people") / "home"


@pytest.fixture(scope="module")
def made(home):
    """Make the account of ada; return how the command ended."""
    return run_outclass(home, "user", "create", "ada", "--staff", "--json", given=PASSWORD + "\n")


def names(home):
    """Return the names of the accounts."""
    with closing(sqlite3.connect(home / "site.sqlite3")) as db:
        return {name for (name,) in db.execute("SELECT username FROM accounts_user")}


def test_an_account_is_made_with_a_password_from_standard_input(home, made):
    assert made.returncode == 0, made.stderr
    assert msgspec.json.decode(made.stdout) == {"user": "ada", "staff": True}
    assert PASSWORD not in made.stdout + made.stderr
    assert "ada" in run_outclass(home, "user", "list").stdout


def test_an_account_is_made_with_a_password_from_the_environment_and_changed(home):
    assert run_outclass(home, "user", "create", "ben", OUTCLASS_PASSWORD=PASSWORD).returncode == 0

    changed = run_outclass(home, "user", "password", "ben", given="another " + PASSWORD)

    assert changed.returncode == 0, changed.stderr


@pytest.mark.parametrize("given", ["", "\n", "123\n"])
def test_a_bad_password_makes_no_account(home, made, given):
    refused = run_outclass(home, "user", "create", "cy", given=given)

    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "cy" not in names(home)


def test_the_same_name_twice_is_refused(home, made):
    assert run_outclass(home, "user", "create", "ada", given=PASSWORD).returncode == 1
    assert "ada" in names(home)


def test_a_key_is_shown_once_and_kept_as_a_hash(home, made):
    done = run_outclass(home, "user", "key", "ada", "--scope", "predict", "--json")
    key = msgspec.json.decode(done.stdout)

    assert key["key"].startswith(f"oc_{key['id']}_")
    assert key["scopes"] == "predict"
    assert key["key"].encode() not in home.joinpath("site.sqlite3").read_bytes()


def test_a_key_for_nobody_is_refused(home):
    assert run_outclass(home, "user", "key", "nobody").returncode == 1
