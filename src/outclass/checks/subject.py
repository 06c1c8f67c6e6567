"""What the promises are asked of: a challenge with its champion, its data and a few inputs."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from outclass import catalog
from outclass.base.errors import NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.inputs.framing import normalize
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion

if TYPE_CHECKING:
    from outclass.catalog.versions import DatasetVersion

FIXTURES = 12


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
        return Predictor.load(self.champion)

    @cached_property
    def data(self) -> "DatasetVersion | None":
        """Return the data in use, where any was collected."""
        return catalog.current_version(self.challenge.name, self.settings)

    @cached_property
    def rows(self) -> NDArray[np.float32]:
        """Return a few inputs of the right form, the same every time."""
        match self.challenge.input.kind:
            case InputKind.DRAWING:
                return draw_strokes(FIXTURES, self.challenge.input.size)
            case kind:
                raise NotFoundError("there are no inputs to check this kind with", got=kind)


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
