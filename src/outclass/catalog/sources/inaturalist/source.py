"""Reads the photos that were collected from iNaturalist."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from outclass.base.errors import DataError
from outclass.base.media import MEDIA, MediaFolder
from outclass.catalog.challenge import Challenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.inaturalist.collecting import CollectedPhoto
from outclass.catalog.sources.kinds import INATURALIST, SourceKind
from outclass.catalog.sources.photo_rows import FoundPhoto, PhotoRows
from outclass.inputs.photos import Credit

ROLE = "photos"


class INaturalistSource:
    """Reads the table that collecting writes; the photos lie in the folder of media already."""

    kind: SourceKind = INATURALIST

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,
        folder: Path | None = None,  # noqa: ARG002 - part of the seam
    ) -> SourceTable:
        """Return the photos.

        An object is named by its observation, a second photo of it with `-2`, and so on; photos of one
        observation stay together.
        """
        if scratch is None:
            raise DataError("photos need a folder to be kept in", where=challenge.name)
        rows = PhotoRows(MediaFolder(scratch / MEDIA))
        for line in read_lines(files[ROLE]):
            rows.add(
                FoundPhoto(
                    label=line.label,
                    name=line.sha256,
                    object_id=f"{line.observation}-{line.place + 1}" if line.place else str(line.observation),
                    group=str(line.observation),
                    credit=Credit(
                        author=line.author,
                        licence=line.licence,
                        licence_url=line.licence_url,
                        link=line.link,
                    ),
                )
            )
        return rows.table()


def read_lines(path: Path) -> list[CollectedPhoto]:
    """Return the lines of a table of collected photos."""
    try:
        return [msgspec.json.decode(line, type=CollectedPhoto) for line in path.read_bytes().splitlines()]
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DataError(
            "this table of photos cannot be read",
            where=str(path),
            got=str(error),
            hint="delete it and collect again: what is here is not fetched again",
        ) from error
