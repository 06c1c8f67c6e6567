"""`outclass user`: passwords come in by every way but the command line."""

import msgspec
import pytest

from processes import run_outclass

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return one home for all tests here: making the tables takes a while. Each test has names of its own."""
    return tmp_path_factory.mktemp("people") / "home"


def test_an_account_is_made_with_a_password_from_standard_input(home):
    made = run_outclass(home, "user", "create", "ada", "--staff", "--json", given=PASSWORD + "\n")

    assert made.returncode == 0, made.stderr
    assert msgspec.json.decode(made.stdout) == {"user": "ada", "staff": True}
    assert PASSWORD not in made.stdout + made.stderr
    assert "ada" in run_outclass(home, "user", "list").stdout


def test_an_account_is_made_with_a_password_from_the_environment_and_changed(home):
    assert run_outclass(home, "user", "create", "ben", OUTCLASS_PASSWORD=PASSWORD).returncode == 0

    changed = run_outclass(home, "user", "password", "ben", given="another " + PASSWORD)

    assert changed.returncode == 0, changed.stderr


@pytest.mark.parametrize("given", ["", "\n", "123\n"])
def test_a_bad_password_makes_no_account(home, given):
    refused = run_outclass(home, "user", "create", "cy", given=given)

    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "cy" not in run_outclass(home, "user", "list").stdout


def test_the_same_name_twice_is_refused(home):
    run_outclass(home, "user", "create", "dee", given=PASSWORD)

    assert run_outclass(home, "user", "create", "dee", given=PASSWORD).returncode == 1


def test_a_key_is_shown_once_and_kept_as_a_hash(home):
    run_outclass(home, "user", "create", "eve", given=PASSWORD)

    made = msgspec.json.decode(
        run_outclass(home, "user", "key", "eve", "--scope", "predict", "--json").stdout
    )

    assert made["key"].startswith(f"oc_{made['id']}_")
    assert made["scopes"] == "predict"
    assert made["key"].encode() not in home.joinpath("site.sqlite3").read_bytes()


def test_a_key_for_nobody_is_refused(home):
    assert run_outclass(home, "user", "key", "nobody").returncode == 1
