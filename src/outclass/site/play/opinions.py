"""What a model gives each class, for objects of a pool: as it was stored with the model, else asked now."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outclass.inference.predictor import Predictor
from outclass.inputs.table import ColumnTable
from outclass.registry.advice import find_advice
from outclass.site.play.pool import Pool
from outclass.site.tables.coding import recoded

Floats = NDArray[np.float64]


def probabilities_of(
    pool: Pool, predictor: Predictor, object_ids: Sequence[str], nights: int = 0
) -> Floats | None:
    """Return probabilities ``[objects, classes]`` in the order of the challenge, under the model's own prior.

    None where the objects cannot be made into what the model reads.
    """
    stored = find_advice(predictor.version, object_ids, data_version=pool.version, nights=nights)
    answered = ask(pool, predictor, [one for one in object_ids if one not in stored], nights)
    if answered is None:
        return None
    known = {**{name: shares.tolist() for name, shares in stored.items()}, **answered}
    classes = predictor.version.signature.classes
    by_class = [dict(zip(classes, known[one], strict=True)) for one in object_ids]
    return np.array([[one.get(name, 0.0) for name in pool.challenge.class_names] for one in by_class])


def ask(
    pool: Pool, predictor: Predictor, object_ids: Sequence[str], nights: int
) -> dict[str, list[float]] | None:
    """Ask a model about some objects; return its probabilities in the order of its signature."""
    if not object_ids:
        return {}
    rows = pool.rows(object_ids, nights)
    if rows is None:
        return None
    if isinstance(pool.inputs, ColumnTable) and isinstance(rows, np.ndarray):
        rows = recoded(
            rows.astype(np.float32), pool.inputs.columns, predictor.version.signature.input.columns
        )
    answers = predictor.predict_many(rows)
    return {
        object_id: [one.probabilities[name] for name in predictor.version.signature.classes]
        for object_id, one in zip(object_ids, answers, strict=True)
    }
