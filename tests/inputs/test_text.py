"""Texts from requests, and as tables and rows."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits
from outclass.inputs.text import TextTable, is_blank, read_text, rows_of_texts

LIMITS = Limits(text_bytes=40)
WRITABLE = st.text(st.characters(exclude_categories=("Cs",)), max_size=10)


@given(WRITABLE)
def test_every_form_of_a_text_is_read_as_it_was_written(text: str) -> None:
    quoted = msgspec.json.encode(text)
    assert read_text(quoted, "application/json", LIMITS) == text
    assert read_text(b'{"text":%s}' % quoted, "application/json; charset=utf-8", LIMITS) == text
    assert read_text(quoted, None, LIMITS) == text
    if not text.startswith("\ufeff"):
        assert read_text(text.encode(), "text/plain", LIMITS) == text


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"", "application/json", InputError),
        (b"7", "application/json", InvalidInputError),
        (b'{"message": "hi"}', "application/json", InvalidInputError),
        (b'{"text": null}', "application/json", InvalidInputError),
        (b"caf\xe9", "text/plain", InputError),
        (b"a" * 41, "text/plain", TooLargeError),
        ("ä".encode() * 21, "text/plain", TooLargeError),
        (b"<p>", "text/html", UnsupportedMediaError),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, kind: str, error: type[InputError]) -> None:
    with pytest.raises(error):
        read_text(body, kind, LIMITS)


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(InputError):
        read_text(b'"\\ud800"', "application/json", LIMITS)


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u2060\ufeff", "\u00ad", "\u3000"])
def test_what_shows_nothing_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "a", "\U0001f389", " \u0301 "])
def test_what_shows_something_is_not(text: str) -> None:
    assert not is_blank(text)


def test_a_table_gives_texts_by_place() -> None:
    table = TextTable(("a", "b", "c"))
    assert len(table) == 3
    assert table[1] == "b"
    assert table.take(np.array([2, 0])) == TextTable(("c", "a"))
    assert list(table) == ["a", "b", "c"]


def test_rows_hold_the_texts_and_no_arrays_of_characters() -> None:
    rows = rows_of_texts(["one", "two"])
    assert rows.shape == (2,)
    assert rows.tolist() == ["one", "two"]
    assert rows_of_texts([]).shape == (0,)
