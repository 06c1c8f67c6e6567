"""What one training run is: everything that decides its outcome, and the id that follows from it."""

import getpass
import hashlib
from collections.abc import Mapping

import msgspec

from outclass.base.document import Document
from outclass.base.errors import NotFoundError
from outclass.catalog.challenge import Challenge, ModelDeclaration
from outclass.registry.runs import Parameter

FORMAT = 1
DECLARED = "full"


class RunPlan(Document, frozen=True, kw_only=True):
    """The inputs of a run. Equal plans have equal ids, so a run is found again and never made twice.

    `features` is the hash of the code that makes rows, where there is such code.
    """

    format: int = FORMAT
    challenge: str
    model: str
    recipe: str
    parameters: dict[str, Parameter]
    seed: int
    data_version: str
    features: str | None = None

    @property
    def run_id(self) -> str:
        """Return a name that people can read, with a hash of everything."""
        decisive = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        content = msgspec.json.encode(decisive, order="sorted")
        return f"{self.model}-{self.recipe}-s{self.seed}-{hashlib.sha256(content).hexdigest()[:10]}"


def make_plan(
    challenge: Challenge,
    *,
    model: str | None,
    recipe: str,
    seed: int,
    data_version: str,
    features: str | None = None,
    searched: Mapping[str, Parameter] | None = None,
    changes: Mapping[str, Parameter] | None = None,
) -> RunPlan:
    """Return the plan of a run of a challenge's model; of its champion where no model is named.

    Parameters
    ----------
    searched
        The parameters that a search found, where the recipe is one.
    changes
        Parameters put over those of the recipe, such as another budget.

    Raises
    ------
    NotFoundError
        If the challenge declares no such model or recipe.
    """
    name = model or ", ".join(challenge.members)
    if name not in challenge.models:
        raise NotFoundError(
            f"{challenge.name} declares no model {name}", accepted=", ".join(challenge.models)
        )
    parameters = recipe_parameters(challenge.models[name], recipe) if searched is None else dict(searched)
    return RunPlan(
        challenge=challenge.name,
        model=name,
        recipe=recipe,
        parameters=parameters | dict(changes or {}),
        seed=seed,
        data_version=data_version,
        features=features,
    )


def recipe_parameters(declaration: ModelDeclaration, recipe: str) -> dict[str, Parameter]:
    """Return a model's parameters under a recipe; `full` is what is declared, where it is not a recipe."""
    if recipe not in declaration.recipes and recipe != DECLARED:
        raise NotFoundError(
            "there is no such recipe",
            got=recipe,
            accepted=", ".join(dict.fromkeys([DECLARED, *declaration.recipes])),
        )
    changes: Mapping[str, Parameter] = declaration.recipes.get(recipe, {})
    return {**declaration.parameters, **changes}


def account_name() -> str:
    """Return the name of the account that this process runs under."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
