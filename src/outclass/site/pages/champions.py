"""The champion of a challenge and its figures."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from outclass.base.errors import NotFoundError, RegistryError
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion

KEPT = 8
Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure of a model, with the words that explain it."""

    title: str
    value: float
    is_share: bool
    meaning: str


FIGURES = (
    ("accuracy", "Accuracy", True, "share of test objects that it gets right"),
    ("worst_class_recall", "Worst class", True, "share it gets right of the class that it gets worst"),
    ("log_loss", "Log loss", False, "price of its wrong and half-sure answers; 0 is perfect"),
    ("weighted_log_loss", "Weighted log loss", False, "the same with the weights of the contest"),
    ("flat_log_loss", "Flat log loss", False, "the same, each class counted alike"),
    ("ece", "Calibration error", True, "mean gap between how sure it says it is and how often it is right"),
    ("outlier_auroc", "Tells them from other things", True, "1 would be always; half is guessing"),
)


def registry() -> Registry:
    """Return the registry of this installation."""
    return Registry(settings.OUTCLASS)


def champion_of(name: str) -> ModelVersion | None:
    """Return the version that answers, or None before the first is there."""
    return _champion(name, registry().alias_stamp(name))


@lru_cache(maxsize=KEPT)
def _champion(name: str, _stamp: Stamp) -> ModelVersion | None:
    """Read the champion; the stamp makes it anew when the aliases change."""
    try:
        return registry().champion(name)
    except (NotFoundError, RegistryError):
        return None


def figures_of(version: ModelVersion | None) -> list[Figure]:
    """Return the figures in a model's manifest that have an explanation, in a fixed order."""
    if version is None:
        return []
    return [
        Figure(title=title, value=value, is_share=is_share, meaning=meaning)
        for name, title, is_share, meaning in FIGURES
        if (value := version.manifest.measured(name)) is not None
    ]
