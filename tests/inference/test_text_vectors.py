"""The golden vectors of text models are what the scorer in Python says; other readers are held to them."""

import json
import runpy
from pathlib import Path

import pytest

from outclass.inference.linear_text import LinearTextModel

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
VECTORS = json.loads((REFERENCE / "text-vectors.json").read_text(encoding="utf-8"))


def test_the_file_is_what_its_command_makes(tmp_path):
    maker = runpy.run_path(str(REFERENCE / "make_text_vectors.py"))

    maker["main"](tmp_path / "made.json")

    assert json.loads((tmp_path / "made.json").read_text(encoding="utf-8")) == VECTORS


def test_the_vectors_reach_every_part_of_the_format():
    texts = [one["text"] for one in VECTORS["vectors"]]
    parts = [stage for one in VECTORS["vectors"] for stage in one["stages"]]

    assert "" in texts
    assert len(VECTORS["vectors"]) > 80
    assert {name for stage in parts for name, value in stage["measures"].items() if value} == set(
        VECTORS["models"]["two-stages"]["measures"]
    )
    assert {name for stage in parts for name in stage["rules"]} == {"offer-to-you", "plain-code", "address"}
    assert {len(model["stages"][0]["groups"]) for model in VECTORS["models"].values()} == {2, 3}


@pytest.mark.parametrize("name", VECTORS["models"])
def test_values_sum_to_the_score(name):
    for one in VECTORS["vectors"]:
        if one["model"] == name:
            for stage in one["stages"]:
                parts = [span[3] for span in stage["spans"]]
                parts += [*stage["measures"].values(), *stage["rules"].values(), stage["base"]]
                assert sum(parts) == pytest.approx(stage["score"], abs=1e-9)


@pytest.mark.parametrize("name", VECTORS["models"])
def test_the_scorer_gives_the_vectors(name):
    model = LinearTextModel.parse(json.dumps(VECTORS["models"][name]).encode())
    own = [one for one in VECTORS["vectors"] if one["model"] == name]

    assert model.logits([one["text"] for one in own]) == [
        pytest.approx(one["logits"], abs=1e-9) for one in own
    ]
