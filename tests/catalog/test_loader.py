import subprocess
import sys
from pathlib import Path

import pytest

from outclass.base.errors import ChallengeFileError, NotFoundError
from outclass.catalog.hooks import hook_path
from outclass.catalog.loader import list_challenges, load_challenge, packaged_folder
from small_challenge import declaration, write_challenge

WHAT_IS_LOADED = """
import sys
from outclass.catalog import load_challenge
load_challenge("digits")
print(*(name for name in ("polars", "sklearn", "torch", "django", "PIL") if name in sys.modules))
"""


def test_packaged_challenges_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_challenge("digits")
    assert loaded.name == loaded.challenge.name == "digits"
    assert loaded.folder == packaged_folder().resolve() / "digits"
    assert "digits" in list_challenges()


@pytest.mark.parametrize(
    "given", ["shapes", "challenges/shapes", "challenges/shapes/challenge.yaml", "folder"]
)
def test_own_challenges_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.chdir(tmp_path)
    here = write_challenge(tmp_path / ("folder" if given == "folder" else "challenges/shapes"))
    if given == "folder":
        here = here.rename(tmp_path / "shapes")
    for name in ("shapes", Path("shapes")) if given == "folder" else (given,):
        loaded = load_challenge(name)
        assert loaded.folder == here
        assert loaded.challenge.class_names == ("circle", "cross", "line")


def test_own_challenges_are_listed_and_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_challenge(tmp_path / "challenges" / "digits", {**declaration(), "name": "digits"})
    write_challenge(tmp_path / "challenges" / "shapes")
    assert list_challenges().count("digits") == 1
    assert "shapes" in list_challenges()
    assert load_challenge("digits").challenge.title == "Shapes"


@pytest.mark.parametrize("name", ["digit", "DIGITS", "", "..", "/", "no/such/folder", "a\0b"])
def test_what_is_not_there_is_said_with_what_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError) as caught:
        load_challenge(name)
    assert "digits" in str(caught.value)


def test_a_folder_of_another_name_is_a_problem_only_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_challenge(tmp_path / "challenges" / "forms")
    with pytest.raises(ChallengeFileError) as caught:
        load_challenge("forms")
    assert [problem.id for problem in caught.value.problems] == ["name-mismatch"]
    assert load_challenge(folder).name == "shapes"


def test_a_broken_file_names_itself_and_all_its_problems(tmp_path: Path) -> None:
    folder = write_challenge(
        tmp_path, {**declaration(), "accent": "red", "colour": "red", "champion": "none"}
    )
    with pytest.raises(ChallengeFileError) as caught:
        load_challenge(folder)
    text = str(caught.value)
    assert text.startswith(f"{folder / 'challenge.yaml'}: 3 problems")
    assert all(f"[{name}] line " in text for name in ("bad-form", "unknown-key", "unknown-model"))


def test_loading_a_challenge_stays_light() -> None:
    words = [sys.executable, "-c", WHAT_IS_LOADED]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


def extending(folder: Path, name: str, extends: str) -> Path:
    """Write the small challenge under another name."""
    return write_challenge(folder / "challenges" / name, declaration() | {"name": name, "extends": extends})


def test_a_challenge_uses_the_code_of_those_that_it_extends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second, third = (extending(tmp_path, *pair) for pair in (("a", ""), ("b", "a"), ("c", "b")))
    (first / "features.py").write_text("OF = 'a'\n", encoding="utf-8")
    (first / "simulate.py").write_text("OF = 'a'\n", encoding="utf-8")
    (second / "model.py").write_text("OF = 'b'\n", encoding="utf-8")
    loaded = load_challenge("c")
    assert loaded.bases == (second, first)
    assert hook_path(loaded, "features") == first / "features.py"
    assert hook_path(loaded, "model") == second / "model.py"
    assert hook_path(loaded, "simulate") is None
    (third / "model.py").write_text("OF = 'c'\n", encoding="utf-8")
    assert hook_path(loaded, "model") == third / "model.py"


@pytest.mark.parametrize(
    ("extends", "expected"),
    [("nothing", "unknown-challenge"), ("c", "endless-extends"), ("b", "endless-extends")],
)
def test_an_extension_that_leads_nowhere_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extends: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    extending(tmp_path, "b", "c")
    extending(tmp_path, "c", extends)
    with pytest.raises(ChallengeFileError) as caught:
        load_challenge("c")
    (problem,) = caught.value.problems
    assert problem.id == expected
    assert problem.accepted
