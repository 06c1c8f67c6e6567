"""What is worth asking: logged predictions and data objects, uncertain, suspect or by chance, and test items.

Only objects of the splits train and validation are asked about; those that are held out or played never are.
A label looks wrong where a model gives it little and another class much; that is the self-confidence of
C. Northcutt, L. Jiang, I. Chuang, Confident Learning, JAIR 70 (2021).
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from outclass.base.sql import Database
from outclass.catalog.content import Inputs
from outclass.catalog.dataset import DatasetVersion, ObjectTable
from outclass.catalog.licences import licence_of_credit
from outclass.catalog.split import Split
from outclass.feedback.items import CheckItem, Reason, add_items, items_of, new_item
from outclass.inputs.photos import PhotoTable

Score = Callable[[Inputs], NDArray[np.float64]]
"""Calibrated probabilities of inputs, ``[n, classes]`` in the order of the challenge."""

ASKED = (Split.TRAIN, Split.VALIDATION)
FROZEN = (Split.HOLDOUT, Split.GAME)
DAY = 86_400.0
BLOCK = 50
SUSPECT = 0.2
"""A label that a model gives less looks wrong."""
CERTAIN = 0.98
"""A label that a model gives more than that, and the data says too, may serve as a test item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How many items of each kind are wanted, and how many objects are looked at to find them."""

    uncertain: int = 40
    random: int = 20
    suspect: int = 30
    gold: int = 10
    looked_at: int = 1000
    days: float = 30.0


def fill_queue(
    db: Database,
    version: DatasetVersion | None,
    challenge: str,
    *,
    score: Score | None = None,
    wanted: Wanted | None = None,
    random: Random | None = None,
) -> int:
    """Put what is worth asking into the queue; return how many items are new.

    Parameters
    ----------
    version
        The data in use, None where there is none.
    score
        The champion; without it objects come by chance only.
    """
    chance, want = random or Random(), wanted or Wanted()  # noqa: S311 - chance, no secret
    known = {item.subject for item in items_of(db, challenge)}
    found = from_log(db, challenge, want, chance)
    if version is not None:
        objects = sample(version, want.looked_at, chance)
        found += from_objects(version, objects, score, want, chance)
    return add_items(db, (item for item in found if item.subject not in known))


def frozen_ids(version: DatasetVersion | None) -> frozenset[str]:
    """Return the ids of the objects that are held out or played."""
    if version is None:
        return frozenset()
    return frozenset(name for side in FROZEN for name in version.ids(side.value))


def from_log(db: Database, challenge: str, want: Wanted, random: Random) -> list[CheckItem]:
    """Return predictions whose input people let us keep: the least certain ones, and some by chance."""
    rows = db.fetch_all(
        "SELECT id, answer, probabilities, model FROM prediction "
        "WHERE challenge = ? AND input IS NOT NULL AND answer IS NOT NULL AND created_at > ? "
        "ORDER BY created_at DESC LIMIT ?",
        (challenge, time.time() - want.days * DAY, want.looked_at),
    )
    scored = [
        (
            uncertainty(list(json.loads(str(row["probabilities"])).values())),
            str(row["id"]),
            str(row["answer"]),
        )
        for row in rows
    ]
    scored.sort(reverse=True)
    hesitant, rest = scored[: want.uncertain], scored[want.uncertain :]
    chosen = random.sample(rest, min(want.random, len(rest)))
    return [
        new_item(challenge, reason, prediction_id=name, given=answer, score=doubt)
        for reason, part in ((Reason.UNCERTAIN, hesitant), (Reason.RANDOM, chosen))
        for doubt, name, answer in part
    ]


def uncertainty(probabilities: list[float]) -> float:
    """Return the entropy of probabilities as a share of the most that it can be.

    >>> uncertainty([0.5, 0.5]), uncertainty([1.0, 0.0])
    (1.0, 0.0)
    """
    entropy = -sum(p * math.log(p) for p in probabilities if p > 0)
    return max(0.0, entropy / math.log(max(len(probabilities), 2)))


def sample(version: DatasetVersion, count: int, random: Random) -> Iterator[ObjectTable]:
    """Yield objects of the splits that are asked about, drawn by chance by their blocks."""
    for side in ASKED:
        total = sum(version.document.counts.get(side, {}).values())
        share = math.ceil(count * (0.7 if side is Split.TRAIN else 0.3))
        starts = range(0, total, BLOCK)
        for start in random.sample(starts, min(len(starts), math.ceil(share / BLOCK))):
            yield shown(version.part(side.value, start, BLOCK))


def shown(table: ObjectTable) -> ObjectTable:
    """Return objects without the photos whose licence does not let others see them."""
    photos = table.inputs
    if not isinstance(photos, PhotoTable):
        return table
    places = [place for place, credit in enumerate(photos.credits) if licence_of_credit(credit).may_show]
    return ObjectTable(
        ids=tuple(table.ids[place] for place in places),
        groups=tuple(table.groups[place] for place in places),
        targets=table.targets[places],
        inputs=photos.take(places),
        splits=tuple(table.splits[place] for place in places),
        class_names=table.class_names,
    )


def from_objects(
    version: DatasetVersion, blocks: Iterator[ObjectTable], score: Score | None, want: Wanted, random: Random
) -> list[CheckItem]:
    """Return objects of a data version that are worth asking about."""
    rated = [one for block in blocks for one in rate(block, score)]
    random.shuffle(rated)
    suspect = sorted((one for one in rated if one.suspicion > 1 - SUSPECT), key=lambda one: -one.suspicion)
    doubtful = sorted((one for one in rated if one.doubt > 0), key=lambda one: -one.doubt)
    certain = [one for one in rated if one.certain]
    taken: set[str] = set()
    found = []
    for reason, part, most in (
        (Reason.SUSPECT, suspect, want.suspect),
        (Reason.UNCERTAIN, doubtful, want.uncertain),
        (Reason.GOLD, certain, want.gold),
        (Reason.RANDOM, rated, want.random),
    ):
        chosen = [one for one in part if one.name not in taken][:most]
        taken |= {one.name for one in chosen}
        found += [one.item(version, reason) for one in chosen]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """An object, its label, and what a model thinks of both; nothing where there is no model."""

    name: str
    label: str
    suspicion: float = 0.0
    doubt: float = 0.0
    certain: bool = False

    def item(self, version: DatasetVersion, reason: Reason) -> CheckItem:
        """Return it as an item of the queue."""
        return new_item(
            version.challenge,
            reason,
            object_id=self.name,
            data_version=version.id,
            given=self.label,
            truth=self.label if reason is Reason.GOLD else None,
            score=self.suspicion if reason is Reason.SUSPECT else self.doubt,
        )


def rate(block: ObjectTable, score: Score | None) -> Iterator[Rated]:
    """Ask a model about objects, and compare what it says with their labels."""
    if score is None:
        yield from (
            Rated(name=name, label=label) for name, label in zip(block.ids, block.labels, strict=True)
        )
        return
    probabilities = score(block.inputs)
    given = probabilities[np.arange(len(block.targets)), block.targets]
    best = probabilities.argmax(axis=1)
    train = [side is Split.TRAIN for side in block.splits]
    for place, (name, label) in enumerate(zip(block.ids, block.labels, strict=True)):
        same = bool(best[place] == block.targets[place])
        yield Rated(
            name=name,
            label=label,
            suspicion=0.0 if same else float(1 - given[place]),
            doubt=uncertainty(probabilities[place].tolist()),
            certain=same and train[place] and float(given[place]) >= CERTAIN,
        )
