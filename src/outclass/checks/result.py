"""How a promise stands."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from outclass.checks.subject import Subject


class CheckState(StrEnum):
    """Kept, broken, or not checked for a reason that is told."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One promise, how it stands, and what was found."""

    name: str
    state: CheckState
    detail: str

    @property
    def failed(self) -> bool:
        """Tell whether the promise is broken."""
        return self.state is CheckState.BROKEN


class BrokenPromiseError(Exception):
    """A promise is broken; the text says how."""


class NotCheckedError(Exception):
    """A promise cannot be checked here; the text says why."""


Promise = Callable[[Subject], str]
"""A function that returns what it found, or raises one of the errors above."""


def require(holds: object, problem: str) -> None:
    """Raise `BrokenPromiseError` unless something holds."""
    if not holds:
        raise BrokenPromiseError(problem)
