"""`evaluate` scores any model on any of the known formats, under the documented keys."""

import json
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from bars import draw_bars
from outclass import training
from outclass.base.errors import DataError, InvalidInputError, NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge

KEYS = {
    "accuracy", "log_loss", "flat_log_loss", "macro_recall", "macro_f1", "f1", "ece", "auc", "classes",
    "coverage", "set_coverage", "n", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(bars: LoadedChallenge, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a home with a trained champion."""
    found = Settings(home=tmp_path_factory.mktemp("home"), database_url="sqlite:///unused")
    training.train(bars, settings=found, seed=1)
    return found


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """Return a file of noise and of empty pictures, in two sets."""
    noise = np.random.default_rng(5).integers(0, 256, (20, 784), dtype=np.uint8)
    images = [*(row.tobytes() for row in noise), *[b"\0" * 784] * 4]
    sets = ["noise"] * 20 + ["empty"] * 4
    names = ["light"] * 5 + ["dark"] * 15 + [None] * 4
    pl.DataFrame({"image": images, "set": sets, "label": names}).write_parquet(tmp_path / "others.parquet")
    return tmp_path / "others.parquet"


def test_the_keys_are_the_documented_ones(bars: LoadedChallenge, settings: Settings) -> None:
    report = training.evaluate(bars, bars.folder, settings=settings)
    assert set(report) >= KEYS
    assert report["n"] == 60
    assert set(msgspec.convert(report["f1"], dict[str, float])) == {"across", "down", "slant"}
    assert json.loads(msgspec.json.encode(report)) == report
    assert "ood_n" not in report


def test_without_data_the_hold_out_is_taken(bars: LoadedChallenge, settings: Settings) -> None:
    by_folder = training.evaluate(bars, bars.folder, settings=settings)
    by_default = training.evaluate(bars, settings=settings)
    assert by_default["accuracy"] == by_folder["accuracy"]
    assert by_default["log_loss"] == pytest.approx(by_folder["log_loss"])


def test_without_a_hold_out_there_is_nothing_to_evaluate_on(
    bars: LoadedChallenge, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "models").symlink_to(settings.models_folder)
    bare = Settings(home=tmp_path / "home", database_url="sqlite:///unused")
    with pytest.raises(NotFoundError, match="no hold-out"):
        training.evaluate(bars, settings=bare)


def test_labels_that_are_joined(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    images, targets = draw_bars(11, 40)
    names = ["straight" if target < 2 else "other" for target in targets]
    table = pl.DataFrame({"image": [image.tobytes() for image in images], "label": names})
    table.write_parquet(tmp_path / "x.parquet")
    report = training.evaluate(
        bars, tmp_path / "x.parquet", labels="straight=across+down,other=slant", settings=settings
    )
    rows = msgspec.convert(report["classes"], list[dict[str, object]])
    assert [row["name"] for row in rows] == ["straight", "other"]
    assert msgspec.convert(report["accuracy"], float) > 0.9
    with pytest.raises(DataError, match="--labels"):
        training.evaluate(bars, tmp_path / "x.parquet", settings=settings)
    with pytest.raises(InvalidInputError, match="share slant"):
        training.evaluate(
            bars, tmp_path / "x.parquet", labels="straight=across+slant,other=slant", settings=settings
        )


def test_other_objects_are_told_apart(bars: LoadedChallenge, settings: Settings, others: Path) -> None:
    report = training.evaluate(bars, bars.folder, ood=others, settings=settings)
    assert msgspec.convert(report["ood_auroc"], float) > 0.99
    assert report["ood_n"] == 24
    assert report["ood_answered"] == 0
    sets = msgspec.convert(report["ood_sets"], list[dict[str, object]])
    assert [(row["set"], row["n"]) for row in sets] == [("empty", 4), ("noise", 20)]
    assert sets[0]["auroc"] == 1.0
    by_label = msgspec.convert(report["ood_labels"], list[dict[str, object]])
    assert [(row["set"], row["label"], row["n"]) for row in by_label] == [
        ("noise", "dark", 15),
        ("noise", "light", 5),
    ]
    parts = [msgspec.convert(row, dict[str, float | str]) for row in by_label]
    weighted = sum(float(row["n"]) * float(row["auroc"]) for row in parts) / 20
    assert weighted == pytest.approx(sets[1]["auroc"])


def test_an_empty_picture_counts_as_every_row_does(
    bars: LoadedChallenge, settings: Settings, tmp_path: Path
) -> None:
    table = pl.DataFrame({"image": [b"\0" * 784] * 2, "label": ["across", "down"]})
    table.write_parquet(tmp_path / "x.parquet")
    report = training.evaluate(bars, tmp_path / "x.parquet", settings=settings)
    assert report["n"] == 2
    assert report["coverage"] == 0.0


def test_data_without_labels_is_refused(bars: LoadedChallenge, settings: Settings, tmp_path: Path) -> None:
    pl.DataFrame({"image": [b"\0" * 784]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(DataError, match="no labels"):
        training.evaluate(bars, tmp_path / "x.parquet", settings=settings)
    table = pl.DataFrame({"image": [b"\0" * 784] * 2, "label": ["down", None]})
    table.write_parquet(tmp_path / "y.parquet")
    with pytest.raises(DataError, match="row 1: a row has no label"):
        training.evaluate(bars, tmp_path / "y.parquet", settings=settings)


def test_a_model_of_another_challenge_is_refused(bars: LoadedChallenge, settings: Settings) -> None:
    other = msgspec.structs.replace(bars.challenge, classes=bars.challenge.classes[::-1])
    loaded = LoadedChallenge(challenge=other, folder=bars.folder)
    with pytest.raises(RegistryError, match="answers another question"):
        training.evaluate(loaded, bars.folder, settings=settings)


def test_an_earlier_version_can_be_named(bars: LoadedChallenge, settings: Settings) -> None:
    record = training.train(bars, settings=settings, seed=3, promote=False)
    report = training.evaluate(bars, bars.folder, model=record.reference, settings=settings)
    assert report["model"] == record.reference
