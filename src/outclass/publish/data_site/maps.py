"""A map of the rows of a page that have coordinates: points on a graticule, from nowhere else than here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians
from typing import Any

from datasette.utils import path_from_row_pks

WIDTH, HEIGHT, EDGE = 720, 360, 34
MOST_POINTS = 1000
STEPS = (90.0, 45.0, 30.0, 15.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
NORTH = ("latitude", "lat", "decimal_latitude", "decimallatitude")
EAST = ("longitude", "lon", "lng", "long", "decimal_longitude", "decimallongitude")
UP = ("decl", "dec", "declination")
AROUND = ("ra", "right_ascension")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Which columns are drawn, in degrees; the sky is seen from inside, so that its east is on the left."""

    upward: str
    across: str
    sky: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A row's place, and where its page is."""

    up: float
    across: float
    link: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The part of an axis that is drawn."""

    low: float
    high: float

    @property
    def step(self) -> float:
        """Return the distance of the lines."""
        return next((step for step in STEPS if (self.high - self.low) / step >= 3), STEPS[-1])

    def lines(self) -> list[float]:
        """Return where lines are drawn."""
        first = int(self.low // self.step) + 1
        places = (round(place * self.step, 4) for place in range(first, first + 40))
        return [place for place in places if place < self.high]


def map_of_rows(
    ds: Any, database: str, table: str, columns: Sequence[str], rows: Sequence[Any], keys: Sequence[str]
) -> str:
    """Return a map of rows as SVG; empty where they have no coordinates."""
    frame = declared(ds.table_metadata(database, table).get("map"), columns) or frame_of(columns)
    if frame is None or not keys:
        return ""
    points = []
    for row in rows[:MOST_POINTS]:
        up, across = degrees(row[frame.upward], 90), degrees(row[frame.across], 360)
        if up is not None and across is not None:
            link = f"{ds.urls.table(database, table)}/{path_from_row_pks(row, keys, False)}"  # noqa: FBT003
            label = path_from_row_pks(row, keys, False, False)  # noqa: FBT003
            points.append(Point(up=up, across=across % 360 if frame.sky else across, link=link, label=label))
    return draw(frame, points) if points else ""


def declared(places: Mapping[str, str] | None, columns: Sequence[str]) -> Frame | None:
    """Return the columns that metadata name; None where there are none, or not all are shown."""
    for up, across, sky in (("latitude", "longitude", False), ("declination", "right_ascension", True)):
        if places and places.get(up) in columns and places.get(across) in columns:
            return Frame(upward=places[up], across=places[across], sky=sky)
    return None


def frame_of(columns: Sequence[str]) -> Frame | None:
    """Return the columns that hold coordinates.

    >>> frame_of(["id", "Latitude", "Longitude"])
    Frame(upward='Latitude', across='Longitude', sky=False)
    >>> frame_of(["id", "size"]) is None
    True
    """
    named = {column.lower(): column for column in reversed(columns)}
    for ups, acrosses, sky in ((NORTH, EAST, False), (UP, AROUND, True)):
        up, across = (next((named[n] for n in names if n in named), None) for names in (ups, acrosses))
        if up and across:
            return Frame(upward=up, across=across, sky=sky)
    return None


def degrees(value: object, most: float) -> float | None:
    """Return a value as degrees; None where it is no angle."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if -most <= number <= most else None


def draw(frame: Frame, points: Sequence[Point]) -> str:
    """Return points on lines of equal degrees, in a plain equirectangular map."""
    up, across = span([p.up for p in points], 90, 2), span([p.across for p in points], 360, 4)
    middle = max(cos(radians((up.low + up.high) / 2)), 0.1)
    ratio = (across.high - across.low) * middle / (up.high - up.low)
    width = WIDTH - 2 * EDGE
    height = min(max(width / ratio, 140.0), float(HEIGHT))

    def x_of(value: float) -> float:
        share = (value - across.low) / (across.high - across.low)
        return EDGE + width * (1 - share if frame.sky else share)

    def y_of(value: float) -> float:
        return EDGE / 2 + height * (up.high - value) / (up.high - up.low)

    bottom, right = EDGE / 2 + height, EDGE + width
    lines = [
        f'<path d="M{x_of(at):.1f} {EDGE / 2:.0f}V{bottom:.1f}"/>'
        f'<text x="{x_of(at):.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{at:g}°</text>'
        for at in across.lines()
    ] + [
        f'<path d="M{EDGE} {y_of(at):.1f}H{right}"/>'
        f'<text x="{EDGE - 4}" y="{y_of(at) + 4:.1f}" text-anchor="end">{at:g}°</text>'
        for at in up.lines()
    ]
    marks = [
        f'<a href="{escape(p.link)}"><circle cx="{x_of(p.across):.1f}" cy="{y_of(p.up):.1f}" r="4">'
        f"<title>{escape(p.label)}</title></circle></a>"
        for p in points
    ]
    label = f"Map of {len(points)} rows by {frame.across} and {frame.upward}"
    return (
        f'<svg class="data-map__plot" viewBox="0 0 {WIDTH} {bottom + EDGE / 2 + 8:.0f}" role="img" '
        f'aria-label="{escape(label)}"><g class="graticule"><rect x="{EDGE}" y="{EDGE / 2:.0f}" '
        f'width="{width}" height="{height:.1f}"/>{"".join(lines)}</g>'
        f'<g class="points">{"".join(marks)}</g></svg>'
    )


def span(values: Sequence[float], most: float, least: float) -> Span:
    """Return the range of an axis: all values and some room, and never less than `least` degrees."""
    low, high = min(values), max(values)
    room = max(0.08 * (high - low), (least - (high - low)) / 2, 0.01)
    return Span(low=max(low - room, -most), high=min(high + room, most))
