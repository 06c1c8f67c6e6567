"""The embedded sample of a challenge, and its simulated objects, made by its `simulate.py`."""

from outclass.base.errors import DataError, InputError, NotFoundError
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.sources.base import SourceTable

SPLIT = "game"


def read_sample(loaded: LoadedChallenge) -> SourceTable:
    """Return what `sample()` of the challenge's `simulate.py` makes: objects to play with, never to train on.

    Raises
    ------
    NotFoundError
        The challenge has no sample.
    DataError
        The sample is not as it should be.
    """
    table = _call(loaded, "sample", "this challenge has no embedded sample")
    if not isinstance(table, SourceTable) or set(table.fixed_splits) != {SPLIT}:
        raise DataError(
            "sample() gives no sample",
            where=str(loaded.folder / "simulate.py"),
            accepted=f"a SourceTable whose objects are all in the split {SPLIT!r}",
        )
    return table


def read_population(loaded: LoadedChallenge, count: int, seed: int) -> SourceTable:
    """Return what `population(count, seed)` of the challenge's `simulate.py` makes: objects to train on, too.

    Raises
    ------
    InputError
        The count is below 1.
    NotFoundError
        The challenge simulates nothing.
    DataError
        The simulation is not as it should be.
    """
    if count < 1:
        raise InputError("there is nothing to simulate", where="simulate", got=count, accepted="at least 1")
    table = _call(loaded, "population", "this challenge has no simulator", count, seed)
    if not isinstance(table, SourceTable):
        raise DataError(
            "population() gives no objects",
            where=str(loaded.folder / "simulate.py"),
            got=type(table).__name__,
            accepted="a SourceTable",
        )
    return table


def _call(loaded: LoadedChallenge, name: str, missing: str, *arguments: int) -> object:
    """Call a function of the challenge's `simulate.py`."""
    hook = load_hook(loaded, Hook.SIMULATE)
    function = getattr(hook, name, None)
    if function is None:
        hint = f"collect its data: outclass collect {loaded.name}"
        raise NotFoundError(missing, where=str(loaded.folder), hint=hint)
    found: object = function(*arguments)
    return found
