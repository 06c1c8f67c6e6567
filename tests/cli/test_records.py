"""`outclass predict`, `evaluate` and `check` of records, on files as people have them."""

import json

import msgspec
import polars as pl
import pytest

from outclass.cli import predict
from small_tables import FIRST, flower_challenge, flowers_version


@pytest.fixture
def challenge(settings, tmp_path):
    """Return the folder of the flowers; their model is in the home folder."""
    flowers_version(settings.models_folder)
    return flower_challenge(tmp_path / "flowers", count=60)


def answers(outcome):
    """Return the answers that a command printed as JSON."""
    assert outcome.code == 0, outcome.err
    return [row["prediction"]["answer"] for row in msgspec.json.decode(outcome.out)]


def test_files_of_every_form_are_predicted(call, challenge, tmp_path):
    own = challenge / "flowers.csv"
    wanted = answers(call("predict", challenge, own, "--json"))
    assert len(wanted) == 60

    frame = pl.read_csv(own).rename({"Height (cm)": "height"}).drop("Kind")
    frame.write_csv(tmp_path / "plain.csv")
    frame.write_csv(tmp_path / "plain.tsv", separator="\t")
    frame.write_ndjson(tmp_path / "lines.jsonl")
    (tmp_path / "list.json").write_text(json.dumps(frame.to_dicts()), encoding="utf-8")
    (tmp_path / "batch.json").write_text(json.dumps({"objects": frame.to_dicts()}), encoding="utf-8")
    for name in ("plain.csv", "plain.tsv", "lines.jsonl", "list.json", "batch.json"):
        assert answers(call("predict", challenge, tmp_path / name, "--json")) == wanted, name

    (tmp_path / "one.json").write_text(json.dumps({"record": FIRST}, indent=2), encoding="utf-8")
    assert answers(call("predict", challenge, tmp_path / "one.json", "--json")) == ["rose"]


def test_of_many_answers_some_are_shown_and_all_printed_as_json(call, challenge, tmp_path, monkeypatch):
    monkeypatch.setattr(predict, "SHOWN", 2)
    shown = call("predict", challenge, challenge / "flowers.csv").out
    assert "flowers.csv, 2 " in shown
    assert "flowers.csv, 3 " not in shown
    assert "58 more are not shown" in shown


def test_what_is_wrong_with_a_file_is_told_with_its_place(call, challenge, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps([FIRST, {"color": "blue"}]), encoding="utf-8")

    outcome = call("predict", challenge, path)

    assert outcome.code == 1
    assert "bad.json, objects[1].color" in outcome.err
    assert "red (Red), yellow (Yellow), white (White)" in outcome.err


def test_files_are_evaluated_whole(call, challenge, tmp_path):
    call("collect", challenge)
    own = challenge / "flowers.csv"
    frame = pl.read_csv(own)
    frame.write_parquet(tmp_path / "own.parquet")
    frame.write_csv(tmp_path / "own.tsv", separator="\t")
    renamed = frame.rename({"Height (cm)": "height", "Kind": "label"})
    renamed.write_parquet(tmp_path / "plain.parquet")
    figures = []
    for path in (own, *(tmp_path / name for name in ("own.parquet", "own.tsv", "plain.parquet"))):
        outcome = call("evaluate", challenge, "--data", path, "--json")
        assert outcome.code == 0, outcome.err
        found = msgspec.json.decode(outcome.out)
        assert found["n"] == 60
        figures.append(found["log_loss"])
    assert figures == pytest.approx([figures[0]] * 4)
    both = tmp_path / "both.csv"
    both.write_text(own.read_text(encoding="utf-8").replace("rose", "flower").replace("tulip", "flower"))
    joined = call(
        "evaluate", challenge, "--data", both, "--labels", "flower=rose+tulip,daisy=daisy", "--json"
    )
    assert {one["name"] for one in msgspec.json.decode(joined.out)["classes"]} == {"flower", "daisy"}

    assert call("data", "export", challenge, tmp_path / "out.parquet").code == 0
    outcome = call("evaluate", challenge, "--data", tmp_path / "out.parquet", "--json")
    assert outcome.code == 0, outcome.err
    renamed.drop("color").write_csv(tmp_path / "less.csv")
    outcome = call("evaluate", challenge, "--data", tmp_path / "less.csv")
    assert outcome.code == 1
    assert "there is no column" in outcome.err


def test_what_could_not_be_read_is_shown(call, challenge):
    with (challenge / "flowers.csv").open("a", encoding="utf-8") as file:
        file.write("rose,tall,30,mauve,y,7\n")
    call("collect", challenge)

    shown = call("data", "show", challenge).out

    assert '1 by height: no number, so missing, such as "tall" in row 61' in shown
    assert '1 by color: not listed, so missing, such as "mauve" in row 61' in shown


def test_the_promises_on_input_are_kept(call, challenge):
    call("collect", challenge)
    outcome = call("check", challenge, "--json")
    states = {one["name"]: one["state"] for one in msgspec.json.decode(outcome.out)}
    for name in (
        "signature fits the challenge",
        "one equals many",
        "probabilities sum to one",
        "nothing drawn gets no answer",
        "oversized input is refused",
        "broken input is refused",
        "files are whole",
    ):
        assert states[name] == "kept", name
