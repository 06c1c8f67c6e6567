"""What a model gives each class, for objects of a pool: as it was stored with the model, else asked now."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outclass.inference.predictor import Predictor
from outclass.site.play.pool import Pool

Floats = NDArray[np.float64]


def probabilities_of(
    pool: Pool, predictor: Predictor, object_ids: Sequence[str], nights: int = 0
) -> Floats | None:
    """Return probabilities ``[objects, classes]`` in the order of the challenge, under the model's own prior.

    None where the objects cannot be made into what the model reads.
    """
    names = pool.challenge.class_names
    rows = pool.rows(object_ids, nights)
    if rows is None:
        return None
    answers = predictor.predict_many(rows)
    return np.array([[one.probabilities.get(name, 0.0) for name in names] for one in answers])
