"""What a bundle says of itself to people and programs: Croissant, data card, model cards."""

from pathlib import Path

from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import LoadedChallenge
from outclass.publish.database.build import DataFile
from outclass.registry.version import ModelVersion


def write_papers(
    loaded: LoadedChallenge,
    version: DatasetVersion | None,
    models: tuple[ModelVersion, ...],
    file: DataFile | None,
    stage: Path,
) -> None:
    """Write them into the folder of a bundle."""
