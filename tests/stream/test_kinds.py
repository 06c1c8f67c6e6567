"""Other inputs than text come from a topic in the forms of the API; addresses of brokers."""

import json
from pathlib import Path

import numpy as np
import pytest

from outclass.base.errors import InputError, UnavailableError
from outclass.catalog.loader import load_challenge
from outclass.stream.reading import read_question, reader_for
from outclass.stream.records import Message, PoisonError, Reason
from outclass.stream.service import credentials_from
from outclass.stream.transport import Address, Kind, Mechanism

PULSES = Path(__file__).resolve().parents[1] / "training" / "pulses"
CURVE = {
    "mjd": [60600.1, 60604.2],
    "passband": ["g", "r"],
    "flux": [35.2, 160.4],
    "flux_err": [2.1, 2.9],
}


def asked(loaded, value, key=None):
    reader = reader_for(loaded)
    found = read_question(reader, Message("in", 0, 1, key, value), loaded.challenge.limits)
    return found, reader.rows([found.content, found.content])


def test_drawings_are_read_and_named_by_their_key():
    found, rows = asked(load_challenge("digits"), json.dumps([0, 1] * 32).encode(), b"a drawing")

    assert found.id == "a drawing"
    assert rows.shape == (2, 28, 28)
    assert rows.dtype == np.float32


def test_series_are_read_with_their_names():
    loaded = load_challenge(str(PULSES))
    bands = [band.name for band in loaded.challenge.input.bands]
    body = {"id": "s1", **CURVE, "passband": [bands[0], bands[-1]]}

    found, rows = asked(loaded, json.dumps(body).encode())

    assert found.id == "s1"
    assert rows.shape[0] == 2
    assert np.isfinite(rows).all()


@pytest.mark.parametrize(
    ("challenge", "value"),
    [
        *(("digits", value) for value in (b"[1, 2", b"{}", b"[]", b"\xff\xff")),
        *((str(PULSES), value) for value in (b"[1, 2", b"{}", b"\xff")),
    ],
)
def test_broken_objects_are_poison(challenge, value):
    with pytest.raises(PoisonError) as found:
        asked(load_challenge(challenge), value)

    assert found.value.reason is Reason.INVALID


def test_an_input_that_no_stream_carries_is_said():
    loaded = load_challenge("digits")
    photo = type(loaded.challenge.input)(kind="photo")

    class Loaded:
        name = "photos"
        challenge = type("Challenge", (), {"input": photo, "limits": loaded.challenge.limits})

    with pytest.raises(UnavailableError, match="photo"):
        reader_for(Loaded())


@pytest.mark.parametrize(
    ("url", "kind", "servers", "tls"),
    [
        ("kafka://a", Kind.KAFKA, ("a:9092",), False),
        ("kafka://a:1,b:2", Kind.KAFKA, ("a:1", "b:2"), False),
        ("kafka+tls://a:1/", Kind.KAFKA, ("a:1",), True),
        ("nats://a", Kind.NATS, ("a:4222",), False),
        ("tls://[::1]:5", Kind.NATS, ("[::1]:5",), True),
    ],
)
def test_addresses_are_read(url, kind, servers, tls):
    assert Address.parse(url) == Address(kind=kind, servers=servers, tls=tls)


@pytest.mark.parametrize(
    "url",
    ["", "kafka", "kafka://", "http://a", "kafka://a:x", "kafka://u:p@a", "kafka://a/b", "kafka://a,,b"],
)
def test_broken_addresses_are_refused_and_no_password_is_shown(url):
    with pytest.raises(InputError, match="--broker") as found:
        Address.parse(url)

    assert "u:p" not in str(found.value)


def test_names_and_passwords_come_from_the_environment():
    given = {"OUTCLASS_BROKER_USER": "me", "OUTCLASS_BROKER_PASSWORD": "secret"}

    found = credentials_from({**given, "OUTCLASS_BROKER_MECHANISM": "scram-sha-512"})

    assert (found.user, found.password, found.mechanism) == ("me", "secret", Mechanism.SCRAM_512)
    assert "secret" not in repr(found)
    assert credentials_from({}) is None
    with pytest.raises(InputError, match="OUTCLASS_BROKER_MECHANISM"):
        credentials_from({**given, "OUTCLASS_BROKER_MECHANISM": "magic"})
