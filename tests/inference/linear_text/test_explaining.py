"""An explanation sums to the score, and points at the words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.inference.linear_text import LinearTextModel
from outclass.inference.linear_text.scoring import stage_scores
from text_models import vectors

MODELS = {name: json.dumps(model).encode() for name, model in vectors()["models"].items()}
MIXED = st.text(max_size=60) | st.sampled_from(
    ["Free prize! Call 0800 123 now", "fr33 and F R E E, c.a.l.l", "caf\u00e9 \U0001f44d\U0001f3fd", ""]
)


@pytest.mark.parametrize("name", MODELS)
@given(text=MIXED)
def test_all_parts_sum_to_the_score(name, text):
    model = LinearTextModel.parse(MODELS[name])
    decisions = model.decisions(text)

    found = iter(model.explain(text).stages)

    for stage in model.document.stages:
        own, decisions = decisions[: len(stage.rows)], decisions[len(stage.rows) :]
        scores = stage_scores(stage, own)
        for group in range(len(scores)) if len(scores) > 2 else (1,):
            others = [score for place, score in enumerate(scores) if place != group]
            part = next(found)
            parts = [*part.spans, *part.measures, *part.rules]
            assert part.group == stage.groups[group]
            assert part.score == pytest.approx(scores[group] - sum(others) / len(others), abs=1e-9)
            assert part.base + sum(one.value for one in parts) == pytest.approx(part.score, abs=1e-9)
    assert next(found, None) is None


@given(text=MIXED)
def test_spans_lie_in_the_text(text):
    for stage in LinearTextModel.parse(MODELS["two-stages"]).explain(text).stages:
        assert all(0 <= span.start < span.end <= len(text) for span in stage.spans)


def test_spans_name_the_code_points_of_their_token():
    text = "\U0001f44d Fr\u200bee fr33"

    spans = LinearTextModel.parse(MODELS["two-stages"]).explain(text).stages[0].spans

    assert [(span.token, text[span.start : span.end]) for span in spans] == [
        ("\U0001f44d", "\U0001f44d"),
        ("free", "Fr\u200bee"),
        ("fr00", "fr33"),
        ("free", "fr33"),
    ]
