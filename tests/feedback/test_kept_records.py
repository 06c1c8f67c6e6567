"""Records that people let us keep come back as rows, with the labels that were concluded of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from outclass.base.settings import Settings
from outclass.catalog.inbox import FROZEN
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import collect
from outclass.feedback.labels import Label, write_labels
from outclass.inputs.table import ColumnTable
from small_tables import CLASSES, FIRST, flower_challenge


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"OUTCLASS_HOME": str(tmp_path / "home")})


@pytest.fixture
def flowers(tmp_path: Path) -> LoadedChallenge:
    return load_challenge(flower_challenge(tmp_path / "flowers", count=60))


def label(number: int, name: str) -> Label:
    """Return what was concluded of a prediction."""
    return Label(
        subject=f"prediction:p{number}",
        label=name,
        confidence=0.9,
        support=3.0,
        ballots=3,
        source="feedback",
        created_at=float(number),
    )


def test_kept_records_become_rows_that_are_learned_from_only(
    settings: Settings, flowers: LoadedChallenge
) -> None:
    before = collect(flowers, settings)
    known = before.objects().inputs
    assert isinstance(known, ColumnTable)
    kept = {f"p{n}": json.dumps(FIRST | {"stem_width": 100 + n}).encode() for n in range(40)}
    kept |= {"p40": json.dumps(known[0]).encode(), "p41": b"\x00 no record", "p42": kept["p0"]}
    labels = [label(n, CLASSES[n % 3]) for n in range(43)]
    written = write_labels(settings, flowers.challenge, labels, kept)
    assert (written.rows, written.unplaced) == (42, 1)

    after = collect(flowers, settings)
    objects = after.objects()
    added = [place for place, name in enumerate(objects.ids) if name.startswith("inbox-feedback-")]
    assert 0 < len(added) < 41
    assert not {objects.splits[place] for place in added} & set(FROZEN)
    named = {objects.ids[place]: objects.labels[place] for place in added}
    assert "inbox-feedback-p0" not in named
    assert "inbox-feedback-p40" not in named
    assert all(name == CLASSES[int(each.rpartition("-p")[2]) % 3] for each, name in named.items())
    assert len(objects) == len(before.objects()) + len(added)
    assert after.document.lineage["inbox"] == f"{len(added)} added, {42 - len(added)} left out"
    inputs = objects.inputs
    assert isinstance(inputs, ColumnTable)
    widths = {inputs[place]["stem_width"] for place in added}
    assert widths <= {100 + n for n in range(40)}


def test_a_column_that_is_gone_is_left_out(settings: Settings, flowers: LoadedChallenge) -> None:
    inbox = settings.data_folder / "flowers" / "inbox" / "rows"
    inbox.mkdir(parents=True, exist_ok=True)
    old = {"scent": "sweet", "color": "mauve"}
    lines = [{"id": f"p{n}", "record": old | {"height": 200 + n}, "label": "rose"} for n in range(20)]
    (inbox / "feedback.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    objects = collect(flowers, settings).objects()
    inputs = objects.inputs
    assert isinstance(inputs, ColumnTable)
    added = [place for place, name in enumerate(objects.ids) if name.startswith("inbox-")]
    assert added
    assert np.isnan(inputs.values[added][:, 1:]).all()
