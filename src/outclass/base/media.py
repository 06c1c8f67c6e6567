"""Encoded photos, kept by the hash of their bytes: one file however many versions or challenges name it."""

import os
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from outclass.base.errors import DataError
from outclass.base.store import PARTIAL

MEDIA = "media"
"""The folder of a challenge's photos, beside its data versions."""
PART = ".part-"
EMBEDDINGS = "cache/embeddings"
"""The folder of features that were computed of photos, in the home; see `training.photos.embedding`."""
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """A folder of photos as they came, each named by the sha256 of its bytes.

    Examples
    --------
    >>> media = MediaFolder(Path("media"))
    >>> name = media.put(content)  # doctest: +SKIP
    >>> media.read(name) == content  # doctest: +SKIP
    True
    """

    folder: Path

    def path(self, name: str) -> Path:
        """Return where a photo lies, or would."""
        return self.folder / name[:2] / name

    def put(self, content: bytes) -> str:
        """Keep a photo and return its name; killed in the middle, nothing is there."""
        name = sha256(content).hexdigest()
        path = self.path(name)
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=PART)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
        return name

    def read(self, name: str) -> bytes:
        """Return a photo.

        Raises
        ------
        DataError
            It is not there, or was changed.
        """
        try:
            content = self.path(name).read_bytes()
        except OSError as error:
            raise self._broken(name, error.strerror or str(error)) from None
        if sha256(content).hexdigest() != name:
            raise self._broken(name, "other bytes")
        return content

    def delete(self, name: str) -> bool:
        """Remove a photo; tell whether it was there."""
        try:
            self.path(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def remove_leftovers(self, *, older: float = 3600.0) -> None:
        """Remove what killed processes left behind so many seconds ago; none writes as long as that."""
        for path in (*self.folder.glob(f"*/{PART}*"), *self.folder.glob(f"{PARTIAL}*")):
            if time.time() - path.stat().st_mtime > older:
                path.unlink(missing_ok=True)

    def _broken(self, name: str, found: str) -> DataError:
        """Return the error of a photo that cannot be had."""
        return DataError(
            "this photo is missing or was changed",
            where=str(self.path(name)),
            got=found,
            hint="collect again: outclass collect CHALLENGE",
        )


def features_key(name: str, box: tuple[int, int, int, int] | None) -> bytes:
    """Return what features are kept under: the photo's hash and the part of it that counts."""
    return sha256(f"{name} {box or ()}".encode()).digest()
