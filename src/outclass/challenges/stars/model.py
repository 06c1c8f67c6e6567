"""The two advisers on light curves: boosted trees on elementary features, and on a fitted curve's."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, MissingExtraError, OutclassError
from outclass.base.store import write_atomic
from outclass.challenges.stars.domains import Domains, with_unknown
from outclass.challenges.stars.recipe import Recipe, read_recipe
from outclass.challenges.stars.rows import Columns, Material, folds_of, gather, with_copies, with_cuts
from outclass.challenges.stars.unknown import NONE, Unknown
from outclass.training.data import Outputs, TrainingData

try:
    from outclass.challenges.stars.adviser import Adviser, Task, fit_adviser
    from outclass.challenges.stars.graph import write_onnx
    from outclass.challenges.stars.left_out import fit_unknown
except ModuleNotFoundError as error:
    raise MissingExtraError("stars", what=f"training the stars models needs {error.name}") from error

Tell = Callable[[float, str], None]
Rows = NDArray[np.float32]
Indices = NDArray[np.int64]


def build(parameters: Mapping[str, object]) -> "StarsEstimator":
    """Make the estimator that an entry of `models` in the challenge file describes.

    Parameters
    ----------
    parameters
        Values for fields of `Recipe`.
    """
    return StarsEstimator(recipe=read_recipe(parameters))


class StarsEstimator:
    """Learns classes of light curves from rows of features, and writes itself as ONNX.

    Its logits are log probabilities of all classes; those of impossible classes are -1e9.

    Parameters
    ----------
    recipe
        What is trained, and how.
    more, times
        The last columns of a row that are no features of the stars, and how often the trees are shown each.

    Attributes
    ----------
    adviser_
        The final trees, once it has learned.
    seconds_
        Processor time that the final trees took; 0 where they were there already.
    """

    def __init__(self, *, recipe: Recipe, more: int = 0, times: int = 1) -> None:
        self.recipe = recipe
        self.more = more
        self.times = times
        self.adviser_: Adviser | None = None
        self.folds_: tuple[Adviser, ...] = ()
        self.unknown_: Unknown = NONE
        self.seconds_ = 0.0
        self._columns: Columns | None = None
        self._domains: Domains | None = None
        self._seed = 0
        self._groups: frozenset[str] = frozenset()

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # trees need no device
        """Learn the final trees, those of each fold, and the share of unknown objects.

        Parameters
        ----------
        data
            Rows of all columns, with their challenge, groups and (for copies) series.
        seed
            Decides everything random.
        folder
            Where trees are kept; what is there is taken up.
        device
            Not used: trees are learned on the processor.
        progress
            Called with the share done and a line of text.
        """
        if data.challenge is None:
            raise DataError("the advisers learn only within a challenge", where="data.challenge")
        recipe = self.recipe
        columns = Columns.of(data.challenge, recipe).widened(data.inputs.shape[1], self.more, self.times)
        self._columns = columns
        self._domains = domains = Domains.of(data.challenge)
        self._seed, self._groups = seed, frozenset(data.groups)
        plain = gather(data, columns, domains, recipe, seed=seed)
        progress(0.0, "cut curves and copies" if recipe.cuts or recipe.copies else "rows")
        seen = with_cuts(plain, data, columns, recipe, seed=seed, folder=folder)
        material = with_copies(seen, data, columns, recipe, seed=seed, folder=folder)
        started = time.process_time()
        task = Task(folder=folder, domains=domains, recipe=recipe, seed=seed)
        self.adviser_ = fit_adviser(task.at("final"), material)
        self.seconds_ = time.process_time() - started
        self.folds_ = tuple(_fit_folds(task, material, progress))
        if domains.unknown is not None:
            progress(0.8, "one class left out after the other")
            self.unknown_ = _unknown(task, seen)
        progress(1.0, "learned")

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for full rows, ``[n, columns]``."""
        return self._answer(self._fitted(), np.asarray(inputs, dtype=np.float32))

    def out_of_fold(self, inputs: NDArray[np.float32], groups: Sequence[str]) -> Outputs:
        """Answer for full rows by trees that did not learn from their group.

        A row whose group was trained on is answered by the trees of its fold; any other by the final ones.
        """
        final = self._fitted()
        logits = self._answer(final, inputs).logits
        if not self.folds_:
            raise OutclassError("the estimator has no folds", hint="declare folds of at least 2")
        folds = folds_of(tuple(groups), self.recipe.folds, self._seed)
        seen = np.array([group in self._groups for group in groups], dtype=bool)
        for fold, adviser in enumerate(self.folds_):
            chosen = seen & (folds == fold)
            if chosen.any():
                logits[chosen] = self._answer(adviser, inputs[chosen]).logits
        return Outputs(logits=logits)

    def export_onnx(self, path: Path) -> None:
        """Write one graph: "rows" ``[n, columns]`` to "logits" ``[n, classes]``."""
        adviser = self._fitted()
        assert self._columns is not None
        write_onnx(path, adviser=adviser, columns=self._columns, unknown=self.unknown_)

    def _answer(self, adviser: Adviser, inputs: Rows) -> Outputs:
        assert self._columns is not None
        places = self._columns.places(inputs)
        known = adviser.log_probabilities(self._columns.take(inputs), places)
        odds = self.unknown_.odds(known, places, self._columns.counted(inputs))
        return Outputs(logits=with_unknown(known, odds, adviser.domains).astype(np.float32))

    def _fitted(self) -> Adviser:
        if self.adviser_ is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        return self.adviser_


def _fit_folds(task: Task, material: Material, progress: Tell) -> Iterator[Adviser]:
    """Learn without each fold in turn."""
    count = task.recipe.folds
    for fold in range(count):
        progress(0.2 + 0.6 * fold / count, f"fold {fold + 1} of {count}")
        yield fit_adviser(task.at(f"fold-{fold}"), material.take(material.folds != fold))


def _unknown(task: Task, material: Material) -> Unknown:
    """Return the shares of unknown objects that the folder holds, or fit and keep them."""
    place = task.folder / "unknown.json"
    if not place.exists():
        found = fit_unknown(task.at("left-out"), material, task.recipe.unknown_galactic)
        write_atomic(place, msgspec.json.encode(found))
    return msgspec.json.decode(place.read_bytes(), type=Unknown)
