"""The embedded sample of a challenge, made by its `simulate.py`."""

from outclass.base.errors import DataError, NotFoundError
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
    hook = load_hook(loaded, Hook.SIMULATE)
    if hook is None or not hasattr(hook, "sample"):
        raise NotFoundError(
            "this challenge has no embedded sample",
            where=str(loaded.folder),
            hint=f"collect its data: outclass collect {loaded.name}",
        )
    table = hook.sample()
    if not isinstance(table, SourceTable) or set(table.fixed_splits) != {SPLIT}:
        raise DataError(
            "sample() gives no sample",
            where=str(loaded.folder / "simulate.py"),
            accepted=f"a SourceTable whose objects are all in the split {SPLIT!r}",
        )
    return table
