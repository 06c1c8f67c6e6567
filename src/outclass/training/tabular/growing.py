"""Trying settings of boosted trees, proposed by Optuna, while there is time."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import msgspec
import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from outclass.training.tabular.boosting import (
    FIRST,
    MOST_LEAVES,
    Bed,
    Grown,
    beds_of,
    best_rounds,
)
from outclass.training.tabular.budget import Deadline
from outclass.training.tabular.choosing import Candidate, Family, Refit, candidate_of, hopeless
from outclass.training.tabular.journal import Setting, Trial, read_trials, setting_of, write_trials
from outclass.training.tabular.material import LEARNED_CELLS, Material
from outclass.training.tabular.mixture import AnyPart
from outclass.training.tabular.parts import log_softmax
from outclass.training.tabular.searching import Trying

FIRST_UNTIL, UNTIL = 0.6, 0.75
"""Shares of the time by which the first settings, and all, are tried; then the final model learns."""
PLAIN = len(FIRST)
"""Settings that are tried before any is proposed."""
PATIENT = 20
"""Trials without a gain after which no more are made."""
GAIN = 0.002
"""Share of the loss that counts as a gain."""
WORSE = 1.15
"""A setting whose loss on the first folds is so many times the best one's is tried no further."""
THREADS = min(2, os.cpu_count() or 1)

Floats = NDArray[np.float64]
SPACE: dict[str, BaseDistribution] = {
    "rate": FloatDistribution(0.02, 0.3, log=True),
    "leaves": IntDistribution(2, MOST_LEAVES, log=True),
    "minimum": IntDistribution(1, 40, log=True),
    "columns": FloatDistribution(0.1, 1.0),
    "rows": FloatDistribution(0.5, 1.0),
    "l2": FloatDistribution(1e-2, 30.0, log=True),
    "random": CategoricalDistribution((False, True)),
}


@dataclass(kw_only=True)
class Growth:
    """Boosted trees in search of their setting.

    Attributes
    ----------
    folder
        Where trials are noted, so that a call after a killed one goes on.
    most
        Trials in all.
    longest
        Seconds that a trial took.
    """

    trying: Trying
    folder: Path
    most: int
    best: Candidate | None = None
    longest: float = 0.0
    trials: list[Trial] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read what an earlier call tried."""
        self.trials = read_trials(self.folder)

    @cached_property
    def study(self) -> optuna.Study:
        """Return the search, which begins with some plain settings."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=self.trying.seed, n_startup_trials=8)
        study = optuna.create_study(sampler=sampler, direction="minimize")
        for one in self.trials:
            study.add_trial(
                optuna.trial.create_trial(
                    params=msgspec.structs.asdict(one.setting), distributions=SPACE, value=one.loss
                )
            )
        again = sorted(self.trials, key=lambda one: one.loss)[:1]
        for setting in (*(one.setting for one in again), *(() if again else FIRST)):
            study.enqueue_trial(msgspec.structs.asdict(setting))
        return study

    @cached_property
    def beds(self) -> list[Bed]:
        """Return the rows without each fold, cut into bins."""
        return beds_of(self.trying.material)

    def run(self, share: float, most: int, rival: Candidate) -> Candidate | None:
        """Return the best trees found by the time that a share of the time is spent.

        Parameters
        ----------
        most
            Settings in all; no more than `most` of the recipe.
        rival
            The best model of another kind.
        """
        budget, since = self.trying.budget, 0
        deadline = budget.until(share)
        while len(self.trials) < min(most, self.most) and since < PATIENT and not deadline.passed:
            if self.best is not None and deadline.left < self.longest:
                break
            started = budget.spent
            trial = self.study.ask(SPACE)
            setting = setting_of(trial.params)
            found = self.attempt(setting, deadline)
            if found is None or (self.best is not None and deadline.passed):
                break
            self.longest = max(self.longest, budget.spent - started)
            self.note(trial, setting, found)
            since = 0 if self.better(found) else since + 1
            if len(self.trials) >= len(FIRST) and self.best and hopeless(self.best, rival):
                break
        return self.best

    def better(self, found: Candidate | float) -> bool:
        """Keep the better one; tell whether that is a gain."""
        if isinstance(found, float):
            return False
        before = self.best
        if before is None or found.loss < before.loss:
            self.best = self.trying.told(found)
        return before is None or found.loss < before.loss * (1 - GAIN)

    def note(self, trial: optuna.Trial, setting: Setting, found: Candidate | float) -> None:
        """Take down a trial."""
        loss = found if isinstance(found, float) else found.loss
        self.study.tell(trial, loss)
        self.trials.append(Trial(setting=setting, loss=loss, seconds=self.trying.budget.spent))
        write_trials(self.folder, self.trials)

    def attempt(self, setting: Setting, deadline: Deadline) -> Candidate | float | None:
        """Try a setting on all folds; return its loss alone where the first folds show that it is worse.

        None where time was up before every fold had a tree.
        """
        material, seed = self.trying.material, self.trying.seed
        grown: list[Grown] = []
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, material.count, THREADS):
                some = self.beds[start : start + THREADS]
                soon = deadline.portion(len(some) / (material.count - start))
                grown += pool.map(partial(Bed.grow, setting=setting, seed=seed, deadline=soon), some)
                worse = self.behind(grown)
                if worse > WORSE and len(grown) < material.count and self.best is not None:
                    return float(self.best.loss * worse)
        sizes = np.bincount(material.folds, minlength=material.count).tolist()
        losses = [one.losses for one in grown]
        if not all(losses):
            return None
        rounds = min([best_rounds(losses, sizes), *(len(one.losses) for one in grown if one.stopped)])
        folds = [bed.boosted(one.booster, rounds) for bed, one in zip(self.beds, grown, strict=True)]
        told = {**msgspec.structs.asdict(setting), "rounds": rounds}
        return candidate_of(Family.BOOSTED, told, folds, material, regrowing(setting, rounds, seed))

    def behind(self, grown: Sequence[Grown]) -> float:
        """Return how many times the loss of the best so far these have, on their folds."""
        if self.best is None or not all(one.losses for one in grown):
            return 1.0
        material = self.trying.material
        own = sum(min(one.losses) * int((material.folds == fold).sum()) for fold, one in enumerate(grown))
        chosen = material.folds < len(grown)
        logs = log_softmax(self.best.logs)[chosen, material.targets[chosen]]
        return own / max(float(-(logs * material.weights[chosen]).sum()), 1e-9)


def regrowing(setting: Setting, rounds: int, seed: int) -> Refit:
    """Return what grows trees from all rows: a few more, as there are more rows."""

    def refit(whole: Material, deadline: Deadline) -> tuple[AnyPart, ...] | None:
        bed = Bed(whole.within(LEARNED_CELLS, seed).whole(), whole.sizes, whole.classes)
        most = max(1, round(rounds * (1 + 0.5 / whole.count)))
        grown = bed.grow(setting, seed, deadline, most)
        return None if grown.stopped else (bed.boosted(grown.booster, most),)

    return refit
