"""Learning linear text models: TF-IDF of words and characters, measures and rules, in calibrated stages."""

from outclass.training.linear_text.estimator import LinearTextEstimator, build
from outclass.training.linear_text.recipe import Recipe, StagePlan, read_recipe
from outclass.training.linear_text.rules import NO_RULES, RuleBook
from outclass.training.linear_text.scanning import LATE_PARAMETERS, scan

__all__ = [
    "LATE_PARAMETERS",
    "NO_RULES",
    "LinearTextEstimator",
    "Recipe",
    "RuleBook",
    "StagePlan",
    "build",
    "read_recipe",
    "scan",
]
