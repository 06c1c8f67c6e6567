"""One model in memory, run on one thread: an ONNX graph, one behind a network of photos, or linear texts."""

import hashlib
from functools import cache, cached_property
from threading import Lock
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import RegistryError
from outclass.inference.backbone import PACKAGED, Backbone, fingerprint_of
from outclass.inference.engine import open_engine
from outclass.inference.linear_text import LinearTextModel
from outclass.inference.rows import Rows, are_views
from outclass.inputs.text import TextRows
from outclass.registry.files import BACKBONE, read_verified
from outclass.registry.version import ModelVersion, Signature

MODEL_FILE = "model.onnx"
TEXT_MODEL_FILE = "model.json"

Values = NDArray[np.float32]


class _Node(Protocol):
    name: str


class _Engine(Protocol):
    """The part of an onnxruntime session that is used here."""

    def run(self, names: list[str], feed: dict[str, Values]) -> list[Values]: ...
    def get_inputs(self) -> list[_Node]: ...
    def get_outputs(self) -> list[_Node]: ...


class Session:
    """A model that turns rows into logits and, where it has one, an outlier score.

    Raises
    ------
    RegistryError
        The file is missing, is not the one of the manifest, or does not fit the signature.
    """

    def __init__(self, version: ModelVersion) -> None:
        self._signature = version.signature
        self._names = output_names(version.signature)
        self._engine = cast(_Engine, open_engine(read_model(version), "the model", version.reference))
        check_names(self._engine, version)

    def run(self, rows: Values) -> tuple[Values, Values | None]:
        """Return logits ``[n, classes]`` and outlier scores ``[n]`` of rows ``[n, *shape]``."""
        outputs = self._engine.run(self._names, {self._signature.input_name: rows})
        return outputs[0], outputs[1].reshape(-1) if len(outputs) > 1 else None


class TextSession:
    """A linear model of texts.

    Raises
    ------
    RegistryError
        The file is missing, is not the one of the manifest, or has other classes than the signature.
    """

    def __init__(self, version: ModelVersion) -> None:
        self.model = LinearTextModel.parse(read_verified(version, TEXT_MODEL_FILE)).forget_terms()
        self._classes = len(version.signature.classes)
        if tuple(self.model.classes) != version.signature.classes:
            raise RegistryError(
                "the model's classes are not those of its signature",
                where=version.reference,
                got=", ".join(self.model.classes),
                accepted=", ".join(version.signature.classes),
            )

    def run(self, rows: TextRows) -> tuple[NDArray[np.float64], None]:
        """Return logits ``[n, classes]`` of texts ``[n]``."""
        logits = self.model.logits(rows.tolist())
        return np.array(logits, dtype=np.float64).reshape(len(rows), self._classes), None


_opening = Lock()


class PhotoSession:
    """A head over the features of photos, and the network that makes them, opened when it is needed.

    Raises
    ------
    RegistryError
        The file is missing, is not the one of the manifest, or does not fit the signature.
    """

    def __init__(self, version: ModelVersion) -> None:
        self._version = version
        self._head = Session(version)

    @cached_property
    def backbone(self) -> Backbone:
        """Return the version's own network, else the packaged one, of which a process has one."""
        with _opening:
            if BACKBONE not in self._version.manifest.files:
                return Backbone.packaged()
            return Backbone(read_verified(self._version, BACKBONE), f"{self._version.reference}/{BACKBONE}")

    def run(self, rows: Rows) -> tuple[Values, Values | None]:
        """Return logits ``[n, classes]`` and outlier scores ``[n]`` of views or features."""
        return self._head.run(self.backbone.embed(rows) if are_views(rows) else rows)


def features_fingerprint(version: ModelVersion) -> str:
    """Return the fingerprint of the network that a version uses, without opening that."""
    if BACKBONE not in version.manifest.files:
        return _packaged_fingerprint()
    return fingerprint_of(read_verified(version, BACKBONE))


@cache
def _packaged_fingerprint() -> str:
    """Return the fingerprint of the packaged network."""
    try:
        return fingerprint_of(PACKAGED.read_bytes())
    except OSError as error:
        raise RegistryError("the backbone cannot be read", where=str(PACKAGED), got=error.strerror) from None


def output_names(signature: Signature) -> list[str]:
    """Return the outputs to ask for."""
    return [signature.logits_name, *([signature.outlier_name] if signature.outlier_name else [])]


def read_model(version: ModelVersion) -> bytes:
    """Return the bytes of the model, which must be those of the manifest."""
    try:
        content = (version.folder / MODEL_FILE).read_bytes()
    except OSError as error:
        raise RegistryError(
            "the model file cannot be read", where=version.reference, got=error.strerror
        ) from None
    if hashlib.sha256(content).hexdigest() != version.manifest.files.get(MODEL_FILE):
        raise RegistryError(
            "the model file is not the one of its manifest",
            where=f"{version.reference}/{MODEL_FILE}",
            hint="the folder was changed or is damaged: import or train the model again",
        )
    return content


def check_names(engine: _Engine, version: ModelVersion) -> None:
    """Refuse a model whose inputs and outputs are not those of its signature."""
    inputs = [node.name for node in engine.get_inputs()]
    outputs = [node.name for node in engine.get_outputs()]
    if inputs != [version.signature.input_name]:
        raise RegistryError(
            "the model's input is not the one of its signature",
            where=version.reference,
            got=", ".join(inputs),
            accepted=version.signature.input_name,
        )
    if missing := [name for name in output_names(version.signature) if name not in outputs]:
        raise RegistryError(
            "the model lacks an output of its signature",
            where=version.reference,
            got=", ".join(outputs),
            accepted=", ".join(missing),
        )
