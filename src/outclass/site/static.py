"""Style sheets and scripts: collected once per version, with hashes in their names and compressed copies."""

import hashlib
from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise publishes no types
    """Files named by their content, so that browsers may keep them for ever; also imports between scripts.

    A file that is not there costs the page that file, not the whole page.
    """

    support_js_module_import_aggregation = True
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """Return the name with the hash, or the plain name of a file that is not there."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


def fingerprint(folder: Path, marks: tuple[str, ...]) -> str:
    """Return 12 digits that change whenever a file of the folder or one of the marks does."""
    digest = hashlib.sha256("\n".join(marks).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
