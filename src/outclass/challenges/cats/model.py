"""Cats: which of the network's own classes speak for which cat, corrected by photos."""

from collections.abc import Mapping

from outclass.training.estimator import Estimator
from outclass.training.photos import informed
from outclass.training.photos.knowledge import Knowledge

KNOWN = Knowledge(
    shares={
        **{number: {"domestic": 1.0} for number in range(281, 286)},
        286: {"cougar": 1.0},
        287: {"lynx_or_bobcat": 1.0},
        288: {"leopard": 1.0},
        289: {"snow_leopard": 1.0},
        290: {"jaguar": 1.0},
        291: {"lion": 1.0},
        292: {"tiger": 1.0},
        293: {"cheetah": 1.0},
    },
    none="no_cat",
    trust=1.2,
    offset=4.0,
)
"""Tabby, tiger cat, Persian, Siamese, Egyptian cat; then one class for each of the others."""


def build(parameters: Mapping[str, object]) -> Estimator:
    """Make the estimator."""
    return informed.build(parameters, KNOWN)
