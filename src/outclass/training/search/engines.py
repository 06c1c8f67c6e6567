"""Where shards run: in processes of this machine by Luigi, or on the workers of a Dask scheduler."""

import ipaddress
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from outclass.base.document import to_json
from outclass.base.errors import InputError, MissingExtraError, OutclassError, UnavailableError
from outclass.base.store import write_atomic
from outclass.catalog.loader import LoadedChallenge, load_challenge, packaged_folder
from outclass.registry.searches import Cell, SearchPlan, SearchStore
from outclass.training.data import TrainingData
from outclass.training.search.shards import Shard, failed, fold_of, run_shard
from outclass.training.tasks import Task, There, ValueParameter, build

MERGED = "merged.json"
CONNECT_SECONDS = "10s"
RETRIES = 3
"""How often a shard is given to another worker when one died over it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """What all shards of a search have in common."""

    loaded: LoadedChallenge
    plan: SearchPlan
    store: SearchStore
    data: TrainingData
    folds: NDArray[np.int64]

    def is_done(self, shard: Shard) -> bool:
        """Tell whether every trial of a shard has a result."""
        paths = (self.store.cell_path(self.plan, number, shard.fold) for number, _ in shard.trials)
        return all(path.exists() for path in paths)

    def __str__(self) -> str:
        """Return the search's id."""
        return self.plan.id


class Engine(Protocol):
    """Runs shards, and sees to it that what comes out of them is kept."""

    @property
    def workers(self) -> int:
        """Return how many shards run at the same time."""

    def run(self, shards: Sequence[Shard], job: Job) -> None:
        """Run shards; results are found in the store."""

    def close(self) -> None:
        """Let go of what it holds."""


class ShardTask(Task):
    """Runs one shard; it is done when all its trials have a result."""

    job = ValueParameter[Job]()
    shard = ValueParameter[Shard]()

    def complete(self) -> bool:
        """Tell whether it is done."""
        return self.job.is_done(self.shard)

    def run(self) -> None:
        """Run it."""
        job, shard = self.job, self.shard
        for number, _ in shard.trials:
            job.store.claim(job.plan, number, shard.fold)
        rows = fold_of(job.data, job.folds, shard.fold)
        run_shard(job.loaded, rows, shard, lambda cell: job.store.save_cell(job.plan, cell))


class MergeTask(Task):
    """Puts the results of all shards together."""

    job = ValueParameter[Job]()
    shards = ValueParameter[tuple[Shard, ...]]()

    def requires(self) -> list[ShardTask]:
        """Return the shards."""
        return [ShardTask(job=self.job, shard=one) for one in self.shards]  # type: ignore[no-untyped-call] # of Luigi

    def output(self) -> There:
        """Return the file of what was merged."""
        return There(self.job.store.folder(self.job.plan.challenge, self.job.plan.id) / MERGED)

    def run(self) -> None:
        """Merge."""
        merge(self.job)


def merge(job: Job) -> None:
    """Write what is known of all trials."""
    folder = job.store.folder(job.plan.challenge, job.plan.id)
    write_atomic(folder / MERGED, to_json(job.store.summary(job.plan)))


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Runs shards as Luigi tasks in processes of this machine."""

    workers: int

    def run(self, shards: Sequence[Shard], job: Job) -> None:
        """Run shards and merge."""
        (job.store.folder(job.plan.challenge, job.plan.id) / MERGED).unlink(missing_ok=True)
        task = MergeTask(job=job, shards=tuple(shards))  # type: ignore[no-untyped-call] # of Luigi
        build(task, workers=self.workers)
        lost = [str(shard) for shard in shards if not job.is_done(shard)]
        if lost:
            raise OutclassError(
                "a process ended in the middle of its work",
                where=f"search {job.plan.id}",
                got=", ".join(lost)[:200],
                hint="run the same search again: what is done stays done",
            )

    def close(self) -> None:
        """Do nothing."""


class DaskEngine:
    """Runs shards on the workers of a Dask scheduler; a worker that dies loses nothing but its shard's time.

    Parameters
    ----------
    address
        Such as ``tcp://127.0.0.1:8786``, or ``tls://scheduler:8786`` on another machine.

    Raises
    ------
    InputError
        The address is of another machine and not encrypted.
    UnavailableError
        Nobody answers there.
    """

    def __init__(self, address: str) -> None:
        check_address(address)
        try:
            from dask.distributed import Client  # noqa: PLC0415 - an optional extra
        except ModuleNotFoundError as error:
            raise MissingExtraError("dask", what="this engine needs dask") from error
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call] # of Dask
        except (OSError, TimeoutError) as error:
            raise UnavailableError(
                "no Dask scheduler answers", where=address, got=str(error), hint="start one: dask scheduler"
            ) from error

    @property
    def workers(self) -> int:
        """Return how many shards run at the same time."""
        return max(1, sum(self._client.nthreads().values()))  # type: ignore[no-untyped-call] # of Dask

    def run(self, shards: Sequence[Shard], job: Job) -> None:
        """Run shards and merge."""
        from dask.distributed import as_completed  # noqa: PLC0415 - an optional extra

        reference = challenge_reference(job.loaded)
        # Given to the scheduler as a task, so that no worker's death loses them, as it would if scattered.
        rows = self._client.submit(hold, job.data, job.folds, pure=False)
        running = {}
        for shard in shards:
            for number, _ in shard.trials:
                job.store.claim(job.plan, number, shard.fold)
            key = f"{job}-{shard}-{time.time_ns()}"
            future = self._client.submit(
                run_remote, reference, rows, shard, pure=False, retries=RETRIES, key=key
            )
            running[future] = shard
        for future in as_completed(running, loop=self._client.loop):  # type: ignore[no-untyped-call] # of Dask
            shard, error = running[future], future.exception()
            lost = [] if error is None else [failed(n, shard.fold, 0.0, error) for n, _ in shard.trials]
            for cell in lost or future.result():
                job.store.save_cell(job.plan, cell)
        merge(job)

    def close(self) -> None:
        """Leave the scheduler."""
        self._client.close()  # type: ignore[no-untyped-call] # of Dask


Dealt = tuple[TrainingData, NDArray[np.int64]]


def hold(data: TrainingData, folds: NDArray[np.int64]) -> Dealt:
    """Return rows and their folds, which a worker keeps for its shards."""
    return data, folds


def run_remote(reference: str, rows: Dealt, shard: Shard) -> list[Cell]:
    """Run a shard in another process, which may be on another machine."""
    loaded = load_challenge(reference if "/" not in reference else Path(reference))
    return run_shard(loaded, fold_of(*rows, shard.fold), shard, lambda _: None)


def challenge_reference(loaded: LoadedChallenge) -> str:
    """Return how workers find a challenge: by its name where it comes with Outclass, else by its folder."""
    packaged = loaded.folder.parent == packaged_folder().resolve()
    return loaded.name if packaged else str(loaded.folder)


def check_address(address: str) -> None:
    """Refuse an address that is neither of this machine nor encrypted: who reaches it runs code."""
    parts = urlsplit(address)
    accepted = "tcp://127.0.0.1:PORT, or tls://HOST:PORT"
    if parts.scheme not in {"tcp", "tls"} or not parts.hostname or parts.port is None:
        raise InputError("this is no address of a Dask scheduler", got=address, accepted=accepted)
    if parts.scheme == "tcp" and not is_local(parts.hostname):
        raise InputError(
            "a scheduler on another machine must be reached by TLS", got=address, accepted=accepted
        )


def is_local(host: str) -> bool:
    """Tell whether a host is this machine.

    >>> is_local("127.0.0.2"), is_local("localhost"), is_local("10.0.0.1"), is_local("example.org")
    (True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def engine_of(address: str | None, workers: int | None) -> Engine:
    """Return the engine that is asked for; this machine's processors by default."""
    if address is not None and address != "local":
        return DaskEngine(address)
    return LocalEngine(workers or os.cpu_count() or 1)
