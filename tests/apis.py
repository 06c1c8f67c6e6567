"""A running API and a client of it, for tests."""

from dataclasses import dataclass

import httpx

from outclass.api.edge import Edge
from outclass.base.keys import ALL_SCOPES, create_key
from outclass.base.sql import Database

PREDICT = "/api/v1/challenges/digits/predict"
STROKE = [0.0] * 784
STROKE[10 * 28 + 5 : 10 * 28 + 20] = [1.0] * 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A running API and a client of it."""

    app: Edge
    client: httpx.AsyncClient
    db: Database

    def key(self, *scopes: str, per_day: int = 10_000, owner: int | None = 1) -> dict[str, str]:
        """Make a key and return the header that names it."""
        _, text = create_key(
            self.db, owner_id=owner, name="test", scopes=scopes or ALL_SCOPES, requests_per_day=per_day
        )
        return {"Authorization": f"Bearer {text}"}


def client_of(app: Edge) -> httpx.AsyncClient:
    """Return a client that calls the application in process."""
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 50000))
    return httpx.AsyncClient(transport=transport, base_url="http://test")
