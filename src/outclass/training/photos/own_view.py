"""What the backbone itself says a photo is, as more columns for a linear head.

The probabilities of its thousand classes, rooted, centered and brought to length 1; and for each class that
is learned the logarithm of how much of them falls to what its photos were taken for. Each of these is a guess
by itself, and one that few photos are enough for.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.training.onnx_graph import OnnxGraph
from outclass.training.photos.imagenet import packaged_classifier

SMOOTHING = 1e-4
"""Added to the mean probabilities of each class's photos, so that no class of the network is never heard."""
FLOOR = 1e-6
GUESS = 0.3
"""By what guesses are multiplied."""
TINY = 1e-9

Rows = NDArray[np.float32]
Indices = NDArray[np.int64]


class OwnView(msgspec.Struct, frozen=True):
    """What turns features into these columns.

    Attributes
    ----------
    center
        The mean of rooted probabilities, ``[1000]``.
    mixing
        How much each of the network's classes speaks for each learned one, ``[1000, k]``; rows sum to 1.
    level
        The mean of the guesses' logarithms, ``[k]``.
    """

    center: Rows
    mixing: Rows
    level: Rows

    def columns(self, rows: Rows) -> Rows:
        """Return columns ``[n, 1000 + k]`` of features ``[n, width]``."""
        shares = probabilities(rows)
        roots = np.sqrt(shares) - self.center
        roots /= np.sqrt((roots * roots).sum(axis=1, keepdims=True)) + np.float32(TINY)
        guesses = (guesses_of(shares, self.mixing) - self.level) * np.float32(GUESS)
        return np.concatenate([roots, guesses], axis=1)


def learn_view(rows: Rows, places: Indices) -> OwnView:
    """Learn them from photos and the places of their classes, each of which has photos.

    Raises
    ------
    DataError
        The features are not of the packaged backbone.
    """
    if rows.shape[1] < packaged_classifier().width:
        raise DataError(
            "only features of the packaged backbone tell what it says by itself",
            where="models.parameters.own",
            got=f"{rows.shape[1]} features",
            accepted=f"{packaged_classifier().width} or more",
        )
    shares = probabilities(rows)
    truth = np.eye(int(places.max()) + 1, dtype=np.float32)[places]
    mixing = shares.T @ truth / truth.sum(axis=0) + np.float32(SMOOTHING)
    mixing /= mixing.sum(axis=1, keepdims=True)
    level = guesses_of(shares, mixing).mean(axis=0)
    return OwnView(np.sqrt(shares).mean(axis=0), mixing, level)


def probabilities(rows: Rows) -> Rows:
    """Return those of the network's classes, ``[n, 1000]``."""
    logits = packaged_classifier().logits(rows)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)


def guesses_of(shares: Rows, mixing: Rows) -> Rows:
    """Return the logarithm of what falls to each learned class."""
    return np.asarray(np.log(shares @ mixing + np.float32(FLOOR)), dtype=np.float32)


def add_view(graph: OnnxGraph, view: OwnView) -> str:
    """Add nodes from `features` to the columns; return their name."""
    layer = packaged_classifier()
    graph.constant("own_whole", layer.weights)
    graph.constant("own_scales", layer.scales)
    graph.constant("own_offsets", layer.offsets)
    graph.add("DequantizeLinear", "own_whole", "own_scales", output="own_weights", axis=0)
    for name, value in {"own_from": 0, "own_to": layer.width, "own_axis": 1}.items():
        graph.constant(name, np.array([value], dtype=np.int64))
    graph.add("Slice", "features", "own_from", "own_to", "own_axis", output="own_features")
    graph.add("Gemm", "own_features", "own_weights", "own_offsets", output="own_logits", transB=1)
    shares = graph.add("Softmax", "own_logits", output="own_shares", axis=1)
    roots, guesses = add_roots(graph, view, shares), add_guesses(graph, view, shares)
    return graph.add("Concat", roots, guesses, output="own", axis=1)


def add_roots(graph: OnnxGraph, view: OwnView, shares: str) -> str:
    """Add rooted, centered probabilities of length 1."""
    graph.add("Sqrt", shares, output="own_rooted")
    graph.add("Sub", "own_rooted", graph.constant("own_center", view.center), output="own_centered")
    graph.add("ReduceL2", "own_centered", output="own_length", axes=[1], keepdims=1)
    graph.constant("own_tiny", np.array(TINY, dtype=np.float32))
    graph.add("Add", "own_length", "own_tiny", output="own_length_up")
    return graph.add("Div", "own_centered", "own_length_up", output="own_roots")


def add_guesses(graph: OnnxGraph, view: OwnView, shares: str) -> str:
    """Add the guesses."""
    graph.add("MatMul", shares, graph.constant("own_mixing", view.mixing), output="own_mixed")
    graph.constant("own_floor", np.array(FLOOR, dtype=np.float32))
    graph.add("Add", "own_mixed", "own_floor", output="own_above")
    graph.add("Log", "own_above", output="own_logs")
    graph.add("Sub", "own_logs", graph.constant("own_level", view.level), output="own_beside")
    graph.constant("own_guess", np.array(GUESS, dtype=np.float32))
    return graph.add("Mul", "own_beside", "own_guess", output="own_guesses")
