"""What `publish vm` writes works behind a real nginx, and a new copy takes over only when it is healthy."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from outclass.base.errors import InputError, UnavailableError
from outclass.base.settings import Settings
from outclass.publish.targets.base import PublishContext
from outclass.publish.targets.vm import TARGET

NGINX, OPENSSL = shutil.which("nginx") or shutil.which("/usr/sbin/nginx"), shutil.which("openssl")
PREFIX = "/outclass"
DEFAULTS = {option.name: option.default for option in TARGET.options}
WAIT_SECONDS = 60
MOST_BYTES = 17_000_000
SERVE = """#!/bin/sh
# Starts a copy as its unit would.
set -eu
. "$ETC/$1.env"
set -a; . "$ETC/outclass.env"; set +a
{python} -m outclass serve --port "$PORT" > "$ETC/$1.log" 2>&1 < /dev/null &
echo $! > "$ETC/$1.pid"
"""
STOP = """#!/bin/sh
# Ends a copy as its unit would.
kill "$(cat "$ETC/$1.pid")" 2>/dev/null || true
rm -f "$ETC/$1.pid"
"""
OUTER = """
daemon off;
pid {etc}/nginx.pid;
error_log {etc}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {etc}/body; proxy_temp_path {etc}/proxy; fastcgi_temp_path {etc}/fastcgi;
    uwsgi_temp_path {etc}/uwsgi; scgi_temp_path {etc}/scgi;
    include {etc}/nginx.conf;
}}
"""


def context(folder, **options):
    settings = Settings(home=folder, database_url=f"sqlite:///{(folder / 'db').as_posix()}")
    return PublishContext(challenges=(), settings=settings, options=DEFAULTS | options)


@pytest.mark.parametrize(
    "options",
    [
        {"host": "a b"},
        {"host": "x;reload"},
        {"host": "play.example.org", "prefix": "/a;b"},
        {"host": "play.example.org", "ports": "8001"},
        {"host": "play.example.org", "ports": "8001,8001"},
        {"host": "play.example.org", "listen": "80,99999"},
        {"host": "play.example.org", "user": "root\nExecStart=/bin/sh"},
        {"host": "play.example.org", "certificate": "/x; include /etc/passwd"},
    ],
)
def test_no_option_becomes_more_than_a_word(options, tmp_path):
    with pytest.raises(InputError):
        TARGET.generate(context(tmp_path, **options), tmp_path)


def test_the_files_are_complete(tmp_path):
    TARGET.generate(context(tmp_path / "home", host="play.example.org"), tmp_path)
    texts = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}

    assert set(texts) == {
        *("README.md", "install.sh", "nginx.conf", "outclass.env", "outclass@.service", "switch.sh"),
        *("upstream.conf", "blue.env", "green.env"),
    }
    assert [name for name, text in texts.items() if "{{" in text] == []
    assert texts["outclass.env"].splitlines()[1:4] == [
        "OUTCLASS_HOSTS=play.example.org", "OUTCLASS_HTTPS=1", "OUTCLASS_PROXIES=1",
    ]  # fmt: skip
    for name in ("install.sh", "switch.sh"):
        subprocess.run(["sh", "-n", tmp_path / name], check=True, timeout=10)
    unit = texts["outclass@.service"]
    assert "ExecStart=/opt/outclass/%i/bin/outclass serve --port ${PORT}" in unit
    for hardened in ("NoNewPrivileges=yes", "ProtectSystem=strict", "MemoryMax=1G", "CapabilityBoundingSet="):
        assert hardened in unit


def test_it_says_which_machine_it_wants(tmp_path):
    with pytest.raises(InputError, match="which machine"):
        TARGET.publish(context(tmp_path, host="play.example.org"), tmp_path)
    with pytest.raises(InputError, match="no machine"):
        TARGET.publish(context(tmp_path, host="play.example.org", ssh="-oProxyCommand=x"), tmp_path)


def test_a_tool_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="not installed"):
        TARGET.publish(context(tmp_path, host="play.example.org", ssh="me@example.org"), tmp_path)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def running_nginx(etc):
    (etc / "outer.conf").write_text(OUTER.format(etc=etc))
    process = subprocess.Popen([NGINX, "-p", etc, "-c", etc / "outer.conf"], stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGQUIT)
        process.communicate(timeout=WAIT_SECONDS)


def wait_until(found, what):
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found():
            return
        time.sleep(0.1)
    pytest.fail(f"waited in vain for {what}")


def is_open(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Machine:
    """A machine as `install.sh` leaves it, in a folder."""

    def __init__(self, folder):
        self.etc = folder / "etc"
        self.etc.mkdir()
        self.blue, self.green, self.http, self.https = free_ports(4)
        subprocess.run(
            [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", self.etc / "key.pem",
             "-out", self.etc / "cert.pem"],
            check=True, capture_output=True, timeout=30,
        )  # fmt: skip
        self.trusted = ssl.create_default_context(cafile=self.etc / "cert.pem")
        options = {
            "host": "localhost",
            "prefix": PREFIX,
            "etc": str(self.etc),
            "home": str(folder / "home"),
            "certificate": str(self.etc / "cert.pem"),
            "key": str(self.etc / "key.pem"),
            "ports": f"{self.blue},{self.green}",
            "listen": f"{self.http},{self.https}",
        }
        TARGET.generate(context(folder / "home", **options), self.etc)
        (self.etc / "start.sh").write_text(SERVE.format(python=sys.executable))
        (self.etc / "stop.sh").write_text(STOP)
        (self.etc / "fail.sh").write_text("exit 0\n")
        self.environment = os.environ | {
            "ETC": str(self.etc),
            "OUTCLASS_START": f"sh {self.etc}/start.sh ",
            "OUTCLASS_STOP": f"sh {self.etc}/stop.sh ",
            "OUTCLASS_RELOAD": f"{NGINX} -p {self.etc} -c {self.etc}/outer.conf -s reload",
            "OUTCLASS_CHECK": f"{NGINX} -p {self.etc} -c {self.etc}/outer.conf -t -q",
            "OUTCLASS_DRAIN": "1",
        }
        self.client = httpx.Client(
            base_url=f"https://localhost:{self.https}",
            verify=self.trusted,
            timeout=WAIT_SECONDS,
        )

    def start(self, color):
        self.run("sh", self.etc / "start.sh", color)

    def stop(self, color):
        self.run("sh", self.etc / "stop.sh", color)

    def run(self, *words, **more):
        return subprocess.run(
            words, env=self.environment | more, check=False, capture_output=True, text=True, timeout=100
        )

    def is_ready(self, port):
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    if NGINX is None or OPENSSL is None:
        pytest.skip("nginx or openssl is not installed: apt-get install nginx openssl")
    machine = Machine(tmp_path_factory.mktemp("vm"))
    machine.start("blue")
    try:
        wait_until(lambda: machine.is_ready(machine.blue), (machine.etc / "blue.log").read_text)
        with running_nginx(machine.etc):
            wait_until(lambda: is_open(machine.https), "nginx")
            yield machine
    finally:
        machine.client.close()
        machine.stop("blue")
        machine.stop("green")


def test_pages_api_and_data_below_a_prefix(machine):
    plain = httpx.get(f"http://localhost:{machine.http}{PREFIX}/about/", timeout=WAIT_SECONDS)
    assert (plain.status_code, plain.headers["location"]) == (
        301,
        f"https://localhost:{machine.https}{PREFIX}/about/",
    )
    assert machine.client.get("/").headers["location"].endswith(f"{PREFIX}/")

    page = machine.client.get(f"{PREFIX}/accounts/login/")
    assert page.status_code == 200
    assert page.headers["content-encoding"] == "gzip"
    assert re.search(rf"csrftoken=.*Path={PREFIX}/;.*Secure", page.headers["set-cookie"])
    style = re.search(rf'href="({PREFIX}/static/[^"]+\.css)"', page.text)[1]
    assert "immutable" in machine.client.get(style).headers["cache-control"]

    answer = machine.client.post(f"{PREFIX}/api/v1/challenges/digits/predict", json=[0.0] * 784)
    assert answer.json()["reason"] == "empty"
    assert machine.client.get(f"{PREFIX}/data/").status_code == 200
    assert machine.client.get(f"{PREFIX}/metrics").status_code == 404
    assert machine.client.get("/metrics").status_code == 404


def test_a_form_is_taken_and_leads_back(machine):
    page = machine.client.get(f"{PREFIX}/about/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    sent = machine.client.post(
        f"{PREFIX}/theme/",
        data={"csrfmiddlewaretoken": token, "theme": "light", "next": f"{PREFIX}/about/"},
        headers={"Referer": f"https://localhost:{machine.https}{PREFIX}/about/"},
    )

    assert (sent.status_code, sent.headers["location"]) == (302, f"{PREFIX}/about/")


def test_too_large_a_body_is_refused_at_the_door(machine):
    sent = machine.client.post(f"{PREFIX}/api/v1/challenges/digits/predict", content=bytes(MOST_BYTES))

    assert sent.status_code == 413


def test_a_copy_that_is_not_healthy_does_not_take_over(machine):
    ran = machine.run(
        "sh", machine.etc / "switch.sh", OUTCLASS_START=f"sh {machine.etc}/fail.sh ", OUTCLASS_SECONDS="2"
    )

    assert ran.returncode == 1
    assert "green did not become healthy" in ran.stderr
    assert f":{machine.blue};" in (machine.etc / "upstream.conf").read_text()
    assert machine.client.get(f"{PREFIX}/about/").status_code == 200


def test_a_healthy_copy_takes_over_and_no_request_is_lost(machine):
    answers, done = [], threading.Event()

    def ask():
        with httpx.Client(base_url=machine.client.base_url, verify=machine.trusted, timeout=60) as one:
            while not done.is_set() and len(answers) < 5000:
                # A connection that waits may be closed when nginx reloads, so each asks by a new one.
                answers.append(one.get(f"{PREFIX}/livez", headers={"connection": "close"}).status_code)
                done.wait(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        ran = machine.run("sh", machine.etc / "switch.sh")
    finally:
        done.set()
        asking.join()

    assert ran.returncode == 0, ran.stderr
    assert f":{machine.green};" in (machine.etc / "upstream.conf").read_text()
    assert len(answers) > 20
    assert set(answers) == {200}
    assert not Path(machine.etc, "blue.pid").exists()
    assert machine.client.get(f"{PREFIX}/about/").status_code == 200
