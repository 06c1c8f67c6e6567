"""What was learned, as one file of arrays without a pickle: all parts of the models, and which trees."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.store import write_atomic
from outclass.training.tabular.encoding import Encoder
from outclass.training.tabular.mixture import AnyPart, Mixture
from outclass.training.tabular.outlying import Outlying
from outclass.training.tabular.parts import Boosted, Linear, Shares

KINDS: dict[str, type[AnyPart]] = {"shares": Shares, "linear": Linear, "boosted": Boosted}
NESTED: dict[str, type[msgspec.Struct]] = {"encoder": Encoder, "outlying": Outlying}

Arrays = dict[str, NDArray[Any]]


def write_mixtures(path: Path, mixtures: Sequence[Mixture]) -> None:
    """Keep models; killed in the middle, nothing is there."""
    arrays: Arrays = {"count": np.array(len(mixtures))}
    for place, mixture in enumerate(mixtures):
        arrays |= {f"{place}.{name}": value for name, value in flat(mixture).items()}
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type] # its stub takes the arrays for an option
    write_atomic(path, stream.getvalue())


def read_mixtures(path: Path) -> list[Mixture]:
    """Return models that were kept."""
    with np.load(path, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    return [mixture_of(below(arrays, str(place))) for place in range(int(arrays["count"]))]


def flat(mixture: Mixture) -> Arrays:
    """Return a model as arrays."""
    arrays: Arrays = {
        "shares": np.array(mixture.shares),
        "prior": mixture.prior,
        "floor": np.array(mixture.floor),
        **prefixed("outlying", fields(mixture.outlying)),
    }
    names = {kind: name for name, kind in KINDS.items()}
    for place, part in enumerate(mixture.parts):
        arrays |= prefixed(f"part{place}", {"kind": np.array(names[type(part)]), **fields(part)})
    return arrays


def fields(struct: msgspec.Struct) -> Arrays:
    """Return the fields of a struct as arrays, those of structs in it by their name and a dot."""
    arrays: Arrays = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if isinstance(value, msgspec.Struct):
            arrays |= prefixed(name, fields(value))
        else:
            arrays[name] = np.asarray(value)
    return arrays


def prefixed(name: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """Return arrays under longer names."""
    return {f"{name}.{inner}": value for inner, value in arrays.items()}


def below(arrays: Mapping[str, NDArray[Any]], name: str) -> Arrays:
    """Return the arrays whose names begin so."""
    start = f"{name}."
    return {key.removeprefix(start): value for key, value in arrays.items() if key.startswith(start)}


def mixture_of(arrays: Arrays) -> Mixture:
    """Return the model of arrays."""
    shares = tuple(arrays["shares"].tolist())
    parts = []
    for place in range(len(shares)):
        own = below(arrays, f"part{place}")
        parts.append(struct_of(KINDS[str(own.pop("kind"))], own))
    return Mixture(
        parts=tuple(parts),
        shares=shares,
        prior=arrays["prior"],
        floor=float(arrays["floor"]),
        outlying=struct_of(Outlying, below(arrays, "outlying")),
    )


def struct_of(kind: type[Any], arrays: Arrays) -> Any:
    """Return the struct of arrays."""
    values: dict[str, Any] = {}
    for name in kind.__struct_fields__:
        if name in NESTED:
            values[name] = struct_of(NESTED[name], below(arrays, name))
        else:
            value = arrays[name]
            values[name] = value.item() if value.ndim == 0 else value
    return kind(**values)
