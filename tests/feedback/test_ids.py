"""Only ids that were made here count."""

from hypothesis import given
from hypothesis import strategies as st

from outclass.feedback.ids import PREDICTION_ID, PredictionIds

IDS = PredictionIds(b"k" * 32)


def test_ids_differ_and_name_their_challenge() -> None:
    made = {IDS.new("digits") for _ in range(1000)}
    assert len(made) == 1000
    assert all(PREDICTION_ID.fullmatch(one) for one in made)
    one = made.pop()
    assert IDS.challenge_of(one, ["stars", "digits"]) == "digits"
    assert IDS.challenge_of(one, ["stars"]) is None
    assert PredictionIds(b"j" * 32).challenge_of(one, ["digits"]) is None


@given(st.text() | st.from_regex(PREDICTION_ID, fullmatch=True))
def test_made_up_ids_are_refused(text: str) -> None:
    assert IDS.challenge_of(text, ["digits"]) is None


@given(st.integers(0, 26), st.sampled_from("pABz09_-?\n"))
def test_changed_ids_are_refused(place: int, character: str) -> None:
    one = IDS.new("digits")
    changed = one[:place] + character + one[place + 1 :]
    assert IDS.challenge_of(changed, ["digits"]) == ("digits" if changed == one else None)
