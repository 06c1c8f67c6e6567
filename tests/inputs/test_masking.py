"""Numbers and addresses of other people are hidden; dates, amounts and words are not."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.inputs.masking import Hidden, mask, masked_parts

FRAGMENTS = st.sampled_from(
    [
        "0770",
        "0900123",
        "a@b.org",
        "www.",
        "x.com",
        "http://",
        "call",
        " ",
        "-",
        "(",
        ")",
        ".",
        "/",
        "+44",
        "\u00a3",
        ",",
        "\u0661",
    ]
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Call 07700 900123 now", "Call [number] now"),
        ("call09001234567now", "call[number]now"),
        ("+44 (0)7700 900-123!", "[number]!"),
        ("Text WIN to 80082", "Text WIN to [number]"),
        ("\u0660\u0661\u0662\u0663\u0664\u0665", "[number]"),
        ("write to ann.b+c@mail.example.org, please", "write to [e-mail address], please"),
        ("see https://example.org/a?b=c now", "see [web address] now"),
        ("see www.example.com/x", "see [web address]"),
        ("see tsel.me/mytsel1.", "see [web address]"),
        ("see EXAMPLE.CO.UK", "see [web address]"),
        ("bit.do/abc-and go", "[web address] go"),
    ],
)
def test_what_is_hidden(text, shown):
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "See you at 7.30pm, room 1204",
        "Ends 21/05/2003 or 2026-12-31",
        "Win \u00a3100,000 or Rp 35.000.000 or $5000000",
        "ok.then i come.me too",
        "1. first 2. second 3. third",
        "*100# and *550*90#",
        "at 3 @ home",
    ],
)
def test_what_stays(text):
    assert mask(text) == text


@given(st.lists(FRAGMENTS, max_size=12).map("".join) | st.text())
def test_parts_cover_the_text_in_order(text):
    parts = masked_parts(text)

    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])][: len(parts)]
    assert (parts[-1].end if parts else 0) == len(text)
    for part in parts:
        assert part.end > part.start
        assert part.text == (part.hidden or text[part.start : part.end])


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_no_address_and_no_long_number_is_left(text):
    shown = "".join("#" if part.hidden else part.text for part in masked_parts(text))

    assert not re.search(r"\w@\w+\.\w\w|www\.\w|https?://\w", shown)
    assert not re.search(r"(?<![\d.,/\u00a3-])\d{9,}", shown)


@pytest.mark.parametrize(
    "unit", ["a.", "a-", "1 ", "@", "x@", "a@a.", "http://", "1.1", "(1", "www.", "\u00e9.", "Rp 1"]
)
def test_no_text_takes_long(unit):
    text = (unit * 100_000)[:100_000]
    started = time.process_time()

    masked_parts(text)

    assert time.process_time() - started < 10


def test_names_of_what_is_hidden_are_for_people():
    assert [str(one) for one in Hidden] == ["number", "e-mail address", "web address"]
