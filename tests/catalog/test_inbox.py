"""What people concluded becomes the label of objects to learn from, and of no others."""

import json
from pathlib import Path

import pytest

from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.inbox import FOLDER, read_labels
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import Simulation, collect
from outclass.inputs.text import TextTable
from outclass.inputs.text_key import text_sha256
from small_challenge import settings_in, small_challenge
from small_texts import text_challenge


def put(settings: Settings, *lines: dict[str, object], name: str = "concluded") -> None:
    """Put labels into the inbox."""
    folder = settings.data_folder / "shapes" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def labels_of(version: DatasetVersion, split: str | None = None) -> dict[str, str]:
    """Return the labels by object."""
    table = version.objects(split)
    return dict(zip(table.ids, table.labels, strict=True))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return an empty home."""
    return settings_in(tmp_path / "home")


def test_labels_of_the_inbox_make_a_new_version_but_for_what_is_frozen(
    tmp_path: Path, settings: Settings
) -> None:
    loaded = load_challenge(small_challenge(tmp_path / "shapes"))
    before = collect(loaded, settings)
    other = {"circle": "cross", "cross": "line", "line": "circle"}
    flipped = {name: other[label] for name, label in labels_of(before).items()}
    put(settings, *({"object_id": name, "label": new, "source": "crowd"} for name, new in flipped.items()))

    after = collect(loaded, settings)

    assert after.id != before.id
    assert labels_of(after, "game") == labels_of(before, "game")
    for side in ("train", "validation"):
        assert labels_of(after, side) == {name: flipped[name] for name in labels_of(before, side)}
    learned = len(labels_of(before, "train")) + len(labels_of(before, "validation"))
    assert after.document.lineage["feedback"] == f"labels changed: {learned}"
    assert collect(loaded, settings).id == after.id


def test_no_label_is_taken_that_is_no_class_or_of_no_object(tmp_path: Path, settings: Settings) -> None:
    loaded = load_challenge(small_challenge(tmp_path / "shapes"))
    before = collect(loaded, settings)
    name = before.objects("train").ids[0]
    put(
        settings,
        {"object_id": name, "label": "square", "source": "crowd"},
        {"object_id": "nobody", "label": "cross", "source": "crowd"},
    )
    assert collect(loaded, settings).id == before.id


def test_the_latest_label_counts_whatever_file_it_is_in(settings: Settings) -> None:
    common = {"object_id": "a", "source": "crowd"}
    put(settings, {**common, "label": "late", "created_at": 2.0}, name="a")
    put(
        settings,
        {**common, "label": "early", "created_at": 1.0},
        {"text_sha256": "f" * 64, "label": "x", "source": "p"},
        name="b",
    )
    found = read_labels(settings.data_folder / "shapes")
    assert (found.by_object, found.by_text) == ({"a": "late"}, {"f" * 64: "x"})


def test_a_text_is_found_by_what_it_says_however_it_is_spelled(tmp_path: Path, settings: Settings) -> None:
    loaded = load_challenge(text_challenge(tmp_path / "notes"))
    before = collect(loaded, settings, simulate=Simulation(count=60))
    table = before.objects("train")
    assert isinstance(table.inputs, TextTable)
    text, other = table.inputs[0], "offer" if table.labels[0] == "call" else "call"
    folder = settings.data_folder / "notes" / FOLDER
    folder.mkdir(parents=True)
    line = {"text_sha256": text_sha256(f"  {text.upper()} "), "label": other, "source": "crowd"}
    (folder / "concluded.jsonl").write_text(json.dumps(line))

    after = collect(loaded, settings, simulate=Simulation(count=60))

    assert labels_of(after) == labels_of(before) | {table.ids[0]: other}
    assert after.document.lineage["feedback"] == "labels changed: 1"


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        '{"label": "x", "source": "crowd"}',
        '{"object_id": "a", "text_sha256": "b", "label": "x", "source": ""}',
        '{"object_id": 3, "label": "x", "source": "crowd"}',
        '{"object_id": "a", "label": "x", "source": "", "more": 1}',
    ],
)
def test_a_line_that_is_no_label_is_named(settings: Settings, line: str) -> None:
    put(settings, {"object_id": "a", "label": "x", "source": "crowd"})
    path = settings.data_folder / "shapes" / FOLDER / "concluded.jsonl"
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(DataError, match=r"concluded\.jsonl:2"):
        read_labels(settings.data_folder / "shapes")
