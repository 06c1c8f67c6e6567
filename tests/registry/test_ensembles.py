"""An ensemble is registered, verified, moved, shipped and rolled back with the members that it pins."""

import dataclasses
import json
import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from ensembles import register_ensemble, register_member, write_ensemble
from outclass.base.document import to_json
from outclass.base.errors import RegistryError
from outclass.base.settings import Settings
from outclass.registry.advice import advises_on, find_advice, missing_advice
from outclass.registry.shipping import ship
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion


@pytest.fixture
def ensemble(registry: Registry, tmp_path: Path) -> ModelVersion:
    return register_ensemble(registry, tmp_path / "files")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Registry:
    settings = Settings(home=tmp_path / "elsewhere", database_url="sqlite:///unused")
    return Registry(settings, packaged=tmp_path / "nothing")


def test_an_ensemble_knows_its_members(registry: Registry, ensemble: ModelVersion) -> None:
    assert registry.champion("pulses") == ensemble
    assert [member.name for member in ensemble.members] == ["pulses.plain", "pulses.noisy"]
    assert registry.versions("pulses") == (ensemble,)
    assert registry.faults("pulses") == ()
    registry.verify(ensemble)


def test_a_changed_member_is_a_fault_of_the_ensemble(registry: Registry, ensemble: ModelVersion) -> None:
    (ensemble.members[0].folder / "model.onnx").write_bytes(b"x")
    assert len(registry.faults("pulses")) == 1
    with pytest.raises(RegistryError, match=r"model\.onnx"):
        registry.champion("pulses")


def test_a_missing_member_is_named(registry: Registry, ensemble: ModelVersion) -> None:
    shutil.rmtree(ensemble.members[1].folder)
    with pytest.raises(RegistryError, match=r"not registered here.*pulses\.noisy@.*import an archive"):
        registry.champion("pulses")
    assert registry.versions("pulses") == ()


def test_an_ensemble_is_refused_before_its_members_are_there(
    registry: Registry, elsewhere: Registry, ensemble: ModelVersion, tmp_path: Path
) -> None:
    with pytest.raises(RegistryError, match="not registered here"):
        elsewhere.register(tmp_path / "files" / "both", lineage={}, scores={})
    assert elsewhere.names() == ()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda pinned: pinned[0].update(manifest_sha256="0" * 64), "not that of its id"),
        (lambda pinned: pinned[0].update(id="xyz"), "no model"),
        (lambda pinned: pinned[0].update(name="pulses"), "different members, and not itself"),
        (lambda pinned: pinned.append(pinned[0]), "different members"),
        (lambda pinned: pinned.pop(), "no ensemble"),
    ],
)
def test_what_pins_no_members_is_refused(
    registry: Registry, ensemble: ModelVersion, tmp_path: Path, change: object, match: str
) -> None:
    files = tmp_path / "files" / "both"
    document = json.loads((files / "ensemble.json").read_bytes())
    change(document["geometric_mean"])  # type: ignore[operator]
    (files / "ensemble.json").write_bytes(json.dumps(document).encode())
    with pytest.raises(RegistryError, match=match):
        registry.register(files, lineage={}, scores={})


def test_a_member_with_other_hash_or_features_is_refused(
    registry: Registry, ensemble: ModelVersion, tmp_path: Path
) -> None:
    files = tmp_path / "files" / "both"
    document = json.loads((files / "ensemble.json").read_bytes())
    pinned = document["geometric_mean"][0]
    pinned["manifest_sha256"] = pinned["id"] + "0" * 52
    (files / "ensemble.json").write_bytes(json.dumps(document).encode())
    with pytest.raises(RegistryError, match="not the one that the ensemble pins"):
        registry.register(files, lineage={}, scores={})
    other = write_ensemble(tmp_path / "files" / "other", ensemble.members)
    signature = json.loads((other / "signature.json").read_bytes())
    signature["features_sha256"] = "0" * 64
    (other / "signature.json").write_bytes(to_json(signature))
    with pytest.raises(RegistryError, match=r"does not fit the ensemble.*features_sha256"):
        registry.register(other, lineage={}, scores={})


def test_an_ensemble_of_ensembles_is_refused(
    registry: Registry, ensemble: ModelVersion, tmp_path: Path
) -> None:
    renamed = write_ensemble(tmp_path / "files" / "again", ensemble.members)
    signature = json.loads((renamed / "signature.json").read_bytes())
    (renamed / "signature.json").write_bytes(to_json(signature | {"name": "pulses.twice"}))
    twice = registry.register(renamed, lineage={}, scores={})
    nested = write_ensemble(tmp_path / "files" / "nested", (twice, ensemble.members[0]))
    with pytest.raises(RegistryError, match="an ensemble itself"):
        registry.register(nested, lineage={}, scores={})


def test_an_archive_brings_the_members(
    registry: Registry, elsewhere: Registry, ensemble: ModelVersion, tmp_path: Path
) -> None:
    registry.export("pulses", tmp_path / "pulses.zip")
    imported = elsewhere.import_(tmp_path / "pulses.zip")
    assert imported.reference == ensemble.reference
    assert [m.reference for m in imported.members] == [m.reference for m in ensemble.members]
    assert elsewhere.get("pulses.plain/challenger").id == ensemble.members[0].id
    elsewhere.export("pulses/challenger", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "pulses.zip").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("members/pulses.plain@", "members/pulses.other@", "not the one that its folder names"),
        ("members/pulses.plain@", "members/../pulses.plain@", "does not belong"),
        ("members/", "others/", "does not belong"),
        ("/card.md", "/run.sh", "does not belong"),
        ("/manifest.json", "/oof.parquet", "the manifest is missing"),
    ],
)
def test_a_hostile_archive_of_an_ensemble_is_refused(
    registry: Registry,
    elsewhere: Registry,
    ensemble: ModelVersion,
    tmp_path: Path,
    old: str,
    new: str,
    match: str,
) -> None:
    registry.export("pulses", tmp_path / "good.zip")
    with zipfile.ZipFile(tmp_path / "good.zip") as good, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in good.namelist():
            bad.writestr(name.replace(old, new), good.read(name))
    with pytest.raises(RegistryError, match=match):
        elsewhere.import_(tmp_path / "bad.zip")
    assert elsewhere.names() == ()


def test_rolling_back_changes_the_whole_ensemble(
    registry: Registry, ensemble: ModelVersion, tmp_path: Path
) -> None:
    member = register_member(registry, tmp_path / "files" / "new", "pulses.plain", (0.0, 0.0, 3.0))
    registry.promote(member.name, member.id)
    files = write_ensemble(tmp_path / "files" / "newer", (member, ensemble.members[1]))
    newer = registry.register(files, lineage={}, scores={})
    registry.promote("pulses", newer.id)
    assert registry.champion("pulses").members[0] == member
    registry.rollback("pulses")
    assert registry.champion("pulses").members[0] == ensemble.members[0]
    assert registry.champion("pulses.plain") == member


def with_advice(registry: Registry, ensemble: ModelVersion, folder: Path) -> ModelVersion:
    """Register the ensemble with advice on two objects."""
    files = write_ensemble(folder, ensemble.members)
    columns = {
        "object_id": ["a", "a", "b"],
        "nights": pl.Series([0, 3, 0], dtype=pl.Int32),
        "probabilities": pl.Series(
            [[0.5, 0.5, 0.0], [0.4, 0.3, 0.3], [0.1, 0.2, 0.7]], dtype=pl.List(pl.Float32)
        ),
    }
    pl.DataFrame(columns).write_parquet(files / "oof.parquet")
    return registry.register(files, lineage={"data": "d1"}, scores={})


def test_advice_is_found_by_object_nights_and_data(
    registry: Registry, ensemble: ModelVersion, tmp_path: Path
) -> None:
    version = with_advice(registry, ensemble, tmp_path / "advised")
    assert advises_on(version, "d1")
    assert not advises_on(ensemble, "d1")
    found = find_advice(version, ["b", "a", "c"], data_version="d1")
    assert set(found) == {"a", "b"}
    assert found["b"].tolist() == pytest.approx([0.1, 0.2, 0.7])
    assert set(find_advice(version, ["a", "b"], data_version="d1", nights=3)) == {"a"}
    assert find_advice(version, ["a"], data_version="d2") == {}
    assert missing_advice(version, ["a", "b"], data_version="d1", nights=(0,)) == 0
    assert missing_advice(version, ["a", "b"], data_version="d1", nights=(0, 3)) == 1


def test_broken_advice_is_named(registry: Registry, ensemble: ModelVersion, tmp_path: Path) -> None:
    version = with_advice(registry, ensemble, tmp_path / "advised")
    (version.folder / "oof.parquet").write_bytes(b"x")
    with pytest.raises(RegistryError, match="advice cannot be read"):
        find_advice(version, ["a"], data_version="d1")


def test_a_shipped_ensemble_brings_its_members_and_no_advice(
    registry: Registry, ensemble: ModelVersion, tmp_path: Path
) -> None:
    version = with_advice(registry, ensemble, tmp_path / "advised")
    package = tmp_path / "package"
    shipped = ship(registry, version.reference, packaged=package)
    fresh = Registry(Settings(home=tmp_path / "fresh", database_url="sqlite:///unused"), packaged=package)
    assert fresh.names() == ("pulses", "pulses.noisy", "pulses.plain")
    champion = fresh.champion("pulses")
    assert champion.id == shipped.id
    assert "oof.parquet" not in champion.manifest.files
    assert champion.manifest.lineage["shipped"] == version.reference
    assert [m.reference for m in champion.members] == [m.reference for m in ensemble.members]
    assert ship(registry, version.reference, packaged=package) == shipped
    fresh.promote("pulses", champion.id)
    shutil.rmtree(package)
    assert fresh.champion("pulses").members == tuple(
        dataclasses.replace(m, folder=fresh.home / m.name / m.id) for m in champion.members
    )
