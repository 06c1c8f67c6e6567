"""The digits model: an ensemble of small convolutional nets that also says what is no digit."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import MissingExtraError, OutclassError
from outclass.training.data import Outputs, TrainingData

try:
    import torch

    from outclass.challenges.digits.graph import write_onnx
    from outclass.challenges.digits.learning import seconds_spent
    from outclass.challenges.digits.members import Task, fit_members
    from outclass.challenges.digits.network import DIGITS, Layers, scores
except ModuleNotFoundError as error:
    raise MissingExtraError("torch", what=f"training the digits model needs {error.name}") from error

from outclass.challenges.digits.nondigits import tuning_nondigits
from outclass.challenges.digits.recipe import Recipe, read_recipe

CHUNK = 500


def build(parameters: Mapping[str, object]) -> "DigitsEstimator":
    """Make the estimator that `models.convnet` of the challenge file describes.

    Parameters
    ----------
    parameters
        A value for each field of `Recipe`.
    """
    return DigitsEstimator(recipe=read_recipe(parameters))


def outliers(seed: int, count: int) -> NDArray[np.float32]:
    """Non-digits ``[count, 28, 28]`` to set the abstention threshold by; training sees none of them."""
    return tuning_nondigits(seed, count).astype(np.float32) / np.float32(255)


class DigitsEstimator:
    """Learns digits, answers with logits and an outlier score, and writes itself as ONNX.

    Parameters
    ----------
    recipe
        What is trained, and how.

    Attributes
    ----------
    members_
        The folded nets, once it has learned.
    seconds_
        Time that the epochs of all members took, summed, before and after a kill.
    """

    def __init__(self, *, recipe: Recipe) -> None:
        self.recipe = recipe
        self.members_: tuple[Layers, ...] = ()
        self.seconds_ = 0.0

    def fit(
        self,
        data: TrainingData,
        *,
        seed: int,
        folder: Path,
        device: str,
        progress: Callable[[float, str], None],
    ) -> None:
        """Train all members, each in its own folder; a killed training goes on where it stopped.

        Parameters
        ----------
        data
            Drawings ``[n, 28, 28]`` and their digits.
        seed
            The first member's seed; the next ones count on.
        folder
            Where checkpoints are kept.
        device
            "auto", "cpu" or "cuda".
        progress
            Called after each epoch with the share done and a line of text.
        """
        task = Task(recipe=self.recipe, data=data, folder=folder, device=_device(device))
        self.members_ = fit_members(task, seed, progress)
        self.seconds_ = sum(seconds_spent(task.place(seed + number)) for number in range(len(self.members_)))

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for drawings ``[n, 28, 28]``, float32 in 0..1 or uint8."""
        self._check_fitted()
        parts = []
        with torch.inference_mode():
            for start in range(0, len(inputs), CHUNK):
                rows = np.asarray(inputs[start : start + CHUNK])
                scale = 255.0 if rows.dtype == np.uint8 else 1.0
                parts.append(
                    scores(self.members_, torch.from_numpy(rows.astype(np.float32) / scale)[:, None])
                )
            joined = torch.cat(parts) if parts else torch.empty(0, DIGITS + 1)
            logits = joined[:, :DIGITS]
            outlier = joined[:, DIGITS] - logits.logsumexp(dim=1)
        return Outputs(logits=logits.numpy().copy(), outlier=outlier.numpy())

    def export_onnx(self, path: Path) -> None:
        """Write one graph: "image" ``[n, 28, 28]`` to "logits" ``[n, 10]`` and "outlier" ``[n]``."""
        self._check_fitted()
        write_onnx(self.members_, path)

    def parameters_count(self) -> int:
        """Number of weights of all members."""
        self._check_fitted()
        return sum(layers.count() for layers in self.members_)

    def _check_fitted(self) -> None:
        if not self.members_:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")


def _device(name: str) -> str:
    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"
