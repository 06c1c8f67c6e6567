"""A text of which the model sees nothing gets no answer, whatever characters it has."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outclass.inference.linear_text.folding import IGNORED, tokens_of
from outclass.inference.prediction import AbstainReason
from outclass.inference.predictor import Predictor
from text_models import sms_version

NOTHING = [chr(code) for first, last in IGNORED for code in {first, last} if not 0xD800 <= code < 0xE000]
FOLDS_AWAY = (
    "\u0301",  # an accent on nothing
    "\u3164",  # a letter of Hangul that is blank
    "\ufe0f \ufe0f",  # variants of nothing
    "\U0001f3fb",  # a skin tone of nobody
    "\u034f\u115f \u180b\u200b",
)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory) -> Predictor:
    return Predictor.load(sms_version(tmp_path_factory.mktemp("models")))


@pytest.mark.parametrize("text", ["", " \u200b", *FOLDS_AWAY], ids=ascii)
def test_a_text_that_folds_to_nothing_is_empty(predictor, text):
    prediction = predictor.predict_one(text)
    assert (prediction.answer, prediction.reason) == (None, AbstainReason.EMPTY)


@pytest.mark.parametrize(
    "text", ["a", "!", "\U0001f44d\U0001f3fb", "e\u0301", "\u3164 5", "\u4e2d"], ids=ascii
)
def test_a_text_of_which_anything_is_left_is_not(predictor, text):
    assert predictor.predict_one(text).reason is not AbstainReason.EMPTY


def test_among_others_only_the_empty_ones_are_empty(predictor):
    texts = ["call me", "\u0301", "free prize", ""]
    reasons = [predictor.predict_one(text).reason for text in texts]
    assert [reason is AbstainReason.EMPTY for reason in reasons] == [False, True, False, True]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from(["a", "7", ".", " ", "\u0301", *NOTHING]), max_size=6))
def test_empty_is_what_has_no_token(predictor, text):
    model = predictor._session.model
    tokens = tokens_of(text, model.document.disguises, model.document.longest)
    assert (predictor.predict_one(text).reason is AbstainReason.EMPTY) == (not tokens)


def test_what_lies_beyond_the_longest_text_does_not_count(predictor):
    longest = predictor._session.model.document.longest
    assert predictor.predict_one("\u0301" * longest + "hello").reason is AbstainReason.EMPTY
