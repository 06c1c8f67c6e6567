"""Reads photos: folders by class or by names, and tables of any columns, several of them as one data set."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from outclass.base.errors import DataError
from outclass.base.fetch import Fetcher
from outclass.base.media import MEDIA, MediaFolder
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_data import DatasetDeclaration
from outclass.catalog.dictionary.places import at_hand, places_of
from outclass.catalog.dictionary.reading import TableFile
from outclass.catalog.downloads import mirror_folder
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.kinds import PHOTOS, SourceKind
from outclass.catalog.sources.photo_addresses import FETCHER, PAUSE_SECONDS, PhotoAddresses
from outclass.catalog.sources.photo_folders import add_folder
from outclass.catalog.sources.photo_rows import ClassFinder, PhotoRows
from outclass.catalog.sources.photo_tables import add_table
from outclass.inputs.photos import Credit


class PhotoSource:
    """Reads photos from a folder and from any number of tables.

    Parameters
    ----------
    fetcher, pause
        Gets photos of which a table has addresses, with so many seconds between two requests.
    """

    kind: SourceKind = PHOTOS

    def __init__(self, fetcher: Fetcher = FETCHER, pause: float = PAUSE_SECONDS) -> None:
        self._fetcher = fetcher
        self._pause = pause

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,
        folder: Path | None = None,
    ) -> SourceTable:
        """Read folder and tables; the bytes of photos go to the folder of media under `scratch`."""
        if scratch is None:
            raise DataError("photos need a folder to be kept in", where=challenge.name)
        dataset, home = challenge.dataset, folder or Path()
        rows = PhotoRows(MediaFolder(scratch / MEDIA))
        addresses = PhotoAddresses(scratch / "files", rows.media, self._fetcher, self._pause)
        credit = credit_of(dataset)
        reports = []
        for role, file in _tables(files, dataset, home):
            keys = dataset.table(role)
            labels = dataset.reader.labels | keys.labels
            reports.append(
                add_table(
                    rows,
                    file,
                    role,
                    keys,
                    class_of=ClassFinder(challenge.classes, labels),
                    licence=credit,
                    fetch=addresses.fetch,
                )
            )
        if dataset.reader.folder is not None:
            finder = ClassFinder(challenge.classes, dataset.reader.labels | dataset.labels)
            place = folder_of(dataset.reader.folder, home)
            add_folder(rows, place, dataset.reader.names, class_of=finder, credit=credit)
        return rows.table(reports)


def credit_of(dataset: DatasetDeclaration) -> Credit:
    """Return the credit of photos of which nothing is said apart."""
    return Credit(
        author=dataset.citation,
        licence=dataset.licence,
        licence_url=dataset.licence_url,
        link=dataset.homepage,
    )


def folder_of(name: str, home: Path) -> Path:
    """Return where a folder lies: in the mirror if it is there, else relative to the challenge."""
    mirror = mirror_folder(Settings.from_environment())
    if mirror is not None and (mirror / name).is_dir():
        return mirror / name
    return home / Path(name).expanduser()


def _tables(
    files: Mapping[str, Path], dataset: DatasetDeclaration, home: Path
) -> Iterator[tuple[str, TableFile]]:
    """Yield each table with its role."""
    for role, path in files.items():
        yield role, TableFile(name=path.name, path=path)
    if not files and dataset.source is None:
        for place in places_of(dataset.dictionary, home):
            with at_hand(place.name, home) as file:
                yield Path(place.name).name.partition(".")[0], file
