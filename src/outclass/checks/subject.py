"""What the promises are asked of: a challenge with its champion, its data and a few inputs."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.hooks import load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.checks.photos import make_views
from outclass.inference.predictor import Predictor, Rows
from outclass.inputs.columns import InputColumn
from outclass.inputs.framing import normalize
from outclass.inputs.series import Series, SeriesTable, facts_of
from outclass.inputs.text import rows_of_texts
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion

if TYPE_CHECKING:
    from outclass.catalog.versions import DatasetVersion

FIXTURES = 12
MISSING = 0.25
TEXTS = (
    "a",
    "See you at 7, love x",
    "WINNER!! Claim your \u00a3500 prize NOW at http://example.org or call 0900 123 456",
    "Your code is 482913. It expires in 10 minutes.",
    "Besok jadi ketemu?",
    "\u0645\u0631\u062d\u0628\u0627 \u0645\u0631\u062d\u0628\u0627",
    "F.R.E.E  fr33 \u200bfr\u200bee \U0001f389\U0001f389",
    "line one\nline two\tand a tab",
    "word " * 500,
)


class Subject:
    """A challenge under check; its parts are loaded once, when they are first asked for.

    Parameters
    ----------
    loaded
        The challenge.
    settings
        Says where the registry and the data are.
    """

    def __init__(self, *, loaded: LoadedChallenge, settings: Settings) -> None:
        self.loaded = loaded
        self.settings = settings

    @property
    def challenge(self) -> Challenge:
        """Return the declaration."""
        return self.loaded.challenge

    @cached_property
    def champion(self) -> ModelVersion:
        """Return the champion; `RegistryError` where its files are not what was registered."""
        return Registry(self.settings).champion(self.challenge.name)

    @cached_property
    def predictor(self) -> Predictor:
        """Return the champion, loaded; its canary has been answered."""
        return Predictor.load(self.champion, self.loaded)

    @cached_property
    def data(self) -> "DatasetVersion | None":
        """Return the data in use, where any was collected."""
        return catalog.current_version(self.challenge.name, self.settings)

    @cached_property
    def rows(self) -> Rows:
        """Return a few inputs of the right form, the same every time."""
        match self.challenge.input.kind:
            case InputKind.DRAWING:
                return draw_strokes(FIXTURES, self.challenge.input.size)
            case InputKind.SERIES:
                return load_features(self.loaded).prepare(self.series, self.challenge.input)
            case InputKind.TEXT:
                return rows_of_texts(TEXTS)
            case InputKind.PHOTO:
                return make_views()
            case InputKind.TABLE:
                return make_records(FIXTURES, self.champion.signature.input.columns)

    @cached_property
    def series(self) -> SeriesTable:
        """Return a few series in the declared bands, the same every time."""
        return make_series(FIXTURES, len(self.challenge.input.bands))


def make_records(count: int, columns: Sequence[InputColumn]) -> NDArray[np.float32]:
    """Return records of usual values, of which every fourth is missing."""
    random = np.random.default_rng(20_260_103)
    rows = np.empty((count, len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        if column.is_category:
            rows[:, place] = random.integers(0, len(column.values), count)
        else:
            low = 0.0 if column.low is None else column.low
            rows[:, place] = random.uniform(low, low + 1.0 if column.high is None else column.high, count)
    rows[random.random(rows.shape) < MISSING] = np.nan
    rows[:, 0] = np.where(np.isnan(rows).all(axis=1), 0.0, rows[:, 0])
    return rows


def make_series(count: int, bands: int) -> SeriesTable:
    """Return series that rise and fall once in noise: in turn galactic, at some redshift, and unknown."""
    random = np.random.default_rng(20_260_102)
    made = []
    for number in range(count):
        length = 1 if number == count - 1 else int(random.integers(20, 120))
        mjd = np.sort(random.uniform(59_580, 60_600, length))
        rise = np.exp(-(((mjd - 60_000) / 40) ** 2))
        error = random.uniform(2, 12, length)
        flux = 200 * rise + random.normal(0, 1, length) * error
        photoz = (0.0, float(random.uniform(0.05, 1)), np.nan)[number % 3]
        facts = {"ra": 10.0, "decl": -30.0, "ddf": 0.0, "hostgal_photoz": photoz, "mwebv": 0.05}
        made.append(
            Series(
                mjd=mjd,
                passband=random.integers(0, bands, length),
                flux=flux,
                flux_err=error,
                detected=flux > 5 * error,
                facts=facts_of(facts | {"hostgal_photoz_err": photoz / 10}),
            )
        )
    return SeriesTable.of(made)


def draw_strokes(count: int, size: int) -> NDArray[np.float32]:
    """Return drawings of a few straight strokes each, in the form in which a model is asked."""
    random = np.random.default_rng(20_260_101)
    pictures = np.zeros((count, 64, 64), dtype=np.float32)
    for picture in pictures:
        for _ in range(3):
            start, end = random.uniform(8, 56, (2, 2))
            for place in np.linspace(start, end, 80).round().astype(int):
                picture[place[0] - 2 : place[0] + 2, place[1] - 2 : place[1] + 2] = 1.0
    return np.stack([normalize(picture, size) for picture in pictures])
