"""The frozen network that turns views of photos into features, which a version's small head classifies."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from outclass.base.errors import RegistryError
from outclass.inference.engine import open_engine
from outclass.inputs import view
from outclass.inputs.view import SIDE

PACKAGED = Path(__file__).parent / "backbones" / "lite0.onnx"
"""EfficientNet-Lite0; `outclass.training.photos.converting` makes it."""
VIEWS = "views"
FEATURES = "features"
MAP = "map"
AT_ONCE = 1
"""Views run at once: one by one they stay in the processor's cache, and take a third less time than eight."""

Views = NDArray[np.uint8]
Features = NDArray[np.float32]


class _Value(Protocol):
    name: str
    type: str
    shape: Sequence[int | str]


class _Engine(Protocol):
    """The part of an onnxruntime session that is used here."""

    def run(self, names: list[str], feed: dict[str, Views], options: ort.RunOptions) -> list[Features]: ...
    def get_inputs(self) -> list[_Value]: ...
    def get_outputs(self) -> list[_Value]: ...


class Backbone:
    """A network from views to features, run on one thread.

    Attributes
    ----------
    width
        The number of features.
    fingerprint
        sha256 over the file and the code that makes views of photos: features of one fingerprint may be
        compared and mixed, others not.

    Raises
    ------
    RegistryError
        The file is no such network.

    Examples
    --------
    >>> backbone = Backbone.packaged()
    >>> backbone.embed(np.zeros((1, 224, 224, 3), dtype=np.uint8)).shape == (1, backbone.width)
    True
    """

    def __init__(self, content: bytes, where: str = "backbone.onnx") -> None:
        self._engine = cast(_Engine, open_engine(content, "the backbone", where))
        self._options = ort.RunOptions()
        self._options.only_execute_path_to_fetches = True
        self.width = feature_width(self._engine, where)
        self.fingerprint = fingerprint_of(content)

    @staticmethod
    def packaged() -> "Backbone":
        """Return the one that comes with the package, opened once per process."""
        return _packaged()

    @classmethod
    def open(cls, path: Path) -> "Backbone":
        """Open a file.

        Raises
        ------
        RegistryError
            The file cannot be read, or is no such network.
        """
        try:
            return cls(path.read_bytes(), str(path))
        except OSError as error:
            raise RegistryError("the backbone cannot be read", where=str(path), got=error.strerror) from None

    def embed(self, views: Views) -> Features:
        """Return features ``[n, width]`` of views, uint8 ``[n, 224, 224, 3]``."""
        parts = [self._run([FEATURES], part)[0] for part in in_parts(views)]
        return np.concatenate(parts) if parts else np.zeros((0, self.width), dtype=np.float32)

    def maps(self, views: Views) -> tuple[Features, Features]:
        """Return features ``[n, width]`` and the map ``[n, width, 7, 7]`` that they are the mean of."""
        parts = [self._run([FEATURES, MAP], part) for part in in_parts(views)]
        if not parts:
            return self.embed(views), np.zeros((0, self.width, 7, 7), dtype=np.float32)
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def _run(self, names: list[str], views: Views) -> list[Features]:
        """Run some views at once; what no asked output needs is left out."""
        return self._engine.run(names, {VIEWS: views}, self._options)


@cache
def _packaged() -> Backbone:
    """Open the packaged one."""
    return Backbone.open(PACKAGED)


def in_parts(views: Views) -> list[Views]:
    """Split views into so few at once that memory stays small."""
    if views.dtype != np.uint8 or views.shape[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"views must be uint8 [n, {SIDE}, {SIDE}, 3]; got {views.dtype} {list(views.shape)}")
    return [views[start : start + AT_ONCE] for start in range(0, len(views), AT_ONCE)]


def fingerprint_of(content: bytes) -> str:
    """Return the fingerprint of a network, without opening it."""
    return sha256(content + view_code()).hexdigest()


def view_code() -> bytes:
    """Return the source that makes views of photos, with line ends of one kind."""
    return Path(view.__file__).read_bytes().replace(b"\r\n", b"\n")


def feature_width(engine: _Engine, where: str) -> int:
    """Return the number of features; refuse a network with other inputs or outputs."""
    inputs = {value.name: value for value in engine.get_inputs()}
    outputs = {value.name: value for value in engine.get_outputs()}
    if set(inputs) != {VIEWS} or not {FEATURES, MAP} <= set(outputs) or inputs[VIEWS].type != "tensor(uint8)":
        raise RegistryError(
            "this network is no backbone of photos",
            where=where,
            got=f"{', '.join(inputs)} to {', '.join(outputs)}",
            accepted=f"{VIEWS} (uint8) to {FEATURES} and {MAP}",
        )
    width = outputs[FEATURES].shape[-1]
    if not isinstance(width, int) or outputs[MAP].shape[1] != width:
        raise RegistryError(
            "features and map of the backbone are not of one fixed width",
            where=where,
            got=f"{list(outputs[FEATURES].shape)} and {list(outputs[MAP].shape)}",
        )
    return width
