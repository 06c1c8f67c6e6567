"""Does jobs, one at a time: each is a command line in a process of its own.

The command ends with the worker, so a job whose worker was killed never runs on beside the one that takes it
over; and as training goes on where it was cut off, little is done twice. `outclass serve` starts one when
there is a job, and the worker ends with it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import BinaryIO

import msgspec

from outclass.base.errors import OutclassError
from outclass.base.jobs import MOST_ATTEMPTS, Job, JobKind, JobState, JobStore
from outclass.base.settings import Settings
from outclass.base.sql import Database

IDLE_SECONDS = 1.0
POLL_SECONDS = 0.2
TELL_SECONDS = 1.0
LOG_BYTES = 1_000_000
LINE_BYTES = 20_000
UPLOADS = "challenges"
ENOUGH = "\n... the log of a job is no longer than this\n"
GATE_REFUSED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What a job may take.

    Attributes
    ----------
    seconds
        Time of one job; afterwards it is stopped.
    """

    seconds: float = 3600.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "WorkerOptions":
        """Read `OUTCLASS_JOB_SECONDS`."""
        named = (os.environ if environ is None else environ).get("OUTCLASS_JOB_SECONDS", "").strip()
        return cls(seconds=float(named)) if named.isdecimal() and int(named) else cls()


@dataclass(slots=True, kw_only=True)
class Heard:
    """What a command said last."""

    step: str = ""
    share: float | None = None
    text: str = ""
    error: str = ""
    lines: list[str] = field(default_factory=list)

    def line(self, line: bytes) -> None:
        """Take note of a line of standard error."""
        with contextlib.suppress(msgspec.DecodeError, msgspec.ValidationError):
            said = msgspec.json.decode(line, type=Said)
            if said.progress is not None:
                self.step, self.share = said.progress.step, said.progress.share
                self.text = said.progress.text
            if said.error is not None:
                self.error = said.error.sentence()
            return
        self.lines = [*self.lines[-4:], line.decode(errors="replace").strip()]


class Told(msgspec.Struct, frozen=True):
    """A line of progress."""

    step: str
    share: float | None = None
    text: str = ""


class Refused(msgspec.Struct, frozen=True):
    """A line with an error; where it is, is left out, as it names folders of the server."""

    what: str
    got: object = None
    accepted: object = None
    hint: str | None = None

    def sentence(self) -> str:
        """Return it as a sentence."""
        parts = [self.what]
        parts += [f"got {self.got}"] if self.got is not None else []
        parts += [f"accepted: {self.accepted}"] if self.accepted is not None else []
        return "; ".join(parts)


class Said(msgspec.Struct, frozen=True):
    """A line of JSON on standard error."""

    progress: Told | None = None
    error: Refused | None = None


class Worker:
    """Takes jobs and does them until it is stopped.

    Parameters
    ----------
    settings
        Where state lives.
    options
        Limits.
    command
        What Python is called with to do a job.
    """

    def __init__(
        self,
        settings: Settings,
        options: WorkerOptions | None = None,
        command: "Callable[[Job, Settings], list[str]] | None" = None,
    ) -> None:
        self.settings = settings
        self.options = options or WorkerOptions.from_environment()
        self.store = JobStore(Database.connect(settings.database_url))
        self.token = token_urlsafe(9)
        self.stopping = threading.Event()
        self._command = command or command_of

    def run(self, *, once: bool = False) -> int:
        """Work until `stopping` is set, or until there is nothing to do; return how many jobs were done."""
        done = 0
        while not self.stopping.is_set():
            job = self._claim()
            if job is not None:
                self.do(job)
                done += 1
            elif once:
                break
            else:
                self.stopping.wait(IDLE_SECONDS)
        return done

    def do(self, job: Job) -> None:
        """Do one job that is claimed, and write how it ended."""
        if job.attempts > MOST_ATTEMPTS:
            said = f"it was begun {MOST_ATTEMPTS} times, and each time the worker died"
            self.store.end(job, JobState.FAILED, said)
            return
        log = self.settings.home / "log" / "jobs" / f"{job.id}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        heard = Heard()
        with log.open("ab") as file, self._process(job) as process:
            reader = threading.Thread(target=listen, args=(process, file, heard), daemon=True)
            reader.start()
            end = self._watch(job, process, heard)
            kill_group(process)
            reader.join()
        self._finish(job, end, process.returncode, heard)

    def _claim(self) -> Job | None:
        """Take a job; without a database there is none."""
        try:
            return self.store.claim(self.token)
        except OutclassError:
            return None

    @contextlib.contextmanager
    def _process(self, job: Job) -> Iterator["subprocess.Popen[bytes]"]:
        """Start the command of a job; at the end nothing of it is left."""
        words = [sys.executable, *self._command(job, self.settings)]
        process = subprocess.Popen(  # noqa: S603 - our own program
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "OUTCLASS_PROGRESS": "lines", "OUTCLASS_HOME": str(self.settings.home)},
        )
        with process:
            try:
                yield process
            finally:
                kill_group(process)

    def _watch(self, job: Job, process: "subprocess.Popen[bytes]", heard: Heard) -> JobState | None:
        """Wait for a command to end; return the state that it is forced into, None where it ended itself."""
        started, told = time.monotonic(), 0.0
        while process.poll() is None:
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                try:
                    if not self.store.wanted(job):
                        return JobState.CANCELLED
                    if not self.store.tell(job, step=heard.step, progress=heard.share, message=heard.text):
                        return JobState.RUNNING
                except OutclassError:
                    pass  # the database is away for a moment; it may be asked again
            if time.monotonic() - started > self.options.seconds:
                heard.error = f"it took longer than {self.options.seconds:g} seconds"
                return JobState.FAILED
            if self.stopping.wait(POLL_SECONDS):
                return JobState.QUEUED
        return None

    def _finish(self, job: Job, end: JobState | None, code: int | None, heard: Heard) -> None:
        """Write how a job ended."""
        match end:
            case JobState.RUNNING:
                return  # it is another worker's by now
            case JobState.QUEUED:
                self.store.give_back(job)
            case JobState.CANCELLED:
                self.store.end(job, JobState.CANCELLED, "it was stopped")
            case None if code == 0:
                self.store.end(job, JobState.DONE)
            case _:
                said = heard.error or " ".join(heard.lines[-1:]) or f"it ended with code {code}"
                self.store.end(job, JobState.FAILED, said)


def command_of(job: Job, settings: Settings) -> list[str]:
    """Return what Python is called with to do a job."""
    folder = settings.home / UPLOADS / job.challenge
    target = str(folder) if folder.is_dir() else job.challenge
    seconds = job.argument("seconds")
    words = ["train", target, *(["--seconds", str(seconds)] if seconds else [])]
    if job.kind is JobKind.DATA_SITE:
        words = ["publish", "table", target]
    return ["-m", "outclass.tethered", *words, "--json"]


def listen(process: "subprocess.Popen[bytes]", log: BinaryIO, heard: Heard) -> None:
    """Read what a command says to its end, and keep as much of it as a log may hold."""
    stream = process.stderr
    assert stream is not None
    left = LOG_BYTES - log.tell()
    while line := stream.readline(LINE_BYTES):
        heard.line(line)
        if left > 0:
            log.write(line[:left])
            left -= len(line)
            if left <= 0:
                log.write(ENOUGH.encode())
            log.flush()


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()


def stop_on_signals(worker: Worker) -> None:
    """Let a worker stop on SIGTERM and SIGINT."""

    def stop(*_: object) -> None:
        worker.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def stop_with_parent(worker: Worker) -> None:
    """Let a worker stop when its standard input is closed, as that of a dead parent is."""

    def wait() -> None:
        while os.read(0, LINE_BYTES):
            pass
        worker.stopping.set()

    threading.Thread(target=wait, daemon=True, name="tether").start()


def main() -> int:
    """Do what there is to do, unless standard input is closed before."""
    worker = Worker(Settings.from_environment())
    stop_on_signals(worker)
    stop_with_parent(worker)
    worker.run(once=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
