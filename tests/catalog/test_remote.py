"""Tables by address: from the web and from object storage, and back into it."""

import gzip
import importlib
import logging
import traceback

import pytest

from file_host import serve_files
from outclass.base.errors import DataError, InputError, MissingExtraError
from outclass.base.settings import Settings
from outclass.catalog.dictionary.dataset import open_catalogue
from outclass.catalog.sources import remote
from outclass.catalog.sources.remote import fetch_remote, is_remote, put_remote, shown

fsspec = pytest.importorskip("fsspec", reason="object storage is read through fsspec")
CSV = b"label,text\nham,hello\nspam,free\n"


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", database_url="sqlite:///unused")


@pytest.fixture
def memory():
    store = fsspec.filesystem("memory")
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


@pytest.fixture
def host():
    with serve_files() as found:
        yield found


@pytest.fixture
def catalogue(tmp_path, settings):
    """Return a function that opens a catalogue of one table."""

    def opened(text):
        path = tmp_path / "sms.yaml"
        path.write_text(text, encoding="utf-8")
        return open_catalogue(path, settings)["sms"]

    return opened


def test_a_table_of_the_web_is_read_and_its_checksum_compared(catalogue, host):
    host.files["/a/sms.csv.gz?raw=1"] = gzip.compress(CSV)
    address = f"{host.url}/a/sms.csv.gz?raw=1"

    table = catalogue(f"path: {address}\n")

    assert table.load().rows() == [("ham", "hello"), ("spam", "free")]
    assert table.report.files[0].name == f"{host.url}/a/sms.csv.gz"
    with pytest.raises(DataError, match="sha256 of this file is another one"):
        catalogue(f"path: {address}\nsha256: a{'0' * 63}\n").load()


def test_from_one_store_to_another(catalogue, memory):
    memory.pipe_file("/in/sms.csv", CSV)

    table = catalogue(
        "path: memory://in/sms.csv\nexporter: {kind: parquet, path: 'memory://out/sms.parquet'}\n"
    )
    written = table.export()
    again = catalogue("path: memory://out/sms.parquet\n").load()

    assert written == "memory://out/sms.parquet"
    assert again.rows() == [("ham", "hello"), ("spam", "free")]


def test_an_export_that_breaks_off_leaves_no_file(catalogue, memory):
    memory.pipe_file("/in/sms.csv", CSV + b'spam,"open\n')

    with pytest.raises(DataError):
        catalogue("path: memory://in/sms.csv\n").export("memory://out/sms.csv")

    assert not memory.exists("/out/sms.csv")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("memory://in/none.csv", "there is no such file"),
        ("ftp://host/sms.csv", "no way to read such an address"),
        ("file:///etc/passwd", "no way to read such an address"),
        ("simplecache::memory://in/sms.csv", "no way to read such an address"),
        ("http://127.0.0.1:9/sms.csv", "cannot be had"),
    ],
)
def test_what_cannot_be_had_is_told(tmp_path, settings, memory, address, message, monkeypatch):
    monkeypatch.setattr("outclass.catalog.downloads.time.sleep", lambda seconds: None)

    with pytest.raises(DataError, match=message):
        fetch_remote(address, tmp_path, settings)


def test_nothing_is_written_to_the_web(tmp_path):
    with pytest.raises(InputError, match="nothing is written here"):
        put_remote(tmp_path / "x", "https://example.org/x")


def test_a_driver_that_is_missing_is_named_by_its_extra(tmp_path, settings, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(remote.importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"outclass\[gs\]"):
        fetch_remote("gs://bucket/sms.csv", tmp_path, settings)


def test_a_secret_in_an_address_is_not_shown(tmp_path, settings, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("outclass.catalog.downloads.time.sleep", lambda seconds: None)
    secret = "hunter" + "2"
    address = f"http://ann:{secret}@127.0.0.1:9/sms.csv?token={secret}"

    with pytest.raises(DataError) as caught:
        fetch_remote(address, tmp_path, settings)

    assert secret not in "".join(traceback.format_exception(caught.value)) + caplog.text
    assert shown(address) == "http://127.0.0.1:9/sms.csv"


def test_a_mirror_replaces_the_web(tmp_path, host):
    mirror = tmp_path / "mirror"
    (mirror / "example.org" / "data").mkdir(parents=True)
    (mirror / "example.org" / "data" / "sms.csv").write_bytes(CSV)
    host.files["/sms.csv"] = CSV
    by_folder = Settings(home=tmp_path, database_url="sqlite:///x", mirror=str(mirror))
    by_host = Settings(home=tmp_path, database_url="sqlite:///x", mirror=host.url)

    assert fetch_remote("https://example.org/data/sms.csv", tmp_path, by_folder).read_bytes() == CSV
    assert fetch_remote("https://example.org/data/sms.csv", tmp_path / "got", by_host).read_bytes() == CSV
    with pytest.raises(DataError, match="the mirror does not have this file"):
        fetch_remote("https://example.org/data/other.csv", tmp_path, by_folder)


def test_paths_are_no_addresses():
    assert not is_remote("C:\\data\\sms.csv")
    assert not is_remote("data/sms.csv")


def test_object_storage_by_its_own_protocol(tmp_path, settings, monkeypatch):
    """Needs s3fs and moto's server, which the tests do not bring: pip install s3fs 'moto[server]'."""
    pytest.importorskip("s3fs", reason="pip install 'outclass[s3]'")
    moto = pytest.importorskip("moto.server", reason="pip install 'moto[server]'")
    for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(name, value)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
        importlib.import_module("s3fs").S3FileSystem.clear_instance_cache()
        fsspec.filesystem("s3").mkdir("sms")
        source = tmp_path / "sms.csv"
        source.write_bytes(CSV)
        put_remote(source, "s3://sms/in/sms.csv")

        assert fetch_remote("s3://sms/in/sms.csv", tmp_path / "got", settings).read_bytes() == CSV
        with pytest.raises(DataError, match="there is no such file"):
            fetch_remote("s3://sms/in/none.csv", tmp_path, settings)
        with pytest.raises(DataError, match=r"store|such file"):
            put_remote(source, "s3://no-such-bucket-at-all/x")
    finally:
        server.stop()
