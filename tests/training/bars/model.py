"""An estimator for tests: nearest mean, learned in "epochs" that are written to a log, resumable."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from outclass.base.store import write_atomic
from outclass.training.data import Outputs, TrainingData


def build(parameters: Mapping[str, object]) -> "NearestMean":
    """Make the estimator."""
    return NearestMean(epochs=int(str(parameters["epochs"])), sharpness=float(str(parameters["sharpness"])))


def outliers(seed: int, count: int) -> NDArray[np.float32]:
    """Return pictures of noise."""
    return np.random.default_rng(seed).random((count, 28, 28), dtype=np.float32)


class NearestMean:
    """Logits fall with the squared distance from a class's mean; the outlier score is the least distance."""

    def __init__(self, *, epochs: int, sharpness: float) -> None:
        self.epochs = epochs
        self.sharpness = sharpness
        self.means_ = np.zeros((3, 784), dtype=np.float32)

    def fit(
        self,
        data: TrainingData,
        *,
        seed: int,
        folder: Path,
        device: str,
        progress: Callable[[float, str], None],
    ) -> None:
        """Average the first third, then two thirds, then all of the rows."""
        state = folder / "state.json"
        done = json.loads(state.read_text()) if state.exists() else {"epoch": 0}
        rows = data.inputs.reshape(len(data.inputs), -1).astype(np.float32) / 255
        jitter = np.random.default_rng(seed).normal(0, 1e-3, (3, 784))
        for epoch in range(done["epoch"], self.epochs):
            part = slice(0, len(rows) * (epoch + 1) // self.epochs)
            means = [rows[part][data.targets[part] == k].mean(axis=0) + jitter[k] for k in range(3)]
            done = {"epoch": epoch + 1, "means": [mean.tolist() for mean in means]}
            write_atomic(state, json.dumps(done).encode())
            with (folder / "epochs.log").open("a") as log:
                log.write(f"{epoch + 1}\n")
            progress((epoch + 1) / self.epochs, f"epoch {epoch + 1}, {device}")
        self.means_ = np.array(done["means"], dtype=np.float32)

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for rows, float32 in 0..1."""
        rows = inputs.reshape(len(inputs), -1).astype(np.float32)
        logits = rows @ self._weights() + self._bias()
        return Outputs(logits=logits, outlier=self._outlier(rows, logits))

    def _weights(self) -> NDArray[np.float32]:
        return np.float32(2 * self.sharpness) * self.means_.T

    def _bias(self) -> NDArray[np.float32]:
        return np.float32(-self.sharpness) * (self.means_**2).sum(axis=1)

    def _outlier(self, rows: NDArray[np.float32], logits: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((rows**2).sum(axis=1) - logits.max(axis=1) / np.float32(self.sharpness), np.float32)

    def export_onnx(self, path: Path) -> None:
        """Write the graph."""
        nodes = [
            helper.make_node("Flatten", ["image"], ["flat"], axis=1),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
            helper.make_node("Mul", ["flat", "flat"], ["squares"]),
            helper.make_node("ReduceSum", ["squares", "axes"], ["norm"], keepdims=0),
            helper.make_node("ReduceMax", ["logits", "axes"], ["best"], keepdims=0),
            helper.make_node("Div", ["best", "sharpness"], ["near"]),
            helper.make_node("Sub", ["norm", "near"], ["outlier"]),
        ]
        constants = {
            "weights": self._weights(),
            "bias": self._bias(),
            "axes": np.array([1]),
            "sharpness": np.float32(self.sharpness),
        }
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            nodes,
            "bars",
            [value("image", TensorProto.FLOAT, ["n", 28, 28])],
            [value("logits", TensorProto.FLOAT, ["n", 3]), value("outlier", TensorProto.FLOAT, ["n"])],
            [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        path.write_bytes(model.SerializeToString(deterministic=True))
