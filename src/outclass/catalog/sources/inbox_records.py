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
    table: SourceTable, records: ColumnTable, found: Sequence[KeptRow], challenge: Challenge
) -> tuple[SourceTable, int]:
    """Add records to those of a data set; return how many came in, too.

    Of equal ones the latest counts. Those that the data set has are left out, and those that would fall on a
    side of the split on which models are compared: anybody may have sent them.
    """
    if not found:
        return table, 0
    coder = Coder(records.columns)
    ordered = sorted(found, key=lambda row: (row.received_at, row.id or ""))
    rows = [read_leniently(coder, row) for row in ordered]
    more = ColumnTable(records.columns, np.array(rows, dtype=np.float32))
    keys = record_keys(more)
    taken, classes = set(record_keys(records)), frozenset(challenge.class_names)
    latest = {key: place for place, key in enumerate(keys)}
    added = [
        place
        for key, place in latest.items()
        if key not in taken
        and ordered[place].label in classes
        and split_of(challenge.split, key) not in FROZEN
    ]
    if not added:
        return table, 0
    joined = np.concatenate([records.values, more.values[added]])
    return replace(
        table,
        object_ids=table.object_ids + tuple(f"{PREFIX}{ordered[place].id or keys[place]}" for place in added),
        group_ids=table.group_ids + tuple(keys[place] for place in added),
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
