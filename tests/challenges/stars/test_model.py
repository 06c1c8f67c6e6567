"""The estimator of both advisers: learned on made-up rows that tell the classes apart a little."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from outclass.base.errors import DataError, OutclassError
from outclass.catalog import load_challenge
from outclass.catalog.challenge import Challenge
from outclass.challenges.stars import features, simulate
from outclass.challenges.stars.domains import IMPOSSIBLE, Domains
from outclass.challenges.stars.model import StarsEstimator, build
from outclass.challenges.stars.recipe import read_recipe
from outclass.challenges.stars.rows import Columns, folds_of, gather, with_cuts
from outclass.inputs.series import SeriesTable
from outclass.training.data import TrainingData
from outclass.training.forest import rounded_down

SMALL = {"rounds": 6, "leaves": 4, "rate": 0.3, "minimum": 2, "features": 1.0, "folds": 2, "bins": 31}
EACH = 12
GALACTIC = {"6", "16", "53", "65", "92"}


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return load_challenge("stars").challenge


@pytest.fixture(scope="module")
def data(challenge: Challenge) -> TrainingData:
    """A dozen objects of each class with training data; one column in three leans to the class."""
    names = features.names(challenge.input)
    random = np.random.default_rng(5)
    targets = np.repeat(np.arange(14), EACH)
    rows = random.normal(size=(len(targets), len(names))).astype(np.float32)
    rows[:, ::3] += targets[:, None] / 4
    galactic = np.array([challenge.class_names[target] in GALACTIC for target in targets])
    rows[:, names.index("context.galactic")] = galactic
    rows[:, names.index("context.photoz_known")] = 1
    return TrainingData(
        inputs=rows,
        targets=targets,
        validation_inputs=rows[:0],
        validation_targets=targets[:0],
        classes=challenge.class_names,
        data_version="made-up",
        challenge=challenge,
        groups=tuple(f"object-{place}" for place in range(len(targets))),
    )


def learned(data: TrainingData, folder: Path, method: str = "trotta", **changes: object) -> StarsEstimator:
    estimator = build({"method": method, **SMALL, **changes})
    estimator.fit(data, seed=3, folder=folder, device="cpu", progress=lambda share, text: None)
    return estimator


def probabilities(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits.astype(np.float64))


@pytest.fixture(scope="module", params=["trotta", "boone"])
def adviser(
    request: pytest.FixtureRequest, data: TrainingData, tmp_path_factory: pytest.TempPathFactory
) -> StarsEstimator:
    return learned(data, tmp_path_factory.mktemp(request.param), request.param)


def test_answers_are_probabilities(adviser: StarsEstimator, data: TrainingData) -> None:
    found = probabilities(adviser.predict(data.inputs).logits)
    assert found.shape == (len(data.inputs), 15)
    assert np.allclose(found.sum(axis=1), 1.0, atol=1e-5)
    assert (found[:, :14].argmax(axis=1) == data.targets).mean() > 0.5


def test_no_rows_have_no_answers(adviser: StarsEstimator, data: TrainingData) -> None:
    assert adviser.predict(data.inputs[:0]).logits.shape == (0, 15)


def test_impossible_classes_are_exactly_zero(adviser: StarsEstimator, data: TrainingData) -> None:
    logits = adviser.predict(data.inputs).logits
    inside = np.array([name in GALACTIC for name in data.classes])
    galactic = np.isin(data.targets, np.flatnonzero(inside))
    outside = ~inside
    outside[14] = False
    assert (logits[np.ix_(galactic, outside)] == np.float32(IMPOSSIBLE)).all()
    assert (logits[np.ix_(~galactic, inside)] == np.float32(IMPOSSIBLE)).all()
    assert (probabilities(logits)[np.ix_(galactic, outside)] == 0).all()


def test_nothing_is_excluded_where_the_place_is_unknown(
    adviser: StarsEstimator, data: TrainingData, challenge: Challenge
) -> None:
    rows = data.inputs.copy()
    rows[:, features.names(challenge.input).index("context.photoz_known")] = 0
    found = probabilities(adviser.predict(rows).logits)
    assert (found > 0).all()
    assert np.allclose(found.sum(axis=1), 1.0, atol=1e-5)


def test_the_unknown_class_has_a_share_everywhere(adviser: StarsEstimator, data: TrainingData) -> None:
    share = probabilities(adviser.predict(data.inputs).logits)[:, 14]
    assert (share > 0).all()
    assert (share < 0.9).all()


def test_the_exported_graph_answers_alike(
    adviser: StarsEstimator, data: TrainingData, challenge: Challenge, tmp_path: Path
) -> None:
    adviser.export_onnx(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    assert session.get_inputs()[0].shape == ["n", len(features.names(challenge.input))]
    rows = data.inputs.copy()
    rows[::5, features.names(challenge.input).index("context.photoz_known")] = 0
    rows[::7] = features.MISSING
    exported = session.run(["logits"], {"rows": rows})[0]
    difference = np.abs(probabilities(exported) - probabilities(adviser.predict(rows).logits))
    assert difference.max() < 1e-5
    assert np.isfinite(exported).all()


def test_out_of_fold_answers_come_from_trees_that_did_not_see_the_object(
    adviser: StarsEstimator, data: TrainingData
) -> None:
    apart = adviser.out_of_fold(data.inputs, data.groups).logits
    final = adviser.predict(data.inputs).logits
    strangers = adviser.out_of_fold(data.inputs, [f"stranger-{group}" for group in data.groups]).logits
    right = np.arange(len(data.targets)), data.targets
    assert np.array_equal(strangers, final)
    assert probabilities(apart)[right].mean() < probabilities(final)[right].mean()


def test_a_finished_training_is_taken_up(data: TrainingData, tmp_path: Path) -> None:
    first = learned(data, tmp_path, "boone")
    texts = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.txt")}
    again = learned(data, tmp_path, "boone")
    assert texts == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.txt")}
    assert np.array_equal(again.predict(data.inputs).logits, first.predict(data.inputs).logits)


def test_a_killed_training_goes_on_to_the_same_trees(data: TrainingData, tmp_path: Path) -> None:
    first = learned(data, tmp_path)
    (tmp_path / "unknown.json").unlink()
    lost = next((tmp_path / "fold-1").glob("class-*.txt"))
    text = lost.read_text()
    lost.unlink()
    again = learned(data, tmp_path)
    assert lost.read_text() == text
    assert np.array_equal(again.predict(data.inputs).logits, first.predict(data.inputs).logits)


@pytest.mark.parametrize("balance", [0.0, 1.0])
def test_answers_hold_for_the_weights_of_the_classes(
    data: TrainingData, tmp_path: Path, balance: float
) -> None:
    """A class six times as frequent as others gets no more probability on average than by its weight."""
    often = np.concatenate([np.arange(len(data.targets)), np.repeat(np.flatnonzero(data.targets == 3), 5)])
    more = TrainingData(
        inputs=data.inputs[often],
        targets=data.targets[often],
        validation_inputs=data.validation_inputs,
        validation_targets=data.validation_targets,
        classes=data.classes,
        data_version=data.data_version,
        challenge=data.challenge,
        groups=tuple(data.groups[place] for place in often),
    )
    estimator = learned(more, tmp_path, "boone", balance=balance)
    out = probabilities(estimator.out_of_fold(more.inputs, more.groups).logits)[:, :14]
    by_class = np.array([out[more.targets == label, 3].mean() for label in range(14)])
    weights = (
        np.array([label.weight for label in data.challenge.classes[:14]]) if data.challenge else by_class
    )
    assert (by_class @ weights / weights.sum()) < 0.16


def test_a_challenge_without_places_has_one_part() -> None:
    snpcc = load_challenge(Path(__file__).parents[3] / "benchmarks" / "challenges" / "snpcc").challenge
    domains = Domains.of(snpcc)
    assert domains.parts == ((0, 1, 2),)
    assert domains.unknown is None
    assert (domains.offsets == 0).all()


def test_folds_are_of_the_group_alone() -> None:
    groups = tuple(str(place) for place in range(1000))
    folds = folds_of(groups, 5, 1)
    assert folds[7] == folds_of(("7",), 5, 1)[0]
    assert (np.bincount(folds) > 150).all()
    assert not np.array_equal(folds, folds_of(groups, 5, 2))


@pytest.mark.parametrize("threshold", [0.1, -0.1, 1e-30, 1e10, 3.0, 0.30000001192092896])
def test_rounding_down_keeps_the_side_of_every_float(threshold: float) -> None:
    down = rounded_down(threshold)
    assert float(down) <= threshold
    assert float(np.nextafter(down, np.float32(np.inf))) > threshold


def test_an_estimator_that_has_not_learned_says_so() -> None:
    with pytest.raises(OutclassError, match="not learned"):
        build({"method": "boone"}).predict(np.zeros((1, 3), dtype=np.float32))


def test_columns_that_are_not_there(data: TrainingData, tmp_path: Path) -> None:
    outside = TrainingData(
        inputs=data.inputs,
        targets=data.targets,
        validation_inputs=data.validation_inputs,
        validation_targets=data.validation_targets,
        classes=data.classes,
        data_version=data.data_version,
    )
    with pytest.raises(DataError, match="within a challenge"):
        learned(outside, tmp_path)


def test_cut_curves_stay_in_their_fold_and_are_kept(challenge: Challenge, tmp_path: Path) -> None:
    series = simulate.sample().inputs
    assert isinstance(series, SeriesTable)
    few = series.take(np.arange(6))
    rows = features.prepare(few, challenge.input)
    data = TrainingData(
        inputs=rows,
        targets=np.arange(6),
        validation_inputs=rows[:0],
        validation_targets=np.arange(0),
        classes=challenge.class_names,
        data_version="made-up",
        challenge=challenge,
        series=few,
        groups=tuple("abcdef"),
    )
    recipe = read_recipe({"method": "trotta", "cuts": 2})
    columns, domains = Columns.of(challenge, recipe), Domains.of(challenge)
    plain = gather(data, columns, domains, recipe, seed=1)
    more = with_cuts(plain, data, columns, recipe, seed=1, folder=tmp_path)
    again = with_cuts(plain, data, columns, recipe, seed=1, folder=tmp_path)
    count = columns.chosen.index(features.names(challenge.input).index("context.count"))
    assert more.targets.tolist() == [*range(6), 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert more.folds[6:].tolist() == np.repeat(plain.folds, 2).tolist()
    assert (more.rows[6:, count] <= np.repeat(plain.rows[:, count], 2)).all()
    assert more.rows[6:, count].sum() < 2 * plain.rows[:, count].sum()
    assert np.array_equal(more.rows, again.rows)
