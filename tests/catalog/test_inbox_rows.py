"""Rows that others send in become a new version, and never touch what models are compared on."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.catalog import collect, load_challenge
from outclass.catalog.inbox_rows import InboxRow, hash_of, keep_rows, read_rows
from outclass.catalog.split import Split
from outclass.inputs.text_key import text_sha256
from small_texts import text_challenge

TEXTS = [f"{'call me' if number % 2 else 'win a prize'} {number:03d}" for number in range(200)]
RULES = "rules: [{name: prize, class: offer, pattern: prize}, {name: dinner, class: call, pattern: dinner}]"


@pytest.fixture
def loaded(tmp_path):
    folder = text_challenge(
        tmp_path / "notes",
        dataset={
            "title": "Notes",
            "licence": "CC0-1.0",
            "citation": "Made for a test.",
            "source": {"kind": "table", "files": {"notes": {"path": "notes.csv"}}},
            "rules": "rules.yaml",
        },
    )
    lines = [f"{'call' if number % 2 else 'offer'},{text}" for number, text in enumerate(TEXTS)]
    (folder / "notes.csv").write_text("\n".join(["label,text", *lines]), encoding="utf-8")
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    return load_challenge(folder)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", database_url="sqlite:///unused")


@pytest.fixture
def folder(settings):
    return settings.data_folder / "notes"


def labels_of(version, split=None):
    objects = version.objects(split)
    return dict(zip(objects.inputs, objects.labels, strict=True))


def rows(*texts, **more):
    return [InboxRow(text=text, **more) for text in texts]


def write_labels(folder, *lines):
    path = folder / "inbox" / "labels" / "concluded.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines), encoding="utf-8")


def test_rows_make_a_new_version_and_the_same_rows_the_same(loaded, settings, folder):
    before = collect(loaded, settings)
    keep_rows(folder, rows("dinner at eight", label="call") + rows("another prize", "nobody knows"))
    after = collect(loaded, settings)
    keep_rows(folder, rows("dinner at eight", label="call") + rows("another prize", "nobody knows"))

    found = labels_of(after)
    assert before.id != after.id
    assert collect(loaded, settings).id == after.id
    assert found["dinner at eight"] == "call"
    assert found["another prize"] == "offer"  # by a rule
    assert "nobody knows" not in found
    assert after.document.lineage["inbox"] == "3 added, 0 left out"
    assert {text: label for text, label in found.items() if text in TEXTS} == labels_of(before)


def test_of_the_same_text_or_id_the_latest_counts(loaded, settings, folder):
    keep_rows(folder, rows("see you", label="offer"), now=1.0)
    keep_rows(folder, rows("SEE  you", label="call"), now=2.0)
    keep_rows(folder, rows("first words", label="call", id="a"), now=3.0)
    keep_rows(folder, rows("better words", label="call", id="a"), now=4.0)

    found = labels_of(collect(loaded, settings))

    assert found["SEE  you"] == "call"
    assert "see you" not in found
    assert "better words" in found
    assert "first words" not in found


def test_a_text_of_the_data_set_is_neither_taken_out_nor_changed(loaded, settings, folder):
    before = collect(loaded, settings)
    keep_rows(folder, [InboxRow(text=text.upper(), label="offer") for text in TEXTS])

    assert collect(loaded, settings).id == before.id


def test_labels_of_people_outrank_those_of_senders_and_rules_but_not_on_frozen_sides(
    loaded, settings, folder
):
    sent = [f"another prize {number}" for number in range(60)]
    keep_rows(folder, [InboxRow(text=text, label="offer" if n % 2 else None) for n, text in enumerate(sent)])
    write_labels(
        folder,
        *(f'{{"text_sha256": "{text_sha256(text)}", "label": "call", "source": "crowd"}}' for text in sent),
    )

    version = collect(loaded, settings)

    for split in Split:
        expected = "offer" if split in {Split.HOLDOUT, Split.GAME} else "call"
        mine = {text: label for text, label in labels_of(version, split).items() if text in sent}
        assert mine
        assert set(mine.values()) == {expected}


def test_what_anybody_may_have_said_judges_no_model(loaded, settings, folder):
    path = folder / "inbox" / "rows" / "feedback.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(
        "\n".join(f'{{"id": "feedback-{n}", "text": "said {n}", "label": "call"}}' for n in range(60)),
        encoding="utf-8",
    )

    version = collect(loaded, settings)

    for split in Split:
        mine = [text for text in labels_of(version, split) if text.startswith("said")]
        assert bool(mine) == (split in {Split.TRAIN, Split.VALIDATION})
    assert not version.document.lineage["inbox"].endswith(" 0 left out")


def test_a_row_falls_on_the_side_of_its_group_and_of_its_like(loaded, settings, folder):
    keep_rows(folder, rows(*(f"words {number}" for number in range(30)), label="call", group="one"))
    keep_rows(folder, rows("Call me, 001!", label="call"))

    objects = collect(loaded, settings).objects()

    sides = dict(zip(objects.inputs, objects.splits, strict=True))
    assert len({sides[f"words {number}"] for number in range(30)}) == 1
    assert sides["Call me, 001!"] == sides["call me 001"]


def test_an_id_of_the_data_set_is_not_taken(loaded, settings, folder):
    taken = collect(loaded, settings).objects().ids[0]
    keep_rows(folder, rows("other words", label="call", id=taken))

    assert "other words" in labels_of(collect(loaded, settings))


@pytest.mark.parametrize("line", ["{", '{"txt": "a"}', '{"text": 7}', "\ufffe", '{"text": "a", "x": 1}'])
def test_a_broken_file_is_told_by_its_line(loaded, settings, folder, line):
    path = folder / "inbox" / "rows" / "x.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(f'{{"text": "a"}}\n{line}\n', encoding="utf-8")

    with pytest.raises(DataError, match="this is no row") as caught:
        collect(loaded, settings)

    assert caught.value.where.endswith("x.jsonl:2")


@given(
    st.lists(
        st.builds(InboxRow, text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1)), min_size=1
    )
)
def test_rows_come_back_as_they_were_kept(tmp_path_factory, given_rows):
    folder = Path(tmp_path_factory.mktemp("inbox"))

    name, new = keep_rows(folder, given_rows, now=5.0)

    assert (name, new) == (hash_of(given_rows), True)
    assert keep_rows(folder, given_rows) == (name, False)
    assert [row.text for _, row in read_rows(folder)] == [row.text for row in given_rows]
