"""`check` finds what is broken, says why something was not checked, and keeps going."""

import shutil
from pathlib import Path

import msgspec
import pytest

from bars import write_bars
from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.challenge import Expectation
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.checks import PROMISES, CheckState, check, model
from outclass.checks.result import CheckResult
from outclass.registry.runs import RunStore
from outclass.registry.store import Registry


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> LoadedChallenge:
    return load_challenge(write_bars(tmp_path_factory.mktemp("challenges") / "bars"))


@pytest.fixture(scope="module")
def trained(bars: LoadedChallenge, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a champion."""
    home = tmp_path_factory.mktemp("home")
    training.train(bars, settings=settings_of(home), seed=1)
    return home


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of that home, to break."""
    return Path(shutil.copytree(trained, tmp_path / "home"))


def settings_of(home: Path) -> Settings:
    return Settings(home=home, database_url="sqlite:///unused")


def results(bars: LoadedChallenge, home: Path) -> dict[str, CheckResult]:
    return {result.name: result for result in check(bars, settings=settings_of(home))}


def broken(bars: LoadedChallenge, home: Path) -> set[str]:
    return {name for name, result in results(bars, home).items() if result.failed}


def test_all_promises_of_a_trained_challenge_are_kept(bars: LoadedChallenge, trained: Path) -> None:
    found = results(bars, trained)
    assert len(found) == len(PROMISES)
    assert {result.state for result in found.values()} == {CheckState.KEPT}
    assert all(result.detail for result in found.values())


def test_a_champion_without_its_run_is_checked_but_for_parity(
    bars: LoadedChallenge, home: Path, tmp_path: Path
) -> None:
    Registry(settings_of(home)).export("bars", tmp_path / "bars.zip")
    other = settings_of(tmp_path / "other")
    version = training.import_model(tmp_path / "bars.zip", bars, settings=other)
    Registry(other).promote("bars", version.id)
    found = results(bars, other.home)
    unchecked = {
        name: result.detail for name, result in found.items() if result.state is CheckState.NOT_CHECKED
    }
    assert set(unchecked) == {
        "files are whole",
        "no object changed sides",
        "exported model equals estimator",
        "expectations are met",
    }
    assert "was made elsewhere" in unchecked["exported model equals estimator"]
    assert not broken(bars, other.home)


def test_a_run_whose_state_is_gone_is_not_checked(bars: LoadedChallenge, home: Path) -> None:
    (record,) = RunStore(settings_of(home)).list("bars")
    (RunStore(settings_of(home)).folder("bars", record.id) / "fit.json").unlink()
    result = results(bars, home)["exported model equals estimator"]
    assert result.state is CheckState.NOT_CHECKED
    assert "not here any more" in result.detail


def test_a_changed_model_is_found(bars: LoadedChallenge, home: Path) -> None:
    path = Registry(settings_of(home)).champion("bars").folder / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert {"champion is whole", "canary is answered", "one equals many"} <= broken(bars, home)
    assert "model.onnx was changed" in results(bars, home)["champion is whole"].detail


def test_changed_data_is_found(bars: LoadedChallenge, home: Path) -> None:
    path = next((home / "data" / "bars").glob("*/labels.parquet"))
    path.write_bytes(path.read_bytes() + b"x")
    assert "files are whole" in broken(bars, home)


def test_another_salt_moves_objects(bars: LoadedChallenge, home: Path) -> None:
    split = msgspec.structs.replace(bars.challenge.split, salt="bars-2")
    other = msgspec.structs.replace(bars.challenge, split=split)
    moved = LoadedChallenge(challenge=other, folder=bars.folder)
    assert "no object changed sides" in broken(moved, home)


def test_an_expectation_that_is_not_met_is_named(bars: LoadedChallenge, home: Path) -> None:
    other = msgspec.structs.replace(bars.challenge, expect=Expectation(log_loss=1e-9))
    result = results(LoadedChallenge(challenge=other, folder=bars.folder), home)["expectations are met"]
    assert result.failed
    assert "log loss" in result.detail


def test_a_challenge_with_other_classes_does_not_fit(bars: LoadedChallenge, home: Path) -> None:
    other = msgspec.structs.replace(bars.challenge, classes=bars.challenge.classes[::-1])
    assert "signature fits the challenge" in broken(
        LoadedChallenge(challenge=other, folder=bars.folder), home
    )


def test_limits_that_are_too_wide_are_found(bars: LoadedChallenge, home: Path) -> None:
    wide = msgspec.structs.replace(bars.challenge.limits, pixels=10**19)
    other = msgspec.structs.replace(bars.challenge, limits=wide)
    found = broken(LoadedChallenge(challenge=other, folder=bars.folder), home)
    assert "oversized input is refused" in found


def test_an_incomplete_card_is_found(bars: LoadedChallenge, home: Path, tmp_path: Path) -> None:
    registry = Registry(settings_of(home))
    champion = registry.champion("bars")
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("model.onnx", "signature.json"):
        shutil.copy(champion.folder / name, folder)
    (folder / "card.md").write_text("# Bars\n\n## Data\n\nBars.\n")
    version = registry.register(folder, lineage={"data": "x"}, scores={})
    registry.promote("bars", version.id)
    assert {"card is complete", "lineage is complete"} <= broken(bars, home)


def test_without_a_champion_what_concerns_it_is_broken(bars: LoadedChallenge, tmp_path: Path) -> None:
    found = results(bars, tmp_path)
    assert found["champion is whole"].failed
    assert "bars has no champion" in found["champion is whole"].detail
    assert found["broken input is refused"].state is CheckState.KEPT


def test_an_unexpected_error_is_a_broken_promise(bars: LoadedChallenge, trained: Path) -> None:
    def always_fails(subject: object) -> str:
        raise ZeroDivisionError(str(subject))

    first, second = check(
        bars, settings=settings_of(trained), promises=(always_fails, model.champion_is_whole)
    )
    assert first.name == "always fails"
    assert first.failed
    assert first.detail.startswith("ZeroDivisionError")
    assert second.state is CheckState.KEPT
