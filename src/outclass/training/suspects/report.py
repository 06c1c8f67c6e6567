"""Look at a model's out-of-fold answers and at its data, and report what looks wrong."""

from collections import Counter

import numpy as np

from outclass.catalog.dataset import DatasetVersion, ObjectTable
from outclass.catalog.split import Split
from outclass.inputs.table import ColumnTable
from outclass.registry.advice import advises_on, find_advice
from outclass.registry.store import utc_now
from outclass.registry.suspects import (
    Confusion,
    LabelSuspect,
    NearRepeat,
    SuspectReport,
    TellingColumn,
)
from outclass.registry.version import ModelVersion
from outclass.training.suspects.confident import Places, Probabilities, label_suspects
from outclass.training.suspects.repeats import repeat_keys, repeats_across
from outclass.training.suspects.telling import telling_columns

LOOKED_AT = (Split.TRAIN.value, Split.VALIDATION.value)
LISTED = 300
MOST_OBJECTS = 300_000
"""Of more objects the labels of the first are looked at, and near-repeats are not looked for."""


def can_be_checked(version: ModelVersion, data: DatasetVersion) -> bool:
    """Tell whether a model brings answers on this very data by models that did not see it."""
    return advises_on(version, data.id)


def find_suspects(version: ModelVersion, data: DatasetVersion) -> SuspectReport:
    """Look for labels that look wrong, near-repeats across the split, and columns that tell too much.

    Parameters
    ----------
    version
        A model with out-of-fold answers on the data.
    data
        What it learned from.
    """
    ids, splits, labels, chances = answers_of(version, data)
    rows, suggested = label_suspects(chances, labels)
    names = data.document.classes
    listed = tuple(
        LabelSuspect(
            object_id=ids[row],
            split=splits[row],
            label=names[labels[row]],
            suggested=names[other],
            given=round(float(chances[row, labels[row]]), 4),
            likelier=round(float(chances[row, other]), 4),
        )
        for row, other in list(zip(rows.tolist(), suggested.tolist(), strict=True))[:LISTED]
    )
    pairs = Counter(zip(labels[rows].tolist(), suggested.tolist(), strict=True))
    looked, repeats = near_repeats(data)
    return SuspectReport(
        challenge=data.challenge,
        model=version.reference,
        data_version=data.id,
        created=utc_now(),
        objects=len(ids),
        labels=len(rows),
        listed=listed,
        confusions=tuple(
            Confusion(label=names[label], suggested=names[other], objects=count)
            for (label, other), count in pairs.most_common(20)
        ),
        looked_for_repeats=looked,
        repeats=len(repeats),
        listed_repeats=tuple(repeats[:LISTED]),
        columns=columns_of(data),
    )


def answers_of(
    version: ModelVersion, data: DatasetVersion
) -> tuple[list[str], list[str], Places, Probabilities]:
    """Return ids, sides, labels and out-of-fold probabilities of the objects that are looked at."""
    ids: list[str] = []
    splits: list[str] = []
    labels: list[int] = []
    chances = []
    for side in LOOKED_AT:
        wanted = data.ids(side)[: MOST_OBJECTS - len(ids)]
        advice = find_advice(version, wanted, data_version=data.id)
        for block in data.blocks(side):
            if len(ids) >= MOST_OBJECTS:
                break
            for name, target in zip(block.ids, block.targets.tolist(), strict=True):
                if name in advice:
                    ids.append(name)
                    splits.append(side)
                    labels.append(target)
                    chances.append(advice[name])
    width = len(data.document.classes)
    matrix = np.array(chances, dtype=np.float64).reshape(-1, width)
    return ids, splits, np.array(labels, dtype=np.int64), matrix


def near_repeats(data: DatasetVersion) -> tuple[bool, list[NearRepeat]]:
    """Return whether near-repeats were looked for, and the objects that have one on another side."""
    total = sum(count for counts in data.document.counts.values() for count in counts.values())
    if total > MOST_OBJECTS:
        return False, []
    table = data.objects()
    keys = repeat_keys(table.inputs)
    if keys is None:
        return False, []
    sides = [side.value for side in table.splits]
    found = [
        NearRepeat(
            object_id=table.ids[place],
            split=sides[place],
            other_split=sides[other],
            same_label=same_label(table, place, other),
        )
        for place, other in repeats_across(keys, sides, table.groups)
        if sides[place] in LOOKED_AT
    ]
    return True, found


def same_label(table: ObjectTable, place: int, other: int) -> bool:
    """Tell whether two objects have one label; of what is played that is not told."""
    if table.splits[other] is Split.GAME:
        return True
    return bool(table.targets[place] == table.targets[other])


def columns_of(data: DatasetVersion) -> tuple[TellingColumn, ...]:
    """Return the columns of records that alone tell nearly every label."""
    table = data.objects(Split.TRAIN.value)
    if not isinstance(table.inputs, ColumnTable):
        return ()
    return telling_columns(table.inputs, table.targets)
