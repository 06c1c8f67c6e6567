"""What is to be drawn, as plain data; `outclass.charts.dashboard` draws it."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Bars(msgspec.Struct, frozen=True, kw_only=True, tag="bars"):
    """Bars that are stacked, or lie beside one another: a value of each series for each category."""

    title: str
    categories: list[str]
    series: dict[str, list[float]]
    label: str = ""
    beside: bool = False


class Matrix(msgspec.Struct, frozen=True, kw_only=True, tag="matrix"):
    """Counts of true classes (rows) by answers (columns)."""

    title: str
    classes: list[str]
    counts: list[list[int]]


class Lines(msgspec.Struct, frozen=True, kw_only=True, tag="lines"):
    """Lines through points, such as calibration, ROC or scores over time."""

    title: str
    x_label: str
    y_label: str
    lines: dict[str, tuple[list[float], list[float]]]
    diagonal: bool = False
    dates: bool = False
    """Whether x is in seconds since 1970."""
    unit: bool = False
    """Whether both axes go from 0 to 1."""


class Linked(msgspec.Struct, frozen=True, kw_only=True, tag="linked"):
    """Objects as points in two charts: what is chosen in one is chosen in the other."""

    title: str
    classes: list[str]
    """All classes, in the order of their colors."""
    groups: list[str]
    """The class of each object."""
    numbers: dict[str, list[float]]
    """What is known of each, by name."""
    pairs: Annotated[list[tuple[str, str]], Meta(min_length=1, max_length=4)]
    """Names for x and y of each chart."""


Chart = Bars | Matrix | Lines | Linked
