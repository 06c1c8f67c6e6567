"""Make a version part of the package: `python -m outclass.registry.shipping digits/champion`.

For those who work on Outclass itself, in a checkout. What was packaged under that name before is removed: a
package brings one version of a model, its champion, and those of its members. Advice on the objects of
a data set stays behind: whoever has the package alone has no such objects, and it would outweigh the model.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from outclass.base.document import to_json
from outclass.base.settings import Settings
from outclass.base.store import make_folder_atomic, sha256_of_file
from outclass.registry.aliases import Aliases, write_aliases
from outclass.registry.files import (
    ENSEMBLE,
    MANIFEST,
    OUT_OF_FOLD,
    describe_files,
    manifest_id,
    read_version,
)
from outclass.registry.store import PACKAGED, Registry
from outclass.registry.version import EnsembleDocument, ModelVersion, Pinned


def ship(registry: Registry, reference: str, packaged: Path = PACKAGED) -> ModelVersion:
    """Copy a version, and the members of an ensemble, into the packaged registry as champions there."""
    version = registry.get(reference)
    members = [_ship_one(member, (), packaged) for member in version.members]
    return _ship_one(version, members, packaged)


def _ship_one(version: ModelVersion, members: Sequence[ModelVersion], packaged: Path) -> ModelVersion:
    """Copy one version, without its advice and with its members as they were shipped."""
    folder = packaged / version.name
    with tempfile.TemporaryDirectory() as name:
        lean = Path(name)
        _copy_lean(version, members, lean)
        version_id = manifest_id((lean / MANIFEST).read_bytes())
        with make_folder_atomic(folder / version_id) as partial:
            for path in lean.iterdir():
                shutil.copyfile(path, partial / path.name)
    write_aliases(folder, Aliases(champion=version_id))
    for other in folder.iterdir():
        if other.is_dir() and other.name != version_id:
            shutil.rmtree(other)
    return read_version(folder / version_id, name=version.name)


def _copy_lean(version: ModelVersion, members: Sequence[ModelVersion], into: Path) -> None:
    """Write a version's files; where some stay behind or change, its manifest is made anew and says so."""
    for path in version.folder.iterdir():
        if path.name != OUT_OF_FOLD:
            shutil.copyfile(path, into / path.name)
    if members:
        pinned = tuple(
            Pinned(name=m.name, id=m.id, manifest_sha256=sha256_of_file(m.folder / MANIFEST)) for m in members
        )
        (into / ENSEMBLE).write_bytes(to_json(EnsembleDocument(geometric_mean=pinned)))
    if members or OUT_OF_FOLD in version.manifest.files:
        (into / MANIFEST).unlink()
        manifest = version.manifest
        content = describe_files(
            into,
            version.signature,
            created=manifest.created,
            lineage=manifest.lineage | {"shipped": version.reference},
            scores=manifest.scores,
        )
        (into / MANIFEST).write_bytes(content)


if __name__ == "__main__":
    sys.stdout.write(f"{ship(Registry(Settings.from_environment()), sys.argv[1]).reference}\n")
