"""What can be set about the training of a text model; the values stand in `challenge.yaml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.base.errors import DataError
from outclass.training.parameters import read_parameters


class Loss(StrEnum):
    """What a stage minimizes: the squared hinge (a linear support vector machine) or the log loss."""

    HINGE = "hinge"
    LOG = "log"


Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Length = Annotated[int, Meta(ge=1, le=8)]


class Recipe(Document, frozen=True, kw_only=True):
    """Everything that decides the outcome besides the data and the seed."""

    stages: Annotated[
        str,
        Meta(description="`a / b + c; b / c` parts a from b and c, then b from c; one stage where empty"),
    ] = ""
    words_least: Annotated[Length, Meta(description="tokens of the shortest n-gram of words")] = 1
    words_most: Annotated[Length, Meta(description="tokens of the longest")] = 2
    characters_least: Annotated[int, Meta(ge=1, le=3, description="of the shortest n-gram")] = 2
    characters_most: Annotated[Length, Meta(description="characters of the longest n-gram")] = 5
    least_texts: Annotated[
        int, Meta(ge=1, description="different texts that an n-gram must be in; 3 or more for private texts")
    ] = 3
    most_terms: Annotated[int, Meta(ge=100, le=100_000, description="n-grams that are kept in all")] = 30_000
    loss: Annotated[Loss, Meta(description="hinge or log")] = Loss.HINGE
    cost: Annotated[float, Meta(gt=0.0, description="scikit-learn's C: higher fits closer")] = 1.0
    balance: Annotated[Share, Meta(description="0: rows weigh alike; 1: classes do")] = 0.0
    counts: Annotated[
        Share, Meta(description="how much an n-gram's log ratio between classes scales it; 0 is not at all")
    ] = 0.0
    measures: Annotated[float, Meta(ge=0.0, description="scale of the measures; 0 leaves them out")] = 1.0
    rules: Annotated[float, Meta(ge=0.0, description="scale of the rules; 0 leaves them out")] = 1.0
    disguises: Annotated[int, Meta(ge=0, le=2000, description="words that are looked for in disguise")] = 300
    folds: Annotated[int, Meta(ge=2, le=20, description="for calibration and honest advice")] = 5
    decimals: Annotated[int, Meta(ge=2, le=9, description="of idf and coefficients")] = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """Parts classes into groups."""

    groups: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """Return what the stage is called.

        >>> StagePlan(groups=(("a",), ("b", "c"))).name
        'a or b + c'
        """
        return " or ".join(" + ".join(group) for group in self.groups)

    @property
    def classes(self) -> tuple[str, ...]:
        """Return all classes that it parts."""
        return tuple(name for group in self.groups for name in group)


def read_recipe(parameters: Mapping[str, object]) -> Recipe:
    """Read the parameters of a model.

    Raises
    ------
    DataError
        An unknown parameter, or a value that is not accepted.
    """
    recipe = read_parameters(parameters, Recipe)
    for least, most in (
        (recipe.words_least, recipe.words_most),
        (recipe.characters_least, recipe.characters_most),
    ):
        if least > most:
            raise DataError("the shortest n-gram is longer than the longest", got=f"{least} and {most}")
    return recipe


def plan_stages(text: str, classes: Sequence[str]) -> tuple[StagePlan, ...]:
    """Read in which stages classes are told apart.

    Raises
    ------
    DataError
        If a class is unknown, or the stages do not lead to each class in one way.

    >>> [stage.name for stage in plan_stages("a / b + c; b / c", ["a", "b", "c"])]
    ['a or b + c', 'b or c']
    """
    if not text.strip():
        return (StagePlan(groups=tuple((name,) for name in classes)),)
    stages = tuple(
        StagePlan(groups=tuple(tuple(name.strip() for name in group.split("+")) for group in part.split("/")))
        for part in text.split(";")
        if part.strip()
    )
    waiting = [frozenset(classes)]
    for stage in stages:
        together = frozenset(stage.classes)
        if together not in waiting or len(stage.classes) > len(together) or len(stage.groups) == 1:
            raise _not_a_tree(text, classes)
        waiting.remove(together)
        waiting += [frozenset(group) for group in stage.groups if len(group) > 1]
    if waiting:
        raise _not_a_tree(text, classes)
    return stages


def _not_a_tree(text: str, classes: Sequence[str]) -> DataError:
    """Return the error for stages that do not lead to each class in one way."""
    return DataError(
        "the stages do not part all classes",
        where="models.parameters.stages",
        got=text,
        accepted="a / b + c; b / c, with the classes " + ", ".join(classes),
    )
