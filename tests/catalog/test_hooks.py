from pathlib import Path

import pytest

from outclass.base.errors import MissingExtraError, OutclassError
from outclass.catalog.hooks import Hook, features_sha256, load_features, load_hook
from outclass.catalog.loader import LoadedChallenge, load_challenge
from small_challenge import write_challenge


def test_a_hook_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert load_hook(load_challenge(write_challenge(tmp_path)), Hook.FEATURES) is None


def test_own_hooks_are_loaded_once_for_each_folder(tmp_path: Path) -> None:
    loaded = {}
    for name in ("a", "b"):
        folder = write_challenge(tmp_path / name)
        (folder / "features.py").write_text(f"NAME = {name!r}\n")
        loaded[name] = load_challenge(folder)
    first, second = (load_hook(loaded[name], "features") for name in ("a", "b"))
    assert first is not None
    assert second is not None
    assert (first.NAME, second.NAME) == ("a", "b")
    assert load_hook(loaded["a"], "features") is first


def test_packaged_hooks_go_by_their_package_name() -> None:
    pytest.importorskip("sklearn")
    hook = load_hook(load_challenge("digits"), Hook.SIMULATE)
    assert hook is not None
    assert hook.__name__ == "outclass.challenges.digits.simulate"


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path) -> None:
    folder = write_challenge(tmp_path)
    (folder / "model.py").write_text("raise ModuleNotFoundError('no torch', name='torch.nn')\n")
    with pytest.raises(MissingExtraError, match=r"pip install 'outclass\[torch\]'"):
        load_hook(load_challenge(folder), Hook.MODEL)


def test_another_missing_package_is_named(tmp_path: Path) -> None:
    folder = write_challenge(tmp_path)
    (folder / "model.py").write_text("import no_such_package\n")
    for _ in range(2):
        with pytest.raises(OutclassError, match="no_such_package"):
            load_hook(load_challenge(folder), Hook.MODEL)


def test_only_known_hooks_are_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="setup"):
        load_hook(load_challenge(write_challenge(tmp_path)), "setup")


FEATURES = """
import numpy as np

MISSING = -1.0
MODULES = ("features.py", "more.py")


def names(declared):
    return ("count",)


def prepare(table, declared):
    return np.diff(table.starts).astype(np.float32)[:, None]
"""


def with_features(folder: Path, text: str = FEATURES) -> LoadedChallenge:
    """Write a challenge whose features are made by code in two files."""
    write_challenge(folder)
    (folder / "features.py").write_text(text)
    (folder / "more.py").write_text("MORE = 1\n")
    return load_challenge(folder)


def test_features_are_loaded_and_hashed_with_all_their_files(tmp_path: Path) -> None:
    loaded = with_features(tmp_path / "a")
    assert load_features(loaded).names(loaded.challenge.input) == ("count",)
    before = features_sha256(loaded)
    assert before == features_sha256(with_features(tmp_path / "b"))
    (loaded.folder / "more.py").write_text("MORE = 2\n")
    assert features_sha256(loaded) != before


def test_line_ends_do_not_change_the_hash(tmp_path: Path) -> None:
    loaded = with_features(tmp_path)
    before = features_sha256(loaded)
    (tmp_path / "more.py").write_bytes(b"MORE = 1\r\n")
    assert features_sha256(loaded) == before


def test_a_challenge_without_features_has_no_hash(tmp_path: Path) -> None:
    loaded = load_challenge(write_challenge(tmp_path))
    assert features_sha256(loaded) is None
    with pytest.raises(OutclassError, match=r"needs a features\.py"):
        load_features(loaded)


def test_features_that_lack_something_are_refused(tmp_path: Path) -> None:
    loaded = with_features(tmp_path, "MISSING = 0.0\nMODULES = ()\n")
    with pytest.raises(OutclassError, match="nothing named names, prepare"):
        load_features(loaded)
