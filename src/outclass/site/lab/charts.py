"""Charts of the lab, drawn once for each content; the latest are kept."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.charts.specs import Chart
from outclass.site.bokeh import SECONDS, drawn, mark_of

KEPT = 200
"""Most files that are kept; the oldest go first."""


def charts_json(settings: Settings, charts: Sequence[Chart]) -> bytes:
    """Return charts as `Bokeh.embed.embed_item` reads them, a list.

    Raises
    ------
    UnavailableError
        Bokeh cannot make them.
    """
    asked = msgspec.json.encode(charts)
    mark = sha256(mark_of("dashboard.py", "specs.py") + asked).hexdigest()[:24]
    name = f"board-{mark}.json"
    is_new = not (settings.home / "charts" / name).is_file()
    content = drawn(settings, name, "dashboard", given=asked)
    if is_new:
        with FileLock(settings.home / "locks" / "charts.lock", timeout=SECONDS):
            forget_oldest(settings.home / "charts")
    return content


def forget_oldest(folder: Path) -> None:
    """Remove what is beyond the number that is kept."""
    files = sorted(folder.glob("board-*.json"), key=lambda path: path.stat().st_mtime)
    for path in files[:-KEPT]:
        path.unlink(missing_ok=True)
