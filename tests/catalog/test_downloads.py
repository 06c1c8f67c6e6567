import gzip
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from file_host import FileHost, serve_files
from outclass.base.errors import DownloadError
from outclass.catalog.declared_data import FileDeclaration
from outclass.catalog.downloads import FetchedFile, fetch
from outclass.catalog.loader import LoadedChallenge, load_challenge
from small_challenge import settings_in, write_challenge

CONTENT = bytes(range(256)) * 4000
PACKED = gzip.compress(CONTENT, mtime=1)
PATH = "shapes/pictures.gz"


@pytest.fixture
def host() -> Iterator[FileHost]:
    with serve_files() as running:
        running.files["/pictures.gz"] = PACKED
        yield running


@pytest.fixture
def shapes(tmp_path: Path) -> LoadedChallenge:
    return load_challenge(write_challenge(tmp_path / "shapes"))


def declared(url: str = "", *, mirrors: tuple[str, ...] = (), content: bytes = CONTENT) -> FileDeclaration:
    return FileDeclaration(
        url=url,
        mirrors=mirrors,
        path=PATH,
        sha256=hashlib.sha256(content).hexdigest(),
        md5=hashlib.md5(content).hexdigest(),
        bytes=len(content),
    )


def get(
    file: FileDeclaration, tmp_path: Path, challenge: LoadedChallenge, mirror: str | None = None
) -> FetchedFile:
    return fetch(file, tmp_path / "into", settings_in(tmp_path, mirror), challenge=challenge, pause=0)


def test_a_file_is_downloaded_once(tmp_path: Path, host: FileHost, shapes: LoadedChallenge) -> None:
    for _ in range(2):
        found = get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes)
    assert found.path == tmp_path / "into" / "pictures.gz"
    assert found.path.read_bytes() == PACKED
    assert (found.sha256, found.bytes) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert len(host.requests) == 1
    assert [path.name for path in found.path.parent.iterdir()] == ["pictures.gz"]


def test_a_broken_download_goes_on_where_it_stopped(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    host.faults = [-1000, 503, -500]
    with pytest.raises(DownloadError, match="the connection ended after 1,500 of"):
        get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes)
    assert (tmp_path / "into" / "pictures.gz.part").stat().st_size == 1500
    assert get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes).path.read_bytes() == PACKED
    assert [wanted for _, wanted in host.requests] == [None, "bytes=1000-", "bytes=1000-", "bytes=1500-"]


def test_a_host_without_parts_is_asked_for_the_whole(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    host.ranges, host.faults = False, [-1000]
    assert get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes).path.read_bytes() == PACKED


@pytest.mark.parametrize("left", [PACKED, PACKED + b"more", b"\0" * 700], ids=["whole", "too long", "other"])
def test_any_leftover_of_a_killed_download_ends_well(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge, left: bytes
) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "pictures.gz.part").write_bytes(left)
    assert get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes).path.read_bytes() == PACKED


def test_the_content_counts_not_how_it_was_packed(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    for other in (gzip.compress(CONTENT, compresslevel=1, mtime=2), CONTENT):
        host.files["/pictures.gz"] = other
        assert get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes).bytes == len(CONTENT)
        (tmp_path / "into" / "pictures.gz").unlink()


def test_mirrors_are_asked_when_the_original_fails(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    host.files["/wrong.gz"] = b"<html>we moved</html>"
    urls = tuple(f"{host.url}/{name}.gz" for name in ("nothing", "wrong", "pictures"))
    found = get(declared(urls[0], mirrors=urls[1:]), tmp_path, shapes)
    assert found.path.read_bytes() == PACKED
    assert [path for path, _ in host.requests] == ["/nothing.gz", "/wrong.gz", "/pictures.gz"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT[:-1], "its content is 1,023,999 bytes instead of 1,024,000"),
        (CONTENT + b"x", "its content is longer than 1,024,000 bytes"),
        (CONTENT[::-1], "sha256 of its content is"),
        (b"\0" * 100_000_000, "its content is longer than 1,024,000 bytes"),
    ],
    ids=["short", "long", "other", "bomb"],
)
def test_another_file_is_refused(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge, content: bytes, message: str
) -> None:
    host.files["/pictures.gz"] = gzip.compress(content)
    with pytest.raises(DownloadError, match=message):
        get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes)
    assert list((tmp_path / "into").iterdir()) == []


def test_a_file_without_end_is_not_kept(tmp_path: Path, host: FileHost, shapes: LoadedChallenge) -> None:
    host.files["/pictures.gz"] = b"\0" * 5_000_000
    with pytest.raises(DownloadError, match="it is longer than 2,072,576 bytes"):
        get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes)


def test_md5_alone_is_checked(tmp_path: Path, host: FileHost, shapes: LoadedChallenge) -> None:
    url = f"{host.url}/pictures.gz"
    right = FileDeclaration(url=url, path=PATH, md5=hashlib.md5(CONTENT).hexdigest())
    assert get(right, tmp_path, shapes).bytes == len(CONTENT)
    wrong = FileDeclaration(url=url, path=PATH, md5="0" * 32)
    with pytest.raises(DownloadError, match="md5 of its content is"):
        get(wrong, tmp_path, shapes)


@pytest.mark.parametrize("place", ["shapes/pictures.gz", "shapes/pictures", "pictures.gz", "pictures"])
def test_a_mirror_folder_replaces_the_host(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge, place: str
) -> None:
    path = tmp_path / "mirror" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(PACKED if place.endswith(".gz") else CONTENT)
    found = get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes, mirror=str(tmp_path / "mirror"))
    assert found.path == path
    assert host.requests == []


def test_a_mirror_folder_without_the_file_says_where_it_belongs(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    with pytest.raises(DownloadError) as caught:
        get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes, mirror=str(tmp_path / "mirror"))
    assert f"put the file at {tmp_path}/mirror/shapes/pictures.gz" in str(caught.value)
    assert host.requests == []


def test_a_mirror_with_a_wrong_file_says_which(tmp_path: Path, shapes: LoadedChallenge) -> None:
    (tmp_path / "pictures.gz").write_bytes(PACKED[:-20])
    with pytest.raises(DownloadError) as caught:
        get(declared("https://example.org/pictures.gz"), tmp_path, shapes, mirror=str(tmp_path))
    assert "pictures.gz: broken compressed data" in str(caught.value)


def test_a_mirror_may_be_an_address(tmp_path: Path, host: FileHost, shapes: LoadedChallenge) -> None:
    host.files["/mirror/shapes/pictures.gz"] = PACKED
    found = get(declared("https://example.org/a"), tmp_path, shapes, mirror=f"{host.url}/mirror/")
    assert found.path.read_bytes() == PACKED
    assert host.requests == [("/mirror/shapes/pictures.gz", None)]


def test_a_file_without_address_lies_with_the_challenge(tmp_path: Path, shapes: LoadedChallenge) -> None:
    with pytest.raises(DownloadError) as caught:
        get(declared(), tmp_path, shapes)
    assert f"put the file at {shapes.folder / PATH}" in str(caught.value)
    (shapes.folder / "shapes").mkdir()
    (shapes.folder / PATH).write_bytes(PACKED)
    assert get(declared(), tmp_path, shapes).path == shapes.folder / PATH


def test_without_network_the_error_says_which_file_to_put_where(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    url = f"{host.url}/pictures.gz"
    host.faults = [500, 500, 500]
    with pytest.raises(DownloadError) as caught:
        get(declared(url), tmp_path, shapes)
    target = tmp_path / "into" / "pictures.gz"
    assert f"get {url} on a machine with network and put it at {target}" in str(caught.value)
    assert "500 Internal Server Error" in str(caught.value)
    target.write_bytes(PACKED)
    assert get(declared(url), tmp_path, shapes).path == target
    assert len(host.requests) == 3


def test_a_host_that_nobody_knows_is_asked_once(tmp_path: Path, shapes: LoadedChallenge) -> None:
    start = time.monotonic()
    with pytest.raises(DownloadError, match="no-such-host"):
        fetch(
            declared("http://no-such-host.invalid/a"),
            tmp_path,
            settings_in(tmp_path),
            challenge=shapes,
            pause=20,
        )
    assert time.monotonic() - start < 20


def test_a_damaged_earlier_download_is_fetched_again(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "pictures.gz").write_bytes(PACKED[:-100])
    assert get(declared(f"{host.url}/pictures.gz"), tmp_path, shapes).path.read_bytes() == PACKED


def test_progress_is_told(tmp_path: Path, host: FileHost, shapes: LoadedChallenge) -> None:
    told: list[tuple[str, float | None, str]] = []

    def note(step: str, share: float | None, text: str = "") -> None:
        told.append((step, share, text))

    settings = settings_in(tmp_path)
    fetch(declared(f"{host.url}/pictures.gz"), tmp_path, settings, challenge=shapes, progress=note)
    assert told[-1] == ("download", 1.0, "pictures.gz 0.0 MB")


def test_a_mirror_may_hold_another_form_of_the_file(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    wanted = msgspec.structs.replace(declared("https://example.org/a"), other_forms=("shapes/set.csv",))
    host.files["/mirror/shapes/set.csv.zip"] = b"another form"
    found = get(wanted, tmp_path, shapes, mirror=f"{host.url}/mirror/")
    assert found.path.name == "set.csv.zip"
    assert found.path.read_bytes() == b"another form"
    again = get(wanted, tmp_path, shapes, mirror=f"{host.url}/mirror/")
    assert again == found
    assert len([path for path, _ in host.requests if path.endswith(".zip")]) == 1


def test_a_download_has_the_checksum_of_its_publisher(
    tmp_path: Path, host: FileHost, shapes: LoadedChallenge
) -> None:
    free = msgspec.structs.replace(declared(f"{host.url}/pictures.gz"), sha256=None, md5=None, bytes=None)
    host.files["/pictures.gz"] = PACKED
    right = msgspec.structs.replace(free, packed_md5=hashlib.md5(PACKED, usedforsecurity=False).hexdigest())
    assert get(right, tmp_path / "right", shapes).path.read_bytes() == PACKED
    with pytest.raises(DownloadError, match="its md5 is"):
        get(msgspec.structs.replace(free, packed_md5="0" * 32), tmp_path / "wrong", shapes)
