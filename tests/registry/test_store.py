"""Versions are immutable, aliases point at them, and the home folder lies over the package."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models import tiny_digits_version
from outclass.base.errors import ConflictError, NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.registry.aliases import Alias
from outclass.registry.files import read_verified
from outclass.registry.shipping import ship
from outclass.registry.store import Registry, parse_reference
from outclass.registry.version import ModelVersion

MakeFiles = Callable[..., Path]
CREATED = "2026-01-02T03:04:05Z"


def register(registry: Registry, folder: Path, created: str = CREATED) -> ModelVersion:
    return registry.register(folder, lineage={"seed": "1"}, scores={"accuracy": 0.5}, created=created)


def test_a_registered_version_is_the_challenger_and_is_read_back(
    registry: Registry, make_files: MakeFiles
) -> None:
    version = register(registry, make_files())
    assert registry.names() == ("digits",)
    assert registry.versions("digits") == (version,)
    assert registry.get("digits/challenger") == registry.get(version.reference) == version
    assert version.manifest.scores == {"accuracy": 0.5}
    assert registry.aliases("digits").champion is None
    with pytest.raises(NotFoundError, match="digits has no champion"):
        registry.champion("digits")


def test_registering_the_same_again_changes_nothing(registry: Registry, make_files: MakeFiles) -> None:
    folder = make_files()
    first = register(registry, folder)
    modified = (first.folder / "model.onnx").stat().st_mtime_ns
    assert register(registry, folder) == first
    assert (first.folder / "model.onnx").stat().st_mtime_ns == modified
    assert len(registry.versions("digits")) == 1


def test_another_time_is_another_version(registry: Registry, make_files: MakeFiles) -> None:
    folder = make_files()
    later = register(registry, folder, created="2026-01-03T00:00:00Z")
    earlier = register(registry, folder)
    assert registry.versions("digits") == (earlier, later)


def test_promote_and_rollback(registry: Registry, make_files: MakeFiles) -> None:
    first, second = register(registry, make_files(1)), register(registry, make_files(2))
    registry.promote("digits", first.id)
    stamp = registry.alias_stamp("digits")
    registry.promote("digits", second.id)
    assert registry.alias_stamp("digits") != stamp
    aliases = registry.aliases("digits")
    assert (aliases.champion, aliases.challenger, aliases.previous) == (second.id, None, (first.id,))
    assert registry.rollback("digits") == first
    aliases = registry.aliases("digits")
    assert (aliases.champion, aliases.challenger, aliases.previous) == (first.id, second.id, ())
    with pytest.raises(ConflictError, match="no earlier champion"):
        registry.rollback("digits")


def test_promoting_the_champion_again_changes_nothing(registry: Registry, make_files: MakeFiles) -> None:
    version = register(registry, make_files())
    registry.promote("digits", version.id)
    aliases = registry.aliases("digits")
    registry.promote("digits", version.id)
    assert registry.aliases("digits") == aliases


def test_an_unknown_version_cannot_be_promoted(registry: Registry, make_files: MakeFiles) -> None:
    version = register(registry, make_files())
    with pytest.raises(NotFoundError, match=f"accepted: {version.id}"):
        registry.promote("digits", "0" * 12)


def test_the_packaged_version_answers_until_another_is_promoted(
    registry: Registry, make_files: MakeFiles
) -> None:
    packaged = tiny_digits_version(registry.packaged)
    assert registry.champion("digits") == packaged
    trained = register(registry, make_files(5))
    assert registry.champion("digits") == packaged
    registry.promote("digits", trained.id)
    assert registry.champion("digits") == trained
    assert registry.rollback("digits").id == packaged.id


def test_an_upgrade_of_the_package_takes_no_version_away(registry: Registry, make_files: MakeFiles) -> None:
    old = tiny_digits_version(registry.packaged, seed=1)
    trained = register(registry, make_files(5))
    registry.promote("digits", trained.id)
    shutil.rmtree(registry.packaged)
    tiny_digits_version(registry.packaged, seed=2)
    assert registry.champion("digits") == trained
    assert registry.rollback("digits").id == old.id


def test_a_new_package_brings_its_champion_where_none_was_chosen(
    registry: Registry, make_files: MakeFiles
) -> None:
    tiny_digits_version(registry.packaged, seed=1)
    register(registry, make_files(5))
    shutil.rmtree(registry.packaged)
    new = tiny_digits_version(registry.packaged, seed=2)
    assert registry.champion("digits") == new


def test_the_package_is_never_written(registry: Registry, make_files: MakeFiles) -> None:
    packaged = tiny_digits_version(registry.packaged)
    before = {path: path.stat().st_mtime_ns for path in registry.packaged.rglob("*")}
    registry.promote("digits", register(registry, make_files(5)).id)
    registry.promote("digits", packaged.id)
    registry.rollback("digits")
    assert {path: path.stat().st_mtime_ns for path in registry.packaged.rglob("*")} == before


@pytest.mark.parametrize("name", ["model.onnx", "signature.json", "card.md", "manifest.json"])
def test_a_changed_file_is_refused(registry: Registry, make_files: MakeFiles, name: str) -> None:
    version = register(registry, make_files())
    path = version.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(RegistryError):
        registry.get(version.reference)
    with pytest.raises(RegistryError):
        registry.promote("digits", version.id)
    assert len(registry.faults("digits")) == 1


@pytest.mark.parametrize("name", ["model.onnx", "signature.json", "card.md", "manifest.json"])
def test_a_missing_file_is_refused(registry: Registry, make_files: MakeFiles, name: str) -> None:
    version = register(registry, make_files())
    (version.folder / name).unlink()
    with pytest.raises(RegistryError):
        registry.get(version.reference)
    assert registry.versions("digits") == ()


@pytest.mark.parametrize("name", ["model.pkl", "features.py", ".hidden"])
def test_an_unknown_file_is_refused(registry: Registry, make_files: MakeFiles, name: str) -> None:
    folder = make_files()
    (folder / name).write_text("x")
    with pytest.raises(RegistryError, match=r"does not belong.*" + name.replace(".", r"\.")):
        register(registry, folder)


def test_a_link_is_refused(registry: Registry, make_files: MakeFiles, tmp_path: Path) -> None:
    folder = make_files()
    (tmp_path / "secret").write_text("secret")
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(tmp_path / "secret")
    with pytest.raises(RegistryError, match="no plain file"):
        register(registry, folder)


def test_two_models_in_one_folder_are_refused(registry: Registry, make_files: MakeFiles) -> None:
    folder = make_files()
    (folder / "model.json").write_text("{}")
    with pytest.raises(RegistryError, match="one model file is needed"):
        register(registry, folder)


def test_a_failing_check_registers_nothing(registry: Registry, make_files: MakeFiles) -> None:
    def refuse(version: ModelVersion) -> None:
        raise RegistryError("the canary differs", where=version.reference)

    with pytest.raises(RegistryError, match="the canary differs"):
        registry.register(make_files(), lineage={}, scores={}, check=refuse)
    assert registry.names() == ()
    assert [p.name for p in (registry.home / "digits").iterdir()] == [".lock"]


def test_a_score_that_is_no_number_is_refused(registry: Registry, make_files: MakeFiles) -> None:
    with pytest.raises(RegistryError, match="log_loss"):
        registry.register(make_files(), lineage={}, scores={"log_loss": float("nan")})


def test_read_verified_returns_only_what_was_registered(registry: Registry, make_files: MakeFiles) -> None:
    version = register(registry, make_files())
    assert read_verified(version, "card.md") == (version.folder / "card.md").read_bytes()
    (version.folder / "card.md").write_text("other")
    with pytest.raises(RegistryError, match="was changed"):
        read_verified(version, "card.md")
    with pytest.raises(RegistryError, match=r"holds no oof\.parquet"):
        read_verified(version, "oof.parquet")


def test_references() -> None:
    assert parse_reference("digits").alias is Alias.CHAMPION
    assert parse_reference("stars.boone/challenger").alias is Alias.CHALLENGER
    assert parse_reference("digits@0123456789ab").id == "0123456789ab"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../digits",
        "digits@",
        "digits@xyz",
        "digits/best",
        "digits@0123456789ab/champion",
        "a/b/c",
        "Digits",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(RegistryError, match="no reference to a model"):
        parse_reference(text)


def test_a_version_can_be_made_part_of_the_package(
    registry: Registry, make_files: MakeFiles, tmp_path: Path
) -> None:
    tiny_digits_version(tmp_path / "package", seed=9)
    version = register(registry, make_files())
    ship(registry, "digits/challenger", packaged=tmp_path / "package")
    fresh = Registry(
        Settings(home=tmp_path / "fresh", database_url="sqlite:///unused"), packaged=tmp_path / "package"
    )
    assert fresh.champion("digits").reference == version.reference
    assert len(fresh.versions("digits")) == 1


def test_the_real_packaged_registry_is_sound(settings: Settings) -> None:
    registry = Registry(settings)
    assert [fault for name in registry.names() for fault in registry.faults(name)] == []
