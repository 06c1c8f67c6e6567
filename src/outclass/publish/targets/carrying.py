"""Challenges that a target takes along, each as a bundle: what may not be passed on stays behind."""

from pathlib import Path

from outclass.publish.bundle.write import write_bundle
from outclass.publish.targets.base import PublishContext

FOLDER = "bundles"


def carry_bundles(context: PublishContext, into: Path) -> tuple[Path, ...]:
    """Write `bundles/NAME.tar.gz` for each challenge; return their paths.

    Raises
    ------
    DataError
        The licence of a data set does not let it be passed on.
    """
    folder = into / FOLDER
    folder.mkdir()
    for loaded in context.challenges:
        to = folder / f"{loaded.name}.tar.gz"
        write_bundle(loaded, context.settings, to, context.bundle, context.progress)
    return tuple(sorted(folder.iterdir()))
