"""`outclass predict` of photos, by file and by address."""

import msgspec
import pytest
from PIL import Image

from photo_models import color_version, colors
from photographs import encoded
from raw_host import ok, raw_host

WARNING = "These are only colors."


@pytest.fixture
def challenge(settings, tmp_path):
    """Return the folder of the colors; their model is in the home folder."""
    color_version(settings.models_folder, groups={"warm": ("red", "green")})
    groups = [{"name": "warm", "title": "a warm color", "members": ["red", "green"]}]
    return colors(tmp_path / "colors", warning=WARNING, groups=groups)


def photo(tmp_path, color, form="JPEG"):
    """Write a photo of one color and return its path."""
    path = tmp_path / f"{color}.{form.lower()}"
    path.write_bytes(encoded(Image.new("RGB", (64, 48), color), form))
    return path


def test_photos_are_predicted(call, challenge, tmp_path):
    files = [photo(tmp_path, "blue"), photo(tmp_path, "red", "PNG"), photo(tmp_path, "lime", "WEBP")]
    rows = msgspec.json.decode(call("predict", challenge, *files, "--json").out)

    assert [row["prediction"]["answer"] for row in rows] == ["blue", "red", "green"]
    assert {row["warning"] for row in rows} == {WARNING}


def test_people_read_the_group_and_the_warning(call, challenge, tmp_path):
    outcome = call("predict", challenge, photo(tmp_path, "yellow"))

    assert "a warm color" in outcome.out
    assert "red" in outcome.out
    assert outcome.out.strip().endswith(WARNING)


def test_an_address_of_this_machine_is_refused(call, challenge):
    with raw_host() as host:
        host.answers["/"] = ok(b"photo")
        outcome = call("predict", challenge, host.url())

        assert outcome.code == 1
        assert "not public" in outcome.err
        assert host.requests == []


def test_what_is_no_photo_is_told(call, challenge, tmp_path):
    path = tmp_path / "page.jpg"
    path.write_bytes(b"<html></html>")

    outcome = call("predict", challenge, path)

    assert "HTML" in outcome.err
    assert "page.jpg" in outcome.err


def test_what_a_file_holds_is_told_as_it_stands(call, challenge, tmp_path):
    path = tmp_path / "passwd"
    path.write_bytes(b"a:x:0:0")

    assert "a:x:0:0" in call("predict", challenge, path).err
