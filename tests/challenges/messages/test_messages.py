"""The messages that were written, the rules, and the model that comes with the package."""

import csv
import json

import numpy as np
import pytest

from outclass.base.settings import Settings
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import load_challenge
from outclass.catalog.weak_labels import WeakLabels, read_checked
from outclass.challenges.messages import phrases
from outclass.challenges.messages.book import BOOK
from outclass.inference.predictor import Predictor
from outclass.inputs.text import rows_of_texts
from outclass.registry.store import Registry
from outclass.training.evaluation import evaluate_challenge
from outclass.training.linear_text.material import NO_DISGUISES, reader_of

CLASSES = ("personal", "notification", "spam")
EVERYDAY = {
    "Hey, are we still on for dinner tonight?": "personal",
    "Lagi dimana? nanti makan yuk": "personal",
    "I won the lottery lol": "personal",
    "Your verification code is 482913": "notification",
    "Your a/c no XX1234 is credited by Rs 5000": "notification",
    "Reminder: your dentist appointment is on Monday 9:30. Reply Y to confirm": "notification",
    "URGENT! You have won a FREE membership in our prize jackpot! Txt CLAIM to 81010": "spam",
    "FR33 r1ngt0nes! Reply now": "spam",
    "Dear customer, your account has been blocked. Click http://bit.ly/x to verify": "spam",
}
HELD = {
    "Your code is 12345": {"one-time code", "nobody speaks"},
    "Win free cash, call 080012345678 now": {"prize", "free", "phone number"},
    "Your account: see https://a.example": {"link", "link and account"},
    "see you at 8": set(),
}


@pytest.fixture(scope="module")
def loaded():
    return load_challenge("messages")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(home=tmp_path_factory.mktemp("home"), database_url="sqlite:///unused")


@pytest.fixture(scope="module")
def predictor(loaded, settings):
    return Predictor.load(Registry(settings).champion("messages"), loaded)


def test_the_file_of_written_messages_is_what_the_templates_make(loaded):
    with (loaded.folder / "written.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)]
    made = [(phrase.text, phrase.label, phrase.template) for phrase in phrases.taught()]

    assert rows == [("text", "label", "template"), *made]
    assert {phrase.label for phrase in phrases.taught()} == set(CLASSES)


def test_messages_to_play_with_are_none_of_those_to_learn_from(loaded):
    sample = load_hook(loaded, Hook.SIMULATE).sample()

    texts = list(sample.inputs)
    assert set(sample.labels) == set(CLASSES)
    assert set(sample.fixed_splits) == {"game"}
    assert len(set(texts)) == len(texts) == len(set(sample.object_ids)) > 100
    assert not set(texts) & {phrase.text for phrase in phrases.taught()}
    assert not any("{" in text for text in texts)


def test_written_numbers_and_addresses_belong_to_nobody():
    for phrase in [*phrases.taught(), *phrases.played()]:
        words = [word for word in phrase.text.split() if "://" in word or word.startswith("www.")]
        assert all(".example" in word for word in words)


@pytest.mark.parametrize(("text", "names"), HELD.items())
def test_rules_look_for_what_belongs_together(text, names):
    reader = reader_of(NO_DISGUISES, BOOK)
    found = {BOOK.rules[place].name for place in reader.holding(reader.read(text).conditions)}
    assert found == names


def test_weak_labels_find_notices_and_leave_the_rest(loaded):
    weak = WeakLabels.load(loaded.folder / "rules.yaml", CLASSES)
    notices = [
        "Your account has been refilled successfully by INR 50.",
        "A/c debited by Rs 20, transaction ID 5",
        "Your verification code is 482913",
        "Selamat Paket Anda telah aktif.",
        "Isi ulang Rp5000 berhasil",
    ]
    others = [
        "I transferred you the money",
        "You have won, claim your code",
        "Buruan beli paket 5GB",
        "ok see you",
    ]

    assert weak.apply(notices).labels == ("notification",) * len(notices)
    assert weak.apply(others).labels == (None,) * len(others)


def test_checked_labels_are_hashes(loaded):
    checked = read_checked(loaded.folder / "checked.csv", CLASSES)
    assert {"personal", "notification", "spam"} == set(checked.values())
    assert len(checked) > 500


def test_the_champion_is_small_and_shows_nobodys_number(predictor):
    version = predictor.version
    told = json.loads((version.folder / "model.json").read_bytes())
    terms = [term for block in told["blocks"] for term in block["terms"]]

    assert version.manifest.sizes["model.json"] <= 2_000_000
    assert version.signature.classes == CLASSES
    assert [stage["groups"] for stage in told["stages"]] == [
        [["personal"], ["notification", "spam"]],
        [["notification"], ["spam"]],
    ]
    assert not any(digit in term for term in terms for digit in "123456789")
    assert "oof.parquet" not in version.manifest.files
    card = (version.folder / "card.md").read_text(encoding="utf-8")
    assert "CC-BY-SA-4.0" in card
    assert "twenty" in card


@pytest.mark.parametrize(("text", "expected"), EVERYDAY.items())
def test_the_champion_knows_everyday_messages(predictor, text, expected):
    assert predictor.predict_many(rows_of_texts([text]))[0].answer == expected


def test_the_champion_answers_written_messages_that_it_did_not_learn_from(predictor):
    played = phrases.played()

    found = predictor.predict_many(rows_of_texts([phrase.text for phrase in played]))

    right = np.mean([answer.answer == phrase.label for answer, phrase in zip(found, played, strict=True)])
    assert right > 0.75


@pytest.mark.parametrize("header", [False, True])
def test_a_file_of_ham_and_spam_can_be_evaluated(loaded, settings, tmp_path, header):
    rows = [("spam" if label == "spam" else "ham", text) for text, label in EVERYDAY.items()]
    file = tmp_path / ("kept.csv" if header else "kept.tsv")
    with file.open("w", encoding="utf-8", newline="") as handle:
        if header:
            csv.writer(handle).writerows([("label", "text"), *rows])
        else:
            handle.writelines(f"{label}\t{text}\n" for label, text in rows)

    found = evaluate_challenge(loaded, settings, data=file, labels="ham=personal+notification,spam=spam")

    assert found["n"] == len(rows)
    assert found["accuracy"] == 1.0


def test_the_champion_on_the_collection(loaded, settings, shared_data):
    file = shared_data / "messages" / "SMSSpamCollection.tsv"

    found = evaluate_challenge(loaded, settings, data=file, labels="ham=personal+notification,spam=spam")

    assert found["accuracy"] > 0.99
