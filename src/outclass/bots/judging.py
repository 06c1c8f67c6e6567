"""Look at the photos of a post: fetch, decode, ask the model."""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import OutclassError, UnavailableError
from outclass.base.fetch import FetchFailedError
from outclass.base.limits import Limits
from outclass.bots.answers import Answer, Verdict, answer_of
from outclass.bots.graphics import is_graphic
from outclass.bots.posts import Picture
from outclass.bots.transport import TryLaterError
from outclass.catalog.declared_bot import BotGame
from outclass.inference.prediction import Prediction
from outclass.inputs.photo import read_photo
from outclass.inputs.view import view_of

LOG = logging.getLogger(__name__)

Download = Callable[[str], bytes]
Keep = Callable[[Prediction, bytes], None]
NO_PHOTO_WORDS = re.compile(
    r"\b(meme|memes|screenshot|screen shot|comic|cartoon|infographic|diagram|clip ?art|emoji|logo)\b",
    re.IGNORECASE,
)
"""Words by which a description says that a picture is no photo."""


class Model(Protocol):
    """What is needed of a predictor."""

    def predict_one(self, row: NDArray[np.uint8]) -> Prediction:
        """Answer for one view of a photo."""


class Judge:
    """Answers for pictures.

    Parameters
    ----------
    model
        Returns the predictor to use now.
    download
        Fetches a picture, as `Fetcher` does.
    keep
        Called with each prediction and the bytes of its picture.
    """

    def __init__(
        self,
        model: Callable[[], Model],
        download: Download,
        *,
        game: BotGame,
        limits: Limits,
        keep: Keep = lambda _prediction, _body: None,
    ) -> None:
        self._model = model
        self._download = download
        self._game = game
        self._limits = limits
        self._keep = keep

    def look(self, pictures: Sequence[Picture], *, last: bool = False) -> list[Answer]:
        """Return an answer for each picture, in order.

        Parameters
        ----------
        last
            Whether a picture that cannot be had now counts as one that cannot be read.

        Raises
        ------
        TryLaterError
            A picture cannot be had now.
        """
        return [self._look_at(picture, last=last) for picture in pictures]

    def _look_at(self, picture: Picture, *, last: bool) -> Answer:
        """Answer for one picture."""
        if NO_PHOTO_WORDS.search(picture.alt):
            return Answer(verdict=Verdict.NO_PHOTO)
        try:
            body = self._download(picture.url)
        except OutclassError as error:
            if may_pass(error) and not last:
                raise TryLaterError("a picture cannot be had now", where="media", got=error.what) from error
            LOG.info("picture not fetched: %s", error.what)
            return Answer(verdict=Verdict.UNREADABLE)
        try:
            photo = read_photo(body, self._limits)
        except OutclassError as error:
            LOG.info("picture not read: %s", error.what)
            return Answer(verdict=Verdict.UNREADABLE)
        if is_graphic(photo.pixels):
            return Answer(verdict=Verdict.NO_PHOTO)
        prediction = self._model().predict_one(view_of(photo.pixels))
        self._keep(prediction, body)
        return answer_of(prediction, self._game)


def may_pass(error: OutclassError) -> bool:
    """Tell whether a picture that was not fetched may be there later."""
    return isinstance(error, UnavailableError) or (isinstance(error, FetchFailedError) and error.passing)
