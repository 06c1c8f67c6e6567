"""Mushrooms: which of the network's own classes speak for which mushroom, corrected by photos.

ImageNet's `agaric` should mean any mushroom with gills; the network learned it from photos that are mostly of
fly agarics, and gives it to hardly any other. So it speaks for Amanita alone. Its `mushroom`, which is of the
table, is what it calls pale gilled mushrooms: field mushrooms as well as destroying angels, so Amanita has a
share in it.
"""

from collections.abc import Mapping

from outclass.training.estimator import Estimator
from outclass.training.photos import informed
from outclass.training.photos.knowledge import Knowledge, Pooling

KNOWN = Knowledge(
    shares={
        947: {"amanita": 0.2, "agaricus": 0.2, "russula": 0.2, "lactarius": 0.15, "other_agaric": 0.25},
        991: {"coral_fungus": 0.8, "other_mushroom": 0.2},
        992: {"amanita": 1.0},
        993: {"false_morel": 0.6, "morchella": 0.4},
        994: {"stinkhorn": 1.0},
        995: {"earthstar": 1.0},
        996: {
            "hen_of_the_woods": 0.3,
            "cantharellus": 0.1,
            "coral_fungus": 0.1,
            "other_agaric": 0.1,
            "other_mushroom": 0.4,
        },
        997: {"boletus": 0.5, "suillus": 0.2, "other_bolete": 0.3},
    },
    none="no_mushroom",
    trust=2.5,
    offset=17.0,
    pooling=Pooling.ALL,
)
"""Mushroom, coral fungus, agaric, gyromitra, stinkhorn, earthstar, hen-of-the-woods, bolete."""


def build(parameters: Mapping[str, object]) -> Estimator:
    """Make the estimator."""
    return informed.build(parameters, KNOWN)
