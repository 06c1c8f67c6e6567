"""Objects as points by what is known of them, and the worst-predicted ones to look at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from django.utils.safestring import mark_safe
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge
from outclass.catalog.content import Inputs
from outclass.charts.bands import band_styles
from outclass.charts.curve import sparkline_svg
from outclass.charts.specs import Lines, Linked
from outclass.inputs.masking import mask
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.site.lab.answers import Answers
from outclass.site.lab.records import numbers_of
from outclass.site.pages.drawing import data_url
from outclass.site.photos.serving import THUMBNAIL, photo_or_none
from outclass.site.photos.shown import Attribution, attribution_of, may_show
from outclass.site.play.pool import png
from outclass.site.tables.shown import excerpt_of_record, picture_of

POINTS = 1500
LISTED = 60
BINS = 20
TRUTH, CONFIDENCE = "probability of the truth", "confidence"

Floats = NDArray[np.float64]


class Shown(TypedDict, total=False):
    """What of an item makes its object visible."""

    text: str
    picture: str
    drawn: str
    attribution: Attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An object in the list.

    Attributes
    ----------
    place
        Its place among the points.
    text, picture, drawn
        What it is: a masked text, the address of a picture, or SVG.
    attribution
        Whose photo it is.
    """

    place: int
    truth: str
    said: str
    of_truth: float
    text: str = ""
    picture: str = ""
    drawn: str = ""
    attribution: Attribution | None = None


def explored(challenge: Challenge, answers: Answers) -> tuple[Linked, list[Item]]:
    """Return the chart, and its worst-predicted objects, the worst first."""
    worst = np.argsort(answers.of_truth, kind="stable")
    # All of the worst, and of the others as many as a browser draws with ease.
    rest = worst[LISTED:]
    step = max(1, -(-len(rest) // (POINTS - LISTED)))
    places = np.concatenate([worst[:LISTED], rest[::step]])
    numbers = {name: values[places].tolist() for name, values in facts_of(challenge, answers.inputs).items()}
    numbers[TRUTH] = answers.of_truth[places].round(4).tolist()
    numbers[CONFIDENCE] = answers.probabilities.max(axis=1)[places].round(4).tolist()
    first, second, *_ = [*list(numbers), CONFIDENCE]
    titles = [label.title for label in challenge.classes]
    linked = Linked(
        title="Objects",
        classes=titles,
        groups=[titles[target] for target in answers.targets[places].tolist()],
        numbers=numbers,
        pairs=[
            (first, TRUTH),
            (second if second != TRUTH else CONFIDENCE, CONFIDENCE if second != TRUTH else TRUTH),
        ],
    )
    show = shower(challenge, answers.inputs)
    items = [
        Item(
            place=number,
            truth=titles[int(answers.targets[place])],
            said=titles[int(answers.said[place])],
            of_truth=float(answers.of_truth[place]),
            **show(int(place)),
        )
        for number, place in enumerate(places[:LISTED].tolist())
    ]
    return linked, items


def distributions(challenge: Challenge, answers: Answers) -> list[Lines]:
    """Return how the objects of each class spread over what is known of them, and over confidence."""
    name, values = next(iter(facts_of(challenge, answers.inputs).items()))
    chosen = {name: values, CONFIDENCE: answers.probabilities.max(axis=1)}
    return [
        Lines(
            title=f"{name} by class",
            x_label=name,
            y_label="share of the class",
            lines=spread(challenge, answers.targets, found),
        )
        for name, found in chosen.items()
    ]


def spread(
    challenge: Challenge, targets: NDArray[np.int64], values: Floats
) -> dict[str, tuple[list[float], list[float]]]:
    """Return the middle of each bin and the share of a class in it; the last bin holds all beyond."""
    low, high = float(values.min()), float(np.quantile(values, 0.99))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    middles = ((edges[:-1] + edges[1:]) / 2).round(4).tolist()
    clipped = np.minimum(values, edges[-1])
    found = {}
    for place, label in enumerate(challenge.classes):
        own = clipped[targets == place]
        if len(own):
            shares = np.histogram(own, edges)[0] / len(own)
            found[label.title] = (middles, shares.round(4).tolist())
    return found


def facts_of(challenge: Challenge, inputs: Inputs) -> dict[str, Floats]:
    """Return numbers that are known of each object, by name; at least one."""
    if isinstance(inputs, TextTable):
        words = [text.split() for text in inputs]
        return {
            "characters": np.array([len(text) for text in inputs], dtype=np.float64),
            "words": np.array([len(found) for found in words], dtype=np.float64),
            "share of digits": np.array([share(text, str.isdigit) for text in inputs]),
            "share of capitals": np.array([share(text, str.isupper) for text in inputs]),
        }
    if isinstance(inputs, SeriesTable):
        peaks = [float(np.abs(one.flux).max()) if len(one) else 0.0 for one in inputs]
        return {
            "observations": np.diff(inputs.starts).astype(np.float64),
            "log10 of the largest flux": np.log10(np.maximum(peaks, 1e-3)).round(3),
        }
    if isinstance(inputs, PhotoTable):
        width, height = inputs.sizes.astype(np.float64).T
        return {
            "megapixels": (width * height / 1e6).round(4),
            "width by height": (width / np.maximum(height, 1)).round(3),
        }
    if isinstance(inputs, ColumnTable):
        return numbers_of(challenge, inputs)
    flat = inputs.reshape(len(inputs), -1).astype(np.float64) / 255
    return {"ink": flat.mean(axis=1).round(4), "pixels with ink": (flat > 0).sum(axis=1).astype(np.float64)}


def share(text: str, test: Callable[[str], bool]) -> float:
    """Return the share of a text's characters that pass a test.

    >>> share("a1B2", str.isdigit)
    0.5
    """
    return round(sum(map(test, text)) / max(1, len(text)), 4)


def shower(challenge: Challenge, inputs: Inputs) -> Callable[[int], Shown]:
    """Return what makes an object visible."""
    if isinstance(inputs, TextTable):
        return lambda place: {"text": mask(inputs[place])}
    if isinstance(inputs, SeriesTable):
        styles = band_styles(challenge.input.bands)
        return lambda place: {
            "drawn": mark_safe(sparkline_svg(inputs[place], styles, "light curve"))  # noqa: S308 (numbers)
        }
    if isinstance(inputs, ColumnTable):
        return lambda place: show_record(challenge, inputs, place)
    if isinstance(inputs, PhotoTable):
        return lambda place: show_photo(inputs, place)
    return lambda place: {"picture": data_url(png(inputs[place]), "image/png")}


def show_record(challenge: Challenge, inputs: ColumnTable, place: int) -> Shown:
    """Return a record: as a picture where its columns are one, else its most telling columns."""
    row = inputs.values[place]
    if picture := picture_of(inputs.columns, row):
        return {"drawn": picture}
    return {"text": excerpt_of_record(challenge, row, inputs.columns)}


def show_photo(inputs: PhotoTable, place: int) -> Shown:
    """Return a photo with its credit, where its licence lets it be shown."""
    credit = inputs.credits[place]
    content = photo_or_none(inputs.media, inputs.names[place], THUMBNAIL) if may_show(credit) else None
    if content is None:
        return {"text": "This photo may not be shown."}
    return {"picture": data_url(content, "image/jpeg"), "attribution": attribution_of(credit, told=True)}
