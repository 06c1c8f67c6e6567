import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import DataError, DownloadError, NotFoundError
from outclass.base.settings import Settings
from outclass.catalog import collect, current_version, load_challenge, versions
from outclass.catalog.challenge import Challenge
from outclass.catalog.cleaning import Reason, clean
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.split import Split, split_of
from outclass.catalog.versions import DatasetVersion, find_version, list_versions
from small_challenge import (
    FILES,
    declaration,
    drawings,
    images_file,
    labels_file,
    settings_in,
    small_challenge,
    write_challenge,
)

SIMULATE = """
import numpy as np
from outclass.catalog.sources.base import SourceTable

def sample():
    ids = ("sample-0", "sample-1", "sample-2")
    inputs = np.arange(1, 4, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), dtype=np.uint8)
    return SourceTable(object_ids=ids, group_ids=ids, labels=("circle", "cross", "line"), inputs=inputs,
                       fixed_splits=("SPLIT",) * 3)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


@pytest.fixture
def shapes(tmp_path: Path) -> LoadedChallenge:
    return load_challenge(small_challenge(tmp_path / "shapes"))


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_nothing_collected_is_no_version(settings: Settings) -> None:
    assert current_version("shapes", settings) is None
    assert find_version("shapes", "0" * 12, settings) is None
    assert list_versions("shapes", settings) == ()


def test_a_version_holds_every_object_where_it_belongs(shapes: LoadedChallenge, settings: Settings) -> None:
    version = collect(shapes, settings)
    table = version.objects()
    assert len(table) == 72
    assert dict(zip(table.ids, table.labels, strict=True))["train-00004"] == "cross"
    rows = {object_id: row for row, object_id in enumerate(table.ids)}
    assert (table.inputs[rows["train-00007"]] == drawings(60, seed=1)[7]).all()
    assert (table.inputs[rows["t10k-00003"]] == drawings(12, seed=2)[3]).all()
    for object_id, side in zip(table.ids, table.splits, strict=True):
        fixed = Split.HOLDOUT if object_id.startswith("t10k") else None
        assert side is (fixed or split_of(shapes.challenge.split, object_id))
    version.verify()


@pytest.mark.parametrize("side", Split)
def test_one_split_is_the_same_as_in_the_whole(
    shapes: LoadedChallenge, settings: Settings, side: Split
) -> None:
    version = collect(shapes, settings)
    whole, part = version.objects(), version.objects(side)
    rows = [row for row, other in enumerate(whole.splits) if other is side]
    assert len(rows) == len(part) > 0
    assert part.ids == tuple(whole.ids[row] for row in rows)
    assert (part.targets == whole.targets[rows]).all()
    assert (part.inputs == whole.inputs[rows]).all()
    assert (part.inputs.dtype, part.targets.dtype) == (np.uint8, np.int64)


def test_an_unknown_split_is_refused(shapes: LoadedChallenge, settings: Settings) -> None:
    with pytest.raises(ValueError, match="test"):
        collect(shapes, settings).objects("test")


def test_a_split_without_objects_is_an_empty_table(tmp_path: Path, settings: Settings) -> None:
    split = {"salt": "a", "train": 0.5, "validation": 0.5, "game": 0.0}
    small_challenge(tmp_path)
    folder = write_challenge(tmp_path, {**declaration(), "split": split})
    table = collect(load_challenge(folder), settings).objects("game")
    assert (len(table), table.inputs.shape, table.targets.shape) == (0, (0, 28, 28), (0,))


def test_the_document_says_what_it_is_made_of(shapes: LoadedChallenge, settings: Settings) -> None:
    document = collect(shapes, settings).document
    assert (document.challenge, document.licence, document.citation) == (
        "shapes",
        "CC0-1.0",
        "Drawn for a test.",
    )
    assert sum(sum(counts.values()) for counts in document.counts.values()) == 72
    assert document.counts[Split.HOLDOUT] == {"circle": 4, "cross": 4, "line": 4}
    assert set(document.sources) == set(FILES)
    assert document.sources["test_labels"].bytes == 8 + 12
    assert document.lineage["source"] == "idx"
    assert not document.sample


def test_tables_are_parquet_that_others_can_read(shapes: LoadedChallenge, settings: Settings) -> None:
    folder = collect(shapes, settings).folder
    frames = {
        name: pl.read_parquet(folder / f"{name}.parquet", memory_map=False)
        for name in ("objects", "labels", "split")
    }
    assert frames["objects"].columns == ["object_id", "group_id", "image"]
    assert frames["labels"].columns == ["object_id", "label"]
    assert frames["split"].columns == ["object_id", "split"]
    assert len({tuple(frame["object_id"]) for frame in frames.values()}) == 1


def test_collecting_again_rewrites_nothing(shapes: LoadedChallenge, settings: Settings) -> None:
    first = collect(shapes, settings)
    before = stamps(first.folder)
    again = collect(shapes, settings)
    assert again.id == first.id
    assert stamps(first.folder) == before
    assert list_versions("shapes", settings) == (again,)


def test_the_id_depends_on_content_and_not_on_place_or_time(
    shapes: LoadedChallenge, settings: Settings, tmp_path: Path
) -> None:
    first = collect(shapes, settings)
    copied = load_challenge(shutil.copytree(shapes.folder, tmp_path / "copy"))
    for role, path in FILES.items():
        if role.startswith("test"):
            (copied.folder / path).touch()
    assert collect(copied, settings_in(tmp_path / "other")).id == first.id


def changed_label(folder: Path) -> None:
    labels = (np.arange(60) % 3).astype(np.uint8)
    labels[5] = 0
    (folder / FILES["train_labels"]).write_bytes(labels_file(labels))


def changed_pixel(folder: Path) -> None:
    images = drawings(60, seed=1)
    images[9, 3, 3] ^= 1
    (folder / FILES["train_images"]).write_bytes(images_file(images))


def changed_salt(folder: Path) -> None:
    split = {"salt": "shapes-2", "train": 0.5, "validation": 0.25, "game": 0.25}
    write_challenge(folder, {**declaration(), "split": split})


@pytest.mark.parametrize("change", [changed_label, changed_pixel, changed_salt])
def test_other_content_is_another_version(
    shapes: LoadedChallenge, settings: Settings, change: object
) -> None:
    first = collect(shapes, settings)
    assert callable(change)
    change(shapes.folder)
    second = collect(load_challenge(shapes.folder), settings)
    assert second.id != first.id
    assert current_version("shapes", settings) == second
    assert find_version("shapes", first.id, settings) == first
    first.verify()


def test_a_title_may_change_without_a_new_version(shapes: LoadedChallenge, settings: Settings) -> None:
    first = collect(shapes, settings)
    folder = write_challenge(shapes.folder, {**declaration(), "title": "Forms"})
    assert collect(load_challenge(folder), settings).id == first.id


def test_a_kept_split_survives_new_rows(shapes: LoadedChallenge, settings: Settings) -> None:
    first = collect(shapes, settings).objects()
    (shapes.folder / FILES["train_images"]).write_bytes(
        images_file(np.concatenate([drawings(60, seed=1), drawings(20, seed=5)]))
    )
    (shapes.folder / FILES["train_labels"]).write_bytes(labels_file((np.arange(80) % 3).astype(np.uint8)))
    second = collect(shapes, settings).objects()
    sides = dict(zip(second.ids, second.splits, strict=True))
    assert len(second) == 92
    assert all(sides[name] is side for name, side in zip(first.ids, first.splits, strict=True))


def test_unusable_rows_are_reported(shapes: LoadedChallenge, settings: Settings) -> None:
    images = drawings(60, seed=1)
    images[10] = 0
    images[20] = images[2]
    images[30] = drawings(12, seed=2)[0]
    (shapes.folder / FILES["train_images"]).write_bytes(images_file(images))
    report = collect(shapes, settings).document.cleaning
    assert (report.rows_read, report.rows_kept) == (72, 69)
    assert {row.object_id: row.reason for row in report.rejected} == {
        "train-00010": Reason.EMPTY,
        "train-00020": Reason.DUPLICATE,
        "train-00030": Reason.DUPLICATE,
    }


def write_sample(folder: Path, split: str = "game") -> None:
    (folder / "simulate.py").write_text(SIMULATE.replace("SPLIT", split))


def test_a_sample_serves_until_there_is_real_data(shapes: LoadedChallenge, settings: Settings) -> None:
    write_sample(shapes.folder)
    sample = collect(shapes, settings, sample=True)
    assert sample.document.sample
    assert sample.objects("game").ids == ("sample-0", "sample-1", "sample-2")
    assert len(sample.objects("train")) == 0
    assert current_version("shapes", settings) == sample
    real = collect(shapes, settings)
    assert current_version("shapes", settings) == real
    assert collect(shapes, settings, sample=True).id == sample.id
    assert current_version("shapes", settings) == real


def test_a_sample_is_never_trained_on(shapes: LoadedChallenge, settings: Settings) -> None:
    write_sample(shapes.folder, split="train")
    with pytest.raises(DataError, match="all in the split 'game'"):
        collect(shapes, settings, sample=True)


def test_a_challenge_without_a_sample_says_so(shapes: LoadedChallenge, settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="no embedded sample"):
        collect(shapes, settings, sample=True)


def test_a_missing_file_leaves_what_is_there(shapes: LoadedChallenge, settings: Settings) -> None:
    before = collect(shapes, settings)
    (shapes.folder / FILES["train_images"]).unlink()
    with pytest.raises(DownloadError, match="put the file at"):
        collect(shapes, settings)
    assert current_version("shapes", settings) == before


def test_a_broken_alias_says_what_to_do(shapes: LoadedChallenge, settings: Settings) -> None:
    alias = collect(shapes, settings).folder.with_name("current.json")
    for content in (b"", b"{}", b"\xff", b'{"version": 1}'):
        alias.write_bytes(content)
        with pytest.raises(DataError, match=r"current\.json.*collect again"):
            current_version("shapes", settings)
    write_sample(shapes.folder)
    for sample in (True, False):
        alias.write_bytes(b"")
        assert collect(shapes, settings, sample=sample) == current_version("shapes", settings)


@pytest.mark.parametrize("name", ["objects", "labels", "split"])
def test_a_broken_table_is_no_other_error(shapes: LoadedChallenge, settings: Settings, name: str) -> None:
    version = collect(shapes, settings)
    path = version.folder / f"{name}.parquet"
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", None):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(DataError, match=rf"{name}\.parquet: this file of a data version is broken"):
            version.objects("train")


def test_a_table_with_too_few_rows_is_said(shapes: LoadedChallenge, settings: Settings) -> None:
    version = collect(shapes, settings)
    path = version.folder / "labels.parquet"
    pl.read_parquet(path, memory_map=False).head(70).write_parquet(path)
    with pytest.raises(DataError, match="70 rows where 72 belong"):
        version.objects()


@pytest.mark.parametrize("name", ["objects", "labels", "split"])
def test_a_changed_table_is_found(shapes: LoadedChallenge, settings: Settings, name: str) -> None:
    version = collect(shapes, settings)
    with (version.folder / f"{name}.parquet").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(DataError, match=rf"{name}\.parquet: this file is missing or was changed"):
        version.verify()


def test_a_broken_document_says_what_to_do(shapes: LoadedChallenge, settings: Settings) -> None:
    version = collect(shapes, settings)
    (version.folder / "version.json").write_text("{")
    with pytest.raises(DataError, match="collect again"):
        current_version("shapes", settings)


def test_a_current_version_that_is_gone_is_none(shapes: LoadedChallenge, settings: Settings) -> None:
    version = collect(shapes, settings)
    shutil.rmtree(version.folder)
    assert current_version("shapes", settings) is None
    assert collect(shapes, settings).id == version.id


def test_progress_tells_each_step(shapes: LoadedChallenge, settings: Settings) -> None:
    told: list[tuple[str, float | None]] = []

    def note(step: str, share: float | None, text: str = "") -> None:
        assert isinstance(text, str)
        told.append((step, share))

    collect(shapes, settings, progress=note)
    assert list(dict(told)) == ["wait", "read", "clean", "write"]
    assert all(share == 1.0 for share in dict(told).values())


def test_real_mnist_is_collected(shared_data: Path, tmp_path: Path) -> None:
    """The version that the shipped champion was trained on: its id and its split must not change."""
    settings = settings_in(tmp_path, mirror=str(shared_data))
    version = collect(load_challenge("digits"), settings)
    counts = {side: sum(found.values()) for side, found in version.document.counts.items()}
    assert counts == {Split.TRAIN: 55547, Split.VALIDATION: 2953, Split.HOLDOUT: 10000, Split.GAME: 1500}
    assert version.id == "bed1c94a61b9"
    assert version.document.cleaning.rows_kept == 70_000
    assert version.objects("game").inputs.shape == (1500, 28, 28)


def test_the_sample_of_digits_is_playable(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    version = collect(load_challenge("digits"), settings_in(tmp_path), sample=True)
    table = version.objects("game")
    assert len(table) == 1797
    assert set(table.labels) == set("0123456789")
    assert version.document.licence == "CC-BY-4.0"
    assert "Alpaydin" in version.document.citation
    assert table.inputs.max(axis=(1, 2)).min() > 240
    assert not table.inputs[:, 0].any()


def converted(declared: dict[str, object]) -> LoadedChallenge:
    return LoadedChallenge(challenge=msgspec.convert(declared, Challenge), folder=Path("nowhere"))


@given(st.permutations(range(8)), st.lists(st.integers(0, 2), min_size=8, max_size=8))
def test_the_hash_does_not_depend_on_the_order_of_rows(order: list[int], labels: list[int]) -> None:
    from_rows = [_hash_of(rows, labels) for rows in (list(range(8)), order)]
    assert from_rows[0] == from_rows[1]
    assert _hash_of(order, [(label + 1) % 3 for label in labels]) != from_rows[0]


def _hash_of(rows: list[int], labels: list[int]) -> str:
    """Return the content hash of eight objects, met in the given order."""
    loaded = converted(declaration())
    names = tuple(f"id-{row}" for row in rows)
    table = SourceTable(
        object_ids=names,
        group_ids=names,
        labels=tuple(loaded.challenge.class_names[labels[row]] for row in rows),
        inputs=drawings(8, seed=4)[rows],
        fixed_splits=(None,) * 8,
    )
    cleaned = clean(table, loaded.challenge.class_names)
    return versions._content_hash(versions._canonical(cleaned, loaded), loaded, sample=False)


def test_values_are_short_in_a_notebook(shapes: LoadedChallenge, settings: Settings) -> None:
    version = collect(shapes, settings)
    assert repr(shapes) == f"LoadedChallenge(shapes in {shapes.folder})"
    assert repr(version).startswith(f"DatasetVersion(shapes {version.id}: ")
    assert "12 holdout" in repr(version)
    assert repr(version.objects()) == "ObjectTable(72 objects of 3 classes, inputs [72, 28, 28])"


def test_the_current_version_is_one_small_file(shapes: LoadedChallenge, settings: Settings) -> None:
    version = collect(shapes, settings)
    assert isinstance(version, DatasetVersion)
    alias = settings.data_folder / "shapes" / "current.json"
    assert json.loads(alias.read_text()) == {"version": version.id}
