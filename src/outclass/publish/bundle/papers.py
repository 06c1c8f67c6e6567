"""What a bundle says of itself to people and programs: Croissant, data card, model cards."""

from pathlib import Path

from outclass.base.document import to_json
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import LoadedChallenge
from outclass.publish.bundle.data import LINEAGE, parse_left_out
from outclass.publish.bundle.documents import CARDS, DATA, DATABASE
from outclass.publish.croissant import PublishedFile, croissant_of
from outclass.publish.data_card import data_card
from outclass.publish.database.files import DataFile
from outclass.publish.model_card import model_card
from outclass.registry.version import ModelVersion

CROISSANT = "croissant.json"
DATA_CARD = "README.md"


def write_papers(
    loaded: LoadedChallenge,
    version: DatasetVersion | None,
    models: tuple[ModelVersion, ...],
    file: DataFile | None,
    stage: Path,
) -> None:
    """Write them into the folder of a bundle."""
    if version is not None:
        files = {
            name: PublishedFile(
                place=f"{DATA}/{version.id}/{name}.parquet", path=version.folder / f"{name}.parquet"
            )
            for name in version.document.tables
        }
        if file is not None:
            files["database"] = PublishedFile(place=f"{DATABASE}/{file.path.name}", path=file.path)
        (stage / CROISSANT).write_bytes(to_json(croissant_of(version, loaded, files)))
        left_out = parse_left_out(version.document.lineage.get(LINEAGE, ""))
        (stage / DATA_CARD).write_bytes(data_card(version, loaded, left_out).encode())
    for model in models:
        path = stage / CARDS / f"{model.reference}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(model_card(model, loaded, version).encode())
