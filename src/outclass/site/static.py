"""Style sheets and scripts: collected once per version, with hashes in their names and compressed copies."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise publishes no types
    """Files named by their content, so that browsers may keep them for ever; also imports between scripts.

    A file that is not there costs the page that file, not the whole page.
    """

    support_js_module_import_aggregation = True
    manifest_strict = False

    def url_converter(self, name: str, *others: Any, **options: Any) -> Callable[[re.Match[str]], str]:
        """Return what replaces addresses within a file; Bokeh's bundle has only texts that look like some."""
        if name.startswith("bokeh/"):
            return lambda found: found[0]
        converter: Callable[[re.Match[str]], str] = super().url_converter(name, *others, **options)
        return converter

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
