"""What was learned of drawings, as one file of arrays."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.photos.folds import NO_FOLD, folds_of
from outclass.training.pictures.graph import describing_graph
from outclass.training.pictures.learning import Basis, Head, Waves, draw_waves, find_basis, learn
from outclass.training.pictures.recipe import FOLDS, Recipe, plan
from outclass.training.pictures.scaling import Scaling

CHUNK = 500
BASIS_ROWS = 10_000
"""So many drawings tell in which directions they differ."""
LARGEST_BYTE = np.float32(255)
DESCRIBED, LEARNED = 0.35, 0.65
"""Shares of the time."""

Rows = NDArray[np.float32]


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned.

    Attributes
    ----------
    size
        Side of a drawing.
    groups
        Those learned from.
    heads
        The one of all rows, then one for each fold that it leaves out.
    """

    size: int
    penalty: float
    groups: tuple[str, ...]
    basis: Basis
    waves: Waves
    heads: tuple[Head, ...]

    @property
    def head(self) -> Head:
        """Return the head that answers."""
        return self.heads[0]

    def answer_unseen(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a head that learned from no row of its group."""
        places = self.basis.apply(described_rows(inputs))
        folds = folds_of(groups, FOLDS, frozenset(self.groups))
        logits = np.zeros((len(places), self.head.weights.shape[1]), dtype=np.float32)
        outlier = np.zeros(len(places), dtype=np.float32)
        for fold in range(NO_FOLD, FOLDS):
            rows = np.flatnonzero(folds == fold)
            for start in range(0, len(rows), CHUNK):
                part = rows[start : start + CHUNK]
                values = self.waves.apply(places[part])
                logits[part], outlier[part] = self.heads[fold + 1].outputs(values, places[part])
        return Outputs(logits=logits, outlier=outlier)

    def to_bytes(self) -> bytes:
        """Return the arrays of all as a file's content."""
        named = {"size": self.size, "penalty": self.penalty, "groups": np.array(self.groups, np.str_)}
        arrays = {**named, **flat("basis", self.basis), **flat("waves", self.waves)}
        for place, head in enumerate(self.heads):
            arrays |= flat(f"head{place}", head)
        content = io.BytesIO()
        np.savez(content, **arrays)
        return content.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Model":
        """Return what `to_bytes` made a file of."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        heads = [read_head(found, f"head{place}") for place in range(FOLDS + 1)]
        return cls(
            size=int(found["size"]),
            penalty=float(found["penalty"]),
            groups=tuple(found["groups"].tolist()),
            basis=Basis(found["basis.mean"], found["basis.directions"]),
            waves=Waves(found["waves.weights"], found["waves.offsets"]),
            heads=tuple(heads),
        )


def flat(name: str, value: msgspec.Struct) -> dict[str, Any]:
    """Return the arrays of a struct by their full names."""
    found: dict[str, Any] = {}
    for key, one in msgspec.structs.asdict(value).items():
        found |= flat(f"{name}.{key}", one) if isinstance(one, msgspec.Struct) else {f"{name}.{key}": one}
    return found


def read_head(arrays: dict[str, Any], name: str) -> Head:
    """Return one head of a file."""
    scaling = Scaling(arrays[f"{name}.scaling.matrix"], arrays[f"{name}.scaling.offsets"])
    return Head(arrays[f"{name}.weights"], scaling, arrays[f"{name}.spread"], arrays[f"{name}.centers"])


def learn_model(recipe: Recipe, data: TrainingData, seed: int, tell: Tell) -> Model:
    """Learn from the rows, or from as many as the time suffices for.

    Raises
    ------
    DataError
        There is one class to learn from.
    """
    present = len(np.unique(data.targets))
    if present < 2:
        raise DataError("there is one class to learn from", got=present, hint="add drawings of another class")
    done = [0.0]

    def step(share: float, text: str) -> None:
        done[0] = min(1.0, done[0] + share)
        tell(done[0], text)

    count, width = plan(recipe, len(data.targets))
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(data.targets))
    chosen = np.sort(order[:count])
    groups = data.groups or tuple(str(place) for place in range(len(data.targets)))
    known = tuple(groups[place] for place in chosen)
    basis = find_basis(described_rows(data.inputs[np.sort(order[: min(count, BASIS_ROWS)])]))
    places = np.concatenate(
        [
            basis.apply(one)
            for one in described_parts(data.inputs[chosen], lambda s: step(s * DESCRIBED, "edges"))
        ]
    )
    waves = draw_waves(places, width, recipe.reach, chance)
    learned = learn(
        waves,
        places,
        data.targets[chosen],
        len(data.classes),
        folds_of(known, FOLDS),
        lambda share, text: step(share * LEARNED, text),
    )
    return Model(
        size=data.inputs.shape[1],
        penalty=learned.penalty,
        groups=known,
        basis=basis,
        waves=waves,
        heads=(learned.head, *learned.folds),
    )


def described_rows(inputs: NDArray[Any]) -> Rows:
    """Return what describes drawings, ``[n, width]``."""
    return np.concatenate(list(described_parts(inputs, lambda _share: None)))


def described_parts(inputs: NDArray[Any], tell: Any) -> Iterator[Rows]:
    """Yield what describes drawings, a few at once; none where there are none."""
    graph = open_graph(describing_graph(inputs.shape[1]))
    yield graph.run(None, {"image": np.zeros((1, *inputs.shape[1:]), np.float32)})[0][:0]
    for start in range(0, len(inputs), CHUNK):
        part = as_ink(inputs[start : start + CHUNK])
        yield graph.run(None, {"image": part})[0]
        tell(len(part) / len(inputs))


def as_ink(inputs: NDArray[Any]) -> Rows:
    """Return drawings as 0 to 1."""
    scale = LARGEST_BYTE if inputs.dtype == np.uint8 else np.float32(1)
    return np.asarray(inputs, dtype=np.float32) / scale


def open_graph(content: bytes) -> onnxruntime.InferenceSession:
    """Open a graph on as many threads as there are cores."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
