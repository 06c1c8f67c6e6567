"""`outclass stream` as it is typed: a real model, a real broker, the real command."""

import json

import pytest

from outclass.inference.linear_text import LinearTextModel
from outclass.inputs.text import is_blank
from processes import run_outclass
from streaming import consuming, outclass_stream, until
from text_models import sms_challenge, sms_version, vectors


def answers(broker, topic, least):
    return {
        found["id"]: found for one in broker.read(topic, least=least) for found in [json.loads(one.value)]
    }


def is_message(text):
    """Tell whether a text shows something and is made of characters."""
    return not is_blank(text) and not any(0xD800 <= ord(each) < 0xE000 for each in text)


def test_the_champion_answers_and_the_next_one_takes_over(kafka_broker, home, tmp_path):
    texts = [one["text"] for one in vectors()["vectors"] if is_message(one["text"])][:60]
    bodies = [json.dumps({"id": place, "text": text}).encode() for place, text in enumerate(texts)]
    kafka_broker.create("cli", "cli.out")
    kafka_broker.send("cli", bodies)
    first = sms_version(home / "models")
    command = ["classify", sms_challenge(tmp_path / "sms"), "--broker", kafka_broker.url]
    command = outclass_stream(*command, "--in", "cli", "--out", "cli.out", "--partitions", 1)

    with consuming(command, home, "cli") as consumer:
        until(lambda: consumer.done() >= len(texts))
        assert consumer.ready().json() == {"ready": True, "model": first.reference, "problem": None}
        second = sms_version(home / "models", temperature=2.0)
        until(lambda: consumer.ready().json()["model"] == second.reference)
        kafka_broker.send("cli", [b"hi there"])
        until(lambda: consumer.done() >= len(texts) + 1)
        assert consumer.stop() == 0

    found = answers(kafka_broker, "cli.out", len(texts) + 1)
    model = LinearTextModel.parse(json.dumps(vectors()["models"]["two-stages"]).encode())
    for place, logits in enumerate(model.logits(texts)):
        assert found[place]["model"] == first.reference
        assert found[place]["answer"] == model.classes[logits.index(max(logits))]
    assert found[str(0)]["model"] == second.reference  # plain text is named by its key


def test_a_challenge_without_a_model_is_an_error(kafka_broker, home, tmp_path):
    folder = sms_challenge(tmp_path / "sms")

    done = run_outclass(home, "stream", str(folder), "--broker", kafka_broker.url, "--in", "a", "--out", "b")

    assert done.returncode == 1
    assert "no model is ready" in done.stderr


@pytest.mark.parametrize(
    "words", [["--help"], ["classify", "--help"], ["sink", "--help"], ["digits", "--help"]]
)
def test_there_is_help(home, words):
    done = run_outclass(home, "stream", *words)

    assert done.returncode == 0
    assert "--broker" in done.stdout or "classify" in done.stdout


def test_no_broker_is_a_wrong_use(home):
    assert run_outclass(home, "stream", "digits", "--in", "a", "--out", "b").returncode == 2
