"""What a challenge's `model.py` gives to the pipeline."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import NotFoundError
from outclass.catalog.challenge import InputKind
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.backbone import Backbone
from outclass.training.data import Outputs, TrainingData

Tell = Callable[[float, str], None]


class Estimator(Protocol):
    """Learns from rows, answers with logits, and writes itself as ONNX."""

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:
        """Learn. Killed and called again with the same folder, go on; finished, return at once."""

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for rows."""

    def export_onnx(self, path: Path) -> None:
        """Write one graph: one input `[n, *shape]`, outputs `logits` and, where there is one, `outlier`."""


class TextEstimator(Protocol):
    """An estimator of texts is as any other, but writes itself as JSON."""

    def export_json(self, path: Path) -> None:
        """Write the `model.json` that docs/reference/text-model.md describes."""


@runtime_checkable
class CrossFitted(Protocol):
    """An estimator that can also answer for the rows that it learned from, by models that did not see them.

    Its `fit` learns these models, too, one for each fold of the groups.
    """

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a model that learned from no row of its group.

        A group that was learned from is answered by the model of the fold that leaves it out; any other, such
        as one of the validation split, by the final model. So a further form of a row that was learned from,
        such as the first nights of a series, is safe as well.
        """


@runtime_checkable
class OwnBackbone(Protocol):
    """An estimator of photos that learns in the backbone as well, by which its rows must be made."""

    def tuned_backbone(self) -> Backbone:
        """Return the backbone, once it has learned."""

    def export_backbone(self, path: Path) -> None:
        """Write the version's `backbone.onnx`."""


@runtime_checkable
class Described(Protocol):
    """An estimator that tells what it tried."""

    def describe(self) -> str:
        """Return what the card says of how it was learned, as Markdown."""


class ModelHook(Protocol):
    """The functions of a `model.py`; `outliers` is optional."""

    def build(self, parameters: Mapping[str, object]) -> Estimator:
        """Make an estimator from the parameters that the challenge declares."""

    def outliers(self, seed: int, count: int) -> NDArray[np.float32]:
        """Make inputs that are none of the classes, to tune and measure abstention by."""


def model_hook(loaded: LoadedChallenge) -> ModelHook:
    """Load the `model.py` of a challenge; each kind of input has a default.

    Raises
    ------
    NotFoundError
        If the challenge has none: it cannot be trained here.
    MissingExtraError
        If it needs a package that is not installed.
    """
    module = load_hook(loaded, Hook.MODEL)
    if module is None:
        module = default_model(loaded.challenge.input.kind)
    if module is None or not hasattr(module, "build"):
        raise NotFoundError(
            f"{loaded.name} has no model to train",
            where=str(loaded.folder),
            hint="write a model.py with build(parameters), or import a model: outclass models import",
        )
    return cast(ModelHook, module)


def default_model(kind: InputKind) -> ModuleType | None:
    """Return the module that learns models of any challenge of a kind, None where there is no such."""
    match kind:
        case InputKind.TEXT:
            from outclass.training import linear_text  # noqa: PLC0415 - an optional extra

            return linear_text
        case InputKind.PHOTO:
            from outclass.training import photos  # noqa: PLC0415 - an optional extra

            return photos
        case InputKind.DRAWING:
            from outclass.training import pictures  # noqa: PLC0415 - an optional extra

            return pictures
        case InputKind.SERIES:
            from outclass.training import curves  # noqa: PLC0415 - an optional extra

            return curves
        case InputKind.TABLE:
            from outclass.training import tabular  # noqa: PLC0415 - an optional extra

            return tabular


def make_outliers(hook: ModelHook, seed: int, count: int) -> NDArray[np.float32] | None:
    """Return inputs that are none of the classes, or None where the challenge makes none."""
    if not hasattr(hook, "outliers"):
        return None
    return hook.outliers(seed, count)
