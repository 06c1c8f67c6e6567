"""Colors and marker shapes of bands, for people who see colors and for those who do not.

Those of u, g, r, i, z and y are the ones that the Vera C. Rubin Observatory publishes for plots that
color-blind readers can tell apart, https://rtn-045.lsst.io/#colorblind-friendly-plots: one palette for light
grounds, one for dark ones, and a shape for each band.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from outclass.catalog.challenge import Band


@dataclass(frozen=True, slots=True, kw_only=True)
class BandStyle:
    """How a band is drawn.

    Attributes
    ----------
    key
        The suffix of its class in `curve.css`.
    light, dark
        Its color on a light and on a dark ground.
    marker
        Its shape: circle, up, down, square, star or pentagon.
    """

    name: str
    key: str
    light: str
    dark: str
    marker: str


RUBIN = {
    "u": ("#0c71ff", "#3eb7ff", "circle"),
    "g": ("#49be61", "#30c39f", "up"),
    "r": ("#c61c00", "#ff7e00", "down"),
    "i": ("#ffc200", "#2af5ff", "square"),
    "z": ("#f341a2", "#a7f9c1", "star"),
    "y": ("#5d0000", "#fdc900", "pentagon"),
}


def band_styles(bands: Sequence[Band]) -> tuple[BandStyle, ...]:
    """Return how each band is drawn; a band that is none of Rubin's takes the look of a free one of them."""
    free = [name for name in RUBIN if name not in {band.name.lower() for band in bands}] or list(RUBIN)
    others = iter(free * (1 + len(bands) // len(free)))
    return tuple(
        band_style(band.name, key if (key := band.name.lower()) in RUBIN else next(others)) for band in bands
    )


def band_style(name: str, key: str) -> BandStyle:
    """Return the look of one of Rubin's bands under another name."""
    light, dark, marker = RUBIN[key]
    return BandStyle(name=name, key=key, light=light, dark=dark, marker=marker)
