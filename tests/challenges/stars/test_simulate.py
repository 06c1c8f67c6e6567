from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from outclass.catalog.sources.base import SourceTable
from outclass.challenges.stars import metadata, simulate, sky
from outclass.inputs.series import FACTS, SeriesTable

PHOTOZ, DEEP = FACTS.index("hostgal_photoz"), FACTS.index("ddf")
COUNT, SEED = 400, 11


@pytest.fixture(scope="module")
def played() -> SourceTable:
    return simulate.sample()


@pytest.fixture(scope="module")
def curves(played: SourceTable) -> SeriesTable:
    assert isinstance(played.inputs, SeriesTable)
    return played.inputs


@pytest.fixture(scope="module")
def people() -> SourceTable:
    return simulate.population(COUNT, SEED)


def same(one: SeriesTable, other: SeriesTable) -> bool:
    fields = ("starts", "mjd", "passband", "flux", "flux_err", "detected", "facts")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in fields)


def test_sample_has_600_objects_of_all_classes_by_rarity_all_to_be_played(played: SourceTable) -> None:
    found = Counter(played.labels)
    assert (len(played.labels), found["99"]) == (600, 24)
    for label, real in zip(metadata.CLASSES, metadata.COUNTS, strict=True):
        assert found[label] >= 10
        assert found[label] == pytest.approx(600 * real / sum(metadata.COUNTS), abs=13)
    by_rarity = sorted(metadata.CLASSES, key=lambda label: metadata.COUNTS[metadata.CLASSES.index(label)])
    assert all(found[rarer] <= found[more] for rarer, more in pairwise(by_rarity))
    assert set(played.fixed_splits) == {"game"}


def test_sample_is_the_same_each_time(played: SourceTable, curves: SeriesTable) -> None:
    again = simulate.sample()
    assert again.labels == played.labels
    assert isinstance(again.inputs, SeriesTable)
    assert same(again.inputs, curves)


def test_ids_count_up_and_tell_nothing_of_the_class(played: SourceTable) -> None:
    assert played.object_ids == tuple(f"sim-{i:06d}" for i in range(600))
    codes = np.array([simulate.LABELS.index(label) for label in played.labels])
    places = np.arange(len(codes))
    for code, size in enumerate(simulate.sample_sizes()):
        # The mean place of some of 600 drawn at random has a deviation of 173 over the root of their number.
        assert abs(places[codes == code].mean() - places.mean()) < 4 * 173 / size**0.5
    alike = sum((size / 600) ** 2 for size in simulate.sample_sizes())
    assert (codes[1:] == codes[:-1]).mean() == pytest.approx(alike, abs=0.06)


def test_an_object_does_not_depend_on_how_many_there_are(people: SourceTable) -> None:
    few = simulate.population(25, SEED)
    assert isinstance(few.inputs, SeriesTable)
    assert isinstance(people.inputs, SeriesTable)
    assert few.labels == people.labels[:25]
    assert few.fixed_splits == people.fixed_splits[:25]
    assert same(few.inputs, people.inputs.take(np.arange(25)))


def test_another_seed_gives_other_objects(people: SourceTable) -> None:
    other = simulate.population(25, SEED + 1)
    assert isinstance(other.inputs, SeriesTable)
    assert isinstance(people.inputs, SeriesTable)
    assert not np.isin(other.inputs.flux, people.inputs.flux).all()


def test_nothing_learns_from_what_is_none_of_the_classes(people: SourceTable) -> None:
    splits = {
        label: {
            split for split, found in zip(people.fixed_splits, people.labels, strict=True) if found == label
        }
        for label in set(people.labels)
    }
    assert splits.pop("99") == {"holdout", "game"}
    assert set().union(*splits.values()) == {None}


def test_shares_are_those_of_the_real_training_set() -> None:
    count = 4_000
    found = Counter(simulate.label_of(SEED, i) for i in range(count))
    assert found["99"] / count == pytest.approx(simulate.UNKNOWN_SHARE, abs=0.015)
    for label, real in zip(metadata.CLASSES, metadata.COUNTS, strict=True):
        share = (1 - simulate.UNKNOWN_SHARE) * real / sum(metadata.COUNTS)
        assert found[label] / count == pytest.approx(share, abs=4 * (share / count) ** 0.5)


def test_truths_are_those_of_the_population(people: SourceTable) -> None:
    truths = simulate.truths(25, SEED)
    assert tuple(truth.label for truth in truths) == people.labels[:25]
    assert all(truth.label in {truth.kind, "99"} for truth in truths)


def test_every_number_is_finite_and_every_error_positive(curves: SeriesTable) -> None:
    for values in (curves.mjd, curves.flux, curves.flux_err, curves.facts):
        assert np.isfinite(values).all()
    assert (curves.flux_err > 0).all()
    assert set(np.unique(curves.passband)) == set(range(6))


def test_observations_are_by_time_and_come_once(curves: SeriesTable) -> None:
    for one in curves:
        assert (np.diff(one.mjd) >= 0).all()
        assert len(set(zip(one.mjd.tolist(), one.passband.tolist(), strict=True))) == len(one)
        assert one.mjd[0] >= sky.FIRST_DAY
        assert one.mjd[-1] <= sky.FIRST_DAY + sky.DAYS + 2


def test_every_object_is_detected_at_least_twice(curves: SeriesTable) -> None:
    assert min(int(one.detected.sum()) for one in curves) >= simulate.DETECTIONS


def test_detection_follows_signal_to_noise(curves: SeriesTable) -> None:
    signal = np.abs(curves.flux) / curves.flux_err
    assert not curves.detected[signal < 1.5].any()
    assert curves.detected[(signal > 2) & (signal < 3)].mean() < 0.06
    assert curves.detected[(signal > 5) & (signal < 6)].mean() == pytest.approx(0.53, abs=0.08)
    assert curves.detected[signal > 10].mean() > 0.99


def test_a_redshift_of_exactly_0_means_galactic(played: SourceTable, curves: SeriesTable) -> None:
    labels = np.array(played.labels)
    photoz = curves.facts[:, PHOTOZ]
    assert (photoz[np.isin(labels, list(metadata.GALACTIC))] == 0).all()
    far = ~np.isin(labels, [*metadata.GALACTIC, "99"])
    assert (photoz[far] > 0).all()
    assert 0 < (photoz[labels == "99"] == 0).mean() < 1


def test_all_kinds_of_the_unknown_come_up() -> None:
    kinds = {simulate.simulate("99", SEED, i).truth.kind for i in range(60)}
    assert kinds == set(simulate.KINDS)


def test_photometric_redshifts_fail_as_often_as_the_real_ones() -> None:
    rng = simulate._generator(SEED)
    true = np.full(3_000, 0.2)
    photoz = np.array([metadata.photometric_redshift(rng, redshift)[0] for redshift in true])
    failed = np.abs(photoz - true) / (1 + true) > 0.15
    assert failed.mean() == pytest.approx(0.18, abs=0.04)
    assert np.median(photoz) == pytest.approx(0.2, abs=0.02)
    assert photoz.min() > 0


def test_redshifts_are_distributed_like_the_real_ones() -> None:
    found = [simulate.simulate("90", SEED, i).truth.redshift for i in range(150)]
    assert np.median(found) == pytest.approx(metadata.REDSHIFTS["90"][4], abs=0.05)
    assert max(found) <= metadata.REDSHIFTS["90"][-1]


def test_distance_modulus_of_flat_universe() -> None:
    # Ned Wright's calculator: H0 70, matter 0.3, flat: z 0.5 is 2832.9 Mpc, z 1 is 6607.5 Mpc.
    assert metadata.distance_modulus(0.5) == pytest.approx(5 * np.log10(2832.9e5), abs=0.002)
    assert metadata.distance_modulus(1.0) == pytest.approx(5 * np.log10(6607.5e5), abs=0.002)


@pytest.mark.parametrize("label", simulate.LABELS)
def test_deep_fields_are_seen_more_often(label: str) -> None:
    found = [simulate.simulate(label, SEED, i).series for i in range(25)]
    deep = [len(one) for one in found if one.facts[DEEP]]
    wide = [len(one) for one in found if not one.facts[DEEP]]
    assert 105 < np.mean(wide) < 155
    assert not deep or min(deep) > max(wide)


@pytest.mark.parametrize(
    ("label", "rows", "detected", "first", "brightest"),
    [
        ("90", 112, 9, 59596.1534, 93.997),
        ("16", 137, 110, 59585.3396, 197.582),
        ("6", 137, 5, 59585.3396, 147.364),
    ],
)
def test_an_object_is_the_same_on_every_machine(
    label: str, rows: int, detected: int, first: float, brightest: float
) -> None:
    series = simulate.simulate(label, 1, 0).series
    assert (len(series), int(series.detected.sum())) == (rows, detected)
    assert (series.mjd[0], series.flux.max()) == pytest.approx((first, brightest), abs=0.002)
