"""Do a request once, however often it is sent with the same Idempotency-Key (IETF draft of that header)."""

import hashlib
import re
import time
from collections.abc import Callable

from outclass.base.errors import InputError, InvalidInputError
from outclass.base.sql import Database

KEPT_SECONDS = 86_400.0
KEY = re.compile(r"[\x21-\x7e]{1,200}")


def check_key(key: str) -> str:
    """Return an Idempotency-Key, or refuse it."""
    if KEY.fullmatch(key) is None:
        raise InputError(
            "this key cannot be used",
            where="Idempotency-Key",
            got=ascii(key),
            accepted="1 to 200 printable ASCII characters without spaces",
        )
    return key


def once(
    db: Database,
    *,
    scope: str,
    key: str,
    request: bytes,
    work: Callable[[], str],
    now: float | None = None,
) -> tuple[str, bool]:
    """Return the answer of `work`, noted in the same transaction, or the answer kept from before.

    Parameters
    ----------
    scope
        Whose key it is and for what, such as the caller and the path.
    request
        The body; another body under the same key is refused.
    work
        Does the thing with the same database and returns the answer.

    Returns
    -------
    The answer, and whether it was kept from before.

    Raises
    ------
    InvalidInputError
        The key was used for another request.
    """
    moment = time.time() if now is None else now
    identity = hashlib.sha256(f"{scope}\n{check_key(key)}".encode()).hexdigest()
    digest = hashlib.sha256(request).hexdigest()
    with db.transaction():
        db.execute("DELETE FROM idempotency WHERE created_at < ?", (moment - KEPT_SECONDS,))
        new = db.execute(
            "INSERT INTO idempotency (key, scope, request_sha256, response, created_at) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (identity, scope, digest, "", moment),
        )
        if not new:
            return _kept(db, identity, digest), True
        answer = work()
        db.execute("UPDATE idempotency SET response = ? WHERE key = ?", (answer, identity))
    return answer, False


def _kept(db: Database, identity: str, digest: str) -> str:
    """Return the answer that was given before, if the request is the same."""
    row = db.fetch_one("SELECT request_sha256, response FROM idempotency WHERE key = ?", (identity,))
    if row is None or row["request_sha256"] != digest:
        raise InvalidInputError(
            "this key was used for another request", where="Idempotency-Key", hint="use a new key"
        )
    return str(row["response"])
