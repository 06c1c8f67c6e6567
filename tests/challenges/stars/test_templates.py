"""Templates of supernovae: the sums say all there is to know, and two estimators learn by them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from outclass.base.errors import DataError, OutclassError
from outclass.catalog import load_challenge
from outclass.catalog.hooks import features_sha256, load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.challenges.stars import template_model
from outclass.challenges.stars.distance import luminosity_distance
from outclass.challenges.stars.phase_sums import CENTER, FLOOR, Columns, phase_names, phase_sums
from outclass.challenges.stars.template_model import CrossTemplates, build
from outclass.challenges.stars.templates import (
    EARLY_FADE,
    KNOTS,
    SHIFTS,
    STEP,
    Template,
    comparison,
    evidence,
    learn_template,
    shift_prior,
)
from outclass.inputs.series import FACTS, MAGNITUDE, Series, SeriesTable
from outclass.training.data import TrainingData
from outclass.training.estimator import Estimator

FOLDER = Path(__file__).resolve().parents[3] / "benchmarks" / "challenges" / "ztf"
EACH = 14
REDSHIFT = 0.0437
MODULUS = 5.0 * float(np.log10(luminosity_distance(np.array([REDSHIFT]))[0] * 1e3)) + 25.0
FADE = {0: 0.06, 1: 0.015, 2: 0.04}
BRIGHT = {0: -19.2, 1: -17.2, 2: -17.8}
SMALL = {"method": "boone", "columns": "elementary+curve", "rounds": 5, "minimum": 2, "folds": 2}
TEMPLATES = {"method": "templates", "factors": 4, "rounds": 3, "folds": 2}

Floats = NDArray[np.float64]


def curve(bright: float, fade: float, random: np.random.Generator, redshift: float = REDSHIFT) -> Series:
    """A supernova that rises in 12 days and fades evenly, seen every second night in both bands."""
    nights = np.arange(-12, 60, 2)
    mjd = np.repeat(59000.0 + nights, 2) + random.uniform(-0.2, 0.2, 2 * len(nights))
    band = np.tile([0, 1], len(nights))
    since = mjd - 59000.0
    magnitude = bright + MODULUS + np.where(since < 0, 0.02 * since**2, fade * since) - 0.2 * band
    magnitude = magnitude + 0.05 * random.standard_normal(len(mjd)) + 0.2 * random.standard_normal()
    flux = 10.0 ** (-0.4 * (magnitude - 27.5))
    facts = np.full(len(FACTS), np.nan)
    facts[FACTS.index("hostgal_photoz")] = redshift
    return Series(
        mjd=mjd,
        passband=band,
        flux=flux,
        flux_err=0.05 * flux,
        detected=np.ones(len(mjd), dtype=bool),
        facts=facts,
    )


@pytest.fixture(scope="module")
def loaded() -> LoadedChallenge:
    return load_challenge(FOLDER)


@pytest.fixture(scope="module")
def data(loaded: LoadedChallenge) -> TrainingData:
    random = np.random.default_rng(4)
    targets = np.repeat(np.arange(3), EACH)
    table = SeriesTable.of([curve(BRIGHT[label], FADE[label], random) for label in targets.tolist()])
    rows = load_features(loaded).prepare(table, loaded.challenge.input)
    return TrainingData(
        inputs=rows,
        targets=targets,
        validation_inputs=rows[:0],
        validation_targets=targets[:0],
        classes=loaded.challenge.class_names,
        data_version="made-up",
        challenge=loaded.challenge,
        groups=tuple(f"object-{place}" for place in range(len(targets))),
    )


def fitted(data: TrainingData, folder: Path, parameters: dict[str, object]) -> Estimator:
    estimator = build(parameters)
    estimator.fit(data, seed=3, folder=folder, device="cpu", progress=lambda share, text: None)
    return estimator


@pytest.fixture(
    scope="module",
    params=[TEMPLATES, SMALL, {**SMALL, "method": "trotta"}],
    ids=["templates", "boone", "trotta"],
)
def learned(
    request: pytest.FixtureRequest, data: TrainingData, tmp_path_factory: pytest.TempPathFactory
) -> Estimator:
    return fitted(data, tmp_path_factory.mktemp("learned"), request.param)


def random_template(random: np.random.Generator, bands: int, factors: int = 3) -> Template:
    knots = bands * len(KNOTS)
    return Template(mean=random.normal(0, 0.5, knots), factors=random.normal(0, 0.3, (knots, factors)))


def at_phases(values: Floats, phase: Floats, band: NDArray[np.int64], fade: float = 0.0) -> Floats:
    """Values of a template at phases; before its first knot it fades, after the last it stays."""
    found = [
        np.interp(phase, KNOTS, values[place * len(KNOTS) : (place + 1) * len(KNOTS)]) for place in (0, 1)
    ]
    return np.where(band == 0, *found) + fade * np.maximum(KNOTS[0] - phase, 0.0)


def dense(template: Template, series: Series, variance: float, shift: int) -> float:
    """The log likelihood of a curve, written out: one large covariance."""
    phase = (series.mjd - 59000.0) / (1 + REDSHIFT) - shift * STEP
    mean = at_phases(template.mean, phase, series.passband, EARLY_FADE)
    factors = np.stack([at_phases(each, phase, series.passband) for each in template.factors.T], axis=1)
    light = 27.5 - 2.5 * np.log10(series.flux) - MODULUS + 2.5 * np.log10(1 + REDSHIFT) - CENTER
    noise = (MAGNITUDE * series.flux_err / series.flux) ** 2 + FLOOR**2
    covariance = factors @ factors.T + variance + np.diag(noise)
    apart = light - mean
    volume = np.linalg.slogdet(covariance)[1]
    return float(-0.5 * (apart @ np.linalg.solve(covariance, apart) + volume)) + shift_prior(shift)


def exact_curve() -> Series:
    """A curve whose rough peak is at day 59000 sharp."""
    series = curve(-18.0, 0.05, np.random.default_rng(1))
    mjd = np.repeat(59000.0 + np.arange(-12, 60, 2), 2)
    since = mjd - 59000.0
    flux = 1000.0 * np.exp(-np.abs(since) / 20) * np.where(series.passband == 0, 1.0, 0.8)
    return replace(series, mjd=mjd, flux=flux, flux_err=0.05 * flux)


@pytest.mark.parametrize("seed", range(4))
def test_sums_give_the_likelihood_of_every_observation(loaded: LoadedChallenge, seed: int) -> None:
    random = np.random.default_rng(seed)
    series = exact_curve()
    row = phase_sums(SeriesTable.of([series]), loaded.challenge.input)
    sums, variance = Columns.of(row.shape[1], 2).take(row)
    one, other = random_template(random, 2), random_template(random, 2)
    found = evidence(one, sums, variance)[0] - evidence(other, sums, variance)[0]
    wanted = [
        dense(one, series, float(variance[0]), shift) - dense(other, series, float(variance[0]), shift)
        for shift in SHIFTS
    ]
    assert np.allclose(found, wanted, rtol=1e-4, atol=2e-2)


def test_a_row_is_of_its_object_alone(loaded: LoadedChallenge) -> None:
    random = np.random.default_rng(2)
    many = [curve(-18.0, 0.03, random) for _ in range(3)]
    together = phase_sums(SeriesTable.of(many), loaded.challenge.input)
    alone = [phase_sums(SeriesTable.of([one]), loaded.challenge.input)[0] for one in many]
    assert np.allclose(together, alone, rtol=1e-5, atol=1e-4)
    assert together.shape[1] == len(phase_names(loaded.challenge.input))


@pytest.mark.parametrize("redshift", [np.nan, 0.0, 1e-5, 3.0])
def test_any_redshift_and_no_observation_have_a_row(loaded: LoadedChallenge, redshift: float) -> None:
    some = curve(-18.0, 0.03, np.random.default_rng(3), redshift)
    none = replace(
        some, mjd=some.mjd[:0], passband=some.passband[:0], flux=some.flux[:0], flux_err=some.flux_err[:0],
        detected=some.detected[:0],
    )  # fmt: skip
    rows = load_features(loaded).prepare(SeriesTable.of([some, none]), loaded.challenge.input)
    assert np.isfinite(rows).all()
    assert not rows[1, Columns.of(rows.shape[1], 2).first : -1].any()


def test_dust_is_taken_off(loaded: LoadedChallenge) -> None:
    series = curve(-18.0, 0.03, np.random.default_rng(3))
    facts = series.facts.copy()
    facts[FACTS.index("mwebv")] = 0.5
    hidden = 10 ** (-0.4 * 0.5 * np.array([3.30, 2.22])[series.passband])
    behind = replace(series, facts=facts, flux=series.flux * hidden, flux_err=series.flux_err * hidden)
    rows = load_features(loaded).prepare(SeriesTable.of([series, behind]), loaded.challenge.input)
    assert np.allclose(rows[0], rows[1], rtol=1e-3, atol=1e-3)


def test_a_template_is_learned_from_curves(data: TrainingData) -> None:
    sums, variance = Columns.of(data.inputs.shape[1], 2).take(data.inputs[data.targets == 0])
    found = learn_template(sums, variance, factors=4, rounds=4, strength=5)
    blue = found.mean[: len(KNOTS)]
    day = dict(zip(KNOTS.tolist(), blue.tolist(), strict=True))
    assert day[0.0] == pytest.approx(BRIGHT[0] - CENTER, abs=0.35)
    assert day[30.0] - day[0.0] == pytest.approx(30 * FADE[0] * (1 + REDSHIFT), abs=0.35)


def test_the_comparison_tells_pairs_and_days() -> None:
    found = np.full((1, 3, len(SHIFTS)), -50.0)
    found[0, 0, 2], found[0, 1, 6], found[0, 2, 6] = 0.0, -1.0, -3.0
    assert comparison(found)[0] == pytest.approx([-1.0, -3.0, -2.0, SHIFTS[2], 0.0, 0.0], abs=1e-3)


def test_both_tell_the_classes_apart(learned: Estimator, data: TrainingData) -> None:
    for outputs in (learned.predict(data.inputs), learned.out_of_fold(data.inputs, data.groups)):  # type: ignore[attr-defined]
        chances = np.exp(outputs.logits.astype(np.float64))
        assert np.allclose(chances.sum(axis=1), 1.0, atol=1e-5)
        assert (chances.argmax(axis=1) == data.targets).mean() > 0.85


def test_the_graph_answers_alike(learned: Estimator, data: TrainingData, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    learned.export_onnx(path)
    session = onnxruntime.InferenceSession(str(path))
    assert [each.name for each in session.get_inputs()] == ["rows"]
    for count in (len(data.inputs), 1):
        found = session.run(["logits"], {"rows": data.inputs[:count]})[0]
        wanted = learned.predict(data.inputs[:count]).logits
        assert np.abs(np.exp(found) - np.exp(wanted)).max() < 1e-5


def test_an_object_without_observations_may_be_anything(data: TrainingData, tmp_path: Path) -> None:
    rows = data.inputs[:1].copy()
    rows[:, Columns.of(rows.shape[1], 2).first : -1] = 0.0
    logits = fitted(data, tmp_path, TEMPLATES).predict(rows).logits
    assert np.exp(logits[0]) == pytest.approx([1 / 3] * 3, abs=1e-4)


def test_what_was_learned_is_taken_up(
    data: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fitted(data, tmp_path, TEMPLATES).predict(data.inputs).logits

    def learn(*arguments: object, **named: object) -> Template:
        raise AssertionError("learned again")

    monkeypatch.setattr(template_model, "learn_template", learn)
    assert np.array_equal(fitted(data, tmp_path, TEMPLATES).predict(data.inputs).logits, first)


def test_an_object_is_answered_without_its_own_curve(data: TrainingData, tmp_path: Path) -> None:
    recipe = template_model.read_template_recipe(TEMPLATES)
    cross = CrossTemplates(recipe, data, seed=3, folder=tmp_path, progress=lambda share, text: None)
    seen, unseen = cross.evidence(data.inputs), cross.out_of_fold(data.inputs, data.groups)
    assert not np.allclose(seen, unseen)
    strangers = tuple(f"other-{group}" for group in data.groups)
    assert np.array_equal(cross.out_of_fold(data.inputs, strangers), seen)


def remove_a_class(data: TrainingData) -> TrainingData:
    kept = data.targets != 2
    return replace(
        data, inputs=data.inputs[kept], targets=data.targets[kept], groups=data.groups[: kept.sum()]
    )


@pytest.mark.parametrize("change", [remove_a_class, lambda data: replace(data, challenge=None)])
def test_data_that_cannot_be_learned_from_is_refused(
    data: TrainingData, tmp_path: Path, change: Callable[[TrainingData], TrainingData]
) -> None:
    with pytest.raises(DataError):
        fitted(change(data), tmp_path, TEMPLATES)


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"rounds": True}, {"strength": 1.5}, {"leaves": 3}])
def test_a_wrong_parameter_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError):
        build({"method": "templates", **wrong})


@pytest.mark.parametrize("wrong", [{"copies": 2}, {"cuts": 1}])
def test_trees_with_templates_take_no_copies(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError):
        build({**SMALL, **wrong})


@pytest.mark.parametrize("parameters", [TEMPLATES, SMALL])
def test_nothing_is_answered_before_learning(parameters: dict[str, object], data: TrainingData) -> None:
    with pytest.raises(OutclassError):
        build(parameters).predict(data.inputs)


def test_the_hash_covers_the_files_of_the_challenge_that_it_extends(
    loaded: LoadedChallenge, tmp_path: Path
) -> None:
    before = features_sha256(loaded)
    for name in load_features(loaded).MODULES:
        folder = loaded.folder if name == "features.py" else loaded.bases[0]
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "phase_sums.py").write_text("changed = True\n")
    assert features_sha256(replace(loaded, bases=(tmp_path,))) not in {before, None}
