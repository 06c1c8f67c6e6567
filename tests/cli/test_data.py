"""`outclass collect` and `outclass data` on the embedded sample."""

import shutil

import msgspec
import polars as pl
import pytest

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from small_series import curves, series_challenge


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Collect the sample once; return its home and its document."""
    pytest.importorskip("sklearn", reason="the sample of digits comes with scikit-learn")
    home = tmp_path_factory.mktemp("sample") / "home"
    version = collect(load_challenge("digits"), Settings(home=home, database_url=""), sample=True)
    return home, msgspec.to_builtins(version.document)


@pytest.fixture
def collected(sample, settings):
    """Put the sample into the home of a test; return its document."""
    home, document = sample
    shutil.copytree(home, settings.home)
    return document


def test_a_version_is_listed_shown_and_checked(call, collected):
    listed = msgspec.json.decode(call("data", "list", "--json").out)

    assert [(row["document"]["id"], row["in_use"]) for row in listed] == [(collected["id"], True)]
    assert collected["licence"] in call("data", "show", "digits").out
    assert "is whole" in call("data", "check", "digits").out


def test_collecting_again_gives_the_same_version(call, collected):
    assert call("collect", "digits", "--sample").out.startswith(f"digits: version {collected['id']}")


def test_a_changed_file_is_found(call, settings, collected):
    path = settings.data_folder / "digits" / collected["id"] / "labels.parquet"
    path.write_bytes(path.read_bytes() + b"!")

    outcome = call("data", "check", "digits")

    assert outcome.code == 1
    assert "labels.parquet" in outcome.err


def test_only_what_may_be_published_is_exported_unless_it_is_named(call, collected, tmp_path):
    private, public = tmp_path / "private.parquet", tmp_path / "public.parquet"

    assert call("data", "export", "digits", public).code == 0
    assert call("data", "export", "digits", private, "--split", "game").code == 0

    assert len(pl.read_parquet(public)) == 0
    frame = pl.read_parquet(private)
    assert len(frame) == collected["cleaning"]["rows_kept"]
    assert set(frame["label"]) == set(collected["classes"])
    assert msgspec.json.decode(private.with_suffix(".json").read_bytes())["licence"] == collected["licence"]


def test_only_parquet_is_exported(call, collected, tmp_path):
    assert call("data", "export", "digits", tmp_path / "x.csv").code == 1


def test_no_bar_is_drawn_where_standard_error_is_no_terminal(call):
    pytest.importorskip("sklearn", reason="the sample of digits comes with scikit-learn")

    assert call("collect", "digits", "--sample").err == ""


def test_simulated_light_curves_are_collected_and_what_is_left_out_is_told(call, tmp_path):
    folder = series_challenge(tmp_path / "curves")
    found = msgspec.json.decode(call("collect", folder, "--simulate", "30", "--seed", "2", "--json").out)

    assert found["sample"]
    assert found["lineage"]["seed"] == "2"
    assert sum(sum(classes.values()) for classes in found["counts"].values()) == 30
    assert found["observations"] == len(curves(30, 2).mjd)

    (folder / "data").mkdir()
    (folder / "data" / "objects.csv").write_text(
        "object_id,label\na,bump\nb,flat\nc,blob\n", encoding="utf-8"
    )
    rows = "object_id,mjd,passband,flux,flux_err\na,1,1,2,1\nb,1,1,3,1\nb,1,1,4,1\nb,2,2,5,0\n"
    (folder / "data" / "light_curves.csv").write_text(rows, encoding="utf-8")
    assert call("collect", folder).code == 0
    shown = call("data", "show", folder).out
    assert "1 unknown-label" in shown
    assert "1 duplicate" in shown
    assert "1 bad-error" in shown


def test_a_challenge_without_simulator_says_so(call):
    outcome = call("collect", "digits", "--simulate", "5")

    assert outcome.code == 1
    assert "no simulator" in outcome.err
