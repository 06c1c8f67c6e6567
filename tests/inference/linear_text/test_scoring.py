"""Answers of the scorer are what the page of the format says, whatever was read before."""

import json
import math
import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.inference.linear_text import LinearTextModel, scoring
from outclass.inference.linear_text.folding import tokens_of
from text_models import vectors

MODELS = {name: json.dumps(model).encode() for name, model in vectors()["models"].items()}
PLAIN = (
    "free FREE fr33 prize call 0800 12345 ok mum ! ? \u00a3 www . f r e e caf\u00e9 \U0001f44d \u4e2d\u6587"
)
TEXTS = st.lists(st.sampled_from(PLAIN.split()) | st.text(max_size=6), max_size=12).map(" ".join)


def terms_found(block, tokens):
    """Return how often each n-gram of a block occurs, as the page defines them."""
    least, most = block["least"], block["most"]
    grams = Counter()
    for n in range(least, most + 1):
        if block["kind"] == "words":
            grams.update(" ".join(tokens[at : at + n]) for at in range(len(tokens) - n + 1))
        else:
            for token in tokens:
                padded = f" {token} "
                grams.update(padded[at : at + n] for at in range(len(padded) - n + 1))
    return grams


def decision_by_the_page(told, model, row, text):
    """Return a decision, worked out step by step from the JSON alone, without measures and rules."""
    unit = 10.0 ** told["decimals"]
    tokens = tokens_of(text, model.document.disguises, told["longest"])
    total = row["intercept"]
    for block in told["blocks"]:
        found = terms_found(block, tokens)
        places = {term: place for place, term in enumerate(block["terms"])}
        known = {places[term]: count for term, count in found.items() if term in places}
        norm = math.sqrt(sum(count * (block["idf"][place] / unit) ** 2 for place, count in known.items()))
        for place, count in known.items():
            weight = row["coefficients"][block["name"]][place] / unit
            total += weight * count * block["idf"][place] / unit / norm
    reading = model.read(text)
    used = dict(zip(scoring.MEASURES, reading.measures, strict=True))
    for name, weight in zip(told["measures"], row["coefficients"]["measures"], strict=True):
        total += weight / unit * used[name]
    return total + sum(
        row["coefficients"]["rules"][place] / unit for place in model.holding(reading.conditions)
    )


@pytest.mark.parametrize("name", MODELS)
@given(text=TEXTS)
def test_decisions_are_those_of_the_page(name, text):
    told, model = json.loads(MODELS[name]), LinearTextModel.parse(MODELS[name])
    rows = [row for stage in told["stages"] for row in stage["rows"]]

    expected = [decision_by_the_page(told, model, row, text) for row in rows]

    assert model.decisions(text) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", MODELS)
@given(text=TEXTS)
def test_probabilities_sum_to_one(name, text):
    model = LinearTextModel.parse(MODELS[name])
    assert math.fsum(map(math.exp, model.logits([text])[0])) == pytest.approx(1, abs=1e-12)


@settings(max_examples=30)
@given(st.lists(TEXTS, max_size=6))
def test_an_answer_does_not_depend_on_what_was_read_before(texts):
    model = LinearTextModel.parse(MODELS["two-stages"])
    together = model.logits(texts)

    assert together == [LinearTextModel.parse(MODELS["two-stages"]).logits([text])[0] for text in texts]


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(scoring, "REMEMBERED", 10)
    model = LinearTextModel.parse(MODELS["two-stages"])
    texts = [f"word{number} call {number}" for number in range(100)]

    found = model.logits(texts)

    assert len(model._chunks) <= 10
    assert len(model._tokens) <= 10
    assert found == LinearTextModel.parse(MODELS["two-stages"]).logits(texts)


def test_a_long_text_is_read_to_its_limit_and_not_remembered():
    model = LinearTextModel.parse(MODELS["two-stages"])
    longest = model.document.longest

    assert model.logits(["x" * 100_000]) == model.logits(["x" * longest])
    assert not any(map(len, model._chunks))


def test_threads_may_share_a_model(monkeypatch):
    monkeypatch.setattr(scoring, "REMEMBERED", 20)
    model = LinearTextModel.parse(MODELS["two-stages"])
    texts = [f"call {number} now fr33" for number in range(200)]
    expected = [LinearTextModel.parse(MODELS["two-stages"]).logits([text])[0] for text in texts]
    found = {}

    def answer(worker):
        found[worker] = model.logits(texts)

    threads = [threading.Thread(target=answer, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(found[worker] == expected for worker in range(4))
