"""Texts become tokens as docs/reference/text-model.md says."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.inference.linear_text.folding import (
    Disguises,
    fold,
    is_ignored,
    lower,
    mask,
    spans_of_tokens,
    split_tokens,
    tokens_of,
)

LETTERS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"}
DISGUISES = Disguises(
    letters=LETTERS, joiners=frozenset(".-_*"), words=frozenset({"free", "cash", "prize", "claim"})
)
WHITESPACE = [
    *range(0x9, 0xE),
    *range(0x1C, 0x21),
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
]


def tokens(text):
    return tokens_of(text, DISGUISES, 10_000)


def test_the_example_of_the_page():
    assert tokens("Call 0871-872 NOW!!") == ["call", "0000", "-", "000", "now", "!", "!"]


def test_whitespace_is_the_list_of_the_page():
    assert [code for code in range(0x110000) if chr(code).isspace()] == WHITESPACE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\ufb01ne", ["fine"]),
        ("\uff26\uff32\uff25\uff25", ["free"]),
        ("caf\u00e9 cafe\u0301", ["cafe", "cafe"]),
        ("fr\u200bee\u202e", ["free"]),
        ("\u0663\u0664 \uff15", ["00", "0"]),
        ("\u0130stanbul", ["istanbul"]),
        ("don\u00b4t", ["dont"]),
        ("\U0001f44d\U0001f3fd\ufe0f", ["\U0001f44d"]),
        ("\u200b \u2060", []),
        ("", []),
        ("\ud800x", ["\ud800", "x"]),
    ],
)
def test_characters_are_brought_into_one_form(text, found):
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("FR33", "free"),
        ("fr33!!!", "free"),
        ("(fr.ee)", "free"),
        ("c@$h", "cash"),
        ("p-r-i-z-e", "prize"),
        ("get F R E E now", "free"),
        ("c 4 s h", "cash"),
        ("f\u200b r e e", "free"),
    ],
)
def test_disguised_words_are_added_at_the_end(text, word):
    assert tokens(text)[-1] == word
    assert tokens(text)[:-1] == tokens_of(
        text, Disguises(letters={}, joiners=frozenset(), words=frozenset()), 100
    )


@pytest.mark.parametrize(
    "text", ["free", "FREE!", "freedom", "fr33dom", "a b c", "fr ee", "f'ree", "x F R E E"]
)
def test_nothing_is_added_where_nothing_is_hidden(text):
    assert tokens(text).count("free") == ("free" in text.lower().strip("!").split())


def test_only_the_first_code_points_are_read():
    assert tokens_of("ab cd", DISGUISES, 4) == ["ab", "c"]


@given(st.text())
def test_each_code_point_folds_for_itself(text):
    chunk = "".join(text.split())
    assert fold(chunk) == "".join(map(fold, chunk))
    assert not any(is_ignored(x) or x.isspace() for x in fold(chunk))
    assert not any(unicodedata.category(x) == "Nd" and not x.isascii() for x in fold(chunk))


@given(st.text())
def test_lower_keeps_the_number_of_code_points(text):
    assert len(lower(text)) == len(text)


@given(st.text())
def test_spans_say_where_the_tokens_of_a_chunk_stand(text):
    chunk = "".join(text.split())
    spans = spans_of_tokens(chunk, 7)

    assert [token for token, _, _ in spans] == split_tokens(mask(fold(chunk)))
    assert all(7 <= start < end <= 7 + len(chunk) for _, start, end in spans)
    for token, start, end in spans:
        assert token in mask(fold(chunk[start - 7 : end - 7]))
