"""Write what was found as a commented `challenge.yaml`."""

from pathlib import Path

from outclass.catalog.recognizing.found import Found


def name_of(path: Path) -> str:
    """Return a name for a challenge that is made of a path: lower case letters, digits and hyphens."""
    raise NotImplementedError


def draft_text(found: Found, name: str, folder: Path) -> str:
    """Return the `challenge.yaml` of what was found; paths are written as seen from its folder."""
    raise NotImplementedError


def write_challenge(found: Found, name: str, folder: Path) -> Path:
    """Write `FOLDER/NAME/challenge.yaml` with the files that it reads where these must be converted.

    Returns
    -------
    Path
        The `challenge.yaml`, which the strict loader accepts.

    Raises
    ------
    ConflictError
        It is there already.
    """
    raise NotImplementedError
