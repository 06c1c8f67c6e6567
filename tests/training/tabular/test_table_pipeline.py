"""A table through the whole pipeline: from its file to a version that answers and explains itself."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.inference.columns import explain_record
from outclass.inference.predictor import Predictor
from outclass.inputs.table import encode
from outclass.registry.runs import RunRecord
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion
from outclass.training.data import TrainingData
from outclass.training.labelled import read_labelled
from outclass.training.tabular import build
from small_tables import COLUMNS, FIRST, flower_challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a run left."""

    record: RunRecord
    version: ModelVersion
    predictor: Predictor


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    models = {"best": {"title": "Best", "parameters": {"trials": 1, "folds": 3}}}
    loaded = load_challenge(flower_challenge(tmp_path_factory.mktemp("flowers") / "flowers", models=models))
    settings = Settings(home=tmp_path_factory.mktemp("home"), database_url="sqlite:///unused")
    record = training.train(loaded, seed=1, seconds=60, settings=settings)
    version = Registry(settings).get("flowers")
    return Trained(record=record, version=version, predictor=Predictor.load(version, loaded))


def test_the_run_becomes_the_champion(trained: Trained) -> None:
    assert trained.record.promoted
    assert trained.record.scores["oof_accuracy"] > 0.95
    assert trained.record.facts["family"] in {"linear", "bent", "alike", "average", "boosted", "together"}


def test_a_record_is_answered_and_explained(trained: Trained) -> None:
    row = encode([FIRST], COLUMNS)[0]
    answer = trained.predictor.predict_one(row)
    assert answer.answer == "rose"
    assert not answer.abstained
    shares = explain_record(trained.predictor, row)
    assert {one.name for one in shares} == {column.name for column in COLUMNS}
    assert shares[0].effect > 0.3


def test_a_record_unlike_all_others_gets_no_answer(trained: Trained) -> None:
    odd = encode([{**FIRST, "height": 9_000.0, "stem_width": 4_000.0}], COLUMNS)[0]
    answer = trained.predictor.predict_one(odd)
    assert answer.abstained
    assert answer.reason == "outlier"


def test_the_signature_holds_typical_rows_and_the_card_the_competition(trained: Trained) -> None:
    background = np.array(trained.version.signature.background, dtype=np.float32)
    assert background.shape == (32, len(COLUMNS))
    assert np.isnan(background[:, 0]).any()
    card = (trained.version.folder / "card.md").read_text()
    assert "Chosen: **" in card
    assert "| Petals |" in card


def test_agaricus_is_told_by_few_rows(shared_data: Path, tmp_path: Path) -> None:
    place = Path(__file__).parents[3] / "benchmarks" / "challenges" / "agaricus"
    loaded = load_challenge(place)
    held = read_labelled(shared_data / "mushrooms" / "agaricus-lepiota.csv", loaded.challenge)
    rows, names = np.asarray(held.rows, dtype=np.float32), loaded.challenge.class_names
    assert held.labels is not None
    targets = np.array([names.index(str(label)) for label in held.labels])
    chosen = np.random.default_rng(0).permutation(len(rows))
    train, test = chosen[:1500], chosen[1500:]
    made = build({"trials": 0, "folds": 3})
    data = TrainingData(
        inputs=rows[train],
        targets=targets[train],
        validation_inputs=rows[:0],
        validation_targets=targets[:0],
        classes=names,
        data_version="none",
        challenge=loaded.challenge,
        groups=tuple(f"row {one}" for one in train),
    )
    made.fit(data, seed=1, folder=tmp_path, device="cpu", progress=lambda share, text: None)
    assert (made.predict(rows[test]).logits.argmax(axis=1) == targets[test]).mean() > 0.995
