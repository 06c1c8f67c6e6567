"""Who may ask, how often, and how soon a revoked key is refused."""

from collections.abc import Callable

import httpx
import pytest

from apis import PREDICT, STROKE, Api
from outclass.api.keyring import KeyRing
from outclass.api.options import ApiOptions, read_origins
from outclass.api.visitors import Visitors, address_of, network_of
from outclass.base.errors import (
    AuthenticationError,
    InputError,
    OutclassError,
    RateLimitedError,
    UnavailableError,
)
from outclass.base.keys import create_key, revoke_key, used_today
from outclass.base.settings import Settings
from outclass.base.sql import Database

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]

MIDNIGHT = 1_795_219_200.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float = MIDNIGHT) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def directly(function: Callable[..., object], /, *arguments: object) -> object:
    return function(*arguments)


def ring(db: Database, clock: Clock) -> KeyRing:
    return KeyRing(db, directly, clock)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic dXNlcjpwYXNz",
        "oc_abcdefghijkl_" + "x" * 32,
        "Bearer oc_abcdefghijkl_" + "x" * 32,
        "Bearer \xff",
        "",
    ],
)
async def test_a_wrong_key_is_refused(steady: Api, problem: Problem, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")}
    response = await steady.client.post(PREDICT, json=STROKE, headers=headers)
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer ")


async def test_guessing_is_limited(api: Api, problem: Problem) -> None:
    api.app.service.visitors._burst = 3.0
    headers = {"Authorization": "Bearer nonsense"}
    for _ in range(3):
        problem(await api.client.get("/api/v1/challenges", headers=headers), 401, "unauthenticated")
    problem(await api.client.get("/api/v1/challenges", headers=headers), 429, "rate-limited")


async def test_scopes(api: Api, problem: Problem) -> None:
    reader, predictor = api.key("read"), api.key("predict")
    assert (await api.client.get("/api/v1/challenges", headers=reader)).status_code == 200
    assert (await api.client.post(PREDICT, json=STROKE, headers=predictor)).status_code == 200
    denied = await api.client.post(PREDICT, json=STROKE, headers=reader)
    assert problem(denied, 403, "forbidden")["accepted"] == "predict"
    assert 'error="insufficient_scope"' in denied.headers["www-authenticate"]
    problem(await api.client.get("/v2", headers=predictor), 403, "forbidden")


async def test_the_quota_of_the_day(api: Api, problem: Problem) -> None:
    headers = api.key(per_day=3)
    for _ in range(3):
        assert (await api.client.post(PREDICT, json=STROKE, headers=headers)).status_code == 200
    response = await api.client.post(PREDICT, json=STROKE, headers=headers)
    problem(response, 429, "rate-limited")
    assert 0 < int(response.headers["retry-after"]) <= 86_400
    await api.app.service.keys.flush()
    assert used_today(api.db, headers["Authorization"][10:22]) == 3


async def test_a_key_has_one_quota_however_its_header_is_written(db: Database) -> None:
    _, text = create_key(db, owner_id=1, name="a", requests_per_day=2)
    keys = ring(db, Clock())
    for scheme in (b"Bearer ", b"bearer  "):
        await keys.admit(scheme + text.encode())
    with pytest.raises(RateLimitedError):
        await keys.admit(b"BEARER " + text.encode() + b" ")


async def test_a_quota_holds_for_all_processes_together(db: Database) -> None:
    clock = Clock()
    record, text = create_key(db, owner_id=1, name="a", requests_per_day=5)
    header = f"Bearer {text}".encode()
    one, two = ring(db, clock), ring(db, clock)
    for _ in range(3):
        await one.admit(header)
    await one.flush()
    for _ in range(2):
        await two.admit(header)
    with pytest.raises(RateLimitedError) as caught:
        await two.admit(header)
    assert caught.value.retry_after == 86_400
    await two.flush()
    clock.now += 2.0
    with pytest.raises(RateLimitedError):
        await one.admit(header)
    clock.now += 86_400.0
    await one.admit(header)
    await one.flush()
    assert used_today(db, record.id, now=MIDNIGHT) == 5
    assert used_today(db, record.id, now=clock.now) == 1


async def test_a_revoked_key_is_refused_within_seconds(db: Database) -> None:
    clock = Clock()
    record, text = create_key(db, owner_id=1, name="a")
    header = f"Bearer {text}".encode()
    keys = ring(db, clock)
    assert await keys.admit(header) == record
    revoke_key(db, record.id)
    clock.now += 2.0
    with pytest.raises(AuthenticationError):
        await keys.admit(header)


async def test_requests_of_a_key_may_not_come_too_fast(db: Database) -> None:
    clock = Clock()
    _, text = create_key(db, owner_id=1, name="a", requests_per_day=1000)
    header = f"Bearer {text}".encode()
    keys = ring(db, clock)
    for _ in range(200):
        await keys.admit(header)
    with pytest.raises(RateLimitedError) as caught:
        await keys.admit(header)
    assert caught.value.retry_after == pytest.approx(1 / 50)
    clock.now += 0.021
    await keys.admit(header)


async def test_use_is_not_lost_while_the_database_is_away(db: Database) -> None:
    clock = Clock()
    record, text = create_key(db, owner_id=1, name="a")
    keys = ring(db, clock)
    await keys.admit(f"Bearer {text}".encode())
    db.execute("ALTER TABLE api_key_use RENAME TO elsewhere")
    await keys.flush()
    assert keys.problem == "a table is missing in the database"
    db.execute("ALTER TABLE elsewhere RENAME TO api_key_use")
    await keys.flush()
    assert keys.problem is None
    assert used_today(db, record.id, now=MIDNIGHT) == 1


async def test_keys_without_a_database(settings: Settings) -> None:
    with pytest.raises(UnavailableError):
        await ring(Database.connect(settings.database_url), Clock()).admit(
            b"Bearer oc_" + b"a" * 12 + b"_" + b"b" * 32
        )


def allowed(visitors: Visitors, address: str, most: int = 1000) -> int:
    """Return how many requests are admitted before the first is refused."""
    for number in range(most):
        try:
            visitors.admit(address)
        except OutclassError:
            return number
    return most


def test_an_address_has_a_burst_and_a_rate() -> None:
    clock = Clock()
    visitors = Visitors(ApiOptions(anonymous_per_second=10, anonymous_burst=20), clock)
    assert allowed(visitors, "a") == 20
    assert allowed(visitors, "b") == 20
    with pytest.raises(RateLimitedError) as caught:
        visitors.admit("a")
    assert caught.value.retry_after == pytest.approx(0.1)
    clock.now += 0.5
    assert allowed(visitors, "a") == 5
    clock.now += 1000.0
    assert allowed(visitors, "a") == 20


def test_an_address_has_a_quota_of_the_day() -> None:
    clock = Clock(MIDNIGHT + 86_400 - 60)
    visitors = Visitors(ApiOptions(anonymous_per_day=15), clock)
    assert allowed(visitors, "a") == 15
    with pytest.raises(RateLimitedError) as caught:
        visitors.admit("a")
    assert caught.value.retry_after == 60
    clock.now += 60
    assert allowed(visitors, "a") == 15


def test_addresses_are_forgotten() -> None:
    visitors = Visitors(ApiOptions(anonymous_burst=1), Clock(), capacity=2)
    for address in "abc":
        visitors.admit(address)
    assert list(visitors._allowances) == ["b", "c"]


@pytest.mark.parametrize(
    ("client", "forwarded", "proxies", "expected"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", 1, "198.51.100.9"),
        ("192.0.2.1", "forged, 198.51.100.9", 1, "198.51.100.9"),
        ("192.0.2.1", "198.51.100.9", 2, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::"),
    ],
)
def test_the_address_of_a_caller(client: str, forwarded: str, proxies: int, expected: str) -> None:
    headers = {b"x-forwarded-for": forwarded.encode()} if forwarded else {}
    assert address_of((client, 1), headers, proxies) == expected


def test_odd_addresses_are_no_fault() -> None:
    assert address_of(None, {}, 0) == "unknown"
    assert network_of("not:an:address") == "not:an:address"
    assert network_of("fe80::1%eth0") == "fe80::"


def test_options_of_the_environment() -> None:
    assert ApiOptions.from_environment({}) == ApiOptions()
    assert ApiOptions.from_environment({"OUTCLASS_ANONYMOUS_PER_SECOND": "5"}).anonymous_per_second == 5
    for value in ("x", "-1", "0", "1.5"):
        with pytest.raises(InputError):
            ApiOptions.from_environment({"OUTCLASS_ANONYMOUS_BURST": value})
    assert read_origins("* https://A.example/") == ("*", "https://a.example")
    with pytest.raises(InputError):
        read_origins("https://a.example/path")
