"""The estimator of drawings: learn, answer, answer out of fold, write one graph."""

import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import OutclassError
from outclass.base.store import write_atomic
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.pictures.graph import whole_graph
from outclass.training.pictures.model import CHUNK, Model, as_ink, learn_model, open_graph
from outclass.training.pictures.recipe import Recipe, read_recipe

KEPT = "model.npz"


def build(parameters: Mapping[str, object]) -> "PicturesEstimator":
    """Make the estimator from its parameters."""
    return PicturesEstimator(read_recipe(parameters))


class PicturesEstimator:
    """Learns a kernel machine on the edges of drawings, and one more head for each fold of the groups.

    Attributes
    ----------
    facts_
        What the leaderboard of experiments shows.
    seconds_
        Time of learning.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.facts_: dict[str, str | int | float | bool] = {}
        self.seconds_ = 0.0
        self._model: Model | None = None
        self._unseen: tuple[str, Outputs] | None = None

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # seconds on a processor
        """Learn, or take up what the folder holds."""
        kept = folder / KEPT
        started = time.monotonic()
        if not kept.exists():
            write_atomic(kept, learn_model(self.recipe, data, seed, progress).to_bytes())
            self.seconds_ = time.monotonic() - started
        self._model = model = Model.from_bytes(kept.read_bytes())
        self._unseen = None
        self.facts_ = {"random_functions": len(model.waves.offsets), "penalty": model.penalty}
        self.facts_["rows"] = len(model.groups)

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for drawings ``[n, size, size]``, float32 in 0..1 or uint8."""
        model = self._fitted()
        graph = open_graph(whole_graph(model.size, model.basis, model.waves, model.head))
        logits = [np.zeros((0, model.head.weights.shape[1]), dtype=np.float32)]
        outlier = [np.zeros(0, dtype=np.float32)]
        for start in range(0, len(inputs), CHUNK):
            found = graph.run(["logits", "outlier"], {"image": as_ink(inputs[start : start + CHUNK])})
            logits.append(found[0])
            outlier.append(found[1])
        return Outputs(logits=np.concatenate(logits), outlier=np.concatenate(outlier))

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a head that learned from no row of its group; the last are remembered."""
        digest = sha256("\n".join(groups).encode())
        digest.update(np.ascontiguousarray(inputs).data)
        if self._unseen is None or self._unseen[0] != digest.hexdigest():
            self._unseen = (digest.hexdigest(), self._fitted().answer_unseen(inputs, groups))
        return self._unseen[1]

    def export_onnx(self, path: Path) -> None:
        """Write one graph: "image" to "logits" and "outlier"."""
        model = self._fitted()
        path.write_bytes(whole_graph(model.size, model.basis, model.waves, model.head))

    def _fitted(self) -> Model:
        """Return what was learned."""
        if self._model is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        return self._model
