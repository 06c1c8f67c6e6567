"""Arrays out of a file that an old PyTorch wrote, without PyTorch and without running what is in it."""

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
LONGEST = 1 << 28

Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class _Storage:
    """A row of numbers that follows the pickles: what they are and under which key they come."""

    kind: np.dtype[np.generic]
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class _View:
    """A tensor: part of a storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, Array]:
    """Return the arrays of a state dictionary in PyTorch's file format of before version 1.6.

    Only names of plain tensors are accepted; a pickle that asks for anything else is refused before it runs.

    Raises
    ------
    DataError
        The file is of another format, is cut off, or asks for something that is no tensor.
    """
    with path.open("rb") as file:
        try:
            if _Reader(file).load() != MAGIC or _Reader(file).load() != PROTOCOL:
                raise pickle.UnpicklingError("no weights of this format")
            _Reader(file).load()  # byte order and sizes of the machine that wrote it, all little-endian now
            views = dict(_Reader(file).load())
            keys = list(_Reader(file).load())
            storages = _read_storages(file, keys, {view.storage.key: view.storage for view in views.values()})
        except (pickle.UnpicklingError, EOFError, AttributeError, TypeError, ValueError, KeyError) as error:
            raise DataError(
                "the weights cannot be read",
                where=str(path),
                got=str(error),
                accepted="a state dictionary as torch.save wrote it before version 1.6",
            ) from None
    return {name: _array(view, storages) for name, view in views.items()}


class _Reader(pickle.Unpickler):
    """An unpickler that knows four names, and makes descriptions of them."""

    KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

    def find_class(self, module: str, name: str) -> object:
        """Return what stands for a name; refuse every other."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if module == "torch" and name in self.KINDS:
            return self.KINDS[name]
        raise pickle.UnpicklingError(f"the name {module}.{name}")

    def persistent_load(self, token: object) -> _Storage:
        """Describe a storage, which is named in the pickle and follows it."""
        match token:
            case ("storage", np.dtype() as kind, str(key), str(), int(count), None) if 0 <= count <= LONGEST:
                return _Storage(kind, key, count)
        raise pickle.UnpicklingError(f"the storage {token!r}")


def _view(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _View:
    """Describe a tensor, which must lie inside its storage."""
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if min((offset, *shape, *strides)) < 0 or last >= storage.count:
        raise pickle.UnpicklingError(f"shape {shape}, strides {strides} in {storage.count} numbers")
    return _View(storage, offset, shape, strides)


def _read_storages(file: IO[bytes], keys: list[str], known: dict[str, _Storage]) -> dict[str, Array]:
    """Read the numbers, each row after its length."""
    arrays: dict[str, Array] = {}
    for key in keys:
        storage = known[key]
        if int.from_bytes(file.read(8), "little") != storage.count:
            raise ValueError(f"another length of storage {key}")
        content = file.read(storage.count * storage.kind.itemsize)
        arrays[key] = np.frombuffer(content, dtype=storage.kind, count=storage.count)
    return arrays


def _array(view: _View, storages: dict[str, Array]) -> Array:
    """Cut a tensor out of its storage."""
    numbers = storages[view.storage.key]
    steps = tuple(step * numbers.itemsize for step in view.strides)
    strided = np.lib.stride_tricks.as_strided(numbers[view.offset :], view.shape, steps, writeable=False)
    return np.ascontiguousarray(strided).reshape(view.shape)
