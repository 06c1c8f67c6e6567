"""API keys: `oc_<id>_<secret>`, shown once, kept as a hash, with scopes and a daily quota."""

import hashlib
import hmac
import re
import secrets
import string
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from outclass.base.errors import ConflictError, InvalidInputError, NotFoundError
from outclass.base.sql import Database

ID_LENGTH = 12
SECRET_LENGTH = 32
KEY_PATTERN = re.compile(r"oc_([a-z0-9]{12})_[A-Za-z0-9]{32}")
NAME_LENGTH = 60
MOST_ACTIVE_KEYS = 20
REQUESTS_PER_DAY = 10_000
MOST_REQUESTS_PER_DAY = 10_000_000

_SELECT = """
    SELECT id, secret_hash, owner_id, name, scopes, requests_per_day, created_at, revoked_at, last_used_at
    FROM api_key """


class Scope(StrEnum):
    """What a key may do."""

    PREDICT = "predict"
    FEEDBACK = "feedback"
    READ = "read"
    INGEST = "ingest"


OWN_SCOPES = (Scope.PREDICT, Scope.FEEDBACK, Scope.READ)
"""What people may give their own keys; to send in data is for those whom the operator chooses."""
ALL_SCOPES = (*OWN_SCOPES, Scope.INGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key as it is kept; `scopes` are separated by spaces, times are epoch seconds.

    `id` is public and stands in logs and lists; the key itself cannot be had from this record.
    """

    id: str
    secret_hash: str
    owner_id: int | None
    name: str
    scopes: str
    requests_per_day: int
    created_at: float
    revoked_at: float | None
    last_used_at: float | None

    @property
    def active(self) -> bool:
        """Return whether the key is not revoked."""
        return self.revoked_at is None

    def allows(self, scope: Scope) -> bool:
        """Return whether the key has a scope."""
        return scope in self.scopes.split(" ")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """How many requests were made with a key on one day (UTC)."""

    day: str
    requests: int


def create_key(
    db: Database,
    *,
    owner_id: int | None,
    name: str,
    scopes: Iterable[str] = OWN_SCOPES,
    requests_per_day: int = REQUESTS_PER_DAY,
) -> tuple[KeyRecord, str]:
    """Make a key and return its record and its text, which cannot be shown again.

    Raises
    ------
    InvalidInputError
        For a name, scopes or a quota that are not allowed.
    ConflictError
        When the owner has `MOST_ACTIVE_KEYS` active keys already.
    """
    key_id = _random(string.ascii_lowercase + string.digits, ID_LENGTH)
    text = f"oc_{key_id}_{_random(string.ascii_letters + string.digits, SECRET_LENGTH)}"
    record = KeyRecord(
        id=key_id,
        secret_hash=hash_of(text),
        owner_id=owner_id,
        name=_checked_name(name),
        scopes=" ".join(_checked_scopes(scopes)),
        requests_per_day=_checked_quota(requests_per_day),
        created_at=time.time(),
        revoked_at=None,
        last_used_at=None,
    )
    with db.transaction():
        if owner_id is not None and sum(key.active for key in list_keys(db, owner_id)) >= MOST_ACTIVE_KEYS:
            raise ConflictError(
                "no more keys can be made",
                accepted=f"{MOST_ACTIVE_KEYS} active keys",
                hint="revoke one first",
            )
        db.execute(
            "INSERT INTO api_key (id, secret_hash, owner_id, name, scopes, requests_per_day, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                record.id,
                record.secret_hash,
                record.owner_id,
                record.name,
                record.scopes,
                record.requests_per_day,
                record.created_at,
            ),
        )
    return record, text


def list_keys(db: Database, owner_id: int | None = None) -> list[KeyRecord]:
    """Return the keys of one owner, or all, the newest first."""
    where, params = ("", ()) if owner_id is None else ("WHERE owner_id = ? ", (owner_id,))
    return db.fetch_as(KeyRecord, _SELECT + where + "ORDER BY created_at DESC, id", params)


def get_key(db: Database, key_id: str, owner_id: int | None = None) -> KeyRecord:
    """Return a key by its public id; with `owner_id`, another person's key is not found."""
    for key in db.fetch_as(KeyRecord, _SELECT + "WHERE id = ?", (key_id,)):
        if owner_id is None or key.owner_id == owner_id:
            return key
    raise NotFoundError("there is no such key", got=key_id)


def find_key(db: Database, text: str) -> KeyRecord | None:
    """Return the record of a key by its text, also when it is revoked; None for a text that is no key.

    Raises
    ------
    UnavailableError
        When the database does not answer or has no table of keys.
    """
    match = KEY_PATTERN.fullmatch(text)
    if match is None:
        return None
    found = db.fetch_as(KeyRecord, _SELECT + "WHERE id = ?", (match[1],))
    if found and hmac.compare_digest(found[0].secret_hash, hash_of(text)):
        return found[0]
    return None


def revoke_key(db: Database, key_id: str, *, owner_id: int | None = None) -> KeyRecord:
    """Make a key useless for ever; servers notice within seconds. Revoking twice changes nothing."""
    with db.transaction():
        get_key(db, key_id, owner_id)
        db.execute(
            "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (time.time(), key_id)
        )
        return get_key(db, key_id, owner_id)


def rotate_key(db: Database, key_id: str, *, owner_id: int | None = None) -> tuple[KeyRecord, str]:
    """Revoke a key and make its successor, alike but for the text; return it as `create_key` does."""
    with db.transaction():
        old = get_key(db, key_id, owner_id)
        if not old.active:
            raise ConflictError("a revoked key cannot be rotated", got=key_id, hint="make a new key")
        revoke_key(db, key_id, owner_id=owner_id)
        return create_key(
            db,
            owner_id=old.owner_id,
            name=old.name,
            scopes=old.scopes.split(" "),
            requests_per_day=old.requests_per_day,
        )


def use_of(db: Database, key_id: str, *, days: int = 30, now: float | None = None) -> list[KeyUse]:
    """Return the use of a key on the latest days that had any, the newest first."""
    start = datetime.fromtimestamp(time.time() if now is None else now, UTC) - timedelta(days=days - 1)
    return db.fetch_as(
        KeyUse,
        "SELECT day, requests FROM api_key_use WHERE key_id = ? AND day >= ? ORDER BY day DESC",
        (key_id, start.strftime("%Y-%m-%d")),
    )


def used_today(db: Database, key_id: str, *, now: float | None = None) -> int:
    """Return how many requests were counted for a key today (UTC)."""
    row = db.fetch_one(
        "SELECT requests FROM api_key_use WHERE key_id = ? AND day = ?",
        (key_id, day_of(time.time() if now is None else now)),
    )
    return int(str(row["requests"])) if row else 0


def count_use(db: Database, counts: Mapping[tuple[str, str], int], *, now: float | None = None) -> None:
    """Add to the use of keys: number of requests by (key id, day); in one transaction."""
    moment = time.time() if now is None else now
    ordered = sorted(counts.items())
    with db.transaction():
        db.execute_many(
            "INSERT INTO api_key_use (key_id, day, requests) VALUES (?, ?, ?) "
            "ON CONFLICT (key_id, day) DO UPDATE SET requests = api_key_use.requests + excluded.requests",
            [(key_id, day, requests) for (key_id, day), requests in ordered],
        )
        db.execute_many(
            "UPDATE api_key SET last_used_at = ? WHERE id = ?",
            [(moment, key_id) for key_id in sorted({key_id for key_id, _ in counts})],
        )


def day_of(moment: float) -> str:
    """Return the day in UTC of a time in epoch seconds.

    >>> day_of(0.0)
    '1970-01-01'
    """
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def hash_of(text: str) -> str:
    """Return what is kept of a key: the sha256 of its whole text; 190 random bits need no slow hash."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _random(alphabet: str, length: int) -> str:
    """Return random characters."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _checked_name(name: str) -> str:
    """Return a name without surrounding space, or refuse it."""
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise InvalidInputError(
            "this name cannot be used",
            where="name",
            got=repr(name),
            accepted=f"1 to {NAME_LENGTH} characters",
        )
    return name


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the scopes in order of declaration, or refuse them."""
    wanted = set(scopes)
    unknown = sorted(wanted - set(ALL_SCOPES))
    if unknown or not wanted:
        raise InvalidInputError(
            "these scopes cannot be given",
            where="scopes",
            got=" ".join(unknown) or "none",
            accepted="one or more of " + ", ".join(ALL_SCOPES),
        )
    return [scope for scope in ALL_SCOPES if scope in wanted]


def _checked_quota(requests_per_day: int) -> int:
    """Return a quota, or refuse it."""
    if not 1 <= requests_per_day <= MOST_REQUESTS_PER_DAY:
        raise InvalidInputError(
            "this quota cannot be given",
            where="requests_per_day",
            got=requests_per_day,
            accepted=f"1 to {MOST_REQUESTS_PER_DAY}",
        )
    return requests_per_day
