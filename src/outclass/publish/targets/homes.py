"""A home as bundles make it: what may be passed on and is served, nothing that is written."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from outclass.base.settings import Settings
from outclass.catalog.dataset import DOCUMENT
from outclass.publish.bundle.restore import Restored, restore_bundle
from outclass.publish.bundle.write import write_bundle
from outclass.publish.database.build import build_database
from outclass.publish.database.files import FOLDER as PUBLISHED
from outclass.publish.database.files import DataFile
from outclass.publish.targets.base import PublishContext

SERVED = ("challenges", "models", PUBLISHED)
"""What serving reads; the rows of data versions are for learning."""


def lay_home(context: PublishContext, into: Path, *, data: bool, models: bool = True) -> list[DataFile]:
    """Write a home that can be served without being written to; return its data files.

    Parameters
    ----------
    data
        With a data file of each challenge.

    Raises
    ------
    DataError
        The licence of a data set, or of what a model learned from, forbids it.
    """
    options = replace(context.bundle, with_data=data, with_models=models, with_database=False)
    files = []
    into.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="outclass-home-") as name:
        home = Settings(home=Path(name) / "home", database_url=context.settings.database_url)
        for loaded in context.challenges:
            bundle = Path(name) / f"{loaded.name}.tar.gz"
            write_bundle(loaded, context.settings, bundle, options, context.progress)
            # Our own: whoever publishes runs this code here, too.
            restored = restore_bundle(bundle, home, trust_code=True, progress=context.progress)
            if data:
                files.append(data_file(restored, home, into, context))
        for part in SERVED:
            if (home.home / part).is_dir():
                shutil.copytree(home.home / part, into / part, ignore=shutil.ignore_patterns(".*"))
    return [replace(file, path=into / file.path.relative_to(home.home)) for file in files]


def data_file(restored: Restored, home: Settings, into: Path, context: PublishContext) -> DataFile:
    """Make the data file of what was restored; of its version only the document goes along."""
    version = restored.version
    assert version is not None, "a bundle with data has a version"
    place = into / version.folder.relative_to(home.home)
    place.mkdir(parents=True)
    shutil.copyfile(version.folder / DOCUMENT, place / DOCUMENT)
    return build_database(version, restored.loaded, home, context.progress)
