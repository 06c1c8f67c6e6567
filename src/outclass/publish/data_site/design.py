"""Style sheets of the pages: those of the whole product, and our own."""

import hashlib
from functools import cache
from pathlib import Path

import outclass.charts

HERE = Path(__file__).resolve().parent
FOLDERS = (Path(outclass.charts.__file__).resolve().parent / "design", HERE / "static")
SHEETS = ("tokens.css", "base.css", "layout.css", "components.css", "figures.css", "curve.css", "data.css")
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}
NAMES = frozenset({*SHEETS, "mark.svg"})


@cache
def asset(name: str) -> bytes | None:
    """Return one of the files that pages name; None for any other."""
    if name not in NAMES:
        return None
    return next((path.read_bytes() for folder in FOLDERS if (path := folder / name).is_file()), None)


@cache
def mark_of(name: str) -> str:
    """Return a hash of a file's content."""
    return hashlib.sha256(asset(name) or b"").hexdigest()[:10]


@cache
def looks() -> str:
    """Return a hash of everything that gives pages their looks: part of their ETags."""
    total = hashlib.sha256()
    for path in sorted((HERE / "templates").glob("*.html")):
        total.update(path.read_bytes())
    for name in sorted(NAMES):
        total.update(asset(name) or b"")
    return total.hexdigest()[:10]


def asset_url(base_url: str, name: str) -> str:
    """Return where a file is, with its hash, so that it may be kept for ever."""
    return f"{base_url}-/assets/{mark_of(name)}/{name}"
