import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.limits import Limits
from outclass.stream.letters import KEPT_BYTES, dead_letter
from outclass.stream.reading import Format, TextReader, read_question
from outclass.stream.records import Message, PoisonError, Reason

LIMITS = Limits(text_bytes=100, body_bytes=1000)
READER = TextReader(LIMITS)


def question(value, key=None, reader=READER):
    return read_question(reader, Message("sms", 1, 7, key, value, 1_700_000_000_000), LIMITS)


@pytest.mark.parametrize(
    ("value", "key", "name", "text"),
    [
        (b'{"text": "hi"}', None, None, "hi"),
        (b'{"id": "a7", "text": "hi", "more": [1, 2]}', b"k", "a7", "hi"),
        (b'{"id": 7, "text": "hi"}', None, 7, "hi"),
        (b' "hi"', b"k", "k", "hi"),
        (b"hi", b"k", "k", "hi"),
        (b"hi", b"\xff", None, "hi"),
        (b'"Hi" is what she said', b"k", "k", '"Hi" is what she said'),
        (b"hi", b"k" * 201, None, "hi"),
        ("\N{PILE OF POO}".encode(), None, None, "\N{PILE OF POO}"),
        (b'"\\ud83d\\ude00"', None, None, "\N{GRINNING FACE}"),
        (b"", None, None, ""),
    ],
)
def test_a_message_is_json_or_plain_text(value, key, name, text):
    found = question(value, key)

    assert (found.id, found.content) == (name, text)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.NO_VALUE),
        (b"\xff\xfe", Reason.NOT_UTF8),
        (b'{"text": "\xff"}', Reason.NOT_UTF8),
        (b'{"text": ', Reason.NOT_JSON),
        (b'{"text": "hi"} and more', Reason.NOT_JSON),
        (b'{"text": "\\ud800"}', Reason.NOT_JSON),
        (b'{"text":' * 100, Reason.NO_TEXT),
        (b'{"x":' + b"[" * 900, Reason.NOT_JSON),
        (b"{}", Reason.NO_TEXT),
        (b'"\xff', Reason.NOT_UTF8),
        (b'{"text": null}', Reason.NO_TEXT),
        (b'{"id": {}, "text": "hi"}', Reason.NO_TEXT),
        (b'{"id": "' + b"a" * 201 + b'", "text": "hi"}', Reason.NO_TEXT),
        (b"x" * 101, Reason.TOO_LARGE),
        (b'{"text": "' + b"x" * 101 + b'"}', Reason.TOO_LARGE),
        (b"x" * 1001, Reason.TOO_LARGE),
    ],
    ids=str,
)
def test_poison_is_told_apart(value, reason):
    with pytest.raises(PoisonError) as found:
        question(value)

    assert found.value.reason is reason


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [(Format.TEXT, b'{"text": "hi"}', '{"text": "hi"}'), (Format.JSON, b'"hi"', "hi")],
)
def test_the_format_may_be_said(form, value, text):
    assert question(value, reader=TextReader(LIMITS, form)).content == text


def test_plain_text_is_poison_where_json_is_said():
    with pytest.raises(PoisonError) as found:
        question(b"hi", reader=TextReader(LIMITS, Format.JSON))

    assert found.value.reason is Reason.NOT_JSON


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_are_poison(value):
    try:
        found = question(value)
    except PoisonError as poison:
        letter = dead_letter(Message("sms", 0, 1, None, value), poison)
        assert letter.value == value
        assert all(
            name.isascii() and text.isascii() and "\n" not in text for name, text in letter.headers.items()
        )
    else:
        assert isinstance(found.content, str)


@given(st.text(max_size=20))
def test_a_text_is_read_as_it_was_written(text):
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        return
    assert question(json.dumps({"text": text}, ensure_ascii=False).encode()).content == text
    if not text.lstrip().startswith(("{", "\ufeff")) and not text.strip().endswith('"'):
        assert question(plain).content == text


def test_a_letter_has_the_message_and_says_why_and_where():
    record = Message("sms", 3, 41, b"k", b"\xff", 1_700_000_000_000)

    letter = dead_letter(record, PoisonError(Reason.NOT_UTF8, "no\ntext"))

    assert (letter.value, letter.key, letter.partition) == (b"\xff", b"k", 3)
    assert letter.headers == {
        "outclass-reason": "not-utf8",
        "outclass-error": "no text",
        "outclass-source": "sms:3:41",
        "outclass-topic": "sms",
        "outclass-partition": "3",
        "outclass-offset": "41",
        "outclass-timestamp": "1700000000000",
    }


def test_a_letter_too_long_for_a_broker_is_cut_and_says_so():
    letter = dead_letter(Message("sms", 0, 1, None, b"x" * 2_000_000), PoisonError(Reason.TOO_LARGE, "long"))

    assert len(letter.value) == KEPT_BYTES
    assert letter.headers["outclass-cut-from"] == "2000000"
