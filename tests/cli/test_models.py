"""`outclass models` and `outclass predict` on a real registry."""

import io
import sys

import msgspec
import numpy as np
import pytest
from PIL import Image

from models import tiny_digits_version
from outclass.catalog import load_challenge
from outclass.registry.store import Registry


@pytest.fixture
def versions(settings):
    """Return two versions of digits: one that says 7, which is champion, and one that says 3."""
    other = tiny_digits_version(settings.models_folder, favorite=3, champion=False)
    return tiny_digits_version(settings.models_folder, favorite=7), other


@pytest.fixture
def picture(tmp_path):
    """Return a PNG file with a stroke on it."""
    pixels = np.zeros((40, 40), dtype=np.uint8)
    pixels[5:35, 18:22] = 255
    path = tmp_path / "one.png"
    Image.fromarray(pixels).save(path)
    return path


def test_versions_are_listed_with_their_aliases(call, versions):
    champion, other = versions

    listed = msgspec.json.decode(call("models", "list", "digits", "--json").out)

    assert {row["id"]: row["aliases"] for row in listed if row["id"] in {champion.id, other.id}} == {
        champion.id: ["champion"],
        other.id: [],
    }


def test_the_list_for_people_names_the_champion(call, versions):
    line = next(line for line in call("models", "list").out.splitlines() if versions[0].reference in line)

    assert "champion" in line


def test_a_card_is_shown(call, versions):
    assert "## Limits" in call("models", "card", "digits").out
    assert msgspec.json.decode(call("models", "card", "digits", "--json").out)["sections"]["Data"]


def test_promote_and_rollback_move_the_champion(call, settings, versions):
    champion, other = versions

    assert call("models", "promote", other.reference, "--force").code == 0
    assert Registry(settings).champion("digits").id == other.id
    assert call("models", "rollback", "digits").code == 0
    assert Registry(settings).champion("digits").id == champion.id


def test_promote_takes_the_folder_of_a_challenge(call, settings, versions):
    other = versions[1].reference
    folder = load_challenge("digits").folder

    assert call("models", "promote", other, "--challenge", folder.parent / "mushrooms").code == 1
    assert call("models", "promote", other, "--challenge", folder.parent / "nowhere").code == 1
    assert call("models", "promote", other, "--challenge", folder, "--force").code == 0
    assert Registry(settings).champion("digits").id == versions[1].id


def test_the_same_version_is_exported_to_the_same_bytes(call, versions, tmp_path):
    for name in ("a.zip", "b.zip"):
        assert call("models", "export", "digits", tmp_path / name).code == 0

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_file_is_predicted(call, versions, picture):
    rows = msgspec.json.decode(call("predict", "digits", picture, "--json").out)

    assert rows[0]["file"] == str(picture)
    assert rows[0]["prediction"]["answer"] == "7"
    assert rows[0]["prediction"]["model"] == versions[0].reference
    assert sum(rows[0]["prediction"]["probabilities"].values()) == pytest.approx(1.0)


def test_standard_input_and_another_version_are_predicted(call, versions, picture, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(picture.read_bytes())))

    outcome = call("predict", "digits", "-", "--model", versions[1].reference)

    assert outcome.code == 0
    assert outcome.out.splitlines()[1].split()[:2] == ["-", "3"]


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_a_file_that_is_no_drawing_is_refused(call, versions, tmp_path, content):
    path = tmp_path / "odd"
    path.write_bytes(content)

    outcome = call("predict", "digits", path)

    assert outcome.code == 1
    assert outcome.err.startswith("error: ")


def test_a_file_that_is_not_there_is_named(call, versions):
    assert "nowhere.png" in call("predict", "digits", "nowhere.png").err


def test_the_doctor_finds_a_model_that_was_changed(call, versions):
    assert call("doctor", "--port", "65123").code == 0
    with (versions[0].folder / "model.onnx").open("ab") as file:
        file.write(b"!")

    outcome = call("doctor", "--json", "--port", "65123")

    assert outcome.code == 1
    failed = [each for each in msgspec.json.decode(outcome.out) if each["state"] == "failed"]
    assert [each["name"] for each in failed] == ["model digits"]
