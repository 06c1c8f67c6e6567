"""Shards: trials on one fold that share work, run in one process; each result is told as it comes."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import calibrate
from outclass.metrics.report import evaluate_all
from outclass.registry.runs import Parameter
from outclass.registry.searches import Cell, SearchPlan, TrialDocument
from outclass.training.data import Outputs, TrainingData, among_present, class_weights
from outclass.training.estimator import Estimator, ModelHook, OwnBackbone, model_hook
from outclass.training.photos.embedding import embed_photos
from outclass.training.rows import ModelRows, as_asked

NAMES = ("accuracy", "log_loss", "flat_log_loss", "weighted_log_loss", "macro_recall", "macro_f1", "ece")

Parameters = Mapping[str, Parameter]
Tell = Callable[[Cell], None]


def validation_rows(estimator: Estimator, data: TrainingData) -> ModelRows:
    """Return the rows of a fold as an estimator is asked about them."""
    if isinstance(estimator, OwnBackbone) and data.validation_photos is not None:
        return embed_photos(data.validation_photos, estimator.tuned_backbone())
    return as_asked(data.validation_inputs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shard:
    """Trials that are run on one fold one after the other.

    Attributes
    ----------
    trials
        Number and parameters of each, `base` already among them.
    """

    fold: int
    seed: int
    trials: tuple[tuple[int, dict[str, Parameter]], ...]

    def __str__(self) -> str:
        """Return a name that is unique within a search."""
        return f"fold-{self.fold}-trials-{'-'.join(str(number) for number, _ in self.trials)}"


@runtime_checkable
class SharingHook(Protocol):
    """A `model.py` whose trials on the same rows share work.

    `LATE_PARAMETERS` names the parameters that matter only after what is shared was made.
    """

    LATE_PARAMETERS: tuple[str, ...]

    def scan(self, data: TrainingData, settings: Sequence[Parameters], *, seed: int) -> Iterator[Outputs]:
        """Learn with each of some parameters, and answer for the validation rows."""


def plan_shards(
    plan: SearchPlan, trials: Sequence[TrialDocument], missing: set[tuple[int, int]], late: Sequence[str]
) -> list[Shard]:
    """Put the missing cells into shards: those of a fold whose trials differ in late parameters only."""
    groups: dict[tuple[int, str], list[tuple[int, dict[str, Parameter]]]] = {}
    for trial in trials:
        whole = plan.base | trial.parameters
        early = repr(sorted((name, value) for name, value in whole.items() if name not in late))
        for fold in range(plan.folds):
            if (trial.number, fold) in missing:
                groups.setdefault((fold, early), []).append((trial.number, whole))
    return [Shard(fold=fold, seed=plan.seed, trials=tuple(found)) for (fold, _), found in groups.items()]


def late_parameters(loaded: LoadedChallenge) -> tuple[str, ...]:
    """Return the parameters in which the trials of a shard may differ."""
    hook = model_hook(loaded)
    return tuple(hook.LATE_PARAMETERS) if isinstance(hook, SharingHook) else ()


def run_shard(loaded: LoadedChallenge, data: TrainingData, shard: Shard, tell: Tell) -> list[Cell]:
    """Run the trials of a shard on rows whose validation side is its fold; tell each result as it comes.

    A trial that fails is a result, too: it holds the error.
    """
    hook = model_hook(loaded)
    cells: list[Cell] = []
    numbers = [number for number, _ in shard.trials]
    answers = answer_all(hook, data, [parameters for _, parameters in shard.trials], shard.seed)
    for number in numbers:
        started = time.perf_counter()
        try:
            scores = score_of(next(answers), data)
            cell = Cell(
                trial=number, fold=shard.fold, seconds=round(time.perf_counter() - started, 4), scores=scores
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the result of this trial
            cell = failed(number, shard.fold, time.perf_counter() - started, error)
        cells.append(cell)
        tell(cell)
        if cell.error is not None and len(cells) < len(numbers):
            # What a failed trial shared may be broken: the others begin anew.
            rest = Shard(fold=shard.fold, seed=shard.seed, trials=shard.trials[len(cells) :])
            return cells + run_shard(loaded, data, rest, tell)
    return cells


def answer_all(
    hook: ModelHook, data: TrainingData, settings: Sequence[Parameters], seed: int
) -> Iterator[Outputs]:
    """Yield the answers for the validation rows with each of some parameters."""
    if isinstance(hook, SharingHook):
        yield from hook.scan(data, settings, seed=seed)
        return
    for parameters in settings:
        with tempfile.TemporaryDirectory(prefix="outclass-search-") as folder:
            estimator = hook.build(parameters)
            estimator.fit(data, seed=seed, folder=Path(folder), device="cpu", progress=lambda *_: None)
            yield estimator.predict(validation_rows(estimator, data))


def failed(trial: int, fold: int, seconds: float, error: Exception) -> Cell:
    """Return the result of a trial that failed."""
    return Cell(trial=trial, fold=fold, seconds=round(seconds, 4), error=f"{type(error).__name__}: {error}")


def score_of(outputs: Outputs, data: TrainingData) -> dict[str, float]:
    """Return the scores of answers for the validation rows, as they come, without calibration."""
    assert data.challenge is not None
    probabilities = calibrate(outputs.logits, 1.0)
    report = evaluate_all(
        data.validation_targets,
        among_present(probabilities, data.validation_targets, data.challenge),
        data.classes,
        weights=class_weights(data.challenge),
    )
    values = {name: getattr(report, name) for name in NAMES}
    return {name: float(value) for name, value in values.items() if value is not None}


def fold_of(data: TrainingData, folds: NDArray[np.int64], fold: int) -> TrainingData:
    """Return rows to learn from without a fold, and the fold as the rows to choose by."""
    train, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
    series, photos = data.series, data.photos
    return TrainingData(
        inputs=data.inputs[train],
        targets=data.targets[train],
        validation_inputs=data.inputs[held],
        validation_targets=data.targets[held],
        classes=data.classes,
        data_version=data.data_version,
        challenge=data.challenge,
        series=None if series is None else series.take(train),
        validation_series=None if series is None else series.take(held),
        photos=None if photos is None else photos.take(train),
        validation_photos=None if photos is None else photos.take(held),
        groups=tuple(data.groups[place] for place in train.tolist()),
        validation_groups=tuple(data.groups[place] for place in held.tolist()),
        class_weights=data.class_weights,
    )


def deal_folds(data: TrainingData, count: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each training row: classes alike in all, groups never parted."""
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - an optional extra

    splitter = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seed)
    folds = np.zeros(len(data.targets), dtype=np.int64)
    rows = np.zeros((len(data.targets), 1))
    for number, (_, held) in enumerate(splitter.split(rows, data.targets, np.array(data.groups))):
        folds[cast(NDArray[np.int64], held)] = number
    return folds
