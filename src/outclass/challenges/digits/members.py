"""Train the members of an ensemble: in this process, or some beside each other where there are several cores.

Each member computes on one thread, so that sums are added in the same order however many cores there are, and
its outcome does not depend on which way it was trained.
"""

import os
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import torch

from outclass.base.errors import OutclassError
from outclass.challenges.digits.learning import Progress, fit_member, newest_line
from outclass.challenges.digits.network import DigitsNet, Layers, fold
from outclass.challenges.digits.recipe import Recipe
from outclass.training.data import TrainingData

POLL_SECONDS = 2.0

_stop: list[Event] = []
"""In a process that trains one member: set when no more members are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What all members have in common: recipe, rows, where checkpoints are kept, on what to compute."""

    recipe: Recipe
    data: TrainingData
    folder: Path
    device: str

    def place(self, seed: int) -> Path:
        """Folder of one member."""
        return self.folder / f"seed-{seed}"


def fit_members(task: Task, seed: int, progress: Progress) -> tuple[Layers, ...]:
    """Train all members, with this seed and the next ones, and return them folded."""
    recipe = task.recipe
    seeds = range(seed, seed + recipe.members)
    workers = 1 if task.device == "cuda" else min(recipe.workers, recipe.members, _cores())
    if workers > 1:
        _fit_beside(task, seeds, workers, progress)
    return tuple(_fit_here(task, seeds, number, progress) for number in range(recipe.members))


def _cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _fit_here(task: Task, seeds: Sequence[int], number: int, progress: Progress) -> Layers:
    """Train one member in this process, or take the one that is finished."""
    seed = seeds[number]

    def tell(share: float, line: str) -> None:
        progress((number + share) / len(seeds), f"seed {seed} {line}")

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return fold(_fit(task, seed, tell))
    finally:
        torch.set_num_threads(threads)


def _fit_beside(task: Task, seeds: Sequence[int], workers: int, progress: Progress) -> None:
    """Train the members in processes of their own, which leave finished checkpoints."""
    context = get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(stop,)) as pool:
        jobs = [pool.submit(_work, task, seed, os.getpid()) for seed in seeds]
        try:
            _watch(jobs, task, seeds, progress)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _watch(jobs: Sequence[Future[None]], task: Task, seeds: Sequence[int], progress: Progress) -> None:
    """Pass on how far the members are until all are finished or one fails."""
    told = 0
    pending = set(jobs)
    while pending:
        finished, pending = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_EXCEPTION)
        for job in finished:
            job.result()
        newest = {seed: newest_line(task.place(seed)) for seed in seeds}
        done = sum(epoch for epoch, _ in newest.values())
        if done > told:
            told = done
            lines = [f"seed {seed} {line}" for seed, (epoch, line) in newest.items() if epoch]
            progress(done / (task.recipe.epochs * len(seeds)), "; ".join(lines))


def _begin(stop: Event) -> None:
    """Prepare a process that trains members."""
    _stop.append(stop)
    torch.set_num_threads(1)


def _work(task: Task, seed: int, parent: int) -> None:
    """Train one member in a process of its own; end when it is not wanted any more."""

    def check(_share: float, _line: str) -> None:
        if os.getppid() != parent or any(event.is_set() for event in _stop):
            raise OutclassError("the training that asked for this net has ended")

    _fit(task, seed, check)


def _fit(task: Task, seed: int, progress: Progress) -> DigitsNet:
    return fit_member(
        task.recipe, task.data, seed=seed, folder=task.place(seed), device=task.device, progress=progress
    )
