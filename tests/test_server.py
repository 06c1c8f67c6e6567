"""The server: who answers which path, what never reaches the site, ports, and the cost of it all."""

import asyncio
import socket
import timeit

import msgspec
import pytest

from outclass import server
from outclass.base.errors import InputError, UnavailableError
from outclass.base.settings import Settings


async def nothing(*_):
    return {"type": "lifespan.startup"}


class Recorder:
    """An ASGI application that notes what it was asked."""

    def __init__(self):
        self.scopes = []

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)


def http(path, **more):
    return {"type": "http", "path": path, "headers": [], "query_string": b"", **more}


def ask(app, scope, messages=()):
    """Send one request through an application; return what it sent."""
    waiting, sent = list(messages), []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/challenges", "api"),
        ("/api", "api"),
        ("/v2/health/ready", "api"),
        ("/livez", "api"),
        ("/readyz", "api"),
        ("/metrics", "api"),
        ("/", "site"),
        ("/apiary", "site"),
        ("/c/digits/draw/", "site"),
        ("/livez/more", "site"),
        ("/v22/", "site"),
    ],
)
def test_a_path_goes_to_the_part_that_owns_it(path, expected):
    api, site = Recorder(), Recorder()

    ask(server.Dispatcher(api=api, site=site), http(path))

    assert [len(api.scopes), len(site.scopes)] == ([1, 0] if expected == "api" else [0, 1])


def test_the_lifespan_goes_to_the_api_alone():
    api, site = Recorder(), Recorder()

    ask(server.Dispatcher(api=api, site=site), {"type": "lifespan"})

    assert (len(api.scopes), len(site.scopes)) == (1, 0)


def test_dispatching_costs_less_than_ten_microseconds():
    async def empty(scope, receive, send):
        pass

    dispatcher = server.Dispatcher(api=empty, site=empty)
    scope, count = http("/c/digits/"), 2000

    def spend(app):
        async def many():
            for _ in range(count):
                await app(scope, nothing, nothing)

        return min(timeit.repeat(lambda: asyncio.run(many()), number=1, repeat=7))

    assert (spend(dispatcher) - spend(empty)) / count < 10e-6


def test_a_header_with_an_underscore_cannot_forge_one_with_a_hyphen():
    scope = http("/", headers=[(b"x_forwarded_for", b"10.0.0.1"), (b"host", b"localhost")])

    assert server.make_safe_for_wsgi(scope)["headers"] == [(b"host", b"localhost")]


def test_a_query_that_is_no_ascii_is_escaped():
    scope = http("/", query_string=b"name=\xc3\xa9&a=%20+b")

    assert server.make_safe_for_wsgi(scope)["query_string"] == b"name=%C3%A9&a=%20+b"


def test_a_usual_request_is_passed_on_as_it_is():
    scope = http("/", headers=[(b"host", b"localhost")], query_string=b"a=1")

    assert server.make_safe_for_wsgi(scope) is scope


def test_where_only_the_site_runs_health_is_answered_and_the_api_refused():
    health = ask(server.api_elsewhere, http("/readyz"))
    refused = ask(server.api_elsewhere, http("/api/v1/challenges"))

    assert health[0]["status"] == 200
    assert refused[0]["status"] == 404
    assert msgspec.json.decode(refused[1]["body"])["status"] == 404


def test_where_only_the_site_runs_the_lifespan_is_answered():
    sent = ask(
        server.api_elsewhere,
        {"type": "lifespan"},
        [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}],
    )

    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_serving_nothing_is_refused(tmp_path):
    settings = Settings(home=tmp_path, database_url="sqlite:///:memory:")

    with pytest.raises(InputError, match="nothing to serve"):
        server.create_app(settings, frozenset())


def test_a_port_that_is_taken_is_said_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(UnavailableError, match=f"cannot listen on 127.0.0.1:{port}.*--port"):
            server.bind("127.0.0.1", port)


def test_an_unknown_host_is_said():
    with pytest.raises(UnavailableError, match="host"):
        server.bind("no-such-host.invalid", 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:"), ("::1", "http://[::1]:")],
)
def test_the_address_is_one_that_a_browser_can_open(host, expected):
    try:
        listener = server.bind(host, 0)
    except UnavailableError:
        pytest.skip(f"this machine has no {host}")
    with listener:
        assert server.address_of(listener).startswith(expected)
