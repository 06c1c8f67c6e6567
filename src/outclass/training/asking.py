"""Ask a model about objects of a data set."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from outclass.base.settings import Settings
from outclass.catalog.content import Inputs
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.inputs.photos import PhotoTable
from outclass.training.photos.embedding import embed_photos
from outclass.training.rows import ModelRows, rows_of


def rows_for(
    loaded: LoadedChallenge, predictor: Predictor, inputs: Inputs, settings: Settings | None = None
) -> ModelRows:
    """Return inputs as one model takes them; a version of photos may have a network of its own."""
    if isinstance(inputs, PhotoTable):
        limits = loaded.challenge.limits
        return embed_photos(inputs, predictor.backbone, settings=settings, limits=limits)
    return rows_of(loaded, inputs, settings=settings)


def score_by(
    loaded: LoadedChallenge, predictor: Predictor, settings: Settings | None = None
) -> Callable[[Inputs], NDArray[np.float64]]:
    """Return what asks a model about objects; its classes are put into the order of the challenge.

    Parameters
    ----------
    settings
        Say where features of photos are kept; without them each photo is read again.
    """
    classes = list(predictor.version.signature.classes)
    places = [classes.index(name) if name in classes else -1 for name in loaded.challenge.class_names]

    def score(inputs: Inputs) -> NDArray[np.float64]:
        found = predictor.scores(rows_for(loaded, predictor, inputs, settings)).probabilities
        padded = np.concatenate([found, np.zeros((len(found), 1))], axis=1)
        return np.asarray(padded[:, places], dtype=np.float64)

    return score
