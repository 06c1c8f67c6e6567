"""`outclass collect` and `outclass data` on photos."""

import msgspec
import polars as pl

from small_photos import CLASSES, licensed_version, photo, photo_challenge


def test_photos_are_collected_shown_checked_and_exported(call, tmp_path):
    folder = photo_challenge(tmp_path / "pets", count=24)
    (folder / "photos" / "bobcat" / "page.jpg").write_text("<html>")

    said = call("collect", folder).out
    version = msgspec.json.decode(call("data", "show", folder, "--json").out)

    assert said.startswith(f"pets: version {version['id']}")
    assert version["cleaning"]["rejected"][0]["object_id"] == "bobcat-page"
    assert version["licences"] == [
        {"licence": "CC-BY-4.0", "allows": "free for any use with credit", "photos": 24}
    ]
    shown = call("data", "show", folder).out
    assert "1 unreadable" in shown
    assert "free for any use with credit" in shown
    assert "is whole" in call("data", "check", folder).out
    out = tmp_path / "photos"
    assert "wrote" in call("data", "export", folder, out, "--split", "train").out
    assert {path.suffix for path in out.iterdir()} == {".jpg", ".csv"}


def test_what_may_not_go_is_left_out_and_told(call, settings, tmp_path):
    licensed_version(tmp_path, settings=settings)
    path = tmp_path / "out.parquet"

    said = call("data", "export", tmp_path / "pets", path).out
    found = msgspec.json.decode(call("data", "export", tmp_path / "pets", path, "--json").out)

    assert "left out, as their licence does not let them be passed on: " in said
    assert "CC-BY-NC" in said
    assert found["objects"] == len(pl.read_parquet(path))
    assert found["left_out"]["CC-BY-NC"] > 0


def test_a_photo_that_was_changed_on_disk_is_found(call, settings, tmp_path):
    folder = photo_challenge(tmp_path / "pets", count=6)
    call("collect", folder)
    media = settings.data_folder / "pets" / "media"
    path = next(media.glob("*/*"))
    path.write_bytes(photo(99))

    outcome = call("data", "check", folder)

    assert outcome.code == 1
    assert path.name in outcome.err


def test_a_photo_is_taken_back_by_its_object(call, tmp_path):
    folder = photo_challenge(tmp_path / "pets", count=6)
    call("collect", folder)
    first = msgspec.json.decode(call("data", "show", folder, "--json").out)["id"]

    said = call("data", "take-back", folder, "bobcat-Bobcat_9005102").out
    now = msgspec.json.decode(call("data", "show", folder, "--json").out)

    assert "will not come back" in said
    assert first in said
    assert now["id"] in said
    assert now["cleaning"]["rows_kept"] == 5
    assert sum(now["counts"][side][name] for side in now["counts"] for name in CLASSES) == 5
    assert call("data", "take-back", folder, "bobcat-Bobcat_9005102").code == 1
    again = msgspec.json.decode(call("data", "take-back", folder, "0" * 64, "--json").out)
    assert again == {"photo": "0" * 64, "version": now["id"], "gone": [], "models": []}
