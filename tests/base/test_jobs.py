"""The table of jobs, in both databases."""

import threading
import time

import pytest

from outclass.base.errors import ConflictError, NotFoundError
from outclass.base.jobs import SILENT_SECONDS, Job, JobKind, JobState, JobStore
from outclass.base.sql import Database


@pytest.fixture
def store(db: Database) -> JobStore:
    """Return an empty store of jobs."""
    return JobStore(db)


def claimed(store: JobStore, worker: str, now: float | None = None) -> Job:
    """Return the job that a worker gets."""
    job = store.claim(worker, now)
    assert job is not None
    return job


def test_the_oldest_job_comes_first_and_each_is_taken_once(store: JobStore) -> None:
    """Jobs are done in the order in which they came."""
    first = store.add(JobKind.TRAIN, "iris", owner_id=7, seconds=5)
    second = store.add(JobKind.DATA_SITE, "wine")
    assert store.waiting()
    assert [claimed(store, "a").id, claimed(store, "b").id] == [first.id, second.id]
    assert store.claim("c") is None
    assert not store.waiting()
    assert (first.argument("seconds"), first.argument("other"), first.owner_id) == (5, None, 7)
    assert [one.challenge for one in store.active()] == ["iris", "wine"]
    assert [one.challenge for one in store.active(owner_id=7)] == ["iris"]


def test_a_challenge_has_one_job_at_a_time(store: JobStore) -> None:
    """A second one is refused until the first is over."""
    store.add(JobKind.TRAIN, "iris")
    with pytest.raises(ConflictError, match="already"):
        store.add(JobKind.TRAIN, "iris")
    store.end(claimed(store, "a"), JobState.FAILED, "no luck")
    again = store.add(JobKind.TRAIN, "iris")
    latest = store.latest("iris")
    assert latest is not None
    assert latest.id == again.id


def test_many_workers_never_get_the_same_job(store: JobStore) -> None:
    """Eight threads claim twenty jobs: each is claimed once."""
    wanted = {store.add(JobKind.TRAIN, f"c{number}").id for number in range(20)}
    taken: list[str] = []

    def work(name: str) -> None:
        while (job := store.claim(name)) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(taken) == sorted(wanted)


def test_the_job_of_a_dead_worker_is_taken_over_and_its_word_counts_no_more(store: JobStore) -> None:
    """Silence for long enough frees a job; the worker that comes back finds that it lost it."""
    store.add(JobKind.TRAIN, "iris")
    old = claimed(store, "dead")
    assert store.claim("next") is None
    new = claimed(store, "next", time.time() + SILENT_SECONDS + 1)
    assert (new.id, new.attempts, new.worker) == (old.id, 2, "next")
    assert not store.tell(old, step="fit", progress=0.5, message="")
    assert not store.end(old, JobState.DONE)
    assert store.tell(new, step="fit", progress=0.5, message="half")
    assert store.get(new.id).progress == 0.5
    assert store.end(new, JobState.DONE)
    assert store.get(new.id).state is JobState.DONE
    assert store.claim("other", time.time() + 1000) is None


def test_stopping(store: JobStore) -> None:
    """What waits is over at once; what runs is asked to stop; what is over stays as it is."""
    waiting = store.add(JobKind.TRAIN, "iris")
    store.cancel(waiting.id)
    assert store.get(waiting.id).state is JobState.CANCELLED
    store.add(JobKind.TRAIN, "wine")
    running = claimed(store, "a")
    assert store.wanted(running)
    store.cancel(running.id)
    assert not store.wanted(running)
    assert store.get(running.id).active
    store.end(running, JobState.CANCELLED)
    store.cancel(running.id)
    assert store.get(running.id).state is JobState.CANCELLED


def test_giving_back_costs_no_attempt(store: JobStore) -> None:
    """A worker that stops in an orderly way leaves its job as it found it."""
    job = store.add(JobKind.TRAIN, "iris")
    store.give_back(claimed(store, "a"))
    assert (store.get(job.id).state, store.get(job.id).attempts) == (JobState.QUEUED, 0)
    assert claimed(store, "b").id == job.id


def test_what_is_over_can_be_forgotten(store: JobStore) -> None:
    """Jobs at work stay."""
    job = store.add(JobKind.TRAIN, "iris")
    store.forget("iris")
    assert store.get(job.id).active
    store.cancel(job.id)
    store.forget("iris")
    with pytest.raises(NotFoundError):
        store.get(job.id)
