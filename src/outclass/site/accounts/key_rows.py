"""Keys and their use, as the page shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from outclass.base.keys import KeyRecord, list_keys, use_of
from outclass.base.sql import Database

DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One key; `daily` are its requests on each of the latest days, the oldest first."""

    key: KeyRecord
    created: datetime
    last_used: datetime | None
    today: int
    daily: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the requests of all these days."""
        return sum(self.daily)

    @property
    def scopes(self) -> list[str]:
        """Return what the key may do."""
        return self.key.scopes.split()


def key_rows(database: Database, owner_id: int, now: datetime | None = None) -> list[KeyRow]:
    """Return the keys of a person with their use; revoked ones last."""
    moment = now or datetime.now(UTC)
    days = [(moment - timedelta(days=back)).strftime("%Y-%m-%d") for back in range(DAYS - 1, -1, -1)]
    rows = [key_row(database, key, days) for key in list_keys(database, owner_id)]
    return sorted(rows, key=lambda row: not row.key.active)


def key_row(database: Database, key: KeyRecord, days: list[str]) -> KeyRow:
    """Return one key with its use."""
    counts = {use.day: use.requests for use in use_of(database, key.id, days=DAYS)}
    return KeyRow(
        key=key,
        created=datetime.fromtimestamp(key.created_at, UTC),
        last_used=None if key.last_used_at is None else datetime.fromtimestamp(key.last_used_at, UTC),
        today=counts.get(days[-1], 0),
        daily=tuple(counts.get(day, 0) for day in days),
    )
