"""Make a version part of the package: `python -m outclass.registry.shipping digits/champion`.

For those who work on Outclass itself, in a checkout. What was packaged under that name before is removed: a
package brings one version of a model, its champion.
"""

import shutil
import sys
from pathlib import Path

from outclass.base.settings import Settings
from outclass.base.store import make_folder_atomic
from outclass.registry.aliases import Aliases, write_aliases
from outclass.registry.store import PACKAGED, Registry
from outclass.registry.version import ModelVersion


def ship(registry: Registry, reference: str, packaged: Path = PACKAGED) -> ModelVersion:
    """Copy a version into the packaged registry and make it the champion there."""
    version = registry.get(reference)
    folder = packaged / version.name
    with make_folder_atomic(folder / version.id) as partial:
        for path in version.folder.iterdir():
            shutil.copyfile(path, partial / path.name)
    write_aliases(folder, Aliases(champion=version.id))
    for other in folder.iterdir():
        if other.is_dir() and other.name != version.id:
            shutil.rmtree(other)
    return version


if __name__ == "__main__":
    sys.stdout.write(f"{ship(Registry(Settings.from_environment()), sys.argv[1]).reference}\n")
