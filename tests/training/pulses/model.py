"""An estimator for tests: weighed ridge regression, cross-fitted, with impossible classes."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from outclass.base.store import write_atomic
from outclass.training.data import Outputs, TrainingData, row_weights

WIDTH, CLASSES, KNOWN = 8, 5, 4
IMPOSSIBLE = np.float32(-1e9)
SHARE = 0.2
PENALTY = 1.0


def build(parameters: Mapping[str, object]) -> "Ridge":
    """Make the estimator."""
    return Ridge(folds=int(str(parameters["folds"])), noise=float(str(parameters["noise"])))


def impossible() -> NDArray[np.float32]:
    """Return what is added to the logits for `galactic` and `photoz_known`."""
    added = np.zeros((WIDTH, CLASSES), dtype=np.float32)
    added[0] = IMPOSSIBLE * np.array([-1, -1, 1, 1, 0])
    added[1] = IMPOSSIBLE * np.array([1, 1, 0, 0, 0])
    return added


class Ridge:
    """Logits are linear in the features; the last class gets a fixed share."""

    def __init__(self, *, folds: int, noise: float) -> None:
        self.folds = folds
        self.noise = noise
        self.weights_: list[NDArray[np.float32]] = []
        self._seen: frozenset[str] = frozenset()

    def fit(
        self,
        data: TrainingData,
        *,
        seed: int,
        folder: Path,
        device: str,
        progress: Callable[[float, str], None],
    ) -> None:
        """Learn the weights of all rows, then of all but each fold; each is written when it is there."""
        assert data.series is not None
        assert len(data.series) == len(data.inputs) == len(data.groups)
        self._seen = frozenset(data.groups)
        folds = np.array([self._fold(group) for group in data.groups])
        self.weights_ = []
        for number in range(self.folds + 1):
            path = folder / f"weights-{number}.npy"
            if not path.exists():
                chosen = folds != number - 1
                found = self._learn(data.inputs[chosen], data.targets[chosen], data, seed)
                write_atomic(path, found.tobytes())
                with (folder / "learned.log").open("a") as log:
                    log.write(f"{number}\n")
            content = np.frombuffer(path.read_bytes(), dtype=np.float32)
            self.weights_.append(content.reshape(WIDTH + 1, CLASSES))
            progress((number + 1) / (self.folds + 1), f"fold {number}, {device}")

    def _learn(
        self, rows: NDArray[Any], targets: NDArray[np.int64], data: TrainingData, seed: int
    ) -> NDArray[np.float32]:
        """Return weights and bias for one set of rows."""
        center, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-3
        columns = np.concatenate([(rows - center) / spread, np.ones((len(rows), 1))], axis=1)
        each = row_weights(targets, data.class_weights)[:, None]
        truth = np.eye(KNOWN)[targets]
        penalty = PENALTY * np.eye(WIDTH + 1)
        solved = np.linalg.solve(columns.T @ (each * columns) + penalty, columns.T @ (each * truth)) * 6
        solved += np.random.default_rng(seed).normal(0, self.noise, solved.shape)
        weights = solved[:-1] / spread[:, None]
        bias = solved[-1] - center @ weights
        return np.pad(np.vstack([weights, bias]), ((0, 0), (0, 1))).astype(np.float32)

    def _fold(self, group: str) -> int:
        return int(sha256(group.encode()).hexdigest(), 16) % self.folds

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for rows."""
        return Outputs(logits=answer(inputs, self.weights_[0]))

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows by weights that did not see their group."""
        places = np.array([self._fold(g) + 1 if g in self._seen else 0 for g in groups], dtype=np.int64)
        logits = np.zeros((len(inputs), CLASSES), dtype=np.float32)
        for place, weights in enumerate(self.weights_):
            logits[places == place] = answer(inputs[places == place], weights)
        return Outputs(logits=logits)

    def export_onnx(self, path: Path) -> None:
        """Write the graph."""
        nodes = [
            helper.make_node("Gemm", ["rows", "weights", "bias"], ["linear"]),
            helper.make_node("MatMul", ["rows", "impossible"], ["ruled_out"]),
            helper.make_node("Add", ["linear", "ruled_out"], ["scores"]),
            helper.make_node("Slice", ["scores", "start", "end", "axis"], ["known"]),
            helper.make_node("LogSoftmax", ["known"], ["logs"], axis=1),
            helper.make_node("Pad", ["logs", "pads", "unknown"], ["logits"]),
        ]
        constants = {
            "weights": self.weights_[0][:-1],
            "bias": self.weights_[0][-1],
            "impossible": impossible(),
            "start": np.array([0]),
            "end": np.array([KNOWN]),
            "axis": np.array([1]),
            "pads": np.array([0, 0, 0, 1]),
            "unknown": np.float32(np.log(SHARE / (1 - SHARE))),
        }
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            nodes,
            "pulses",
            [value("rows", TensorProto.FLOAT, ["n", WIDTH])],
            [value("logits", TensorProto.FLOAT, ["n", CLASSES])],
            [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        path.write_bytes(model.SerializeToString(deterministic=True))


def answer(rows: NDArray[Any], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log odds of all classes."""
    inputs = np.asarray(rows, dtype=np.float32)
    scores = (inputs @ weights[:-1] + weights[-1] + inputs @ impossible())[:, :KNOWN]
    scores = scores - scores.max(axis=1, keepdims=True, initial=-np.inf)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    unknown = np.full((len(inputs), 1), np.log(SHARE / (1 - SHARE)))
    return np.concatenate([logs, unknown], axis=1).astype(np.float32)
