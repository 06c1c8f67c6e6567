"""A project in one file: the same bytes again, everything back at work, nothing that must stay here."""

import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outclass import training
from outclass.base.errors import ConflictError, DataError, InputError, NotFoundError, OutclassError
from outclass.base.settings import Settings
from outclass.base.store import sha256_of_file
from outclass.catalog.loader import load_challenge
from outclass.catalog.retired import played_split, retire_objects
from outclass.catalog.split import Split
from outclass.catalog.versions import Simulation, collect
from outclass.inference.predictor import Predictor
from outclass.inputs.masking import mask, masked_parts
from outclass.publish.bundle.documents import BundleOptions
from outclass.publish.bundle.restore import restore_bundle
from outclass.publish.bundle.ustar import BLOCK, Member, header_of
from outclass.publish.bundle.write import write_bundle
from outclass.registry.store import Registry
from publications import (
    advised_model,
    everything_in,
    files_in,
    private_texts,
    series_project,
    shapes_project,
    table_project,
    text_project,
)
from small_challenge import settings_in
from small_photos import licensed_version


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings]:
    folder = tmp_path_factory.mktemp("project")
    settings = settings_in(folder / "home")
    shapes_project(folder, settings)
    return folder, settings


@pytest.fixture(scope="module")
def bundle(home: tuple[Path, Settings]) -> Path:
    folder, settings = home
    return write_bundle(
        load_challenge(folder / "challenges" / "shapes"), settings, folder / "one.tar.gz"
    ).path


Make = Callable[[Path, Settings], object]


@pytest.mark.parametrize("make", [shapes_project, text_project, series_project, table_project])
@pytest.mark.parametrize("source", [False, True], ids=["public", "whole"])
def test_export_restore_export_gives_the_same_bytes(tmp_path, make, source):
    options = BundleOptions(with_source=source)
    loaded, version = make(tmp_path, settings_in(tmp_path / "home"))
    retire_objects(loaded.name, version.ids(Split.GAME)[:3], settings_in(tmp_path / "home"))
    first = write_bundle(loaded, settings_in(tmp_path / "home"), tmp_path / "one.tar.gz", options)

    restored = restore_bundle(first.path, settings_in(tmp_path / "other"), trust_code=True)
    second = write_bundle(restored.loaded, settings_in(tmp_path / "other"), tmp_path / "two.tar.gz", options)

    assert second.document == first.document
    assert second.path.read_bytes() == first.path.read_bytes()
    assert played_split(restored.version) is (Split.GAME if source else Split.VALIDATION)
    played = restored.version.objects(Split.GAME)
    assert len(played) == (len(version.ids(Split.GAME)) if source else 3)


def test_photos_come_back_without_those_that_must_stay(tmp_path):
    settings = settings_in(tmp_path / "home")
    version = licensed_version(tmp_path, settings=settings)
    loaded = load_challenge(tmp_path / "pets")

    first = write_bundle(loaded, settings, tmp_path / "one.tar.gz")
    restored = restore_bundle(first.path, settings_in(tmp_path / "other"))
    second = write_bundle(restored.loaded, settings_in(tmp_path / "other"), tmp_path / "two.tar.gz")

    assert second.path.read_bytes() == first.path.read_bytes()
    assert first.document.left_out.keys() == {
        *("CC-BY-NC", "CC-BY-ND-4.0", "CC-BY-NC-ND", "none stated", "all rights reserved"),
        "played, hidden until retired",
    }
    kept = {credit.licence for credit in restored.version.objects().inputs.credits}
    assert kept == {"cc-by", "CC BY-SA 4.0", "CC0"}
    content = everything_in(first.path)
    free = [split for split in Split if split is not Split.GAME]
    for split in Split:
        table = version.objects(split)
        for place, credit in enumerate(table.inputs.credits):
            passed_on = split in free and credit.licence in kept
            assert (credit.author.encode() + b'"' in content) is passed_on
            assert (table.inputs.content(place) in content) is passed_on


def test_the_restored_project_predicts_evaluates_and_is_whole(home, bundle, tmp_path):
    _, settings = home
    other = settings_in(tmp_path / "other")

    restored = restore_bundle(bundle, other)

    row = np.zeros((28, 28), dtype=np.float32)
    row[8:20, 8:20] = 1
    answers = [
        Predictor.load(Registry(each).champion("shapes"), restored.loaded).predict_one(row)
        for each in (settings, other)
    ]
    assert answers[0].probabilities == answers[1].probabilities
    report = training.evaluate(restored.loaded, home[0] / "challenges" / "shapes", settings=other)
    assert report["n"] > 0


def test_restoring_twice_changes_nothing(bundle, tmp_path):
    settings = settings_in(tmp_path / "other")
    restore_bundle(bundle, settings)
    before = tree(settings.home)

    restore_bundle(bundle, settings)

    assert tree(settings.home) == before


def tree(folder: Path) -> dict[str, str]:
    """Return the files of a folder with their hashes."""
    return {
        path.relative_to(folder).as_posix(): sha256_of_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_in_use_is_not_replaced_unasked(bundle, tmp_path):
    settings = settings_in(tmp_path / "other")
    loaded, version = shapes_project(tmp_path, settings)
    advised_model(settings, loaded, version, "shapes", seed=5)
    before = tree(settings.home / "models")

    with pytest.raises(ConflictError, match="something else is in use"):
        restore_bundle(bundle, settings)
    assert tree(settings.home / "models") == before

    restored = restore_bundle(bundle, settings, replace=True)
    assert Registry(settings).champion("shapes").reference in restored.document.models


# What must never be in a bundle


def test_no_number_address_or_own_path_is_in_any_byte(tmp_path):
    settings, folder = private_texts(tmp_path)
    loaded = load_challenge(folder)
    version = collect(loaded, settings)
    advised_model(settings, loaded, version, "letters")

    made = write_bundle(loaded, settings, tmp_path / "one.tar.gz")
    restored = restore_bundle(made.path, settings_in(tmp_path / "other"))
    again = write_bundle(restored.loaded, settings_in(tmp_path / "other"), tmp_path / "two.tar.gz")

    content = everything_in(made.path)
    texts = [text for block in version.blocks() for text in block.inputs]
    hidden = {text[part.start : part.end] for text in texts for part in masked_parts(text) if part.hidden}
    assert len(hidden) >= 4
    for secret in (
        *hidden,
        "0906 170",
        "170 1461",
        "09061701461",
        "ann.smith",
        "evil.example",
        "sender",
        str(tmp_path),
    ):
        assert secret.encode() not in content, secret
    assert b"Ann Example, author" in content
    assert b"[number]" in content
    assert again.path.read_bytes() == made.path.read_bytes()


def test_names_of_hidden_texts_are_made_of_what_is_shown(tmp_path):
    settings, folder = private_texts(tmp_path)
    version = collect(load_challenge(folder), settings)
    made = write_bundle(load_challenge(folder), settings, tmp_path / "one.tar.gz")

    content = everything_in(made.path)

    for block in version.blocks():
        for name, group, text in zip(block.ids, block.groups, block.inputs, strict=True):
            if mask(text) != text:
                assert name.encode() not in content
                assert group.encode() not in content


def test_nothing_of_what_is_played_is_in_any_byte(home, bundle):
    folder, settings = home
    version = collect(load_challenge(folder / "challenges" / "shapes"), settings)
    content = everything_in(bundle)
    played = version.objects(Split.GAME)

    found = files_in(bundle)
    assert not [name for name in played.ids if name.encode() in content]
    assert not [row for row in played.inputs if row.tobytes() in content]
    assert not [name for name in found if name.startswith("files/")]
    advice = [name for name in found if name.endswith("oof.parquet")]
    assert len(advice) == 2
    for name in advice:
        ids = pl.read_parquet(io.BytesIO(found[name]))["object_id"]
        assert set(ids) == {*version.ids(Split.TRAIN), *version.ids(Split.VALIDATION)}


def test_what_people_sent_in_stays_here(tmp_path):
    settings = settings_in(tmp_path / "home")
    rows = settings.data_folder / "letters" / "inbox" / "rows" / "a.jsonl"
    rows.parent.mkdir(parents=True)
    sent = [
        {"text": f"a quite private thought of mine, the {place}th", "label": "call"} for place in range(40)
    ]
    rows.write_text("".join(json.dumps(row) + "\n" for row in sent))
    settings, folder = private_texts(tmp_path)

    made = write_bundle(load_challenge(folder), settings, tmp_path / "one.tar.gz")

    assert made.document.left_out["sent in by people"] == 40
    assert b"private thought" not in everything_in(made.path)


# What is refused


def test_a_data_set_that_may_not_be_passed_on_is_refused_with_the_reason(tmp_path):
    settings = settings_in(tmp_path / "home")
    text_project(tmp_path, settings)
    folder = tmp_path / "challenges" / "notes"
    path = folder / "challenge.yaml"
    for licence, hint in (("CC-BY-NC-4.0", "without-data$"), ("not stated", "--licence")):
        path.write_text(path.read_text().replace("CC0-1.0", licence).replace("CC-BY-NC-4.0", licence))
        collect(load_challenge(folder), settings, simulate=Simulation(count=120))
        with pytest.raises(DataError, match="does not let it be passed on") as refused:
            write_bundle(load_challenge(folder), settings, tmp_path / "one.tar.gz")
        assert refused.value.got.startswith(licence)
        assert not (tmp_path / "one.tar.gz").exists()
        assert re.search(hint, refused.value.hint)
    options = BundleOptions(licence="CC-BY-4.0")
    made = write_bundle(load_challenge(folder), settings, tmp_path / "one.tar.gz", options)
    restored = restore_bundle(made.path, settings_in(tmp_path / "other"), trust_code=True)
    again = write_bundle(restored.loaded, settings_in(tmp_path / "other"), tmp_path / "two.tar.gz")
    assert restored.version.document.licence == "CC-BY-4.0"
    assert again.sha256 == made.sha256


def test_a_model_of_photos_that_may_not_be_learned_from_is_refused(tmp_path):
    settings = settings_in(tmp_path / "home")
    version = licensed_version(tmp_path, settings=settings)
    loaded = load_challenge(tmp_path / "pets")
    advised_model(settings, loaded, version, "pets")

    with pytest.raises(DataError, match="learned from photos"):
        write_bundle(loaded, settings, tmp_path / "one.tar.gz")
    made = write_bundle(loaded, settings, tmp_path / "two.tar.gz", BundleOptions(with_models=False))
    assert made.document.models == ()


def test_a_bundle_needs_data_a_name_and_a_free_place(home, tmp_path):
    folder, settings = home
    loaded = load_challenge(folder / "challenges" / "shapes")
    empty = settings_in(tmp_path / "empty")

    with pytest.raises(NotFoundError, match="no data was collected"):
        write_bundle(loaded, empty, tmp_path / "one.tar.gz")
    with pytest.raises(InputError, match="written to an archive"):
        write_bundle(loaded, settings, tmp_path / "one.zip")
    (tmp_path / "there.tar").write_bytes(b"")
    with pytest.raises(ConflictError, match="there already"):
        write_bundle(loaded, settings, tmp_path / "there.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["there.tar"]


def test_code_is_refused_until_it_is_trusted(tmp_path):
    settings = settings_in(tmp_path / "home")
    loaded, _ = text_project(tmp_path, settings)
    made = write_bundle(loaded, settings, tmp_path / "one.tar.gz")
    other = settings_in(tmp_path / "other")

    with pytest.raises(DataError, match="brings code"):
        restore_bundle(made.path, other)
    assert traces(other) == set()
    assert restore_bundle(made.path, other, trust_code=True).document.code == (
        "challenges/notes/simulate.py",
    )


def traces(settings: Settings) -> set[str]:
    """Return what is in a home besides its locks."""
    found = settings.home.rglob("*") if settings.home.is_dir() else ()
    return {path.relative_to(settings.home).as_posix() for path in found if not path.name.endswith(".lock")}


# Archives that are made to do harm


def packed(files: list[tuple[bytes, bytes]]) -> bytes:
    """Return an archive of headers and contents."""
    parts = [head + content + b"\0" * (-len(content) % BLOCK) for head, content in files]
    return b"".join([*parts, b"\0" * 2 * BLOCK])


def entry(name: str, content: bytes, *, kind: bytes = b"0", link: str = "", size: int | None = None) -> bytes:
    """Return a header as any program could write it."""
    length = len(content) if size is None else size
    head = bytearray(header_of(Member(name="x", size=length)))
    head[:100] = name.encode().ljust(100, b"\0")
    head[156:157] = kind
    head[157:257] = link.encode().ljust(100, b"\0")
    head[148:156] = b"%06o\0 " % (sum(head[:148]) + 256 + sum(head[156:]))
    return bytes(head)


def manifest_of(bundle: Path) -> bytes:
    return files_in(bundle)["bundle.json"]


HOSTILE = {
    "path": (lambda: [(entry("../evil", b"x"), b"x")], "a file of this name"),
    "absolute": (lambda: [(entry("/tmp/evil", b"x"), b"x")], "a file of this name"),
    "inside": (lambda: [(entry("data/../../evil", b"x"), b"x")], "a file of this name"),
    "backslash": (lambda: [(entry("..\\evil", b"x"), b"x")], "a file of this name"),
    "drive": (lambda: [(entry("C:evil", b"x"), b"x")], "a file of this name"),
    "hidden": (lambda: [(entry(".git/hooks", b"x"), b"x")], "a file of this name"),
    "device name": (lambda: [(entry("data/con.txt", b"x"), b"x")], "a file of this name"),
    "symbolic link": (lambda: [(entry("data/x", b"", kind=b"2", link="/etc/passwd"), b"")], "a link"),
    "hard link": (lambda: [(entry("data/x", b"", kind=b"1", link="data/y"), b"")], "a link"),
    "device": (lambda: [(entry("data/x", b"", kind=b"3"), b"")], "a link"),
    "folder": (lambda: [(entry("data/x", b"", kind=b"5"), b"")], "a link"),
    "long name": (lambda: [(entry("././@LongLink", b"evil", kind=b"L"), b"evil")], "a link|of this name"),
    "pax": (lambda: [(entry("data/pax", b"30 path=../evil\n", kind=b"x"), b"30 path=../evil\n")], "a link"),
    "sparse": (lambda: [(entry("data/x", b"", kind=b"S"), b"")], "a link"),
    "unnamed": (lambda: [(entry("data/evil", b"x"), b"x")], "does not name this file"),
    "no numbers": (lambda: [(b"\xff" * BLOCK, b"")], "no archive"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_without_a_trace(bundle, tmp_path, name):
    more, message = HOSTILE[name]
    content = manifest_of(bundle)
    path = tmp_path / "hostile.tar"
    path.write_bytes(packed([(entry("bundle.json", content), content), *more()]))
    settings = settings_in(tmp_path / "home")

    with pytest.raises(DataError, match=message):
        restore_bundle(path, settings)

    assert traces(settings) == set()
    assert {each.name for each in tmp_path.iterdir()} == {"hostile.tar", "home"}


def rewritten(bundle: Path, to: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a bundle anew with other files."""
    files = files_in(bundle)
    change(files)
    first = files.pop("bundle.json", None)
    entries = [] if first is None else [("bundle.json", first)]
    to.write_bytes(
        gzip.compress(
            packed([(entry(name, content), content) for name, content in [*entries, *files.items()]])
        )
    )
    return to


def change_manifest(change: Callable[[dict[str, object]], None]) -> Callable[[dict[str, bytes]], None]:
    """Return what changes the first file of a bundle."""

    def apply(files: dict[str, bytes]) -> None:
        document = json.loads(files["bundle.json"])
        change(document)
        files["bundle.json"] = json.dumps(document).encode()

    return apply


def flip(name: str) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        found = next(each for each in files if each.endswith(name))
        files[found] = files[found][:-1] + bytes([files[found][-1] ^ 1])

    return apply


CHANGED = {
    "changed data": (flip("objects.parquet"), "was changed"),
    "changed model": (flip("model.onnx"), "was changed"),
    "missing file": (lambda files: files.pop("data/current.json"), "are missing"),
    "no manifest": (lambda files: files.pop("bundle.json"), "no bundle"),
    "manifest is no JSON": (lambda files: files.update({"bundle.json": b"["}), "no bundle"),
    "manifest nests deeply": (lambda files: files.update({"bundle.json": b"[" * 100_000}), "no bundle"),
    "other format": (change_manifest(lambda found: found.update(format=9)), "another format"),
    "other challenge": (change_manifest(lambda found: found.update(challenge="../x")), "no challenge"),
    "unknown key": (change_manifest(lambda found: found.update(evil=1)), "no bundle"),
    "huge": (
        change_manifest(lambda found: found["files"]["data/current.json"].update(bytes=10**12)),
        "more than it can|does not name",
    ),
    "negative": (
        change_manifest(lambda found: found["files"]["data/current.json"].update(bytes=-(10**9))),
        "more than it can|does not name",
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_bundle_is_refused_without_a_trace(bundle, tmp_path, name):
    change, message = CHANGED[name]
    settings = settings_in(tmp_path / "home")

    with pytest.raises(OutclassError, match=message):
        restore_bundle(rewritten(bundle, tmp_path / "hostile.tar.gz", change), settings)

    assert traces(settings) == set()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.tar.gz"
    size = 120_000_000
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(entry("bundle.json", b"", size=size))
        for _ in range(size // 1_000_000):
            file.write(b" " * 1_000_000)
    assert path.stat().st_size < 1_000_000
    settings = settings_in(tmp_path / "home")

    with pytest.raises(DataError, match="no bundle"):
        restore_bundle(path, settings)
    assert traces(settings) == set()


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00garbage", b"\0" * 1024])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "x.tar.gz").write_bytes(content)

    with pytest.raises(DataError):
        restore_bundle(tmp_path / "x.tar.gz", settings_in(tmp_path / "home"))
    assert traces(settings_in(tmp_path / "home")) == set()


def test_a_cut_archive_is_refused(bundle, tmp_path):
    content = gzip.decompress(bundle.read_bytes())
    for size in (100, BLOCK, 5 * BLOCK + 17, len(content) - 2 * BLOCK):
        (tmp_path / "cut.tar").write_bytes(content[:size])
        with pytest.raises(DataError):
            restore_bundle(tmp_path / "cut.tar", settings_in(tmp_path / "home"))
    (tmp_path / "long.tar").write_bytes(content + b"more")
    with pytest.raises(DataError, match="behind the end"):
        restore_bundle(tmp_path / "long.tar", settings_in(tmp_path / "home"))


def test_other_programs_read_a_bundle(bundle):
    with tarfile.open(bundle) as archive:
        names = archive.getnames()
        assert all(member.isfile() and member.mtime == 0 for member in archive.getmembers())

    assert names == list(files_in(bundle))
    assert names[0] == "bundle.json"


@pytest.mark.parametrize("name", ["home/outclass.sqlite3", "home/secret_key", "outclass.toml", "log/x"])
def test_a_file_that_is_no_part_of_a_project_reaches_no_home(bundle, tmp_path, name):
    def add(files: dict[str, bytes]) -> None:
        files[name] = b"x"
        document = json.loads(files["bundle.json"])
        document["files"][name] = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
        files["bundle.json"] = json.dumps(document).encode()

    restored, plain = settings_in(tmp_path / "home"), settings_in(tmp_path / "plain")
    restore_bundle(rewritten(bundle, tmp_path / "more.tar.gz", add), restored)
    restore_bundle(bundle, plain)

    assert traces(restored) == traces(plain)
