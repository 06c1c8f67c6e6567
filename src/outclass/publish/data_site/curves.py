"""Light curves of a data file, drawn from its table of observations."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
from datasette.database import QueryInterrupted

from outclass.catalog.challenge import Band
from outclass.charts.bands import BandStyle, band_styles
from outclass.charts.curve import SHAPES, curve_svg, sparkline_svg
from outclass.inputs.series import Series
from outclass.publish.data_site.engine import DataFileDatabase

TABLE = "observations"
COLUMNS = ("object", "mjd", "band", "flux", "flux_err", "detected")
MOST_POINTS = 5000
KEPT = 2000
POINTS = (
    "select mjd, band, flux, flux_err, detected from observations where object = :object "
    "order by mjd, band limit :most"
)
COUNTED = (
    "select value from facet_counts where \"table\" = 'observations' and \"column\" = 'band' "
    "and value is not null"
)
DISTINCT = "select distinct band from observations where band is not null"

_drawn: dict[tuple[str, str], str] = {}


async def has_curves(database: DataFileDatabase) -> bool:
    """Tell whether a data file holds light curves."""
    known: bool | None = getattr(database, "holds_curves", None)
    if known is None:
        known = set(COLUMNS) <= set(await database.table_columns(TABLE))
        database.holds_curves = known
    return known


async def small_curve(database: DataFileDatabase, name: str) -> str:
    """Return a small drawing of an object's light curve; empty where it has no points."""
    key = (database.name, name)
    if key not in _drawn:
        if len(_drawn) >= KEPT:
            _drawn.clear()
        series, styles = await read_curve(database, name)
        _drawn[key] = sparkline_svg(series, styles, f"Light curve of {name}") if len(series) else ""
    return _drawn[key]


async def large_curve(database: DataFileDatabase, name: str) -> str:
    """Return an object's light curve with axes, and what its marks mean; empty where it has no points."""
    series, styles = await read_curve(database, name)
    if not len(series):
        return ""
    return curve_svg(series, styles, f"Light curve of {name}: flux by days") + legend(styles)


def legend(styles: Sequence[BandStyle]) -> str:
    """Return the mark and name of each band."""
    marks = "".join(
        f'<li class="band--{style.key}"><svg viewBox="-6 -6 12 12" aria-hidden="true">'
        f'<path d="M0 0{SHAPES[style.marker]}"/></svg>{escape(style.name)}</li>'
        for style in styles
    )
    return f'<ul class="data-legend">{marks}</ul>'


async def read_curve(database: DataFileDatabase, name: str) -> tuple[Series, tuple[BandStyle, ...]]:
    """Return the points of an object, and how each band is drawn."""
    try:
        rows = (await database.execute(POINTS, {"object": name, "most": MOST_POINTS})).rows
    except (sqlite3.Error, QueryInterrupted):
        rows = []
    names = await band_names(database)
    return series_of(rows, names), styles_of(names)


async def band_names(database: DataFileDatabase) -> tuple[str, ...]:
    """Return the names of the bands of a data file."""
    known: tuple[str, ...] | None = getattr(database, "band_names", None)
    if known is None:
        try:
            rows = (await database.execute(COUNTED)).rows or (await database.execute(DISTINCT)).rows
        except (sqlite3.Error, QueryInterrupted):
            rows = []
        known = tuple(sorted((str(row[0]) for row in rows), key=lambda band: ("ugrizy".find(band), band)))
        database.band_names = known
    return known


@lru_cache(maxsize=64)
def styles_of(names: tuple[str, ...]) -> tuple[BandStyle, ...]:
    """Return how bands of these names are drawn."""
    return band_styles([Band(name=name, wavelength=1.0) for name in names])


def series_of(rows: Sequence[Any], names: Sequence[str]) -> Series:
    """Return points as a series; those without a time, a flux or a known band are left out."""
    places = {name: place for place, name in enumerate(names)}
    kept = [row for row in rows if None not in {row[0], row[2]} and str(row[1]) in places]
    return Series(
        facts=np.full(6, np.nan),
        mjd=np.array([row[0] for row in kept], dtype=np.float64),
        passband=np.array([places[str(row[1])] for row in kept], dtype=np.int64),
        flux=np.array([row[2] for row in kept], dtype=np.float64),
        flux_err=np.array([row[3] or 0.0 for row in kept], dtype=np.float64),
        detected=np.array([bool(row[4]) for row in kept], dtype=bool),
    )
