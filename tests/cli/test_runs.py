"""`outclass runs --leaderboard`, and who trains as the settings say."""

import msgspec
import pytest

from bars import write_bars
from outclass.base.settings import Settings
from outclass.registry.runs import RunRecord, RunState, RunStore


def record(name, who, accuracy, **changed):
    return RunRecord(
        id=name,
        challenge="digits",
        model="convnet",
        recipe="quick",
        parameters={"epochs": 6, "rate": 0.08, "batch": 128},
        seed=1,
        data_version=changed.pop("data", "0123456789ab"),
        device="cpu",
        experimenter=who,
        experiment=changed.pop("experiment", "first"),
        state=RunState.FINISHED,
        created="2026-01-01T00:00:00Z",
        scores={"accuracy": accuracy, "log_loss": 0.01, "bytes": 930_000.0},
        facts={"trainable_parameters": 232_000, "optimizer": "SGD"},
        **changed,
    )


@pytest.fixture
def runs(settings):
    """Keep three runs on the same data, and one on older data."""
    store = RunStore(settings)
    for one in (
        record("run-a", "ann", 0.99),
        record("run-b", "ben", 0.995, experiment="wider"),
        record("run-c", "ann", 0.98),
        record("run-old", "cy", 0.999, data="older"),
    ):
        newer = one.data_version != "older"
        store.save(msgspec.structs.replace(one, created=f"2026-0{1 + newer}-01T00:00:00Z"))


def test_the_leaderboard_marks_the_best_of_all_and_of_each_person(call, runs):
    shown = call("runs", "digits", "--leaderboard").out
    lines = {who: [line for line in shown.splitlines() if f" {who} " in line] for who in ("ann", "ben", "cy")}
    assert lines["ben"][0].strip().startswith("**")
    assert "wider" in lines["ben"][0]
    assert [line.strip().startswith("*") for line in lines["ann"]] == [True, False]
    assert lines["cy"] == []
    assert "validation rows of data 0123456789ab" in shown
    assert "1 runs on other versions" in shown


def test_the_leaderboard_as_json_has_all_that_photos_asks_for(call, runs):
    board = msgspec.json.decode(call("runs", "digits", "--leaderboard", "--json").out)
    best = board["rows"][0]
    wanted = {
        "experimenter",
        "experiment",
        "model",
        "trainable_parameters",
        "seconds",
        "log_loss",
        "accuracy",
    }
    wanted |= {"bytes", "learning_rate", "batch_size", "epochs", "optimizer", "best", "best_of_experimenter"}
    assert wanted <= set(best)
    assert (best["learning_rate"], best["batch_size"], best["epochs"], best["optimizer"]) == (
        0.08,
        128,
        6,
        "SGD",
    )


def test_another_data_version_may_be_asked_for(call, runs):
    board = msgspec.json.decode(call("runs", "digits", "--leaderboard", "--data", "older", "--json").out)
    assert [row["run"] for row in board["rows"]] == ["run-old"]
    assert board["others"] == 3


def test_nothing_trained_is_said(call):
    assert call("runs", "digits", "--leaderboard").out.startswith("no finished run yet")


def test_the_setting_says_who_trains(monkeypatch):
    monkeypatch.setenv("OUTCLASS_EXPERIMENTER", "dora")
    assert Settings.from_environment().experimenter == "dora"


def test_a_run_says_who_made_it_and_for_what(call, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("OUTCLASS_EXPERIMENTER", "dora")
    folder = write_bars(tmp_path / "bars")
    call("train", folder, "--no-promote", "--experiment", "thin strokes")
    call("train", folder, "--no-promote", "--seed", "2", "--experimenter", "emil")
    made = {one.experimenter: one for one in RunStore(settings).list("bars")}
    assert set(made) == {"dora", "emil"}
    assert made["dora"].experiment == "thin strokes"
    assert made["dora"].facts["trainable_parameters"] > 100
