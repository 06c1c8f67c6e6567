"""A linear head on features: how it is learned, kept and written as ONNX.

Features are rooted, brought to mean 0 and deviation 1, and to length 1. Roots tame the few that are large;
length 1 lets dark or blurred photos, whose features are small, count as much. On them stands multinomial
logistic regression; on request, what the backbone says by itself stands beside them. How unlike the photos
learned from a photo is, the part of it tells that lies outside the directions in which those differ most.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper
from scipy.optimize import minimize

from outclass.base.errors import DataError
from outclass.base.store import write_atomic
from outclass.training.data import Outputs
from outclass.training.onnx_graph import OnnxGraph
from outclass.training.photos.own_view import OwnView, add_view, learn_view

ITERATIONS = 100
LEAST_SPREAD = 1e-2
"""Added to every deviation, as a share of that of all features: what hardly ever changes is no clue."""
TINY = 1e-9
LEAST_VALUE = 1e-5
"""Directions in which rows differ less, as a share of the most, are noise of rounding."""
UNHEARD_OF = 5.0
"""So much below every score seen is that of a class without rows."""
DIRECTIONS = 128
VIEW = "view"
OPSET = 13
IR_VERSION = 8

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Scale(NamedTuple):
    """What brings rooted features to mean 0 and deviation 1, ``[width]`` each."""

    mean: Rows
    factor: Rows

    def apply(self, rows: Rows) -> Rows:
        """Return rows of length 1."""
        scaled = (np.sqrt(np.maximum(rows, 0)) - self.mean) * self.factor
        lengths = np.sqrt((scaled * scaled).sum(axis=1, keepdims=True))
        return np.asarray(scaled / (lengths + np.float32(TINY)), dtype=np.float32)


class Head(msgspec.Struct, frozen=True):
    """What was learned.

    Attributes
    ----------
    mean, factor
        See `Scale`.
    weights, offsets
        ``[width, classes]`` and ``[classes]``; with columns of `view`, rows for them below.
    directions
        ``[width, k]``: those in which the photos learned from differ most.
    view
        What the backbone says by itself, where it was asked for.
    """

    mean: Rows
    factor: Rows
    weights: Rows
    offsets: Rows
    directions: Rows
    view: OwnView | None = None

    def outputs(self, rows: Rows) -> Outputs:
        """Return the logits of features, and how unlike those learned from each is, 0 to 1."""
        scaled = Scale(self.mean, self.factor).apply(rows)
        inside = scaled @ self.directions
        outlier = 1 - (inside * inside).sum(axis=1)
        logits = with_view(self.view, rows, scaled) @ self.weights + self.offsets
        return Outputs(logits=logits.astype(np.float32), outlier=outlier.astype(np.float32))


def with_view(view: OwnView | None, rows: Rows, scaled: Rows) -> Rows:
    """Return scaled features, and beside them the columns of a view, if there is one."""
    return scaled if view is None else np.concatenate([scaled, view.columns(rows)], axis=1)


def learn_path(
    rows: Rows,
    targets: Indices,
    classes: int,
    costs: Sequence[float],
    *,
    balance: float = 0.0,
    own: bool = False,
) -> list[Head]:
    """Learn one head for each cost, each from where the one before ended.

    Parameters
    ----------
    costs
        scikit-learn's C, rising: higher fits closer.
    balance
        0 lets rows weigh alike, 1 lets classes do; between them, a power of the count.
    own
        Learn from what the backbone says by itself, too.

    Raises
    ------
    DataError
        There is one class to learn from.
    """
    present, places = np.unique(targets, return_inverse=True)
    if len(present) < 2:
        raise DataError("there is one class to learn from", got=len(present), hint="collect more photos")
    scale = learn_scale(rows)
    scaled = scale.apply(rows)
    counts = np.bincount(places)
    weights = (len(places) / len(present) / counts[places]) ** balance
    directions = main_directions(scaled)
    found = []
    view = learn_view(rows, places) if own else None
    columns = with_view(view, rows, scaled)
    turned, back = own_space(columns)
    for small, offsets in fit_path(turned, places, weights, costs):
        matrix = back @ small
        all_weights, all_offsets = np.zeros((columns.shape[1], classes)), np.zeros(classes)
        all_weights[:, present], all_offsets[present] = matrix, offsets
        absent = np.setdiff1d(np.arange(classes), present)
        all_offsets[absent] = (columns @ matrix + offsets).min() - UNHEARD_OF
        numbers = (all_weights.astype(np.float32), all_offsets.astype(np.float32))
        found.append(Head(scale.mean, scale.factor, *numbers, directions, view))
    return found


def learn_scale(rows: Rows) -> Scale:
    """Return mean and deviation of rooted features."""
    rooted = np.sqrt(np.maximum(rows, 0))
    spread = rooted.std(axis=0) + LEAST_SPREAD * rooted.std() + TINY
    return Scale(rooted.mean(axis=0).astype(np.float32), (1 / spread).astype(np.float32))


def own_space(scaled: Rows) -> tuple[Rows, Rows]:
    """Return rows in the space that they span, and the way back: few rows are learned from faster.

    The penalty is the same there, as no weight outside that space could help.
    """
    if len(scaled) >= scaled.shape[1]:
        return scaled, np.eye(scaled.shape[1], dtype=np.float32)
    values, vectors = np.linalg.eigh(scaled @ scaled.T)
    kept = values > LEAST_VALUE * values[-1]
    roots = np.sqrt(values[kept])
    back = scaled.T @ (vectors[:, kept] / roots)
    return np.asarray(vectors[:, kept] * roots, dtype=np.float32), np.asarray(back, dtype=np.float32)


def main_directions(scaled: Rows) -> Rows:
    """Return the directions of most of the length of rows, ``[width, k]``."""
    count = max(1, min(DIRECTIONS, len(scaled) // 3, scaled.shape[1] // 3))
    tall = len(scaled) > scaled.shape[1]
    values, vectors = np.linalg.eigh(scaled.T @ scaled if tall else scaled @ scaled.T)
    kept = vectors[:, -count:]
    if not tall:
        kept = scaled.T @ kept / np.sqrt(np.maximum(values[-count:], TINY))
    return np.ascontiguousarray(kept, dtype=np.float32)


def fit_path(
    rows: Rows, targets: Indices, weights: Floats, costs: Sequence[float]
) -> Iterator[tuple[Floats, Floats]]:
    """Yield weights ``[width, k]`` and offsets ``[k]`` of multinomial logistic regression at each cost."""
    width, count = rows.shape[1], int(targets.max()) + 1
    truth = np.eye(count, dtype=np.float32)[targets]
    share = weights.astype(np.float32)[:, None]
    values = np.zeros((width + 1) * count)

    def loss(flat: Floats, cost: float) -> tuple[float, Floats]:
        matrix = flat.reshape(width + 1, count)
        logits = rows @ matrix[:-1].astype(np.float32) + matrix[-1].astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        sums = np.exp(logits).sum(axis=1, keepdims=True)
        log_probabilities = logits - np.log(sums)
        error = (np.exp(log_probabilities) - truth) * share
        slope = np.empty_like(matrix)
        slope[:-1] = cost * (rows.T @ error) + matrix[:-1]
        slope[-1] = cost * error.sum(axis=0)
        data = -float((log_probabilities * truth * share).sum(dtype=np.float64))
        return cost * data + 0.5 * float((matrix[:-1] ** 2).sum()), slope.ravel()

    for cost in costs:
        found = minimize(
            loss, values, args=(cost,), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}
        )
        values = found.x
        matrix = values.reshape(width + 1, count)
        yield matrix[:-1], matrix[-1]


def write_head(path: Path, head: Head) -> None:
    """Keep a head; killed in the middle, nothing is there."""
    stream = io.BytesIO()
    arrays = msgspec.structs.asdict(head)
    view = arrays.pop(VIEW)
    if view is not None:
        arrays |= {f"{VIEW}_{name}": value for name, value in msgspec.structs.asdict(view).items()}
    np.savez(stream, **arrays)
    write_atomic(path, stream.getvalue())


def read_head(path: Path) -> Head:
    """Return a head that was kept."""
    with np.load(path, allow_pickle=False) as kept:
        names = [f"{VIEW}_{name}" for name in OwnView.__struct_fields__]
        view = OwnView(*(kept[name] for name in names)) if names[0] in kept else None
        return Head(**{name: kept[name] for name in Head.__struct_fields__ if name != VIEW}, view=view)


def export_head(path: Path, head: Head) -> None:
    """Write `features` ``[n, width]`` to `logits` ``[n, classes]`` and `outlier` ``[n]``."""
    graph = OnnxGraph()
    zero = graph.constant("zero", np.array(0, dtype=np.float32))
    one = graph.constant("one", np.array(1, dtype=np.float32))
    tiny = graph.constant("tiny", np.array(TINY, dtype=np.float32))
    above = graph.add("Max", "features", zero, output="above")
    rooted = graph.add("Sqrt", above, output="rooted")
    centered = graph.add("Sub", rooted, graph.constant("mean", head.mean), output="centered")
    spread = graph.add("Mul", centered, graph.constant("factor", head.factor), output="spread")
    length = graph.add("ReduceL2", spread, output="length", axes=[1], keepdims=1)
    length = graph.add("Add", length, tiny, output="length_up")
    scaled = graph.add("Div", spread, length, output="scaled")
    weights, offsets = graph.constant("weights", head.weights), graph.constant("offsets", head.offsets)
    columns = scaled
    if head.view is not None:
        columns = graph.add("Concat", scaled, add_view(graph, head.view), output="columns", axis=1)
    graph.add("Gemm", columns, weights, offsets, output="logits")
    inside = graph.add("MatMul", scaled, graph.constant("directions", head.directions), output="inside")
    explained = graph.add("ReduceSumSquare", inside, output="explained", axes=[1], keepdims=0)
    graph.add("Sub", one, explained, output="outlier")
    width, classes = len(head.mean), len(head.offsets)
    shapes: dict[str, list[str | int | None]] = {
        "features": ["n", width],
        "logits": ["n", classes],
        "outlier": ["n"],
    }
    values = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, s) for name, s in shapes.items()}
    body = helper.make_graph(
        graph.nodes, "head", [values["features"]], [values["logits"], values["outlier"]], graph.constants
    )
    model = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="outclass"
    )
    checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
