"""What is public of a text, of a name, of a photo."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.split import Split
from outclass.inputs.photos import Credit
from outclass.publish.sharing import Sharing, masked_name, may_publish, public_text

PARTS = st.sampled_from(
    [
        *("12345", "+44 (0)", "0906 170 1461", "a@b.com", "www.x.de/", "http://x", "http:/", "bit.ly/a"),
        *(".com", "@", "-", "/", " ", "[number]", "[web address]", "\u00a3", "9,000", "2003-01-02"),
        *("x", "1", ".", "(", "Rp "),
    ]
)


@given(st.one_of(st.lists(PARTS, max_size=8).map("".join), st.text(max_size=30)))
def test_a_public_text_stays_as_it_is(text):
    shown = public_text(text)

    assert public_text(shown) == shown


def test_names_of_hidden_objects_tell_nothing_and_differ_between_versions():
    one, other = Sharing(salt="a"), Sharing(salt="b", retired=frozenset({"bobcat/17.jpg"}))

    assert one.name_of("bobcat/17.jpg", Split.GAME).startswith("game-")
    assert one.name_of("bobcat/17.jpg", Split.TRAIN) == "bobcat/17.jpg"
    assert other.name_of("bobcat/17.jpg", Split.GAME) == "bobcat/17.jpg"
    assert other.name_of("lynx/1.jpg", Split.GAME) != one.name_of("lynx/1.jpg", Split.GAME)
    assert one.mark != other.mark


def test_names_of_masked_texts_differ_where_texts_are_alike():
    seen = Counter()

    names = [masked_name("call [number]", seen) for _ in range(3)]

    assert len(set(names)) == 3
    assert names == [masked_name("call [number]", again) for again in [Counter()] for _ in range(3)]


@pytest.mark.parametrize(
    ("licence", "public"),
    [
        ("CC0-1.0", True),
        ("CC BY 4.0", True),
        ("cc-by-sa", True),
        ("CC-BY-ND-4.0", False),
        ("CC-BY-NC-4.0", False),
        ("all rights reserved", False),
        ("", False),
        ("LicenseRef-lent-to-learn-from", False),
    ],
)
def test_photos_are_published_under_free_licences_only(licence, public):
    assert may_publish(Credit(licence=licence)) is public
