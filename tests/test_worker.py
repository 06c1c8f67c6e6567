"""The worker: real processes, killed and stopped at bad moments."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from databases import make_shared_tables, sqlite_url
from outclass.base.jobs import SILENT_SECONDS, JobKind, JobState, JobStore
from outclass.base.settings import Settings
from outclass.cli.progress import progress_bars
from outclass.keeper import Keeper
from outclass.worker import LOG_BYTES, Worker, WorkerOptions, command_of

SPEAK = "import sys,time,os,json;say=lambda **k: print(json.dumps(k), file=sys.stderr, flush=True);"
LONG = (
    f"{SPEAK}say(progress=dict(step='fit',share=0.25,text='epoch 1'));"
    "open('{pid}','w').write(str(os.getpid()));time.sleep(60)"
)
TETHERED = (
    "import threading; from outclass.tethered import hold_on;"
    "threading.Thread(target=hold_on, daemon=True).start();"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty database that has the shared tables."""
    url = sqlite_url(tmp_path)
    make_shared_tables(url).close()
    return Settings(home=tmp_path, database_url=url)


def worker(settings: Settings, code: str, seconds: float = 60) -> Worker:
    """Return a worker whose jobs run this code."""
    return Worker(settings, WorkerOptions(seconds=seconds), lambda _job, _settings: ["-c", code])


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Tell whether a process lives; one that ended and was not waited for counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pid_of(path: Path) -> int:
    """Wait for a file with the number of a process."""
    until(lambda: path.exists() and bool(path.read_text()))
    return int(path.read_text())


def in_thread(one: Worker) -> threading.Thread:
    """Let a worker do what there is to do, beside the test."""
    thread = threading.Thread(target=one.run, kwargs={"once": True}, daemon=True)
    thread.start()
    return thread


def test_a_job_that_succeeds_and_one_that_is_refused(settings: Settings) -> None:
    """The state follows the exit code, and the message the command's own error."""
    store = worker(settings, "").store
    good = store.add(JobKind.TRAIN, "good")
    worker(settings, f"{SPEAK}say(progress=dict(step='fit',share=0.5,text=''));say(other=1)").run(once=True)
    assert store.get(good.id).state is JobState.DONE
    bad = store.add(JobKind.TRAIN, "bad")
    error = "say(error=dict(what='there is one class',got='a',where='/srv/secret/place'));sys.exit(1)"
    worker(settings, SPEAK + error).run(once=True)
    found = store.get(bad.id)
    assert (found.state, found.message) == (JobState.FAILED, "there is one class; got a")
    assert b"there is one class" in (settings.home / "log" / "jobs" / f"{bad.id}.log").read_bytes()
    store.add(JobKind.TRAIN, "odd")
    worker(settings, "raise SystemExit('no JSON at all')").run(once=True)
    latest = store.latest("odd")
    assert latest is not None
    assert latest.message == "no JSON at all"


def test_progress_and_stopping(settings: Settings) -> None:
    """What the command says is in the table while it runs; a stop ends it and what it started."""
    one = worker(settings, LONG.format(pid=settings.home / "pid"))
    job = one.store.add(JobKind.TRAIN, "iris")
    thread = in_thread(one)
    pid = pid_of(settings.home / "pid")
    until(lambda: one.store.get(job.id).step == "fit")
    assert one.store.get(job.id).progress == 0.25
    one.store.cancel(job.id)
    thread.join(timeout=20)
    assert one.store.get(job.id).state is JobState.CANCELLED
    assert not is_alive(pid)


def test_a_job_may_not_take_for_ever_nor_say_too_much(settings: Settings) -> None:
    """Time and log are bounded."""
    job = worker(settings, "").store.add(JobKind.TRAIN, "iris")
    one = worker(
        settings, f"{SPEAK}print('x' * 3_000_000, file=sys.stderr, flush=True);time.sleep(60)", seconds=2
    )
    one.run(once=True)
    found = one.store.get(job.id)
    assert found.state is JobState.FAILED
    assert "longer than 2 seconds" in found.message
    assert (settings.home / "log" / "jobs" / f"{job.id}.log").stat().st_size < LOG_BYTES + 1000


def test_a_worker_that_stops_gives_its_job_back(settings: Settings) -> None:
    """The job waits for the next worker, and its process is gone."""
    one = worker(settings, LONG.format(pid=settings.home / "pid"))
    job = one.store.add(JobKind.TRAIN, "iris")
    thread = in_thread(one)
    pid = pid_of(settings.home / "pid")
    one.stopping.set()
    thread.join(timeout=20)
    assert (one.store.get(job.id).state, is_alive(pid)) == (JobState.QUEUED, False)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_a_worker_that_is_killed_leaves_no_process_and_the_next_one_takes_over(settings: Settings) -> None:
    """Killed -9, its command ends with it; the job is claimed when it was silent for long enough."""
    code = TETHERED + LONG.format(pid=settings.home / "pid")
    script = (
        "from pathlib import Path; from outclass.base.settings import Settings;"
        "from outclass.worker import Worker, WorkerOptions;"
        f"s=Settings(home=Path({str(settings.home)!r}), database_url={settings.database_url!r});"
        f"Worker(s, WorkerOptions(), lambda j, s: ['-c', {code!r}]).run(once=True)"
    )
    store = worker(settings, "").store
    job = store.add(JobKind.TRAIN, "iris")
    process = subprocess.Popen([sys.executable, "-c", script])
    pid = pid_of(settings.home / "pid")
    process.kill()
    process.wait()
    until(lambda: not is_alive(pid))
    assert store.get(job.id).state is JobState.RUNNING
    assert store.claim("early") is None
    later = store.claim("next", time.time() + SILENT_SECONDS + 1)
    assert later is not None
    assert (later.id, later.attempts) == (job.id, 2)


def test_a_job_whose_workers_die_again_and_again_is_given_up(settings: Settings) -> None:
    """It is not begun a fourth time."""
    one = worker(settings, "raise AssertionError('not to be run')")
    job = one.store.add(JobKind.TRAIN, "iris")
    for attempt in range(1, 4):
        assert one.store.claim(f"dead{attempt}", time.time() - (5 - attempt) * SILENT_SECONDS * 2) is not None
    one.run(once=True)
    found = one.store.get(job.id)
    assert (found.state, "3 times" in found.message) == (JobState.FAILED, True)


def test_the_words_of_each_kind_of_job(settings: Settings) -> None:
    """An upload is named by its folder, another challenge by its name."""
    store = JobStore(worker(settings, "").store.db)
    words = command_of(store.add(JobKind.TRAIN, "digits", seconds=30.0), settings)
    assert words == ["-m", "outclass.tethered", "train", "digits", "--seconds", "30.0", "--json"]
    (settings.home / "challenges" / "mine").mkdir(parents=True)
    words = command_of(store.add(JobKind.TRAIN, "mine"), settings)
    assert words[3] == str(settings.home / "challenges" / "mine")


def test_a_server_starts_a_worker_when_there_is_a_job(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keeper runs the real worker, whose job fails for a true reason; then nothing is left running."""
    monkeypatch.setenv("OUTCLASS_HOME", str(settings.home))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    store = worker(settings, "").store
    with Keeper(settings) as keeper:
        assert keeper.process is None
        job = store.add(JobKind.TRAIN, "no-such-challenge")
        until(lambda: not store.get(job.id).active, seconds=60)
        assert keeper.process is not None
    assert keeper.process.wait(timeout=20) == 0
    found = store.get(job.id)
    assert (found.state, "no such challenge" in found.message) == (JobState.FAILED, True)


def test_progress_lines(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With OUTCLASS_PROGRESS=lines, commands say how far they are as JSON, also when quiet."""
    monkeypatch.setenv("OUTCLASS_PROGRESS", "lines")
    with progress_bars(quiet=True) as progress:
        for share in (0.0, 0.1, 0.2, 1.0):
            progress("fit", share, "text")
    lines = [json.loads(line)["progress"] for line in capfd.readouterr().err.splitlines()]
    assert [line["share"] for line in lines] == [0.0, 1.0]
    assert {line["step"] for line in lines} == {"fit"}


def test_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is a setting."""
    monkeypatch.setenv("OUTCLASS_JOB_SECONDS", "90")
    assert WorkerOptions.from_environment().seconds == 90
    assert WorkerOptions.from_environment({}).seconds == 3600
