"""How long a model may learn."""

from outclass.base.errors import InputError
from outclass.catalog.challenge import InputKind
from outclass.catalog.hooks import Hook, hook_path
from outclass.catalog.loader import LoadedChallenge
from outclass.registry.runs import Parameter

BUDGET = "seconds"
"""The parameter that says how long a model may learn."""
WITHIN_BUDGET = frozenset({InputKind.TABLE, InputKind.DRAWING, InputKind.SERIES})
"""Kinds whose default models learn within a budget."""


def takes_budget(loaded: LoadedChallenge, model: str) -> bool:
    """Tell whether a model learns within a budget: it declares one, or is a default that has one."""
    declared = loaded.challenge.models.get(model)
    if declared is not None and BUDGET in declared.parameters:
        return True
    return loaded.challenge.input.kind in WITHIN_BUDGET and hook_path(loaded, Hook.MODEL) is None


def budget_of(loaded: LoadedChallenge, model: str, seconds: float | None) -> dict[str, Parameter]:
    """Return the change of a model's parameters that gives it another budget; none where none is asked for.

    Raises
    ------
    InputError
        The model has no budget.
    """
    if seconds is None:
        return {}
    if not takes_budget(loaded, model):
        raise InputError(
            f"the model {model} of {loaded.name} learns until it is done, within no budget",
            where="--seconds",
            got=f"{seconds:g}",
            accepted=f"models with a parameter `{BUDGET}`",
        )
    return {BUDGET: int(seconds) if seconds == int(seconds) else seconds}
