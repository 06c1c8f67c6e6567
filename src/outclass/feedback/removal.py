"""Give a photo back to its owner: out of the data, out of the inbox, and say which models learned from it."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.catalog import inbox, inbox_photos
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.removal import remove_photo as remove_from_data
from outclass.catalog.removal import versions_with
from outclass.feedback.labels import INBOX_LOCK, write_lines
from outclass.registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What giving back a photo changed.

    Attributes
    ----------
    versions
        The data versions that had it, which are gone.
    data_version
        The one in use now; None where there is none.
    models
        References of the model versions that were trained on those, such as `cats/3f2a...`. They hold no
        photo and no label, and stay until models trained without it take their place.
    """

    versions: tuple[str, ...]
    data_version: str | None
    models: tuple[str, ...]


def remove_photo(loaded: LoadedChallenge, name: str, settings: Settings) -> Removed:
    """Delete a photo and its label.

    What a table of predictions holds of it is left to the caller, who knows whose it is.

    Parameters
    ----------
    name
        sha256 of its bytes, as a prediction keeps it when somebody lets us keep their photo.
    """
    models = models_trained_on(loaded.name, versions_with(loaded.name, name, settings), settings)
    _forget(settings.data_folder / loaded.name, name)
    done = remove_from_data(loaded, name, settings)
    return Removed(versions=done.versions, data_version=done.data_version, models=models)


def models_trained_on(challenge: str, versions: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Return the model versions of a challenge whose lineage names one of some data versions."""
    registry = Registry(settings)
    names = [name for name in registry.names() if name.partition(".")[0] == challenge]
    return tuple(
        model.reference
        for name in names
        for model in registry.versions(name)
        if model.manifest.lineage.get("data") in versions
    )


def _forget(folder: Path, name: str) -> None:
    """Take a photo and its label out of the inbox."""
    with FileLock(folder / INBOX_LOCK):
        for path in (
            *(folder / inbox.FOLDER).glob("*.jsonl"),
            *(folder / inbox_photos.FOLDER).glob("*.jsonl"),
        ):
            lines = [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.strip()]
            kept = [line for line in lines if line.get("media_sha256") != name]
            if len(kept) < len(lines):
                write_lines(path, kept)
