"""XRPC, the plain HTTP of the AT Protocol (atproto.com/specs/xrpc): queries, procedures, a session."""

import time
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec
import requests

from outclass import __version__
from outclass.base.errors import AuthenticationError
from outclass.bots.credentials import Credentials
from outclass.bots.transport import RefusedError, TryLaterError

T = TypeVar("T")
Json = dict[str, object]
EXPIRED: Final = "ExpiredToken"
NO_ENTRY = frozenset({"AuthMissing", "AccountTakedown", "AccountDeactivated", "InvalidToken"})
LARGEST_ANSWER = 10_000_000
CHUNK = 65_536


class Session(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the server gives for a password."""

    did: str
    handle: str
    access_jwt: str
    refresh_jwt: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of an error."""

    error: str = ""


class CallError(RefusedError):
    """The server answers with an error of a name."""

    def __init__(self, name: str, *, where: str, status: int) -> None:
        self.name = name
        super().__init__("the server refuses this", where=where, got=f"HTTP {status} {name}".strip())


class Client:
    """A session with one server, opened when it is first needed and renewed when it has run out.

    Parameters
    ----------
    timeout
        Seconds that one request may take.
    """

    def __init__(self, credentials: Credentials, *, timeout: float) -> None:
        self._credentials = credentials
        self._timeout = timeout
        self._http = requests.Session()
        self._http.trust_env = False  # a .netrc file must not replace the token
        self._http.headers["User-Agent"] = f"outclass/{__version__}"
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """Return the session, opened if there is none."""
        if self._session is None:
            who: Json = {"identifier": self._credentials.user, "password": self._credentials.secret}
            body = self._call("POST", "com.atproto.server.createSession", json=who)
            self._session = decode(body, Session, "session")
        return self._session

    def query(self, name: str, parameters: Mapping[str, str | int]) -> bytes:
        """Ask for something."""
        return self._with_session("GET", name, parameters=parameters)

    def procedure(self, name: str, body: Json) -> bytes:
        """Do something."""
        return self._with_session("POST", name, json=body)

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def _with_session(
        self,
        method: str,
        name: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        json: Json | None = None,
    ) -> bytes:
        """Call with the session's token, and once more with a new one where that has run out."""
        token = self.session.access_jwt
        try:
            return self._call(method, name, parameters=parameters, json=json, token=token)
        except CallError as error:
            if error.name != EXPIRED:
                raise
        self._renew()
        return self._call(method, name, parameters=parameters, json=json, token=self.session.access_jwt)

    def _renew(self) -> None:
        """Replace a session that has run out."""
        old, self._session = self.session, None
        try:
            body = self._call("POST", "com.atproto.server.refreshSession", token=old.refresh_jwt)
            self._session = decode(body, Session, "session")
        except (CallError, AuthenticationError):
            self._session = None  # the password opens another

    def _call(
        self,
        method: str,
        name: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        json: Json | None = None,
        token: str | None = None,
    ) -> bytes:
        """Make one request and return the body of its answer.

        Raises
        ------
        TryLaterError
            No answer, or one that says so: it may be done or not.
        CallError
            It was refused.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if json is not None:
            content = msgspec.json.encode(json)
            headers["Content-Type"] = "application/json"
        try:
            with self._http.request(
                method,
                f"{self._credentials.server}/xrpc/{name}",
                params=dict(parameters or {}),
                data=content,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = read_body(answer)
                check_status(answer, body, name)
                return body
        except requests.RequestException as error:
            raise TryLaterError("the server does not answer", where=name, got=type(error).__name__) from None


def read_body(answer: requests.Response) -> bytes:
    """Return the body of an answer, of a size that answers have."""
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_content(CHUNK):
        size += len(part)
        if size > LARGEST_ANSWER:
            raise requests.exceptions.ContentDecodingError("too large")
        parts.append(part)
    return b"".join(parts)


def check_status(answer: requests.Response, body: bytes, name: str) -> None:
    """Raise what an answer's status means."""
    status = answer.status_code
    if status < 300:
        return
    if status == 429:
        raise TryLaterError("too many requests", where=name, wait=wait_of(answer.headers), all_calls=True)
    if status >= 500 or status < 400:
        raise TryLaterError("the server does not answer", where=name, got=f"HTTP {status}")
    try:
        fault = msgspec.json.decode(body, type=Fault)
    except msgspec.DecodeError:
        fault = Fault()
    if status == 401 or fault.error in NO_ENTRY:
        raise AuthenticationError(
            "the server does not let this account in", where="OUTCLASS_BLUESKY_PASSWORD", got=fault.error
        )
    raise CallError(fault.error, where=name, status=status)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return for how many seconds a server wants to be left alone, if it says so."""
    for name, base in (("Retry-After", 0.0), ("RateLimit-Reset", time.time())):
        value = headers.get(name, "")
        if value.isascii() and value.isdigit():
            return max(1.0, int(value) - base)
    return None


def decode(body: bytes, kind: type[T], where: str) -> T:
    """Return an answer's body as a value.

    Raises
    ------
    TryLaterError
        It is none: cut off, or of another form.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise TryLaterError(
            "the server's answer is not understood", where=where, got=type(error).__name__
        ) from None
