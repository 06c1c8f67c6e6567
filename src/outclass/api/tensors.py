"""Tensors of the Open Inference Protocol (version 2, JSON): read, check against the signature, write."""

import math
from typing import Annotated

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError, TooLargeError
from outclass.base.limits import Limits
from outclass.catalog.challenge import InputKind
from outclass.inference.predictor import Rows, Scores
from outclass.inputs.table import coder_of
from outclass.inputs.text import check_text, rows_of_texts
from outclass.registry.version import Signature

PROBABILITIES = "probabilities"
OUTPUT_TYPES = {"logits": "FP32", PROBABILITIES: "FP64", "outlier": "FP32"}
BYTE = 255.0
TEXTS = "BYTES"

Values = NDArray[np.float32]
Parameters = dict[str, str | int | float | bool]
Nested = list[float] | list["Nested"]


class TensorRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One input tensor; `data` row by row, flat or nested."""

    name: str
    shape: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=8)]
    datatype: Annotated[
        str, Meta(description="FP32, for drawings (0 to 1) also UINT8 (0 to 255), BYTES for texts")
    ]
    data: msgspec.Raw
    parameters: Parameters = {}


class OutputRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An output that is asked for."""

    name: str
    parameters: Parameters = {}


class InferenceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the protocol."""

    inputs: Annotated[tuple[TensorRequest, ...], Meta(min_length=1, max_length=1)]
    id: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    outputs: Annotated[tuple[OutputRequest, ...], Meta(max_length=8)] = ()
    parameters: Parameters = {}


class TensorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One output tensor, row by row."""

    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class InferenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the protocol."""

    model_name: str
    model_version: str
    id: str | UnsetType = UNSET
    parameters: Annotated[
        dict[str, str] | UnsetType, Meta(description="the challenge's warning, where it has one")
    ] = UNSET
    outputs: tuple[TensorAnswer, ...]


def read_tensor(tensor: TensorRequest, signature: Signature, limits: Limits) -> Rows:
    """Return the rows of a tensor that fits the signature: float32 ``[n, *shape]``, or texts ``[n]``.

    Raises
    ------
    InvalidInputError
        Another name, type, shape or number of values, or values out of range.
    TooLargeError
        More rows than one request may have.
    """
    check_name(tensor.name, signature)
    check_shape(tensor.shape, signature, limits)
    if signature.input.kind is InputKind.TEXT:
        return read_texts(tensor, limits)
    if signature.input.kind is InputKind.TABLE:
        return read_columns(tensor, signature)
    flat = flatten(tensor.data, math.prod(tensor.shape))
    drawing = signature.input.kind is InputKind.DRAWING
    match tensor.datatype:
        case "FP32":
            values = check_range(flat, 1.0 if drawing else math.inf, signed=not drawing)
        case "UINT8" if drawing:
            values = check_range(flat, BYTE, signed=False)
            if not bool((values == np.rint(values)).all()):
                raise InvalidInputError("UINT8 has whole numbers only", where="inputs[0].data")
            values = values / np.float32(BYTE)
        case other:
            accepted = "FP32, UINT8" if drawing else "FP32"
            raise InvalidInputError(
                "this type is not read", where="inputs[0].datatype", got=other, accepted=accepted
            )
    return values.reshape(tensor.shape)


def read_columns(tensor: TensorRequest, signature: Signature) -> Values:
    """Return the rows of a tensor of records, whose nulls are missing values."""
    if tensor.datatype != "FP32":
        raise InvalidInputError(
            "this type is not read", where="inputs[0].datatype", got=tensor.datatype, accepted="FP32"
        )
    flat = flatten(tensor.data, math.prod(tensor.shape), nulls=True)
    try:
        with np.errstate(over="ignore"):
            values = np.array(flat, dtype=np.float64).astype(np.float32).reshape(tensor.shape)
    except OverflowError:
        raise InvalidInputError("a value is out of range", where="inputs[0].data") from None
    coder_of(signature.input.columns).check(values)
    return values


def read_texts(tensor: TensorRequest, limits: Limits) -> Rows:
    """Return the texts of a tensor."""
    if tensor.datatype != TEXTS:
        raise InvalidInputError(
            "this type is not read", where="inputs[0].datatype", got=tensor.datatype, accepted=TEXTS
        )
    try:
        found = _texts.decode(tensor.data)
    except msgspec.ValidationError as error:
        raise InvalidInputError(
            "a value is no text", where="inputs[0].data", got=str(error), accepted="a flat list of texts"
        ) from None
    check_length(len(found), tensor.shape[0])
    return rows_of_texts([check_text(text, limits, f"inputs[0].data[{n}]") for n, text in enumerate(found)])


def check_name(name: str, signature: Signature) -> None:
    """Refuse a tensor of another name."""
    if name != signature.input_name:
        raise InvalidInputError(
            "the model has no such input", where="inputs[0].name", got=name, accepted=signature.input_name
        )


def check_shape(shape: list[int], signature: Signature, limits: Limits) -> None:
    """Refuse a shape that is not `[n, *shape]`, before anything is made of that size."""
    if shape[1:] != list(signature.shape) or not shape or shape[0] < 1:
        wanted = ", ".join(str(side) for side in ("n", *signature.shape))
        raise InvalidInputError(
            "the shape does not fit the model", where="inputs[0].shape", got=shape, accepted=f"[{wanted}]"
        )
    if shape[0] > limits.batch:
        raise TooLargeError(
            "there are too many rows",
            where="inputs[0].shape",
            got=shape[0],
            accepted=f"at most {limits.batch}",
        )


_flat = msgspec.json.Decoder(list[float])
_texts = msgspec.json.Decoder(list[str])


def flatten(data: msgspec.Raw, count: int, *, nulls: bool = False) -> list[float]:
    """Return the values of a flat or nested list, which must be `count` numbers; NaN for a null."""
    try:
        values = _flat.decode(data)
    except msgspec.ValidationError:
        values = unnest(msgspec.json.decode(data), nulls=nulls)
    check_length(len(values), count)
    return values


def check_length(found: int, wanted: int) -> None:
    """Refuse another number of values than the shape says."""
    if found != wanted:
        raise InvalidInputError(
            "the number of values does not fit the shape",
            where="inputs[0].data",
            got=f"{found} values",
            accepted=f"{wanted} values",
        )


def unnest(data: object, *, nulls: bool = False) -> list[float]:
    """Return the numbers of nested lists, row by row."""
    values: list[float] = []
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            values.append(item)
        elif item is None and nulls:
            values.append(math.nan)
        else:
            raise InvalidInputError(
                "a value is no number", where="inputs[0].data", got=item, accepted="lists of numbers"
            )
    return values


def check_range(flat: list[float], largest: float, *, signed: bool) -> Values:
    """Return an array of values that are all in range."""
    try:
        with np.errstate(over="ignore"):
            values = np.array(flat, dtype=np.float32)
    except OverflowError:
        values = np.array([np.inf], dtype=np.float32)
    least = -largest if signed else 0.0
    if not bool((np.isfinite(values) & (values >= least) & (values <= largest)).all()):
        raise InvalidInputError(
            "a value is out of range", where="inputs[0].data", accepted=f"{least:g} to {largest:g}"
        )
    return values


def write_outputs(scores: Scores, wanted: tuple[OutputRequest, ...]) -> tuple[TensorAnswer, ...]:
    """Return the outputs that are asked for; all if none is named.

    Raises
    ------
    InvalidInputError
        The model has no such output.
    """
    found = {"logits": scores.logits.astype(np.float64), PROBABILITIES: scores.probabilities}
    if scores.outlier is not None:
        found["outlier"] = scores.outlier.astype(np.float64)
    names = [output.name for output in wanted] or list(found)
    for name in names:
        if name not in found:
            raise InvalidInputError(
                "the model has no such output", where="outputs", got=name, accepted=", ".join(found)
            )
    return tuple(
        TensorAnswer(
            name=name,
            shape=list(found[name].shape),
            datatype=OUTPUT_TYPES[name],
            data=found[name].reshape(-1).tolist(),
        )
        for name in names
    )
