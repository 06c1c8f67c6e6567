"""Addresses of strangers: none but public ones are visited, and none takes more than it may."""

import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base import fetch as fetching
from outclass.base.addresses import is_public, read_url
from outclass.base.errors import InvalidInputError, OutclassError, TooLargeError
from outclass.base.fetch import AddressRefusedError, Fetcher, FetchFailedError
from raw_host import RawHost, ok, raw_host, to

ODD = (
    "",
    "photo.jpg",
    "/etc/passwd",
    "//example.org/a",
    "http:example.org",
    "http:/example.org",
    "http:///example.org",
    "http://",
    "https://?a",
    "file:///etc/passwd",
    "ftp://example.org/a",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "jar:http://example.org!/a",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "http\u017f://example.org/",
    "http://user@example.org/",
    "http://user:secret@example.org/",
    "http://example.org@127.0.0.1/",
    "http://127.0.0.1#@example.org/@",
    "http://example.org\\@127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://example.org/\r\nHost: other",
    "http://example.org\r\n.other/",
    "http://exa\tmple.org/",
    "http://example.org /",
    "http://example.org/a b",
    "http://example.org/\0",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://127\u30020\u30020\u30021/",
    "http://loca\u212ahost/",
    "http://b\u00fccher.example/",
    "http://%6c%6f%63%61%6c%68%6f%73%74/",
    "http://127.0.0.1%2f@example.org/",
    "http://example.org:/",
    "http://example.org:0/",
    "http://example.org:80:80/",
    "http://example.org:+80/",
    "http://example.org:\uff18\uff10/",
    "http://example.org:99999/",
    "http://example..org/",
    "http://.example.org/",
    "http://example.org../",
    "http://-example.org/",
    "http://exam!ple.org/",
    "http://[::1/",
    "http://::1/",
    "http://[::1]x/",
    "http://[example.org]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[127.0.0.1]/",
    "http://example.org/" + "a" * 2100,
    "http://" + "a" * 64 + ".org/",
)
"""Addresses that are no usual ones, however harmless some are."""
PRIVATE = (
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://127.0.1/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0X7F.0.0.1/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://127.0.0.01/",
    "http://127.0.0.256/",
    "http://00000127.0.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://0x/",
    "http://1.2.3.4.5/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://100.127.255.254/",
    "http://168.63.129.16/metadata",
    "http://169.254.169.254/latest/meta-data/iam/",
    "http://169.254.170.2/v2/credentials",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.0.0.8/",
    "http://192.0.0.170/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://192.168.1.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:93.184.215.14]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[100::1]/",
    "http://[2001::1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[2001:2::1]/",
    "http://[2001:db8::1]/",
    "http://[2002:7f00:1::1]/",
    "http://[2606:4700:0:0:0:5efe:7f00:1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://ip6-localhost/",
)
"""Addresses of networks that are nobody's business, in every spelling."""
PORTS = ("http://93.184.215.14:22/", "http://93.184.215.14:6379/", "https://93.184.215.14:8443/")
PUBLIC = "93.184.215.14"


@pytest.fixture
def host() -> Iterator[RawHost]:
    with raw_host() as running:
        yield running


@pytest.fixture
def fetcher(host: RawHost) -> Fetcher:
    """Return a fetcher to which one local server counts as public, and nothing else that is local."""
    return Fetcher(allow_private=host.place)


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a test would leave this machine."""
    connect = socket.create_connection

    def checked(address: tuple[str, int], *arguments: object) -> socket.socket:
        assert address[0].startswith("127.")
        return connect(address, *arguments)

    monkeypatch.setattr(fetching.socket, "create_connection", checked)


@pytest.mark.parametrize("url", [*ODD, *PRIVATE, *PORTS])
def test_what_is_not_public_is_never_visited(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def visited(*_: object) -> socket.socket:
        raise AssertionError(url)

    monkeypatch.setattr(fetching.socket, "create_connection", visited)
    with pytest.raises(AddressRefusedError) as caught:
        Fetcher().fetch(url)
    assert caught.value.where == "url"
    assert "secret" not in str(caught.value)


def test_there_are_many_hostile_addresses() -> None:
    assert len({*ODD, *PRIVATE, *PORTS}) > 120


@pytest.mark.parametrize("url", [url for url in (*ODD, *PRIVATE) if "\r" not in url and "\0" not in url])
def test_no_redirect_leads_there_either(url: str, host: RawHost, fetcher: Fetcher) -> None:
    host.answers["/"] = to(url)
    with pytest.raises((AddressRefusedError, FetchFailedError)):
        fetcher.fetch(host.url())
    assert len(host.requests) <= 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int, host: RawHost, fetcher: Fetcher) -> None:
    host.answers |= {
        "/a": to("/b?c=1", status),
        "/b?c=1": to(host.url("/photo"), status),
        "/photo": ok(b"found"),
    }
    found = fetcher.fetch(host.url("/a"))
    assert (found.body, found.content_type, found.final_url) == (b"found", "image/jpeg", host.url("/photo"))


def test_three_redirects_are_followed_and_no_fourth(host: RawHost, fetcher: Fetcher) -> None:
    host.answers |= {f"/{n}": to(f"/{n + 1}") for n in range(4)} | {"/3": ok(), "/4": ok()}
    assert fetcher.fetch(host.url("/0")).body == b"photo"
    host.answers["/3"] = to("/4")
    with pytest.raises(FetchFailedError, match="too often"):
        fetcher.fetch(host.url("/0"))
    assert b"GET /4" not in b"".join(host.requests)


def test_a_redirect_to_another_local_port_is_refused(host: RawHost, fetcher: Fetcher) -> None:
    with raw_host() as other:
        host.answers["/"] = to(other.url("/secret"))
        with pytest.raises(AddressRefusedError):
            fetcher.fetch(host.url())
        assert other.requests == []


def test_a_name_with_one_private_address_is_refused(host: RawHost) -> None:
    fetcher = Fetcher(resolve=lambda *_: [PUBLIC, "10.0.0.1"])
    with pytest.raises(AddressRefusedError, match="not public"):
        fetcher.fetch("http://photos.example/")


@pytest.mark.parametrize("found", [[], ["127.0.0.1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"], ["nonsense"]])
def test_what_a_name_stands_for_is_checked(found: list[str]) -> None:
    with pytest.raises(AddressRefusedError, match="not known, or not public"):
        Fetcher(resolve=lambda *_: found).fetch("http://photos.example/")


def test_a_name_is_looked_up_once_and_the_checked_address_is_visited(host: RawHost) -> None:
    meanings = iter([["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1"]])
    host.answers["/"] = ok()
    fetcher = Fetcher(allow_private=host.place, resolve=lambda *_: next(meanings))
    assert fetcher.fetch(host.url(host="photos.example")).body == b"photo"
    assert f"Host: photos.example:{host.port}\r\n".encode() in host.requests[0]
    assert next(meanings) == ["127.0.0.2"]


def test_each_hop_is_looked_up_and_checked_anew(host: RawHost) -> None:
    meanings = iter([["127.0.0.1"], ["10.0.0.1"]])
    host.answers["/"] = to("/again")
    fetcher = Fetcher(allow_private=host.place, resolve=lambda *_: next(meanings))
    with pytest.raises(AddressRefusedError):
        fetcher.fetch(host.url(host="photos.example"))
    assert len(host.requests) == 1


def test_proxies_of_the_environment_are_not_used(
    host: RawHost, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    host.answers["/"] = ok()
    assert fetcher.fetch(host.url()).body == b"photo"


def test_the_request_says_who_asks_and_carries_nothing_else(host: RawHost, fetcher: Fetcher) -> None:
    host.answers["/a%C3%A9?b=%20"] = ok()
    fetcher.fetch(host.url("/a\u00e9?b=%20#part"))
    head, _, body = host.requests[0].partition(b"\r\n\r\n")
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
    assert names == [b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"]
    assert b"outclass/" in head
    assert body == b""


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_body_in_chunks_is_read(host: RawHost, fetcher: Fetcher) -> None:
    host.answers["/"] = CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert fetcher.fetch(host.url()).body == b"abcde"


ANSWERS = [
    (b"", FetchFailedError),
    (b"nonsense\r\n\r\n", FetchFailedError),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", FetchFailedError),
    (b"HTTP/1.1 404 No\r\n\r\n", FetchFailedError),
    (b"HTTP/1.1 206 Part\r\nContent-Length: 1\r\n\r\na", FetchFailedError),
    (b"HTTP/1.1 302 Gone\r\n\r\n", FetchFailedError),
    (b"HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\n\r\n", FetchFailedError),
    (CHUNKED + b"zz\r\nabc\r\n", FetchFailedError),
    (CHUNKED + b"ff\r\nabc", FetchFailedError),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", FetchFailedError),
    (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", FetchFailedError),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, FetchFailedError),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 10000001\r\n\r\n", TooLargeError),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", TooLargeError),
    (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"a", mtime=0), FetchFailedError),
    (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\na", FetchFailedError),
]


@pytest.mark.parametrize(("answer", "error"), ANSWERS, ids=range(len(ANSWERS)))
def test_answers_that_are_none(
    answer: bytes, error: type[OutclassError], host: RawHost, fetcher: Fetcher
) -> None:
    host.answers["/"] = answer
    with pytest.raises(error) as caught:
        fetcher.fetch(host.url())
    assert isinstance(caught.value, InvalidInputError | TooLargeError)


def test_a_missing_photo_is_no_passing_trouble(host: RawHost, fetcher: Fetcher) -> None:
    for status, passing in ((404, False), (403, False), (429, True), (500, True), (503, True)):
        host.answers["/"] = f"HTTP/1.1 {status} No\r\nRetry-After: 7\r\n\r\n".encode()
        with pytest.raises(FetchFailedError) as caught:
            fetcher.fetch(host.url())
        assert caught.value.passing is passing
        assert caught.value.retry_after == "7"


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", CHUNKED])
def test_a_body_without_an_end_is_cut_at_the_limit(start: bytes, host: RawHost) -> None:
    part = b"a" * 65_536
    host.answers["/"] = host.drip(
        start, b"10000\r\n" + part + b"\r\n" if start == CHUNKED else part, seconds=0
    )
    with pytest.raises(TooLargeError):
        Fetcher(allow_private=host.place, most_bytes=300_000).fetch(host.url())


@pytest.mark.parametrize(
    ("start", "part"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"a"),
        (CHUNKED, b"1\r\na\r\n"),
        (CHUNKED, b"0"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b""),
    ],
)
def test_what_drips_is_given_up_in_time(start: bytes, part: bytes, host: RawHost) -> None:
    host.answers["/"] = host.drip(start, part)
    fetcher = Fetcher(allow_private=host.place, seconds=0.3)
    begun = time.monotonic()
    with pytest.raises(FetchFailedError) as caught:
        fetcher.fetch(host.url())
    assert time.monotonic() - begun < 3.0
    assert caught.value.passing


def test_all_hops_share_the_time(host: RawHost) -> None:
    def late(connection: socket.socket) -> None:
        host.closing.wait(0.2)
        connection.sendall(to("/"))

    host.answers["/"] = late
    begun = time.monotonic()
    with pytest.raises(FetchFailedError, match="too slow"):
        Fetcher(allow_private=host.place, seconds=0.5, redirects=100).fetch(host.url())
    assert time.monotonic() - begun < 3.0


def test_a_slow_server_of_names_is_given_up_in_time() -> None:
    over = threading.Event()
    fetcher = Fetcher(seconds=0.2, resolve=lambda *_: [str(over.wait(20))])
    begun = time.monotonic()
    with pytest.raises(FetchFailedError, match="too slow"):
        fetcher.fetch("http://photos.example/")
    over.set()
    assert time.monotonic() - begun < 3.0


def test_a_port_where_nobody_listens(host: RawHost, fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchFailedError, match="no proper answer"):
        Fetcher(allow_private=frozenset({("127.0.0.1", port)})).fetch(f"http://127.0.0.1:{port}/")


def test_the_next_address_is_tried(host: RawHost) -> None:
    host.answers["/"] = ok()
    places = frozenset({("127.0.0.1", host.port), ("127.0.0.9", host.port)})
    fetcher = Fetcher(allow_private=places, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])
    assert fetcher.fetch(host.url(host="photos.example")).body == b"photo"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return key and certificate of photos.example, signed by itself."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    making = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        "-",
        "-out",
        "-",
    )
    try:
        done = subprocess.run(
            [*making, "-subj", "/CN=photos.example", "-addext", "subjectAltName=DNS:photos.example"],
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not installed")
    file.write_bytes(done.stdout)
    return file


def test_a_server_proves_its_name(certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    names: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with raw_host(serving) as host:
        host.answers["/"] = ok()
        parts = {"allow_private": host.place, "resolve": lambda *_: ["127.0.0.1"]}
        url = f"https://photos.example:{host.port}/"
        assert Fetcher(tls=trusting, **parts).fetch(url).body == b"photo"
        assert names == ["photos.example"]
        with pytest.raises(FetchFailedError, match="not trusted"):
            Fetcher(**parts).fetch(url)
        with pytest.raises(FetchFailedError, match="not trusted"):
            Fetcher(tls=trusting, **parts).fetch(url.replace("photos", "other"))


@given(st.integers(0, 2**32 - 1))
def test_no_spelling_of_a_number_gets_past(number: int) -> None:
    address = ip_address(number)
    assert read_url(f"http://{address}/").address == address
    for spelling in (
        str(number),
        hex(number),
        oct(number).replace("o", ""),
        f"0x{number >> 24:x}.{number & 0xFFFFFF}",
    ):
        if spelling != str(address):
            with pytest.raises(AddressRefusedError):
                read_url(f"http://{spelling}/")


@given(st.ip_addresses())
def test_public_is_never_more_than_the_standard_library_says(address: object) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"https://example.org/{text}"):
        try:
            target = read_url(url)
        except AddressRefusedError:
            continue
        assert target.url.isascii()
        assert not set(target.url) & set(" \r\n\t\0\\")
        assert read_url(target.url) == target
