"""The empty figures of light curves, drawn once per installation."""

from functools import lru_cache

from outclass.base.settings import Settings
from outclass.site.bokeh import drawn, mark_of


@lru_cache(maxsize=8)
def figure_json(settings: Settings, bands: int) -> bytes:
    """Return the figure for so many bands as JSON.

    Raises
    ------
    UnavailableError
        Bokeh cannot make it.
    """
    return drawn(settings, f"figure-{bands}-{figure_mark()}.json", "figure", str(bands))


def figure_mark() -> str:
    """Return what tells the figures of this version from those of others."""
    return mark_of("figure.py").hex()[:12]
