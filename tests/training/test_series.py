"""The pipeline on series: features, out-of-fold advice, early cuts, an ensemble, weights of classes."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from outclass import training
from outclass.base.document import to_json
from outclass.base.errors import GateRefusedError, OutclassError, RegistryError
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import collect, current_version
from outclass.checks import CheckState, check
from outclass.inference.predictor import Predictor
from outclass.registry.advice import find_advice
from outclass.registry.card import read_card
from outclass.registry.runs import RunState, RunStore
from outclass.registry.store import Registry
from outclass.registry.version import PredictionSet
from outclass.training.promotion import ask_gate
from outclass.training.rows import cut_nights, rows_of
from outclass.training.split import read_inputs, read_side
from pulses import collect_pulses, write_pulses


@pytest.fixture(scope="module")
def pulses(tmp_path_factory: pytest.TempPathFactory) -> LoadedChallenge:
    return load_challenge(write_pulses(tmp_path_factory.mktemp("challenges") / "pulses"))


@pytest.fixture(scope="module")
def trained(pulses: LoadedChallenge, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which the champion was trained."""
    home = tmp_path_factory.mktemp("home")
    collect_pulses(pulses, settings_of(home))
    training.train(pulses, settings=settings_of(home), seed=1)
    return home


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of that home, to change."""
    return Path(shutil.copytree(trained, tmp_path / "home"))


def settings_of(home: Path) -> Settings:
    return Settings(home=home, database_url="sqlite:///unused")


def predictor_of(home: Path, pulses: LoadedChallenge, reference: str = "pulses") -> Predictor:
    return Predictor.load(Registry(settings_of(home)).get(reference), pulses)


def rows_folder(home: Path) -> Path:
    (folder,) = (home / "runs" / "pulses").glob("rows-*/")
    return folder


def test_training_makes_both_members_and_the_ensemble(pulses: LoadedChallenge, trained: Path) -> None:
    registry = Registry(settings_of(trained))
    champion = registry.champion("pulses")
    assert [m.name for m in champion.members] == ["pulses.plain", "pulses.noisy"]
    assert [registry.champion(m.name) for m in champion.members] == list(champion.members)
    records = RunStore(settings_of(trained)).list("pulses")
    assert {record.model for record in records} == {"plain", "noisy", "consensus"}
    assert all(r.state is RunState.FINISHED and r.promoted and r.simulated for r in records)
    joined = next(record for record in records if record.model == "consensus")
    assert joined.parameters == {m.name: m.reference for m in champion.members}
    assert joined.reference == champion.reference
    assert len({record.features for record in records} - {None}) == 1


def test_training_again_does_nothing_again(pulses: LoadedChallenge, home: Path) -> None:
    before = RunStore(settings_of(home)).list("pulses")
    steps: list[str] = []
    training.train(
        pulses, settings=settings_of(home), seed=1, progress=lambda step, share, text="": steps.append(step)
    )
    assert steps == []
    assert RunStore(settings_of(home)).list("pulses") == before


def test_one_member_can_be_trained_alone(pulses: LoadedChallenge, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    collect_pulses(pulses, settings, count=200)
    record = training.train(pulses, model="noisy", settings=settings, seed=1)
    assert (record.model, record.promoted) == ("noisy", True)
    assert Registry(settings).names().count("pulses") == 0


def test_rows_are_made_once_and_are_those_of_serving(pulses: LoadedChallenge, trained: Path) -> None:
    version = current_version("pulses", settings_of(trained))
    assert version is not None
    folder = rows_folder(trained)
    for side in ("train", "validation", "holdout", "game"):
        table = version.objects(side)
        assert np.array_equal(read_inputs(folder, side), rows_of(pulses, table.inputs))
        early = rows_of(pulses, cut_nights(table.inputs, 3))
        assert np.array_equal(read_inputs(folder, side, 3), early)
        assert early[:, 2].max() == 3
        assert read_side(folder, side).ids == table.ids


def test_rows_of_features_take_as_many_chunks_as_they_need(
    pulses: LoadedChallenge, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = current_version("pulses", settings_of(trained))
    assert version is not None
    table = version.objects("train").inputs
    whole, told = rows_of(pulses, table), []
    monkeypatch.setattr("outclass.training.rows.CHUNK", 7)
    parts = rows_of(pulses, table, progress=lambda step, share, text="": told.append(share))
    assert np.array_equal(parts, whole)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_advice_covers_every_object_and_early_cut(pulses: LoadedChallenge, trained: Path) -> None:
    version = current_version("pulses", settings_of(trained))
    assert version is not None
    for name in ("pulses", "pulses.plain", "pulses.noisy"):
        champion = Registry(settings_of(trained)).champion(name)
        for side in ("train", "validation", "game"):
            ids = version.objects(side).ids
            for nights in (0, 3):
                found = find_advice(champion, ids, data_version=version.id, nights=nights)
                assert set(found) == set(ids)
                assert np.abs(np.stack(list(found.values())).sum(axis=1) - 1).max() < 1e-6
        assert find_advice(champion, version.objects("holdout").ids, data_version=version.id) == {}


def test_advice_on_the_game_is_what_the_model_answers(pulses: LoadedChallenge, trained: Path) -> None:
    version = current_version("pulses", settings_of(trained))
    assert version is not None
    table = version.objects("game")
    predictor = predictor_of(trained, pulses)
    found = find_advice(predictor.version, table.ids, data_version=version.id, nights=3)
    rows = rows_of(pulses, cut_nights(table.inputs, 3))
    answers = predictor.scores(rows).probabilities
    assert np.stack([found[name] for name in table.ids]) == pytest.approx(answers, abs=1e-5)


def test_advice_on_what_was_learned_from_is_by_models_that_did_not_see_it(
    pulses: LoadedChallenge, trained: Path
) -> None:
    version = current_version("pulses", settings_of(trained))
    assert version is not None
    table = version.objects("train")
    predictor = predictor_of(trained, pulses, "pulses.plain")
    found = find_advice(predictor.version, table.ids, data_version=version.id)
    advice = np.stack([found[name] for name in table.ids])
    learned = predictor.scores(rows_of(pulses, table.inputs)).probabilities
    differences = np.abs(advice - learned).max(axis=1)
    assert (differences > 1e-6).mean() > 0.9
    assert differences.max() < 0.5


def test_a_promise_of_each_kind_is_kept(pulses: LoadedChallenge, trained: Path) -> None:
    found = {result.name: result for result in check(pulses, settings=settings_of(trained))}
    broken = {name: result.detail for name, result in found.items() if result.state is CheckState.BROKEN}
    assert broken == {}
    assert found["impossible classes get nothing"].detail == "8 inputs"
    assert found["one equals many"].state is CheckState.KEPT


def test_a_model_that_rules_nothing_out_is_found(
    pulses: LoadedChallenge, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped = {"yes": "no", "no": "yes"}
    classes = tuple(
        msgspec.structs.replace(label, facts={k: swapped[v] for k, v in label.facts.items()})
        for label in pulses.challenge.classes
    )
    other = msgspec.structs.replace(pulses.challenge, classes=classes)
    loaded = LoadedChallenge(challenge=other, folder=pulses.folder)
    found = {result.name: result for result in check(loaded, settings=settings_of(trained))}
    assert "impossible classes get" in found["impossible classes get nothing"].detail


def test_the_prior_is_that_of_the_weights(pulses: LoadedChallenge, trained: Path) -> None:
    signature = Registry(settings_of(trained)).champion("pulses").signature
    assert signature.prior == pytest.approx((0.16, 0.16, 0.32, 0.16, 0.2))


def test_the_scores_tell_of_early_and_unseen_answers(pulses: LoadedChallenge, trained: Path) -> None:
    champion = Registry(settings_of(trained)).champion("pulses")
    scores, lineage = champion.manifest.scores, champion.manifest.lineage
    assert scores["oof_n"] > scores["n"]
    assert scores["night_3_accuracy"] < scores["oof_accuracy"]
    assert scores["weighted_log_loss"] < 0.5
    assert (lineage["simulated"], lineage["source"]) == ("yes", "simulate.py")
    card = read_card((champion.folder / "card.md").read_text())
    assert "Simulated for these tests." in card["Data"]
    assert "| 3 |" in card["Scores"]
    assert "out of fold" in card["Scores"]


def test_evaluate_scores_the_ensemble_and_each_member(pulses: LoadedChallenge, trained: Path) -> None:
    settings = settings_of(trained)
    report = training.evaluate(pulses, settings=settings)
    scores = Registry(settings).champion("pulses").manifest.scores
    for name in ("accuracy", "log_loss", "flat_log_loss", "weighted_log_loss", "ece", "set_coverage"):
        assert report[name] == pytest.approx(scores[f"holdout_{name}"], rel=1e-4), name
    assert set(report["auc"]) == set(pulses.challenge.class_names)  # type: ignore[call-overload]
    alone = training.evaluate(pulses, model="pulses.noisy", settings=settings)
    assert alone["model"] == Registry(settings).champion("pulses.noisy").reference


def test_other_feature_code_is_refused(pulses: LoadedChallenge, home: Path, tmp_path: Path) -> None:
    folder = write_pulses(tmp_path / "changed" / "pulses")
    path = folder / "features.py"
    path.write_text(path.read_text().replace("MISSING = -1.0", "MISSING = -2.0"))
    changed = load_challenge(folder)
    champion = Registry(settings_of(home)).champion("pulses")
    with pytest.raises(RegistryError, match=r"features that other code made.*train it again"):
        Predictor.load(champion, changed)
    with pytest.raises(RegistryError, match="other code made"):
        training.evaluate(changed, settings=settings_of(home))
    record = training.train(changed, settings=settings_of(home), seed=1)
    assert record.promoted
    assert record.features != champion.signature.features_sha256
    assert len(list((home / "runs" / "pulses").glob("rows-*/"))) == 2


def test_line_ends_are_no_other_code(pulses: LoadedChallenge, trained: Path, tmp_path: Path) -> None:
    folder = write_pulses(tmp_path / "windows" / "pulses")
    path = folder / "features.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    champion = Registry(settings_of(trained)).champion("pulses")
    assert Predictor.load(champion, load_challenge(folder)).members


def test_a_refused_member_leaves_its_place_to_the_champion_before(
    pulses: LoadedChallenge, home: Path
) -> None:
    settings = settings_of(home)
    before = Registry(settings).champion("pulses")
    wild = load_challenge(pulses.folder)
    plain = msgspec.structs.replace(wild.challenge.models["plain"], recipes={"wild": {"noise": 0.001}})
    models = {**wild.challenge.models, "plain": plain}
    loaded = LoadedChallenge(
        challenge=msgspec.structs.replace(wild.challenge, models=models), folder=wild.folder
    )
    with pytest.raises(GateRefusedError):
        training.train(loaded, settings=settings, seed=3, recipe="wild")
    assert Registry(settings).champion("pulses").members[1] == before.members[1]
    refused = [r for r in RunStore(settings).list("pulses") if r.refused]
    assert {"noisy"} <= {record.model for record in refused}


def test_a_version_without_advice_on_the_dealt_objects_is_refused(
    pulses: LoadedChallenge, home: Path, tmp_path: Path
) -> None:
    registry = Registry(settings_of(home))
    champion = registry.champion("pulses.plain")
    files = tmp_path / "files"
    files.mkdir()
    for path in champion.folder.iterdir():
        if path.name not in {"manifest.json", "oof.parquet"}:
            shutil.copy(path, files)
    advice = pl.read_parquet(champion.folder / "oof.parquet").filter(pl.col("nights") == 0)
    advice.write_parquet(files / "oof.parquet")
    lineage, scores = champion.manifest.lineage, champion.manifest.scores
    signature = msgspec.structs.replace(
        champion.signature, prediction_set=PredictionSet(coverage=0.5, quantile=0.5)
    )
    (files / "signature.json").write_bytes(to_json(signature))
    version = registry.register(files, lineage=lineage, scores=scores)
    (reason,) = ask_gate(pulses, settings_of(home), version)
    assert "there is no advice on" in reason


def test_an_ensemble_travels_to_another_home(pulses: LoadedChallenge, trained: Path, tmp_path: Path) -> None:
    Registry(settings_of(trained)).export("pulses", tmp_path / "pulses.zip")
    other = settings_of(tmp_path / "other")
    version = training.import_model(tmp_path / "pulses.zip", pulses, settings=other)
    Registry(other).promote("pulses", version.id)
    rows = rows_of(pulses, collect(pulses, other, sample=True).objects("game").inputs)
    mine, theirs = predictor_of(trained, pulses), predictor_of(other.home, pulses)
    assert np.array_equal(mine.scores(rows).probabilities, theirs.scores(rows).probabilities)


def test_the_sample_is_not_learned_from(pulses: LoadedChallenge, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    collect(pulses, settings, sample=True)
    with pytest.raises(OutclassError, match=r"light_curves|objects"):
        training.train(pulses, settings=settings, seed=1)
