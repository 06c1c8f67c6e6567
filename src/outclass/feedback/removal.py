"""Give photos back to their owners: out of the data and the inbox, and say which models learned from them."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec

from outclass.base.media import EMBEDDINGS, KEY_BYTES, features_key
from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.catalog import inbox, inbox_photos
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.removal import remove_photos as remove_from_data
from outclass.catalog.removal import versions_with
from outclass.feedback.labels import INBOX_LOCK, write_lines
from outclass.registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What giving back photos changed.

    Attributes
    ----------
    versions
        The data versions that had any of them, which are gone.
    data_version
        The one in use now; None where there is none.
    models
        References of the model versions that were trained on those, such as `cats/3f2a...`. They hold no
        photo and no label, and stay until models trained without it take their place.
    """

    versions: tuple[str, ...]
    data_version: str | None
    models: tuple[str, ...]


def remove_photos(loaded: LoadedChallenge, names: Collection[str], settings: Settings) -> Removed:
    """Delete photos and their labels, and the features that were computed of them.

    What a table of predictions holds of them is left to the caller, who knows whose they are.

    Parameters
    ----------
    names
        sha256 of each one's bytes, as a prediction keeps it when somebody lets us keep their photo.
    """
    models = models_trained_on(loaded.name, versions_with(loaded.name, names, settings), settings)
    _forget(settings.data_folder / loaded.name, names)
    done = remove_from_data(loaded, names, settings)
    _forget_features(settings, {features_key(name, box) for name, box in done.boxes})
    _forget_rows(settings.runs_folder / loaded.name, done.versions)
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


def _forget(folder: Path, names: Collection[str]) -> None:
    """Take photos and their labels out of the inbox."""
    with FileLock(folder / INBOX_LOCK):
        for path in (
            *(folder / inbox.FOLDER).glob("*.jsonl"),
            *(folder / inbox_photos.FOLDER).glob("*.jsonl"),
        ):
            lines = [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.strip()]
            kept = [line for line in lines if line.get("media_sha256") not in names]
            if len(kept) < len(lines):
                write_lines(path, kept)


def _forget_features(settings: Settings, keys: Collection[bytes]) -> None:
    """Delete the parts of the cache of features that have one of some photos; the others come again."""
    for path in (settings.home / EMBEDDINGS).glob("*/*/*.keys"):
        content = path.read_bytes()
        if any(content[start : start + KEY_BYTES] in keys for start in range(0, len(content), KEY_BYTES)):
            path.unlink()
            path.with_suffix(".npy").unlink(missing_ok=True)


def _forget_rows(runs: Path, versions: Collection[str]) -> None:
    """Delete what runs keep of the photos of data versions: it is made again where it is needed."""
    for version in versions:
        for path in runs.glob(f"rows-*-{version}*"):
            shutil.rmtree(path)
    for record in runs.glob("*/run.json"):
        if any(f'"{version}"'.encode() in record.read_bytes() for version in versions):
            for path in record.parent.glob("fit/front-*"):
                shutil.rmtree(path)
