"""Time pages of data sites over a large table against plain Datasette on the same file, and measure memory.

Usage: python benchmarks/publishing/pages.py [--rows N] [--rounds N]

Makes a data file of N rows (1,000,000), starts `outclass serve --role data` and plain Datasette (0.65, its
defaults but for the page size, and the file as immutable), asks both for the same pages in turn, and prints
the medians. Facets are timed against a Datasette that may take as long as it needs. At the end all rows are
streamed as CSV while the server's memory is watched.
"""

import argparse
import contextlib
import hashlib
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import msgspec
import psutil

from outclass.publish.data_site.shelf import SiteDocument, write_site

MEGABYTE = 1_000_000
FACETS = ["split", "label", "year"]
METADATA = {
    "title": "Large",
    "license": "CC0-1.0",
    "tables": {"objects": {"facets": FACETS, "size": 50, "columns": {"label": "the true class"}}},
}
SCHEMA = """
pragma page_size = 4096;
create table classes (name text primary key, title text);
create table objects (id text primary key, split text, label text references classes(name), confidence real,
  weight real, year integer, note text);
create index objects_label on objects(label, id);
create index objects_confidence on objects(confidence, id);
create table facet_counts ("table" text, "column" text, position integer, value, count integer,
  primary key ("table", "column", position)) without rowid;
"""
PAGES = {
    "database": "",
    "table, declared facets": "/objects",
    "table, no facets": "/objects?_nofacet=1&_nosuggest=1",
    "sorted by an indexed column": "/objects?_sort=confidence",
    "sorted downward": "/objects?_sort_desc=confidence",
    "filtered by class": "/objects?label=c3",
    "far page (JSON)": "NEXT",
    "row": "/objects/o0500000",
    "SQL (JSON)": ".json?sql=select+label,count(*)+from+objects+where+label%3E'c5'+group+by+label",
}


def write_file(path: Path, rows: int) -> None:
    """Write the data file."""
    chance = random.Random(3)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        connection.executemany(
            "insert into classes values (?, ?)", [(f"c{i}", f"Class {i}") for i in range(9)]
        )
        connection.executemany(
            "insert into objects values (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    f"o{i:07}",
                    ("train", "validation", "holdout")[i % 17 % 3],
                    f"c{int(chance.random() ** 2 * 9)}",
                    round(chance.random(), 4) if i % 20 else None,
                    chance.gauss(5, 2),
                    1990 + i % 35,
                    f"note {i % 1000} of object {i}",
                )
                for i in range(rows)
            ),
        )
        for column in FACETS:
            connection.execute(
                f"insert into facet_counts select 'objects', '{column}', row_number() over "
                f"(order by count(*) desc, {column}) - 1, {column}, count(*) from objects group by {column}"
            )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("analyze")


@contextlib.contextmanager
def running(words: list[str], folder: Path, address: str, **environment: str) -> Iterator[psutil.Process]:
    """Run a server until the block ends; it is ready when it answers at an address."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(address, follow_redirects=True).status_code == 200:
                    break
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def median_ms(client: httpx.Client, addresses: dict[str, str], rounds: int) -> dict[str, float]:
    """Return the median time of each address; they are asked in turn."""
    times: dict[str, list[float]] = {name: [] for name in addresses}
    for _ in range(rounds):
        for name, address in addresses.items():
            start = time.perf_counter()
            response = client.get(address)
            times[name].append(1000 * (time.perf_counter() - start))
            assert response.status_code == 200, (name, response.status_code, response.text[:300])
    return {name: statistics.median(found) for name, found in times.items()}


def compare_pages(client: httpx.Client, ours: str, plain: str, rounds: int) -> None:
    """Print the time of each page of both."""
    print(f"\n{'page':32}{'ours, ms':>10}{'plain, ms':>11}{'ratio':>8}")
    for name, rest in PAGES.items():
        both = {"ours": ours + rest, "plain": plain + rest}
        if rest == "NEXT":
            both = {who: far_page(client, base) for who, base in (("ours", ours), ("plain", plain))}
        client.get(both["ours"]), client.get(both["plain"])
        found = median_ms(client, both, rounds)
        print(f"{name:32}{found['ours']:10.1f}{found['plain']:11.1f}{found['ours'] / found['plain']:8.2f}")


def far_page(client: httpx.Client, base: str) -> str:
    """Return the address of a page in the middle, sorted by a column with many equal values."""
    sql = "select confidence, id from objects where confidence >= 0.5 order by confidence, id limit 1"
    value, key = client.get(f"{base}.json", params={"sql": sql}).json()["rows"][0]
    options = "_nofacet=1&_nosuggest=1&_nocount=1"
    return f"{base}/objects.json?_sort=confidence&_next={str(value).replace('.', '~2E')},{key}&{options}"


def compare_facets(client: httpx.Client, ours: str, patient: str, rounds: int) -> None:
    """Print the time of facets that were counted, and of those that are computed."""
    print(f"\n{'facets of all rows (JSON)':32}{'counted':>10}{'computed':>11}{'ratio':>8}")
    options = "_size=1&_nocount=1&_nosuggest=1"
    bare = median_ms(client, {"ours": f"{ours}/objects.json?{options}&_nofacet=1"}, rounds)["ours"]
    addresses = {
        "ours": f"{ours}/objects.json?{options}",
        "plain": f"{patient}/objects.json?{options}",
    }
    found = median_ms(client, addresses, max(rounds // 3, 3))
    print(f"{'declared: ' + ', '.join(FACETS):32}{found['ours']:10.1f}{found['plain']:11.1f}", end="")
    print(f"{found['plain'] / found['ours']:8.1f}")
    print(f"{'the same without any facet':32}{bare:10.1f}")


def watch_stream(client: httpx.Client, ours: str, process: psutil.Process) -> None:
    """Stream all rows as CSV, and print the server's memory before and at most."""
    before = process.memory_info().rss
    most, done = [before], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            most.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, size, lines = time.perf_counter(), 0, 0
    with client.stream("GET", f"{ours}/objects.csv?_stream=on&_size=max") as response:
        for piece in response.iter_bytes():
            size += len(piece)
            lines += piece.count(b"\n")
    spent = time.perf_counter() - start
    done.set()
    watcher.join()
    print(f"\nCSV of all rows: {lines - 1:,} rows, {size / MEGABYTE:.0f} MB in {spent:.1f} s; memory")
    print(f"before {before / MEGABYTE:.0f} MB, at most {max(most) / MEGABYTE:.0f} MB")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home" / "published" / "large"
        home.mkdir(parents=True)
        path = home / "large.sqlite"
        write_file(path, given.rows)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows = {"objects": given.rows, "classes": 9}
        document = SiteDocument(
            name="large", file=path.name, sha256=digest, content_sha256=digest, rows=rows, metadata=METADATA
        )
        write_site(home, document)
        metadata = folder / "metadata.json"
        metadata.write_bytes(msgspec.json.encode({"databases": {"large": METADATA}}))
        print(f"{given.rows:,} rows, {path.stat().st_size / MEGABYTE:.0f} MB")
        base = ["datasette", "serve", "-i", str(path), "-m", str(metadata)]
        base += ["--setting", "facet_time_limit_ms"]
        ours, plain, patient = (f"http://127.0.0.1:{port}" for port in (8871, 8872, 8873))
        with (
            running(
                ["outclass", "serve", "--role", "data", "--port", "8871"],
                folder,
                f"{ours}/data/large",
                OUTCLASS_HOME=str(folder / "home"),
            ) as process,
            running([*base, "200", "-p", "8872"], folder, f"{plain}/large"),
            running(
                [*base, "60000", "--setting", "sql_time_limit_ms", "60000", "-p", "8873"], folder, patient
            ),
            httpx.Client(timeout=120) as client,
        ):
            here = str(client.get(f"{ours}/data/large", follow_redirects=True).url)
            compare_pages(client, here, f"{plain}/large", given.rounds)
            compare_facets(client, here, f"{patient}/large", given.rounds)
            watch_stream(client, here, process)


if __name__ == "__main__":
    main()
