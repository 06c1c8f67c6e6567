import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import DataError
from outclass.catalog.cleaning import MAX_LISTED, Reason, clean
from outclass.catalog.sources.base import SourceTable

CLASSES = ("a", "b")


def table(rows: list[tuple[int, str, str | None]]) -> SourceTable:
    """Make a table of 2x2 pictures; a row is its gray value, label and fixed split."""
    ids = tuple(f"id-{row}" for row in range(len(rows)))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(label for _, label, _ in rows),
        inputs=np.array([np.full((2, 2), gray) for gray, _, _ in rows], dtype=np.uint8).reshape(-1, 2, 2),
        fixed_splits=tuple(side for _, _, side in rows),
    )


def test_a_clean_table_stays_as_it_is() -> None:
    cleaned = clean(table([(1, "a", None), (2, "b", "holdout")]), CLASSES)
    assert cleaned.table.object_ids == ("id-0", "id-1")
    assert cleaned.report.rows_read == cleaned.report.rows_kept == 2
    assert sum(cleaned.report.removed.values()) == 0


@pytest.mark.parametrize(
    ("rows", "kept", "rejected"),
    [
        ([(0, "a", None), (1, "a", None)], ["id-1"], [("id-0", Reason.EMPTY, None)]),
        ([(1, "c", None), (1, "a", None)], ["id-1"], [("id-0", Reason.UNKNOWN_LABEL, None)]),
        ([(1, "a", None), (1, "a", None)], ["id-0"], [("id-1", Reason.DUPLICATE, "id-0")]),
        ([(1, "a", None), (1, "a", "holdout")], ["id-1"], [("id-0", Reason.DUPLICATE, "id-1")]),
        (
            [(1, "a", None), (1, "b", None), (2, "a", None)],
            ["id-2"],
            [("id-0", Reason.CONFLICT, "id-1"), ("id-1", Reason.CONFLICT, "id-0")],
        ),
    ],
    ids=["empty", "unknown label", "repeat", "repeat of a held-out one", "conflict"],
)
def test_unusable_rows_are_taken_out_with_their_reason(
    rows: list[tuple[int, str, str | None]], kept: list[str], rejected: list[tuple[str, Reason, str | None]]
) -> None:
    cleaned = clean(table(rows), CLASSES)
    assert list(cleaned.table.object_ids) == kept
    assert [(row.object_id, row.reason, row.other) for row in cleaned.report.rejected] == rejected


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(DataError, match="no row is left"):
        clean(table([(0, "a", None)]), CLASSES)


def test_a_long_list_of_rejected_rows_is_cut_but_counted() -> None:
    report = clean(table([(1, "a", None)] * 1500), CLASSES).report
    assert report.removed[Reason.DUPLICATE] == 1499
    assert len(report.rejected) == MAX_LISTED


rows = st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", "c"]), st.sampled_from([None, "holdout"]))


@given(st.lists(rows, min_size=1, max_size=12))
def test_what_is_kept_is_usable_and_all_else_is_counted(found: list[tuple[int, str, str | None]]) -> None:
    try:
        cleaned = clean(table(found), CLASSES)
    except DataError:
        return
    contents = [row.tobytes() for row in cleaned.table.inputs]
    assert len(set(contents)) == len(contents)
    assert all(any(content) for content in contents)
    assert set(cleaned.table.labels) <= set(CLASSES)
    assert cleaned.report.rows_kept + sum(cleaned.report.removed.values()) == len(found)
    assert clean(cleaned.table, CLASSES).table.object_ids == cleaned.table.object_ids
