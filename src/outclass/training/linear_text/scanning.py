"""Several recipes on the same texts, for searches: what they share is made once."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from outclass.inference.linear_text.scoring import LinearTextModel
from outclass.training.data import Outputs, TrainingData
from outclass.training.linear_text.calibration import calibrate_stages
from outclass.training.linear_text.learning import learn_from
from outclass.training.linear_text.material import Material, gather
from outclass.training.linear_text.recipe import Recipe, read_recipe
from outclass.training.linear_text.rules import NO_RULES, RuleBook
from outclass.training.linear_text.writing import calibrated

LATE_PARAMETERS = ("loss", "cost", "balance", "counts", "most_terms", "folds")
"""Parameters that matter only once texts are columns."""


def scan(
    data: TrainingData,
    settings: Sequence[Mapping[str, object]],
    *,
    seed: int,
    book: RuleBook = NO_RULES,
) -> Iterator[Outputs]:
    """Learn with each of some parameters, and answer for the validation texts.

    The answers are calibrated by these very texts, one scale and an offset for each group of a stage: so
    settings are compared by how well they tell texts apart, at the same small advantage for all.

    Parameters
    ----------
    settings
        Parameters as `build` takes them.
    book
        Rules that become features.
    """
    texts = [str(text) for text in data.inputs.tolist()]
    asked = [str(text) for text in data.validation_inputs.tolist()]
    made: tuple[Recipe, Material] | None = None
    for parameters in settings:
        recipe = read_recipe(parameters)
        if made is None or early_part(made[0]) != early_part(recipe):
            made = recipe, gather(texts, data.targets, recipe, book)
        document = learn_from(made[1], data.targets, data.classes, recipe, book, seed=seed)
        plain = LinearTextModel(document)
        decisions = np.array([plain.decisions(text) for text in asked])
        given = calibrate_stages(document.stages, decisions, data.validation_targets, data.classes)
        model = LinearTextModel(calibrated(document, given))
        logits = [model.log_probabilities(row) for row in decisions.tolist()]
        yield Outputs(logits=np.array(logits, dtype=np.float32).reshape(len(asked), len(data.classes)))


def early_part(recipe: Recipe) -> list[object]:
    """Return the values of the parameters by which texts become columns."""
    names = (name for name in Recipe.__struct_fields__ if name not in LATE_PARAMETERS)
    return [getattr(recipe, name) for name in names]
