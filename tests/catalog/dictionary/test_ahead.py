"""A stage that runs ahead gives the same items, its errors, and ends when nobody wants more."""

import threading
from collections.abc import Iterator

import pytest

from outclass.base.errors import DataError
from outclass.catalog.dictionary.ahead import AHEAD, ahead


def test_items_come_in_their_order() -> None:
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead(())) == []


def test_an_error_comes_where_it_was() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise DataError("broken")

    taken = ahead(broken())
    assert next(taken) == 1
    with pytest.raises(DataError, match="broken"):
        next(taken)


def test_what_is_not_taken_is_not_made_and_what_was_open_is_closed() -> None:
    made: list[int] = []
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                made.append(len(made))
                yield made[-1]
        finally:
            closed.set()

    taken = ahead(endless())
    assert next(taken) == 0
    taken.close()  # type: ignore[attr-defined]  # it is a generator
    assert closed.is_set()
    assert len(made) <= AHEAD + 3
