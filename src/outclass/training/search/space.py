"""Which parameters are tried: all combinations of a grid, or what Optuna proposes."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from outclass.base.errors import InputError, MissingExtraError
from outclass.catalog.challenge import ModelDeclaration, SearchRange
from outclass.registry.runs import Parameter
from outclass.registry.searches import TrialDocument

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

MOST_TRIALS = 10_000

Choices = Sequence[Parameter] | SearchRange
Space = Mapping[str, Choices]


def space_of(declared: ModelDeclaration, name: str) -> Space:
    """Return what a model declares to be searched.

    Raises
    ------
    InputError
        It declares nothing.
    """
    if not declared.search:
        raise InputError(
            "this model declares nothing to search",
            where=f"models.{name}.search",
            accepted="values, or a range, for each parameter to try",
            hint="such as search: {C: [0.1, 1, 10]}",
        )
    return declared.search


def grid_trials(space: Space) -> tuple[TrialDocument, ...]:
    """Return all combinations, the last parameter changing first.

    >>> [trial.parameters for trial in grid_trials({"a": (1, 2), "b": ("x",)})]
    [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'x'}]
    """
    columns = [points_of(choices) for choices in space.values()]
    count = math.prod(map(len, columns))
    if count > MOST_TRIALS:
        raise InputError(
            "the grid has too many points", got=f"{count:,}", accepted=f"at most {MOST_TRIALS:,}"
        )
    return tuple(
        TrialDocument(number=number, parameters=dict(zip(space, values, strict=True)))
        for number, values in enumerate(itertools.product(*columns))
    )


def points_of(choices: Choices) -> Sequence[Parameter]:
    """Return the points of a parameter on a grid.

    >>> points_of(SearchRange(low=0.01, high=100, log=True, points=5))
    (0.01, 0.1, 1.0, 10.0, 100.0)
    """
    if not isinstance(choices, SearchRange):
        return choices
    steps = [place / (choices.points - 1) for place in range(choices.points)]
    if choices.log:
        found = [choices.low * (choices.high / choices.low) ** step for step in steps]
    else:
        found = [choices.low + (choices.high - choices.low) * step for step in steps]
    return tuple(float(f"{value:.6g}") for value in found)


class Proposer(Protocol):
    """Proposes trials, and is told how they went."""

    def propose(self, count: int) -> list[TrialDocument]:
        """Return the next trials; fewer, or none, where nothing is left to try."""

    def tell(self, trial: TrialDocument, score: float | None) -> None:
        """Take the mean score of a trial over its folds, lower is better; None where it failed."""


class Grid:
    """Proposes all points of a grid at once."""

    def __init__(self, space: Space) -> None:
        self._waiting = list(grid_trials(space))

    def propose(self, count: int) -> list[TrialDocument]:
        """Return all of them the first time, whatever the count."""
        del count
        waiting, self._waiting = self._waiting, []
        return waiting

    def tell(self, trial: TrialDocument, score: float | None) -> None:
        """Do nothing: a grid learns nothing."""


class Optuna:
    """Proposes points near the good ones, by the tree-structured Parzen estimator.

    Source: J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl, Algorithms for Hyper-Parameter Optimization, 2011.

    Parameters
    ----------
    space
        What is searched.
    seed
        All chance comes from it.
    most
        How many trials there may be in all.
    known
        Trials of an earlier process with their scores, told again first.
    """

    def __init__(
        self,
        space: Space,
        *,
        seed: int,
        most: int,
        known: Sequence[tuple[TrialDocument, float | None]] = (),
    ) -> None:
        try:
            import optuna  # noqa: PLC0415 - an optional extra
        except ModuleNotFoundError as error:
            raise MissingExtraError("train", what="this way of searching needs optuna") from error
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna = optuna
        self._space = {name: self._distribution(choices) for name, choices in space.items()}
        # Trials that run at the same time count as bad ones, so that they are not all alike.
        sampler = optuna.samplers.TPESampler(seed=seed + len(known), constant_liar=True)
        self._study = optuna.create_study(sampler=sampler, direction="minimize")
        self._asked: dict[int, optuna.trial.Trial] = {}
        self._next = len(known)
        self._most = most
        for trial, score in known:
            self._remember(trial, score)

    def propose(self, count: int) -> list[TrialDocument]:
        """Return the next trials."""
        found = []
        for _ in range(min(count, self._most - self._next)):
            asked = self._study.ask(self._space)
            self._asked[self._next] = asked
            found.append(TrialDocument(number=self._next, parameters=dict(asked.params)))
            self._next += 1
        return found

    def tell(self, trial: TrialDocument, score: float | None) -> None:
        """Take how a trial went."""
        asked = self._asked.pop(trial.number)
        state = self._optuna.trial.TrialState
        if score is None:
            self._study.tell(asked, state=state.FAIL)
        else:
            self._study.tell(asked, score)

    def _remember(self, trial: TrialDocument, score: float | None) -> None:
        """Add a trial of an earlier process."""
        if score is not None:
            self._study.add_trial(
                self._optuna.trial.create_trial(
                    params=trial.parameters, distributions=self._space, value=score
                )
            )

    def _distribution(self, choices: Choices) -> "BaseDistribution":
        """Return a parameter's choices as Optuna has them."""
        kinds = self._optuna.distributions
        found: BaseDistribution
        if isinstance(choices, SearchRange):
            found = kinds.FloatDistribution(choices.low, choices.high, log=choices.log)
        else:
            found = kinds.CategoricalDistribution(tuple(choices))
        return found
