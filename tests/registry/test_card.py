"""A card has every section, each with something to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import RegistryError
from outclass.registry.card import SECTIONS, check_card, read_card, write_card

FULL = {name: f"On {name}." for name in SECTIONS}
lines = st.text("abc -*|", min_size=1).filter(lambda text: text.strip())


def test_a_card_survives_the_round_trip() -> None:
    assert read_card(write_card("Digits", FULL)) == FULL


@given(st.fixed_dictionaries(dict.fromkeys(SECTIONS, lines)))
def test_any_plain_text_survives_the_round_trip(sections: dict[str, str]) -> None:
    assert read_card(write_card("T", sections)) == {name: text.strip() for name, text in sections.items()}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_card_without_a_section_is_refused(name: str) -> None:
    with pytest.raises(RegistryError, match=f"nothing under {name}"):
        write_card("Digits", {**FULL, name: " "})


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(RegistryError, match="Prices"):
        write_card("Digits", {**FULL, "Prices": "none"})


def test_a_card_by_hand_is_checked() -> None:
    check_card(write_card("Digits", FULL), where="here")
    with pytest.raises(RegistryError, match="here: the card is not complete"):
        check_card("# Digits\n", where="here")
