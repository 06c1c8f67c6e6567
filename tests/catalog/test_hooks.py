from pathlib import Path

import pytest

from outclass.base.errors import MissingExtraError, OutclassError
from outclass.catalog.hooks import Hook, load_hook
from outclass.catalog.loader import load_challenge
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
