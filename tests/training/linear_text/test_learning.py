"""The estimator of texts goes on where it stopped, is honest out of fold, and is what scikit-learn says."""

import json

import numpy as np
import pytest

from outclass.base.errors import DataError, OutclassError
from outclass.inference.linear_text import LinearTextModel
from outclass.inputs.text import TextTable, rows_of_texts
from outclass.training.data import TrainingData
from outclass.training.estimator import CrossFitted
from outclass.training.linear_text import RuleBook, build, estimator, read_recipe
from outclass.training.linear_text.estimator import LinearTextEstimator
from outclass.training.linear_text.material import key_of
from outclass.training.linear_text.peer import pipeline_of
from outclass.training.linear_text.rules import digits, rule, starts, words
from outclass.training.split import pack_texts, unpack_texts

CLASSES = ("chat", "notice", "offer")
CHAT = "mum dinner love see you later home tonight ok film bus soon sorry yes"
NOTICE = "account balance order parcel delivered payment received booking confirmed due date"
OFFER = "free win prize claim cash urgent offer bonus txt stop ringtone deal"
WORDS = {name: text.split() for name, text in zip(CLASSES, (CHAT, NOTICE, OFFER), strict=True)}
BOOK = RuleBook(
    conditions={"prize": words("prize win"), "code": digits(4, 6), "deliver": starts("deliver")},
    rules=(
        rule("prize-code", "a prize and a number", "prize", "code"),
        rule("parcel", "a parcel", "deliver", none=("prize",)),
    ),
)
PARAMETERS = {
    "stages": "chat / notice + offer; notice / offer",
    "least_texts": 2,
    "folds": 3,
    "disguises": 20,
}


def messages(count=240, seed=1):
    """Return messages of three classes; one word in five is another class's."""
    random = np.random.default_rng(seed)
    texts, targets = [], []
    for number in range(count):
        target = number % 3
        drawn = [
            random.choice(WORDS[CLASSES[target if random.random() < 0.7 else random.integers(3)]])
            for _ in range(random.integers(3, 9))
        ]
        if target and random.random() < 0.7:
            drawn.append(str(random.integers(1000, 99999)))
        texts.append(" ".join(drawn).capitalize() + ("!" if target == 2 else ""))
        targets.append(target)
    return rows_of_texts(texts), np.array(targets, dtype=np.int64)


def training_data(inputs=None, targets=None, classes=CLASSES):
    if inputs is None:
        inputs, targets = messages()
    return TrainingData(
        inputs=inputs,
        targets=targets,
        validation_inputs=inputs[:0],
        validation_targets=targets[:0],
        classes=classes,
        data_version="made",
    )


def fitted(folder, parameters=None, book=BOOK, data=None, tell=lambda share, text: None):
    folder.mkdir(exist_ok=True)
    made = LinearTextEstimator(recipe=read_recipe(parameters or PARAMETERS), book=book)
    made.fit(data or training_data(), seed=1, folder=folder, device="cpu", progress=tell)
    return made


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    return fitted(tmp_path_factory.mktemp("fit"))


def test_the_file_answers_as_the_estimator_and_as_scikit_learn(learned, tmp_path):
    inputs, _ = messages(90, seed=2)
    texts = [
        *inputs.tolist(),
        "",
        "fr33 c.a.s.h W I N 12345",
        "delivered caf\u00e9 \U0001f44d",
        "nothing known",
    ]

    learned.export_json(tmp_path / "model.json")

    model = LinearTextModel.parse((tmp_path / "model.json").read_bytes())
    found = np.array(model.logits(texts))
    assert np.abs(np.exp(found) - np.exp(pipeline_of(model.document).predict_log_proba(texts))).max() < 1e-9
    assert np.allclose(found, learned.predict(rows_of_texts(texts)).logits, atol=1e-4)


def test_it_learns(learned):
    inputs, targets = messages(300, seed=3)
    assert (learned.predict(inputs).logits.argmax(axis=1) == targets).mean() > 0.85


def test_a_killed_run_goes_on_with_what_is_missing(tmp_path, monkeypatch):
    class KilledError(Exception):
        pass

    def stop(share, text):
        if share > 0.5:
            raise KilledError

    with pytest.raises(KilledError):
        fitted(tmp_path / "fit", tell=stop)
    there = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "fit").iterdir()}
    again = fitted(tmp_path / "fit")
    at_once = fitted(tmp_path / "other")
    monkeypatch.setattr(estimator, "learn", None)
    finished = fitted(tmp_path / "fit")

    assert 0 < len(there) < 4
    assert all((tmp_path / "fit" / name).stat().st_mtime_ns == when for name, when in there.items())
    inputs, _ = messages(30, seed=4)
    for other in (at_once, finished):
        assert np.array_equal(again.predict(inputs).logits, other.predict(inputs).logits)


def test_advice_comes_from_models_that_saw_no_copy_of_a_message(tmp_path):
    inputs, targets = messages(120)
    shuffled = np.random.default_rng(5).permutation(targets)
    copies = rows_of_texts([text.upper().replace("!", " ...") for text in inputs.tolist()])
    data = training_data(np.concatenate([inputs, copies]), np.concatenate([shuffled, shuffled]))

    made = fitted(tmp_path / "fit", parameters={**PARAMETERS, "cost": 10.0}, data=data)

    assert isinstance(made, CrossFitted)
    seen = (made.predict(inputs).logits.argmax(axis=1) == shuffled).mean()
    unseen = (made.out_of_fold(copies, ()).logits.argmax(axis=1) == shuffled).mean()
    assert seen > 0.9
    assert unseen < 0.55
    others, _ = messages(20, seed=9)
    assert np.array_equal(made.out_of_fold(others, ()).logits, made.predict(others).logits)


def test_probabilities_are_honest(learned):
    inputs, targets = messages(600, seed=6)
    probabilities = np.exp(learned.predict(inputs).logits.astype(np.float64))
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets

    assert abs(confidence.mean() - right.mean()) < 0.05


def test_numbers_are_masked_and_rare_terms_are_left_out(tmp_path):
    inputs, targets = messages()
    texts = [
        f"{text} {'Zebedee ' if place < 2 else ''}07700900123" for place, text in enumerate(inputs.tolist())
    ]
    parameters = {**PARAMETERS, "least_texts": 3}

    fitted(tmp_path / "fit", parameters, data=training_data(rows_of_texts(texts), targets)).export_json(
        tmp_path / "model.json"
    )

    told = json.loads((tmp_path / "model.json").read_bytes())
    terms = [term for block in told["blocks"] for term in block["terms"]]
    assert not any(digit in term for term in terms for digit in "123456789")
    assert "00000000000" in terms
    assert not any("zebe" in term for term in terms)


def test_terms_are_cut_to_the_most_that_are_wanted(tmp_path):
    made = fitted(tmp_path / "fit", {**PARAMETERS, "most_terms": 120})
    assert sum(len(block.terms) for block in made.model_.document.blocks) == 120


@pytest.mark.parametrize(
    "parameters", [{"loss": "log", "cost": 10.0}, {"counts": 1.0, "balance": 1.0}, {"stages": ""}]
)
def test_other_recipes_learn_as_well(tmp_path, parameters):
    inputs, targets = messages(150, seed=7)

    made = fitted(tmp_path / "fit", {**PARAMETERS, **parameters})

    assert (made.predict(inputs).logits.argmax(axis=1) == targets).mean() > 0.8


def test_two_classes_are_one_stage(tmp_path):
    inputs, targets = messages()
    keep = targets < 2
    made = build({"least_texts": 2, "folds": 2})
    made.fit(
        training_data(inputs[keep], targets[keep], CLASSES[:2]),
        seed=1,
        folder=tmp_path,
        device="cpu",
        progress=lambda share, text: None,
    )
    assert [len(stage.rows) for stage in made.model_.document.stages] == [1]


def test_a_class_of_one_message_is_refused(tmp_path):
    inputs, targets = messages(60)
    targets = np.where(np.arange(60) == 0, 2, targets % 2)
    with pytest.raises(DataError, match="too few different texts"):
        fitted(tmp_path / "fit", data=training_data(inputs, targets))


def test_nothing_is_answered_before_it_has_learned():
    with pytest.raises(OutclassError, match="not learned"):
        build({}).predict(rows_of_texts(["a"]))


def test_a_rule_of_an_unknown_condition_is_refused():
    with pytest.raises(DataError, match="unknown condition"):
        RuleBook(conditions={}, rules=(rule("a", "b", "c"),))


def test_copies_of_a_message_have_one_key():
    assert key_of("Call 0800 123!") == key_of("call: 0900-456") != key_of("call 0900")


def test_a_side_without_texts_is_read_back():

    assert len(unpack_texts(*pack_texts(TextTable(())))) == 0
    assert unpack_texts(*pack_texts(TextTable(("a", "", "\u00e9")))).tolist() == ["a", "", "\u00e9"]
