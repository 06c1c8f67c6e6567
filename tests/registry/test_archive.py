"""A version travels as one zip file; a hostile one is refused before anything is written."""

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from outclass.base.errors import NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.registry import files
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion

MakeFiles = Callable[..., Path]


@pytest.fixture
def version(registry: Registry, make_files: MakeFiles) -> ModelVersion:
    return registry.register(make_files(), lineage={"seed": "1"}, scores={"accuracy": 0.9})


@pytest.fixture
def archive(registry: Registry, version: ModelVersion, tmp_path: Path) -> Path:
    registry.export(version.reference, tmp_path / "version.zip")
    return tmp_path / "version.zip"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Registry:
    settings = Settings(home=tmp_path / "elsewhere", database_url="sqlite:///unused")
    return Registry(settings, packaged=tmp_path / "nothing")


def rewrite(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a copy of an archive with changed entries."""
    with zipfile.ZipFile(source) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w") as new:
        for name, content in entries.items():
            new.writestr(name, content)
    return target


def assert_refused(registry: Registry, path: Path, match: str) -> None:
    with pytest.raises(RegistryError, match=match):
        registry.import_(path)
    assert registry.names() == ()
    assert not [p for p in registry.home.rglob("*") if p.is_file() and p.name != ".lock"]


def test_export_and_import_give_the_same_version(
    elsewhere: Registry, version: ModelVersion, archive: Path
) -> None:
    imported = elsewhere.import_(archive)
    assert imported.reference == version.reference
    assert elsewhere.get("digits/challenger") == imported
    assert elsewhere.import_(archive) == imported


def test_the_same_version_gives_the_same_bytes(
    registry: Registry, elsewhere: Registry, archive: Path, tmp_path: Path
) -> None:
    reference = elsewhere.import_(archive).reference
    elsewhere.export(reference, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_export_wants_a_zip_path(registry: Registry, version: ModelVersion, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"PATH\.zip"):
        registry.export(version.reference, tmp_path / "version.tar")


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "digits/model.onnx", "model.pkl", "..\\evil", "C:\\evil", "oof.parquet/"]
)
def test_a_name_that_does_not_belong_is_refused(
    elsewhere: Registry, archive: Path, tmp_path: Path, name: str
) -> None:
    hostile = rewrite(archive, tmp_path / "hostile.zip", lambda entries: entries.update({name: b"x"}))
    assert_refused(elsewhere, hostile, "does not belong to a model version")
    assert not (tmp_path / "evil").exists()


def test_a_link_is_refused(elsewhere: Registry, archive: Path, tmp_path: Path) -> None:
    hostile = rewrite(archive, tmp_path / "hostile.zip", lambda entries: entries.pop("card.md"))
    with zipfile.ZipFile(hostile, "a") as file:
        entry = zipfile.ZipInfo("card.md")
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(entry, "/etc/passwd")
    assert_refused(elsewhere, hostile, "a link or a special file")


def test_a_name_twice_is_refused(elsewhere: Registry, archive: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(archive, "a") as file:
        file.writestr("card.md", "another")
    assert_refused(elsewhere, archive, "a name twice")


@pytest.mark.parametrize("name", ["model.onnx", "card.md", "signature.json"])
def test_changed_content_is_refused(elsewhere: Registry, archive: Path, tmp_path: Path, name: str) -> None:
    def change(entries: dict[str, bytes]) -> None:
        entries[name] = entries[name][:-1] + bytes([entries[name][-1] ^ 1])

    assert_refused(elsewhere, rewrite(archive, tmp_path / "hostile.zip", change), "hash|signature")


def test_a_manifest_that_names_another_file_is_refused(
    elsewhere: Registry, archive: Path, tmp_path: Path
) -> None:
    def change(entries: dict[str, bytes]) -> None:
        manifest = json.loads(entries["manifest.json"])
        manifest["files"]["../../evil"] = "0" * 64
        entries["manifest.json"] = json.dumps(manifest).encode()

    assert_refused(elsewhere, rewrite(archive, tmp_path / "hostile.zip", change), "does not belong")


@pytest.mark.parametrize("name", ["../digits", "a/b", "", "x" * 90])
def test_a_manifest_with_a_hostile_name_is_refused(
    elsewhere: Registry, archive: Path, tmp_path: Path, name: str
) -> None:
    def change(entries: dict[str, bytes]) -> None:
        manifest = json.loads(entries["manifest.json"])
        manifest["name"] = name
        entries["manifest.json"] = json.dumps(manifest).encode()

    assert_refused(elsewhere, rewrite(archive, tmp_path / "hostile.zip", change), "no model name")


@pytest.mark.parametrize("name", ["manifest.json", "card.md", "model.onnx"])
def test_a_missing_file_is_refused(elsewhere: Registry, archive: Path, tmp_path: Path, name: str) -> None:
    hostile = rewrite(archive, tmp_path / "hostile.zip", lambda entries: entries.pop(name))
    assert_refused(elsewhere, hostile, "missing|not those of the manifest")


def test_a_file_over_its_limit_is_refused(
    elsewhere: Registry, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(files.SIZE_LIMITS, "model.onnx", 100)
    assert_refused(elsewhere, archive, "model.onnx is too large")


def test_a_size_that_lies_is_refused(elsewhere: Registry, archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (1).to_bytes(4, "little")
    archive.write_bytes(bytes(content))
    assert_refused(elsewhere, archive, "no readable zip file|missing|manifest")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 60])
def test_what_is_no_zip_file_is_refused(elsewhere: Registry, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.zip").write_bytes(content)
    assert_refused(elsewhere, tmp_path / "broken.zip", "no readable zip file")


def test_a_truncated_archive_is_refused(elsewhere: Registry, archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-30])
    assert_refused(elsewhere, archive, "no readable zip file")


def test_a_missing_archive_is_named(elsewhere: Registry, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"missing\.zip"):
        elsewhere.import_(tmp_path / "missing.zip")
