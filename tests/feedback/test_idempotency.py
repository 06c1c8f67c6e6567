"""The same key does a thing once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from outclass.base.errors import InputError, InvalidInputError
from outclass.base.sql import Database
from outclass.feedback.idempotency import KEPT_SECONDS, once


class Work:
    """Counts how often it is done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> str:
        self.done += 1
        return f"answer {self.done}"


def test_the_first_answer_is_given_again(db: Database) -> None:
    work = Work()
    assert once(db, scope="a", key="k", request=b"x", work=work) == ("answer 1", False)
    assert once(db, scope="a", key="k", request=b"x", work=work) == ("answer 1", True)
    assert once(db, scope="b", key="k", request=b"x", work=work) == ("answer 2", False)
    assert once(db, scope="a", key="l", request=b"x", work=work) == ("answer 3", False)


def test_another_request_under_the_same_key_is_refused(db: Database) -> None:
    work = Work()
    once(db, scope="a", key="k", request=b"x", work=work)
    with pytest.raises(InvalidInputError, match="another request"):
        once(db, scope="a", key="k", request=b"y", work=work)
    assert work.done == 1


def test_failed_work_may_be_tried_again(db: Database) -> None:
    def fail() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(db, scope="a", key="k", request=b"x", work=fail)
    assert once(db, scope="a", key="k", request=b"x", work=Work()) == ("answer 1", False)


def test_a_key_is_forgotten_after_a_day(db: Database) -> None:
    work = Work()
    once(db, scope="a", key="k", request=b"x", work=work, now=0.0)
    assert once(db, scope="a", key="k", request=b"y", work=work, now=KEPT_SECONDS + 1)[1] is False
    assert db.fetch_one("SELECT count(*) AS n FROM idempotency") == {"n": 1}


def test_requests_at_once_do_it_once(db: Database) -> None:
    work = Work()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: once(db, scope="a", key="k", request=b"x", work=work), range(8)))
    assert work.done == 1
    assert {answer for answer, _ in answers} == {"answer 1"}
    assert [kept for _, kept in answers].count(False) == 1


@pytest.mark.parametrize("key", ["", "a b", "\x7f", "é", "x" * 201, "\n"])
def test_odd_keys_are_refused(db: Database, key: str) -> None:
    with pytest.raises(InputError):
        once(db, scope="a", key=key, request=b"x", work=Work())
