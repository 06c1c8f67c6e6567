"""`outclass retrain`, `outclass schedule` and the history of `outclass evaluate --record`."""

import msgspec
import pytest
import yaml

from databases import make_shared_tables
from held_out import flipped, labels_of, vote, write_held_out_bars
from outclass.catalog.dataset import current_version
from outclass.registry import history


@pytest.fixture
def bars(call, tmp_path):
    """Return the folder of `bars`, with a champion."""
    folder = write_held_out_bars(tmp_path / "challenges" / "bars")
    assert call("train", folder, "--seed", "1", "--json").code == 0
    return folder


def test_the_reason_why_a_batch_is_refused_is_printed(call, settings, bars):
    db = make_shared_tables(settings.database_url)
    vote(db, range(4), flipped(labels_of(current_version("bars", settings), "train"), 0.3), days=1)
    db.close()

    quiet = call("retrain", bars, "--seed", "1")
    assert quiet.code == 0
    assert "4 of whom count little: 0 labels" in quiet.out
    assert "younger than 7 days count 0.2" in quiet.out
    assert "not trained: the champion learned from this very data" in quiet.out

    refused = call("retrain", bars, "--seed", "1", "--no-trust")
    assert refused.code == 3
    assert "refused: log loss is" in refused.out
    assert "(holdout): log loss worse by" in refused.out
    assert "recall of the worst class" in refused.out

    again = msgspec.json.decode(call("retrain", bars, "--seed", "1", "--no-trust", "--json").out)
    assert (again["outcome"], again["verdict"]["side"]) == ("refused", "holdout")


def test_a_score_is_noted_in_the_history(call, settings, bars):
    call("evaluate", bars, "--json")
    assert history.read(settings, "bars") == ()
    shown = msgspec.json.decode(call("evaluate", bars, "--record", "--json").out)
    (line,) = history.read(settings, "bars")
    assert line.scores["accuracy"] == shown["accuracy"]
    assert line.data == f"{current_version('bars', settings).id}, hold-out"
    assert line.model == shown["model"]


def test_schedules_are_printed_as_they_are_to_be_installed(call):
    assert call("schedule", "digits").out == call("schedule", "digits").out
    manifests = list(yaml.safe_load_all(call("schedule", "digits", "--form", "kubernetes").out))
    assert len(manifests) == 3
    assert "pipeline {" in call("schedule", "digits", "--form", "jenkins").out
    jobs = msgspec.json.decode(call("schedule", "digits", "--retrain", "0 1 * * *", "--json").out)
    assert jobs[0] == {
        "task": "retrain",
        "when": "0 1 * * *",
        "command": ["outclass", "retrain", "digits", "--json"],
    }
    wrong = call("schedule", "digits", "--search", "every day")
    assert (wrong.code, "five fields of cron" in wrong.err) == (1, True)
