"""A table is read in bounded memory: the small form of benchmarks/messages/sampling.py."""

import importlib
import os
import subprocess
import sys

import msgspec
import pytest

ROWS = 300_000
WIDTH = 1000
READ = """
import json, resource
from outclass.catalog.dictionary.declaration import DataDictionary, SqlKind
from outclass.catalog.dictionary.draws import share
from outclass.catalog.sources.sql import read_sql_batches

declared = DataDictionary(source=SqlKind.SQL, table_name="long")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
kept = sum(len(batch.frame) for batch in read_sql_batches(declared, keep=lambda a, n: share(a, n, 0.1, 1)))
print(json.dumps([kept, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))
"""


@pytest.mark.postgres
@pytest.mark.timeout(180)
def test_a_sample_of_a_large_table_takes_little_memory(postgres_url):
    psycopg = importlib.import_module("psycopg")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            f"CREATE UNLOGGED TABLE long AS SELECT g AS id, repeat('x', {WIDTH}) AS body "
            f"FROM generate_series(1, {ROWS}) g"
        )

    done = subprocess.run(
        [sys.executable, "-c", READ],
        env=os.environ | {"OUTCLASS_SQL_URL": postgres_url, "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        check=True,
        timeout=120,
    )

    kept, kilobytes = msgspec.json.decode(done.stdout)
    assert abs(kept - ROWS / 10) < 1000
    assert kilobytes < ROWS * WIDTH / 1024 / 2  # 300 MB went through
