"""Every error that Outclass raises on purpose, drawn as a tree.

OutclassError
├── InputError                what a caller sent cannot be used                    400
│   ├── TooLargeError         over a declared limit                               413
│   ├── UnsupportedMediaError not a kind of body that is read here                415
│   └── InvalidInputError     readable, but breaks a rule of the challenge        422
├── NotFoundError             no such thing                                       404
├── ConflictError             it is there already, or was changed meanwhile       409
├── AuthenticationError       no key, or an unknown or revoked one                401
├── PermissionDeniedError     a key without the scope that is needed              403
├── RateLimitedError          too many requests, or the quota is used up          429
├── UnavailableError          cannot answer now                                   503
├── ChallengeFileError        problems of a challenge.yaml, all at once           exit 1
├── DataError                 a data file that breaks its format                  exit 1
│   └── DownloadError         a file that cannot be fetched or is not the one declared
├── RegistryError             a model folder that is broken or does not fit       exit 1
├── GateRefusedError          a model that may not be promoted                    exit 3
└── MissingExtraError         an optional part that is not installed              exit 1
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import ClassVar


class OutclassError(Exception):
    """Base of all errors: says what, where, the value got, what is accepted, what to do.

    Parameters
    ----------
    what
        One sentence without a full stop.
    where
        Place of the fault: a file and line, a field, a row.
    got
        The value that was found, shortened for display.
    accepted
        What would have been right.
    hint
        What to do now.
    """

    kind: ClassVar[str] = "error"
    title: ClassVar[str] = "Error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        got: object = None,
        accepted: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.got = None if got is None else shorten(str(got))
        self.accepted = accepted
        self.hint = hint
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Join all parts into one readable line."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        parts = [head]
        if self.got is not None:
            parts.append(f"got {self.got}")
        if self.accepted:
            parts.append(f"accepted: {self.accepted}")
        if self.hint:
            parts.append(self.hint)
        return "; ".join(parts)


class InputError(OutclassError):
    """What a caller sent cannot be read."""

    kind = "bad-input"
    title = "The input cannot be read"
    status = 400


class TooLargeError(InputError):
    """The input is over a declared limit."""

    kind = "too-large"
    title = "The input is too large"
    status = 413


class UnsupportedMediaError(InputError):
    """The body is of a kind that is not read here."""

    kind = "unsupported-media"
    title = "This kind of body is not read here"
    status = 415


class InvalidInputError(InputError):
    """The input can be read but breaks a rule of the challenge."""

    kind = "invalid-input"
    title = "The input breaks a rule"
    status = 422


class NotFoundError(OutclassError):
    """There is no such thing."""

    kind = "not-found"
    title = "Not found"
    status = 404


class ConflictError(OutclassError):
    """It exists already, or was changed meanwhile."""

    kind = "conflict"
    title = "Conflict"
    status = 409


class AuthenticationError(OutclassError):
    """No key, or one that is unknown or revoked."""

    kind = "unauthenticated"
    title = "A valid key is needed"
    status = 401


class PermissionDeniedError(OutclassError):
    """The key lacks the scope that is needed."""

    kind = "forbidden"
    title = "Not allowed"
    status = 403


class RateLimitedError(OutclassError):
    """Too many requests, or the quota is used up; `retry_after` is in seconds."""

    kind = "rate-limited"
    title = "Too many requests"
    status = 429

    def __init__(self, what: str, *, retry_after: float, **more: str | None) -> None:
        super().__init__(what, **more)
        self.retry_after = retry_after


class UnavailableError(OutclassError):
    """Cannot be answered now."""

    kind = "unavailable"
    title = "Not available now"
    status = 503


class DataError(OutclassError):
    """A data file breaks its format."""

    kind = "bad-data"
    title = "The data cannot be used"


class DownloadError(DataError):
    """A file cannot be fetched, or is not the one that was declared."""

    kind = "download"
    title = "A file could not be fetched"


class RegistryError(OutclassError):
    """A model folder is broken or does not fit."""

    kind = "registry"
    title = "The model cannot be used"


class GateRefusedError(OutclassError):
    """A model may not be promoted."""

    kind = "gate-refused"
    title = "The gate refused the model"
    exit_code = 3


class MissingExtraError(OutclassError):
    """An optional part is not installed."""

    kind = "missing-extra"
    title = "An optional part is not installed"

    def __init__(self, extra: str, *, what: str) -> None:
        self.extra = extra
        super().__init__(what, hint=f"install it: pip install 'outclass[{extra}]'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of a challenge file.

    `id` is stable and documented, for example `unknown-key`.
    """

    id: str
    where: str
    what: str
    got: str | None = None
    accepted: str | None = None
    hint: str | None = None


class ChallengeFileError(OutclassError):
    """All faults of one challenge file."""

    kind = "challenge-file"
    title = "The challenge file has problems"

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''}", where=path)

    def sentence(self) -> str:
        """List every problem on a line of its own."""
        lines = [f"{self.where}: {self.what}"]
        for problem in self.problems:
            parts = [f"  [{problem.id}] {problem.where}: {problem.what}"]
            parts += [f"got {problem.got}"] if problem.got is not None else []
            parts += [f"accepted: {problem.accepted}"] if problem.accepted else []
            parts += [problem.hint] if problem.hint else []
            lines.append("; ".join(parts))
        return "\n".join(lines)


def shorten(text: str, length: int = 120) -> str:
    """Cut a text for display, saying how much was cut.

    >>> shorten("abcdef", 3)
    'abc... (6 characters)'
    """
    return text if len(text) <= length else f"{text[:length]}... ({len(text)} characters)"


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like the one given.

    >>> nearest_name("colour", ["accent", "color"])
    'color'
    """
    name = name[:60].lower()
    return max(known, key=lambda other: SequenceMatcher(None, name, other.lower()).ratio(), default=None)
