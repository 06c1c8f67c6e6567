"""The folder of photos."""

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import DataError
from outclass.base.media import MediaFolder


@given(content=st.binary(max_size=200))
def test_what_is_put_comes_back_under_its_hash(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    media = MediaFolder(tmp_path_factory.getbasetemp() / "media")
    name = media.put(content)
    assert name == sha256(content).hexdigest()
    assert media.read(name) == content
    assert media.put(content) == name


def test_the_same_photo_is_one_file(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "media")
    assert {media.put(b"photo") for _ in range(3)} == {sha256(b"photo").hexdigest()}
    assert len([path for path in media.folder.rglob("*") if path.is_file()]) == 1


def test_a_photo_that_is_missing_or_was_changed_is_an_error(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "media")
    name = media.put(b"photo")
    media.path(name).write_bytes(b"another")
    with pytest.raises(DataError, match=r"missing or was changed.*other bytes"):
        media.read(name)
    assert media.delete(name)
    assert not media.delete(name)
    with pytest.raises(DataError, match="missing or was changed"):
        media.read(name)


def test_only_old_leftovers_are_removed(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "media")
    name = media.put(b"photo")
    folder = media.path(name).parent
    for left, age in ((".part-old", 7200.0), (".part-new", 60.0)):
        (folder / left).write_bytes(b"half")
        os.utime(folder / left, (time.time() - age,) * 2)
    media.remove_leftovers()
    assert sorted(path.name for path in folder.iterdir()) == [".part-new", name]
