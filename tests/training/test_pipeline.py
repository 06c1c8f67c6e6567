"""The pipeline makes a version, does nothing twice, and leaves nothing half-written."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from outclass import training
from outclass.base.errors import (
    DataError,
    GateRefusedError,
    NotFoundError,
    RegistryError,
    UnavailableError,
)
from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.registry.card import SECTIONS, read_card
from outclass.registry.runs import RunRecord, RunState, RunStore
from outclass.registry.store import Registry


def train(bars: LoadedChallenge, settings: Settings, **more: object) -> RunRecord:
    return training.train(bars, settings=settings, seed=1, **more)  # type: ignore[arg-type]


def test_training_registers_and_promotes_a_version(bars: LoadedChallenge, settings: Settings) -> None:
    record = train(bars, settings)
    assert record.state is RunState.FINISHED
    assert record.promoted
    assert record.device == "cpu"
    version = Registry(settings).champion("bars")
    assert record.reference == version.reference
    assert set(record.seconds) == {"split", "fit", "calibrate", "evaluate", "export", "register"}
    assert record.scores["accuracy"] > 0.9
    assert record.scores["holdout_n"] == 60
    assert 0.98 <= record.scores["coverage"] <= 1
    assert record.scores["outlier_auroc"] > 0.99
    lineage = version.manifest.lineage
    assert (lineage["seed"], lineage["recipe"], lineage["advice"]) == ("1", "full", "unseen")
    assert lineage["data"] == record.data_version
    sections = read_card((version.folder / "card.md").read_text())
    assert set(sections) == set(SECTIONS)
    assert "CC0-1.0" in sections["Licence"]


def test_training_again_does_nothing_again(bars: LoadedChallenge, settings: Settings) -> None:
    first = train(bars, settings)
    steps: list[str] = []
    second = train(bars, settings, progress=lambda step, share, text="": steps.append(step))
    assert second == first
    assert steps == []


def test_the_same_seed_gives_the_same_model(
    bars: LoadedChallenge, settings: Settings, tmp_path: Path
) -> None:
    other = Settings(home=tmp_path / "other", database_url="sqlite:///unused")
    one, two = train(bars, settings), train(bars, other)
    assert one.id == two.id
    files = [Registry(s).champion("bars").manifest.files for s in (settings, other)]
    assert files[0]["model.onnx"] == files[1]["model.onnx"]
    assert files[0]["signature.json"] == files[1]["signature.json"]


def test_another_seed_or_recipe_is_another_run(bars: LoadedChallenge, settings: Settings) -> None:
    runs = {
        training.train(bars, settings=settings, seed=seed, recipe=recipe, promote=False).id
        for seed, recipe in ((1, "full"), (2, "full"), (1, "short"))
    }
    assert len(runs) == 3
    assert len(RunStore(settings).list("bars")) == 3


def test_the_card_shows_the_other_seeds(bars: LoadedChallenge, settings: Settings) -> None:
    training.train(bars, settings=settings, seed=2, promote=False)
    train(bars, settings)
    card = (Registry(settings).champion("bars").folder / "card.md").read_text()
    assert "| 1 (this one) |" in card
    assert "| 2 |" in card
    assert "| mean |" in card


def test_a_run_goes_on_from_a_folder_that_was_fitted_elsewhere(
    bars: LoadedChallenge, settings: Settings, tmp_path: Path
) -> None:
    other = Settings(home=tmp_path / "other", database_url="sqlite:///unused")
    fitted = train(bars, other)
    source = RunStore(other).folder("bars", fitted.id) / "fit"
    target = RunStore(settings).folder("bars", fitted.id) / "fit"
    target.mkdir(parents=True)
    (target / "state.json").write_bytes((source / "state.json").read_bytes())
    assert train(bars, settings).id == fitted.id
    assert not (target / "epochs.log").exists()
    assert model_of(settings) == model_of(other)


def model_of(settings: Settings) -> str:
    return Registry(settings).champion("bars").manifest.files["model.onnx"]


def test_a_worse_model_is_registered_but_refused(bars: LoadedChallenge, settings: Settings) -> None:
    champion = train(bars, settings)
    with pytest.raises(GateRefusedError, match=r"log loss is .* the champion's") as refusal:
        train(bars, settings, recipe="blunt")
    assert refusal.value.exit_code == 3
    registry = Registry(settings)
    assert registry.champion("bars").reference == champion.reference
    challenger = registry.get("bars/challenger")
    (record,) = (r for r in RunStore(settings).list("bars") if r.recipe == "blunt")
    assert record.reference == challenger.reference
    assert record.state is RunState.FINISHED
    assert not record.promoted
    assert record.refused
    with pytest.raises(GateRefusedError):
        training.promote_version(bars, settings, challenger)
    training.promote_version(bars, settings, challenger, force=True)
    assert registry.champion("bars") == challenger


def test_without_promotion_it_stays_challenger(bars: LoadedChallenge, settings: Settings) -> None:
    record = train(bars, settings, promote=False)
    assert Registry(settings).aliases("bars").champion is None
    assert train(bars, settings).promoted
    assert Registry(settings).champion("bars").reference == record.reference


def test_a_model_that_was_rolled_back_is_not_put_back_by_training_again(
    bars: LoadedChallenge, settings: Settings
) -> None:
    blunt = train(bars, settings, recipe="blunt")
    train(bars, settings)
    Registry(settings).rollback("bars")
    train(bars, settings)
    assert Registry(settings).champion("bars").reference == blunt.reference


def test_one_process_at_a_time_works_on_a_run(bars: LoadedChallenge, settings: Settings) -> None:
    record = train(bars, settings)
    folder = RunStore(settings).folder("bars", record.id)
    with (
        FileLock(folder.with_suffix(".lock")),
        pytest.raises(UnavailableError, match="another process is at work"),
    ):
        train(bars, settings)


def test_a_run_that_is_stopped_by_hand_goes_on(
    bars: LoadedChallenge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("outclass.training.steps.choose", stop)
    with pytest.raises(KeyboardInterrupt):
        train(bars, settings)
    (record,) = RunStore(settings).list("bars")
    assert (record.state, record.error) == (RunState.FAILED, "stopped by hand")
    monkeypatch.undo()
    assert train(bars, settings).state is RunState.FINISHED


def test_an_error_of_a_step_is_raised_and_recorded(
    bars: LoadedChallenge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(rows: object) -> None:
        raise ZeroDivisionError("no rows left")

    monkeypatch.setattr("outclass.training.steps.choose", lambda *_: fail(None))
    with pytest.raises(ZeroDivisionError, match="no rows left"):
        train(bars, settings)
    (record,) = RunStore(settings).list("bars")
    assert record.state is RunState.FAILED
    assert record.error == "ZeroDivisionError: no rows left"
    monkeypatch.undo()
    assert train(bars, settings).state is RunState.FINISHED
    assert train(bars, settings).error is None


@pytest.mark.parametrize(("name", "value"), [("recipe", "long"), ("model", "forest")])
def test_what_is_not_declared_is_named(
    bars: LoadedChallenge, settings: Settings, name: str, value: str
) -> None:
    with pytest.raises(NotFoundError, match=value):
        train(bars, settings, **{name: value})


def test_a_damaged_file_of_a_run_is_named(bars: LoadedChallenge, settings: Settings) -> None:
    record = train(bars, settings)
    folder = RunStore(settings).folder("bars", record.id)
    (folder / "calibration.json").write_text("{")
    (folder / "scores.json").unlink()
    (folder / "registered.json").unlink()
    shutil.rmtree(folder / "export")
    with pytest.raises(DataError, match=r"calibration\.json.*remove it and train again"):
        train(bars, settings)


def test_an_exported_model_that_differs_is_refused(
    bars: LoadedChallenge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outclass.training.export.PARITY_TOLERANCE", -1.0)
    with pytest.raises(RegistryError, match="other probabilities than the estimator"):
        train(bars, settings)
    assert list(settings.models_folder.glob("*/*/manifest.json")) == []


def test_the_version_answers_as_its_run_says(bars: LoadedChallenge, settings: Settings) -> None:
    record = train(bars, settings)
    report = training.evaluate(bars, settings=settings)
    assert report["accuracy"] == pytest.approx(record.scores["holdout_accuracy"])
    assert report["log_loss"] == pytest.approx(record.scores["holdout_log_loss"], rel=1e-3)
    assert report["coverage"] == pytest.approx(record.scores["holdout_coverage"])
    assert report["set_coverage"] == pytest.approx(record.scores["holdout_set_coverage"])
    predictor = Predictor.load(Registry(settings).champion("bars"))
    assert predictor.predict_one(np.zeros((28, 28), dtype=np.float32)).reason == "empty"
