"""Labels that look wrong, by confident learning.

C. G. Northcutt, L. Jiang, I. L. Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels,
Journal of Artificial Intelligence Research 70 (2021), https://doi.org/10.1613/jair.1.12125.
"""

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Places = NDArray[np.int64]
UNSURE = -1


def thresholds_of(probabilities: Probabilities, labels: Places) -> Probabilities:
    """Return for each class the mean probability of it over the objects with its label, `[classes]`.

    A class is expected of an object from there on. A class that no object has is never expected.

    >>> thresholds_of(np.array([[0.9, 0.1], [0.7, 0.3]]), np.array([0, 0])).tolist()
    [0.8, inf]
    """
    classes = probabilities.shape[1]
    found = np.full(classes, np.inf)
    for place in range(classes):
        own = probabilities[labels == place, place]
        if len(own):
            found[place] = own.mean()
    return found


def expected_classes(probabilities: Probabilities, labels: Places) -> Places:
    """Return the class that each object confidently is of: the likeliest of those above their thresholds.

    `UNSURE` where none is (equation 1 of the paper).

    >>> chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.05, 0.95]])
    >>> expected_classes(chances, np.array([0, 0, 1, 1, 0])).tolist()
    [0, 0, -1, 1, 1]
    """
    above = np.where(probabilities >= thresholds_of(probabilities, labels), probabilities, -1.0)
    best = above.argmax(axis=1)
    return np.where(above.max(axis=1) >= 0, best, UNSURE)


def label_suspects(probabilities: Probabilities, labels: Places) -> tuple[Places, Places]:
    """Return the rows whose labels look wrong, the worst first, and the class that each looks like.

    They are the off-diagonal counts of the confident joint, ranked by the normalized margin: how much
    likelier the other class is than the label.

    Parameters
    ----------
    probabilities
        Out of fold, ``[n, classes]``: each row by models that did not learn from it.
    labels
        ``[n]``.
    """
    expected = expected_classes(probabilities, labels)
    rows = np.flatnonzero((expected != UNSURE) & (expected != labels))
    # Where a class is rare its threshold is low: what the model itself would not name is no suspect.
    rows = rows[probabilities[rows, expected[rows]] > probabilities[rows, labels[rows]]]
    margins = probabilities[rows, expected[rows]] - probabilities[rows, labels[rows]]
    order = rows[np.argsort(-margins, kind="stable")]
    return order, expected[order]
