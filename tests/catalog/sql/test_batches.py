import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.sources.sql import batches
from outclass.catalog.sources.sql.batches import SqlBatch, gathered


@given(st.lists(st.lists(st.booleans(), max_size=7), max_size=6), st.integers(1, 9))
def test_every_row_comes_once_and_all_that_was_read_is_counted(fetched, rows):
    parts, seen = [], 0
    for keep in [[], *fetched]:
        numbers = np.flatnonzero(keep) + seen
        seen += len(keep)
        parts.append(SqlBatch(frame=pl.DataFrame({"n": numbers}), numbers=numbers, seen=seen))

    found = list(gathered(parts, rows))

    assert [n for one in found for n in one.numbers.tolist()] == [
        n for part in parts for n in part.numbers.tolist()
    ]
    assert all(one.frame["n"].to_list() == one.numbers.tolist() for one in found)
    assert all(len(one.frame) <= rows for one in found)
    assert [one.seen for one in found] == sorted(one.seen for one in found)
    assert found[-1].seen == seen


def test_large_rows_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(batches, "BATCH_BYTES", 1000)
    part = SqlBatch(frame=pl.DataFrame({"text": ["x" * 600]}), numbers=np.array([0]), seen=1)

    assert [len(one.frame) for one in gathered([part] * 6, 100)] == [2, 2, 2]


@pytest.mark.parametrize("rows", [1, 5])
def test_no_part_is_no_batch(rows):
    assert list(gathered([], rows)) == []
