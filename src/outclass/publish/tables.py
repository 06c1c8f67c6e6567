"""An uploaded table without a label as a data site: nothing to guess, all there to look at."""

from pathlib import Path

from outclass.base.errors import NotFoundError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.catalog.uploads import read_upload
from outclass.publish.data_site.shelf import SiteDocument, write_site
from outclass.publish.database.files import NAME_LENGTH
from outclass.publish.database.plain import PlainFile, Terms, build_table_database

TABLE = "rows"


def publish_table(folder: Path, settings: Settings, progress: Progress = no_progress) -> PlainFile:
    """Make the data file of an upload and show it at `/data/NAME`.

    Parameters
    ----------
    folder
        `HOME/challenges/NAME`, with the table and its `upload.json`.

    Raises
    ------
    NotFoundError
        It is no upload.
    DataError
        The table cannot be read, or has nothing to show.
    """
    upload = read_upload(folder)
    if upload is None or not (folder / upload.file).is_file():
        raise NotFoundError("this is no upload", got=folder.name)
    progress("build", None, upload.file)
    target = settings.home / "published" / folder.name
    target.mkdir(parents=True, exist_ok=True)
    made = build_table_database(
        folder / upload.file, target / "new.sqlite", terms=Terms(title=upload.title or folder.name)
    )
    path = made.path.rename(target / f"{made.content_sha256[:NAME_LENGTH]}.sqlite")
    document = SiteDocument(
        name=folder.name,
        file=path.name,
        sha256=made.sha256,
        content_sha256=made.content_sha256,
        rows={TABLE: made.rows},
        metadata=made.metadata,
    )
    write_site(target, document)
    progress("build", 1.0, f"{made.rows:,} rows")
    return made
