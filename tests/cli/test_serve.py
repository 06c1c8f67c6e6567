"""`outclass serve` as a process: roles, a new champion under load, a stop that loses nothing."""

import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from databases import make_shared_tables
from models import tiny_digits_version
from processes import prepared_site, run_outclass, serving

PREDICT = "/api/v1/challenges/digits/predict"
DRAWING = bytes(784 // 2) + bytes([255]) * 28 + bytes(784 // 2 - 28)
RAW = {"content-type": "application/octet-stream"}
# The load of the tests comes from one address.
NO_LIMIT = {
    "OUTCLASS_ANONYMOUS_PER_SECOND": "1000000",
    "OUTCLASS_ANONYMOUS_BURST": "1000000",
    "OUTCLASS_ANONYMOUS_PER_DAY": "1000000000",
}


@pytest.fixture
def versions(settings):
    """Return two versions: one that says 7, which is champion, and one that says 3."""
    other = tiny_digits_version(settings.models_folder, favorite=3, champion=False)
    return tiny_digits_version(settings.models_folder, favorite=7), other


def test_everything_is_served_by_one_process(settings, versions):
    with prepared_site(settings.home, **NO_LIMIT) as server:
        server.wait_until("/readyz")
        page = server.client.get("/")
        answer = server.client.post(PREDICT, content=DRAWING, headers=RAW)
        code = server.stop()

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert answer.json()["answer"] == "7"
    assert code == 0


def test_the_api_alone_has_no_pages(settings, versions):
    make_shared_tables(settings.database_url)
    with serving(settings.home, "--role", "api") as server:
        server.wait_until("/readyz")

        assert server.client.get("/about/").status_code == 404
        assert server.client.get("/metrics").status_code == 200


def test_the_site_alone_has_health_and_no_api(settings):
    with prepared_site(settings.home, "--role", "site") as server:
        server.wait_until("/readyz")

        assert server.url.startswith("http://127.0.0.1:")
        assert server.client.get("/about/").status_code == 200
        assert server.client.get("/api/v1/challenges").headers["content-type"] == "application/problem+json"


def test_a_new_champion_is_taken_up_under_load_without_a_lost_request(settings, versions):
    champion, other = versions
    make_shared_tables(settings.database_url)
    with serving(settings.home, "--role", "api", **NO_LIMIT) as server:
        server.wait_until("/readyz")
        done = threading.Event()
        with ThreadPoolExecutor(4) as pool:
            loads = [pool.submit(ask_until, server.url, done) for _ in range(3)]
            try:
                for version in (other, champion, other):
                    promoted = run_outclass(settings.home, "models", "promote", version.reference, "--force")
                    assert promoted.returncode == 0, promoted.stderr
                    wait_for_model(server, version.reference)
            finally:
                done.set()
            answers = [answer for load in loads for answer in load.result(timeout=30)]

    assert {status for status, _ in answers} == {200}
    assert {model for _, model in answers} == {champion.reference, other.reference}


def ask_until(url, done):
    """Ask again and again; return status and model of every answer. A broken connection is an error."""
    answers = []
    with httpx.Client(base_url=url, timeout=20.0) as client:
        while not done.wait(0.003):
            answer = client.post(PREDICT, content=DRAWING, headers=RAW)
            answers.append((answer.status_code, answer.json().get("model")))
    return answers


def wait_for_model(server, reference):
    """Ask until the answers come from a version; the test's time limit ends a vain wait."""
    while server.client.post(PREDICT, content=DRAWING, headers=RAW).json()["model"] != reference:
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_what_is_in_flight_and_writes_the_log(settings, versions, number):
    make_shared_tables(settings.database_url)
    with serving(settings.home, "--role", "api", **NO_LIMIT) as server:
        server.wait_until("/readyz")
        known = server.client.post(PREDICT, content=DRAWING, headers=RAW).json()["id"]
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as begun:
            head = f"POST {PREDICT} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {RAW['content-type']}\r\n"
            begun.sendall(f"{head}Content-Length: {len(DRAWING)}\r\n\r\n".encode() + DRAWING[:100])
            # Another request after it: when that is answered, the first has reached the application.
            server.client.get("/livez")
            server.process.send_signal(number)
            wait_until_refused(host, int(port))
            begun.sendall(DRAWING[100:])
            answer = begun.recv(65536)
        code = server.process.wait(timeout=30)

    assert answer.startswith(b"HTTP/1.1 200")
    assert code == 0
    with serving(settings.home, "--role", "api") as server:
        server.wait_until("/readyz")
        assert server.client.get(f"/api/v1/predictions/{known}").json()["answer"] == "7"


def wait_until_refused(host, port):
    """Connect until the server takes no more connections."""
    while True:
        try:
            socket.create_connection((host, port), timeout=5).close()
        except OSError:
            return


def test_a_taken_port_is_said_before_anything_else_is_done(settings):
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run_outclass(settings.home, "serve", "--port", str(other.getsockname()[1]))

    assert done.returncode == 1
    assert "--port" in done.stderr
    assert not settings.home.exists()
