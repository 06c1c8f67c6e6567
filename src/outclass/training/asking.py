"""Ask a model about objects of a data set."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.content import Inputs
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.inputs.photos import PhotoTable
from outclass.training.photos.embedding import embed_photos
from outclass.training.rows import ModelRows, rows_of


def score_by(loaded: LoadedChallenge, predictor: Predictor) -> Callable[[Inputs], NDArray[np.float64]]:
    """Return what asks a model about objects; its classes are put into the order of the challenge."""
    classes = list(predictor.version.signature.classes)
    places = [classes.index(name) if name in classes else -1 for name in loaded.challenge.class_names]

    def score(inputs: Inputs) -> NDArray[np.float64]:
        if isinstance(inputs, PhotoTable):  # a version may have a network of its own
            rows: ModelRows = embed_photos(inputs, predictor.backbone)
        else:
            rows = rows_of(loaded, inputs)
        found = predictor.scores(rows).probabilities
        padded = np.concatenate([found, np.zeros((len(found), 1))], axis=1)
        return np.asarray(padded[:, places], dtype=np.float64)

    return score
