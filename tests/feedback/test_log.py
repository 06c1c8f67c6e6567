"""The prediction log is never far behind, outlives a database that is away, keeps each prediction once."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from databases import make_shared_tables, sqlite_url
from outclass.base.sql import Database
from outclass.feedback.log import LoggedPrediction, LogState, PredictionLog, remove_older_than

ENTRY = LoggedPrediction(
    id="p1",
    challenge="digits",
    model="digits@0123456789ab",
    created_at=1000.5,
    key_id=None,
    answer="7",
    confidence=0.9,
    abstained=False,
    reason=None,
    probabilities={"7": 0.9, "1": 0.1},
    milliseconds=1.25,
    input_sha256="ab" * 32,
)


def entry(name: str) -> LoggedPrediction:
    return msgspec.structs.replace(ENTRY, id=name)


def rows(db: Database) -> list[str]:
    return [str(row["id"]) for row in db.fetch_all("SELECT id FROM prediction ORDER BY id")]


def until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """Poll until a condition holds and return how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not happen in time"
        time.sleep(0.005)
    return time.monotonic() - start


def test_written_within_a_second_and_found_all_along(db: Database) -> None:
    log = PredictionLog(db).start()
    full = msgspec.structs.replace(ENTRY, key_id="k", abstained=True, reason="outlier", input=b"\x00\xff")
    log.add(full)
    assert log.find("p1") == full
    assert until(lambda: rows(db) == ["p1"]) < 1.0
    until(lambda: log.waiting == 0)
    assert log.find("p1") == full
    assert log.find("p2") is None
    log.close()


def test_close_writes_the_rest(db: Database) -> None:
    log = PredictionLog(db, interval=30.0).start()
    for number in range(50):
        log.add(entry(f"p{number:02}"))
    log.close()
    assert len(rows(db)) == 50
    assert log.state is LogState.CLOSED


def test_the_same_prediction_is_kept_once(db: Database) -> None:
    for _ in range(2):
        log = PredictionLog(db).start()
        log.add(ENTRY)
        log.close()
    assert rows(db) == ["p1"]


def test_tables_that_come_later_are_used(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    log = PredictionLog(Database.connect(url), interval=0.01)
    log._probe()
    assert (log.state, log.problem) == (LogState.ABSENT, "the database does not exist yet")
    log.add(ENTRY)
    log._flush()
    assert log.find("p1") == ENTRY
    assert log.find("p2") is None
    db = make_shared_tables(url)
    log._flush()
    assert (log.state, log.problem, log.waiting) == (LogState.KEEPING, None, 0)
    assert rows(db) == ["p1"]
    db.close()


def test_a_failing_database_keeps_the_latest_waiting(db: Database) -> None:
    log = PredictionLog(db, capacity=3)
    log._probe()
    db.execute("ALTER TABLE prediction RENAME COLUMN source TO other")
    for number in range(5):
        log.add(entry(f"p{number}"))
    assert log.dropped == 2
    log._flush()
    assert log.state is LogState.FAILING
    log.add(entry("p5"))
    db.execute("ALTER TABLE prediction RENAME COLUMN other TO source")
    log._flush()
    assert log.state is LogState.KEEPING
    assert rows(db) == ["p3", "p4", "p5"]


def test_old_predictions_are_removed(db: Database) -> None:
    log = PredictionLog(db).start()
    log.add(ENTRY)
    log.add(msgspec.structs.replace(ENTRY, id="p2", created_at=1000.5 + 86_400))
    log.close()
    assert remove_older_than(db, 1.0, now=1001.0 + 86_400) == 1
    assert rows(db) == ["p2"]


KILLED = """
import sys, time
sys.path[:0] = {paths!r}
from outclass.base.sql import Database
from outclass.feedback.log import PredictionLog
from test_log_entry import entry
log = PredictionLog(Database.connect({url!r})).start()
number = 0
while True:
    log.add(entry(f"p{{number:06}}"))
    print(number, time.time(), flush=True)
    number += 1
    time.sleep(0.002)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_killed_process_loses_at_most_a_second(tmp_path: Path) -> None:
    (tmp_path / "test_log_entry.py").write_text(Path(__file__).read_text("utf-8"), "utf-8")
    db = make_shared_tables(sqlite_url(tmp_path))
    paths = [str(tmp_path), str(Path(__file__).parents[1])]
    script = KILLED.format(paths=paths, url=sqlite_url(tmp_path))
    lines = []
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if len(lines) >= 400 and rows(db):
                break
        process.send_signal(signal.SIGKILL)
        killed = time.time()
        lines += process.stdout.read().splitlines()
    written = set(rows(db))
    for line in lines:
        number, moment = line.split()
        if killed - float(moment) > 1.0:
            assert f"p{int(number):06}" in written
    db.close()
