"""An object as pages show it: which template draws it, and what that needs."""

from dataclasses import dataclass
from functools import cached_property
from math import isnan

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from outclass.catalog.challenge import Band, Challenge, InputKind
from outclass.charts.bands import BandStyle, band_styles
from outclass.charts.curve import curve_svg, origin_of, sparkline_svg
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import FACTS, Series
from outclass.inputs.table import ColumnTable
from outclass.site.photos.shown import ShownPhoto, shown_photo_of
from outclass.site.play.figures import figure_mark
from outclass.site.play.marks import Mark, Piece, plain_marks
from outclass.site.play.models import Round
from outclass.site.play.pool import Pool
from outclass.site.tables.shown import RecordView, record_view

FACT_TITLES = {
    "ra": ("Right ascension", "degrees; where it is on the sky, as longitude is on a map"),
    "decl": ("Declination", "degrees north or south of the celestial equator"),
    "ddf": ("Field", "a deep drilling field is visited far more often than the wide survey"),
    "hostgal_photoz": (
        "Redshift of its galaxy",
        "estimated from colors, so it can be wrong; 0 for an object in our own galaxy",
    ),
    "hostgal_photoz_err": ("Error of that redshift", "by the one who estimated it"),
    "mwebv": ("Dust before it", "E(B-V) in magnitudes; our galaxy's dust dims and reddens"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that is known of an object."""

    title: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One row of the table of a series."""

    mjd: float
    day: float
    band: str
    flux: float
    error: float
    detected: bool


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """An object on a page.

    Attributes
    ----------
    template
        Draws it; `play/objects/` has one for each kind of input.
    identity
        Unique on its page, for ids of elements.
    picture
        Address of its picture, where it is one.
    series, bands
        What was observed, as far as it may be shown.
    points, model
        Addresses of the data of its chart.
    marks
        A message, numbers and addresses in it hidden.
    photo
        A photo with its credit.
    record
        A record with where each of its values lies.
    """

    template: str
    identity: str
    label: str
    picture: str = ""
    series: Series | None = None
    bands: tuple[Band, ...] = ()
    points: str = ""
    model: str = ""
    marks: tuple[Mark, ...] = ()
    photo: ShownPhoto | None = None
    record: RecordView | None = None

    @cached_property
    def styles(self) -> tuple[BandStyle, ...]:
        """Return how its bands are drawn."""
        return band_styles(self.bands)

    @property
    def figure(self) -> str:
        """Return the address of the empty figure that its chart is made of."""
        return f"{reverse('play:figure', args=[len(self.bands)])}?v={figure_mark()}"

    def sparkline(self) -> SafeString:
        """Return a small light curve."""
        if self.series is None:
            return SafeString()
        label = f"{self.label}: {len(self.series)} observations"
        return mark_safe(sparkline_svg(self.series, self.styles, label))  # noqa: S308 (numbers, escaped text)

    def still(self) -> SafeString:
        """Return a light curve with axes that needs no script."""
        if self.series is None:
            return SafeString()
        label = f"{self.label}: light curve of {len(self.series)} observations; a table follows"
        return mark_safe(curve_svg(self.series, self.styles, label))  # noqa: S308 (numbers, escaped text)

    def table(self) -> list[Observation]:
        """Return the observations, one a row."""
        if self.series is None:
            return []
        one, (origin, _) = self.series, origin_of(self.series)
        names = [band.name for band in self.bands]
        columns = (one.mjd, one.passband, one.flux, one.flux_err, one.detected)
        return [
            Observation(mjd=mjd, day=mjd - origin, band=names[band], flux=flux, error=error, detected=seen)
            for mjd, band, flux, error, seen in zip(*(column.tolist() for column in columns), strict=True)
        ]

    def facts(self) -> list[Fact]:
        """Return what is known of the object itself."""
        return [] if self.series is None else known_facts(self.series)

    @property
    def nights(self) -> int:
        """Return on how many days it was observed, to the whole MJD."""
        return 0 if self.series is None else len({int(mjd) for mjd in self.series.mjd.tolist()})


def exhibit_of(challenge: Challenge, pool: Pool | None, round_: Round, *, whole: bool) -> Exhibit:
    """Return the object of a round: all of it, or as much as may be seen before the bet."""
    label = f"Number {round_.position}"
    if pool is None or round_.object_id not in pool.places:
        return Exhibit(template="play/objects/gone.html", identity=f"n{round_.position}", label=label)
    address = [challenge.name, round_.deal.token, round_.position]
    match challenge.input.kind:
        case InputKind.SERIES:
            return Exhibit(
                template="play/objects/series.html",
                identity=f"n{round_.position}",
                label=label,
                series=pool.series(round_.object_id, 0 if whole else round_.nights),
                bands=challenge.input.bands,
                points=reverse("play:points", args=address),
                model=reverse("play:model-curve", args=address),
            )
        case InputKind.TEXT:
            return text_exhibit(f"n{round_.position}", label, pool.text(round_.object_id) or "")
        case InputKind.PHOTO:
            urls = [reverse("play:photo", args=[*address, size]) for size in ("large", "small")]
            table = pool.photo(round_.object_id)
            return photo_exhibit(f"n{round_.position}", label, table, (urls[0], urls[1]), told=whole)
        case InputKind.TABLE:
            return record_exhibit(challenge, f"n{round_.position}", label, pool.record(round_.object_id))
        case kind:
            return Exhibit(
                template=f"play/objects/{kind}.html",
                identity=f"n{round_.position}",
                label=label,
                picture=reverse("play:picture", args=address),
            )


def text_exhibit(identity: str, label: str, text: str, *, made_up: bool = False) -> Exhibit:
    """Return a message: one of somebody else, unless it was made up."""
    marks = (Mark(pieces=(Piece(text=text),)),) if made_up else plain_marks(text)
    return Exhibit(template="play/objects/text.html", identity=identity, label=label, marks=marks)


def record_exhibit(challenge: Challenge, identity: str, label: str, table: ColumnTable | None) -> Exhibit:
    """Return the first record of a table."""
    if table is None:
        return Exhibit(template="play/objects/gone.html", identity=identity, label=label)
    view = record_view(challenge, table.values[0], table.columns)
    return Exhibit(template="play/objects/table.html", identity=identity, label=label, record=view)


def photo_exhibit(
    identity: str, label: str, table: PhotoTable | None, urls: tuple[str, str], *, told: bool
) -> Exhibit:
    """Return the first photo of a table; `told` tells whether its source, which may tell it, is named."""
    if table is None:
        return Exhibit(template="play/objects/gone.html", identity=identity, label=label)
    photo = shown_photo_of(table, 0, *urls, told=told)
    return Exhibit(template="play/objects/photo.html", identity=identity, label=label, photo=photo)


def known_facts(series: Series) -> list[Fact]:
    """Return the known facts of a series in words."""
    found = []
    for name in FACTS:
        value = series.fact(name)
        title, meaning = FACT_TITLES[name]
        text = "unknown" if isnan(value) else written_fact(name, value)
        found.append(Fact(title=title, value=text, meaning=meaning))
    return found


def written_fact(name: str, value: float) -> str:
    """Return one fact as people read it.

    >>> written_fact("ddf", 1.0)
    'deep drilling field'
    """
    match name:
        case "ddf":
            return "deep drilling field" if value else "wide survey"
        case "hostgal_photoz" if value == 0:
            return "0: in our galaxy"
        case "ra" | "decl":
            return f"{value:.3f}°"
        case _:
            return f"{value:.3f}"
