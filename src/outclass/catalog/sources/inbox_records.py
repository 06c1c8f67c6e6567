"""Records that people let us keep, as objects beside those of the data set."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from outclass.base.errors import InvalidInputError
from outclass.catalog.challenge import Challenge
from outclass.catalog.inbox import FROZEN
from outclass.catalog.inbox_rows import KeptRow
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.records import record_keys
from outclass.catalog.split import split_of
from outclass.inputs.table import NAN, Coder, ColumnTable

PREFIX = "inbox-"


def with_records(
    table: SourceTable,
    records: ColumnTable,
    found: Sequence[tuple[KeptRow, bool]],
    challenge: Challenge,
) -> tuple[SourceTable, int]:
    """Add records to those of a data set; return how many came in, too.

    Of equal ones, and of those with one id, the latest counts. Those that the data set has are left out, and
    those that nobody labeled.

    Parameters
    ----------
    found
        Each with whether it came with what people said: anybody may have sent it, so it never falls on a
        side of the split on which models are compared.
    """
    if not found:
        return table, 0
    coder = Coder(records.columns)
    by_time = sorted(found, key=lambda one: (one[0].received_at, one[0].id or ""))
    by_id = {row.id or f" {place}": (row, said) for place, (row, said) in enumerate(by_time)}
    ordered = [row for row, _ in by_id.values()]
    said = [said for _, said in by_id.values()]
    rows = [read_leniently(coder, row) for row in ordered]
    more = ColumnTable(records.columns, np.array(rows, dtype=np.float32))
    keys = record_keys(more)
    taken, classes = set(record_keys(records)), frozenset(challenge.class_names)
    groups = [key if row.group is None else f"g-{row.group}" for key, row in zip(keys, ordered, strict=True)]
    latest = {key: place for place, key in enumerate(keys)}
    added = [
        place
        for key, place in latest.items()
        if key not in taken
        and ordered[place].label in classes
        and not (said[place] and split_of(challenge.split, groups[place]) in FROZEN)
    ]
    if not added:
        return table, 0
    joined = np.concatenate([records.values, more.values[added]])
    return replace(
        table,
        object_ids=table.object_ids + tuple(f"{PREFIX}{ordered[place].id or keys[place]}" for place in added),
        group_ids=table.group_ids + tuple(groups[place] for place in added),
        labels=table.labels + tuple(str(ordered[place].label) for place in added),
        inputs=ColumnTable(records.columns, joined),
        fixed_splits=table.fixed_splits + (None,) * len(added),
    ), len(added)


def read_leniently(coder: Coder, row: KeptRow) -> list[float]:
    """Return a record as a row; what the columns of today do not have or accept counts as missing."""
    values = [NAN] * len(coder.columns)
    for name, value in (row.record or {}).items():
        place = coder.places.get(name)
        if place is not None:
            try:
                values[place] = coder.row({name: value})[place]
            except InvalidInputError:
                continue
    return values
