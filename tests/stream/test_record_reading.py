import json
import math

import pytest

from outclass.base.limits import Limits
from outclass.catalog.loader import load_challenge
from outclass.inputs.table import record
from outclass.stream.reading import read_question, reader_for
from outclass.stream.records import Message, PoisonError
from small_tables import COLUMNS, FIRST, flower_challenge


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return reader_for(
        load_challenge(flower_challenge(tmp_path_factory.mktemp("stream") / "flowers", count=3))
    )


def question(reader, value, key=None):
    return read_question(reader, Message("flowers", 1, 7, key, value, 1_700_000_000_000), Limits())


@pytest.mark.parametrize(
    ("value", "key", "name"),
    [
        (FIRST, b"k", "k"),
        ({"record": FIRST}, None, None),
        ({"id": "f7", "record": FIRST}, b"k", "f7"),
        ({"record": FIRST, "id": 7}, None, 7),
    ],
)
def test_a_record_comes_alone_or_with_a_name(reader, value, key, name):
    found = question(reader, json.dumps(value).encode(), key)
    assert found.id == name
    assert record(found.content, COLUMNS) == FIRST


def test_records_are_stacked(reader):
    rows = reader.rows([question(reader, b"{}").content, question(reader, b'{"petals": 3}').content])
    assert rows.shape == (2, 5)
    assert math.isnan(rows[0, 1])


@pytest.mark.parametrize(
    "value", [b"[]", b"{", b'{"color": "blue"}', b'{"id": [], "record": {}}', b"\xff", b"[" * 999]
)
def test_what_is_broken_is_poison(reader, value):
    with pytest.raises(PoisonError):
        question(reader, value)
