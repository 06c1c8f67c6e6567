"""Which settings of boosted trees were tried, noted so that a call after a killed one goes on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from outclass.base.store import write_atomic

JOURNAL = "trials.json"


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How trees are grown: the names that the search and the card call it by."""

    rate: float = 0.1
    leaves: int = 15
    minimum: int = 5
    columns: float = 0.7
    rows: float = 0.9
    l2: float = 1.0
    random: bool = False


class Trial(msgspec.Struct, frozen=True):
    """A setting that was tried; `seconds` of the time were spent when it was finished."""

    setting: Setting
    loss: float
    seconds: float


def setting_of(parameters: Mapping[str, object]) -> Setting:
    """Return a setting from its parameters."""
    return msgspec.convert(dict(parameters), Setting)


def write_trials(folder: Path, trials: Sequence[Trial]) -> None:
    """Note trials."""
    write_atomic(folder / JOURNAL, msgspec.json.encode(trials))


def read_trials(folder: Path) -> list[Trial]:
    """Return the trials of an earlier call; none where they cannot be read, as they only save time."""
    try:
        return msgspec.json.decode((folder / JOURNAL).read_bytes(), type=list[Trial])
    except (OSError, msgspec.DecodeError):
        return []


def spent_in(folder: Path) -> float:
    """Return the seconds that an earlier call spent."""
    return max((trial.seconds for trial in read_trials(folder)), default=0.0)
