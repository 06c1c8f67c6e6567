"""Every error as application/problem+json (RFC 9457), with a type that never changes."""

import logging
import math
from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from outclass.api.asgi import PROBLEM, Header, Reply
from outclass.api.exchange import Exchange
from outclass.base.errors import (
    AuthenticationError,
    ConflictError,
    InputError,
    InvalidInputError,
    NotFoundError,
    OutclassError,
    PermissionDeniedError,
    RateLimitedError,
    TooLargeError,
    UnavailableError,
    UnsupportedMediaError,
)

LOG = logging.getLogger(__name__)

TYPES_PATH = "/api/problems/"
RETRY_SECONDS = 2


class RequestTimeoutError(InputError):
    """The body came too slowly."""

    kind = "request-timeout"
    title = "The body came too slowly"
    status = 408


class MethodNotAllowedError(OutclassError):
    """The path exists, but not for this method; `allow` is the Allow header."""

    kind = "method-not-allowed"
    title = "Not for this method"
    status = 405

    def __init__(self, method: str, allow: str) -> None:
        self.allow = allow
        super().__init__("this path is not for this method", got=method, accepted=allow)


class InternalError(OutclassError):
    """A fault of ours; the log has the rest under the request's id."""

    kind: ClassVar[str] = "internal"
    title = "A fault of the server"


PROBLEM_KINDS: Mapping[str, type[OutclassError]] = {
    error.kind: error
    for error in (
        InputError,
        AuthenticationError,
        PermissionDeniedError,
        NotFoundError,
        MethodNotAllowedError,
        RequestTimeoutError,
        ConflictError,
        TooLargeError,
        UnsupportedMediaError,
        InvalidInputError,
        RateLimitedError,
        InternalError,
        UnavailableError,
    )
}
"""All kinds of problems that the API answers with, by the last part of their type."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, for programs (`type`, `status`) and for people (`detail`, `hint`)."""

    type: Annotated[str, Meta(description="stable; a path that explains this kind of problem")]
    title: Annotated[str, Meta(description="the same for all problems of this type")]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="what went wrong this time")]
    where: Annotated[str | None, Meta(description="the field or header at fault")] = None
    got: Annotated[str | None, Meta(description="the value that was found, shortened")] = None
    accepted: Annotated[str | None, Meta(description="what would have been right")] = None
    hint: Annotated[str | None, Meta(description="what to do")] = None
    request_id: Annotated[str | None, Meta(description="the id of this request in the server's log")] = None
    error: Annotated[str | None, Meta(description="under /v2: detail again, as that protocol has it")] = None


_encode = msgspec.json.Encoder().encode


def problem_reply(error: OutclassError, exchange: Exchange) -> Reply:
    """Return the answer for an error; what is no error of callers is told without its inside."""
    if error.kind not in PROBLEM_KINDS:
        LOG.error("request failed: %s", error, extra={"request": exchange.id})
        error = InternalError("the server failed", hint="tell us the request id")
    problem = Problem(
        type=TYPES_PATH + error.kind,
        title=error.title,
        status=error.status,
        detail=error.what,
        where=printable(error.where),
        got=printable(error.got),
        accepted=error.accepted,
        hint=error.hint,
        request_id=exchange.id,
        error=error.what if exchange.path.startswith("/v2") else None,
    )
    return Reply(_encode(problem), error.status, PROBLEM, headers_of(error))


def headers_of(error: OutclassError) -> tuple[Header, ...]:
    """Return the headers that belong to an error."""
    match error:
        case RateLimitedError():
            return ((b"retry-after", b"%d" % max(1, math.ceil(error.retry_after))),)
        case UnavailableError():
            return ((b"retry-after", b"%d" % RETRY_SECONDS),)
        case AuthenticationError():
            return ((b"www-authenticate", b'Bearer realm="outclass", error="invalid_token"'),)
        case PermissionDeniedError():
            return ((b"www-authenticate", b'Bearer realm="outclass", error="insufficient_scope"'),)
        case MethodNotAllowedError():
            return ((b"allow", error.allow.encode("latin-1")),)
        case _:
            return ()


def printable(text: str | None) -> str | None:
    """Return a text that JSON can hold: half characters are spelled out."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")
