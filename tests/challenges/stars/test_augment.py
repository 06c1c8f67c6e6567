"""Copies of training objects: reproducible, of their object's group, and as the survey would see them."""

from pathlib import Path

import numpy as np
import pytest

from light_curves import challenge_supernovae, declared_bands, plasticc_objects, supernova, supernovae
from outclass.challenges.stars import augment as copying
from outclass.challenges.stars.augment import augment, new_redshift
from outclass.challenges.stars.visits import draw_photoz, redshift_pairs, visits_of
from outclass.inputs.series import FACTS, Series, SeriesTable

pytestmark = pytest.mark.timeout(300)  # where numba has kept nothing, loops are compiled first

LSST, FOUR = declared_bands("ugrizy"), declared_bands("griz")
PHOTOZ = FACTS.index("hostgal_photoz")


def copies_of(table: SeriesTable, seed: int = 1, copies: int = 4) -> tuple[SeriesTable, list[int]]:
    """Return copies and the place of the object of each."""
    groups = [str(place) for place in range(len(table))]
    made, targets, of = augment(table, np.arange(len(table)), groups, LSST, copies=copies, seed=seed)
    assert [str(target) for target in targets] == list(of)
    return made, [int(place) for place in of]


def test_copies_are_series_as_the_reader_gives_them() -> None:
    made, of = copies_of(supernovae(6))
    assert len(made) == len(of) > 12
    for series in made:
        assert (np.diff(series.mjd) >= 0).all()
        assert (series.flux_err > 0).all()
        assert np.isfinite(series.flux).all()
        assert series.detected.sum() >= copying.DETECTIONS
        assert series.passband.min() >= 0
        assert series.passband.max() < 6


def test_the_same_seed_gives_the_same_copies() -> None:
    table = supernovae(3)
    first, again, other = copies_of(table)[0], copies_of(table)[0], copies_of(table, seed=2)[0]
    np.testing.assert_array_equal(first.flux, again.flux)
    np.testing.assert_array_equal(first.facts, again.facts)
    assert not np.array_equal(first.facts, other.facts)


def test_an_object_has_the_same_copies_whatever_follows_it() -> None:
    table = supernovae(4)
    visits = visits_of(table, 6)
    assert len(visits.sky) == 6
    first = np.random.default_rng((1, 0))
    again = np.random.default_rng((1, 0))
    assert new_redshift(0.3, first) == new_redshift(0.3, again)


def test_galactic_objects_stay_galactic() -> None:
    table = SeriesTable.of([supernova(60, photoz=0.0), supernova(60, photoz=0.3)])
    made, of = copies_of(table, copies=8)
    for series, place in zip(made, of, strict=True):
        assert (series.facts[PHOTOZ] == 0) == (place == 0)


@pytest.mark.parametrize("redshift", [0.01, 0.3, 1.0, 2.5])
def test_redshifts_go_from_a_little_nearer_to_much_farther(redshift: float) -> None:
    generator = np.random.default_rng(1)
    drawn = np.array([new_redshift(redshift, generator) for _ in range(500)])
    highest = min(5 * redshift, 1.5 * (1 + redshift) - 1)
    assert drawn.min() >= 0.95 * redshift
    assert drawn.max() <= highest
    middle = np.exp((np.log(0.95 * redshift) + np.log(highest)) / 2)
    assert (drawn < middle).mean() == pytest.approx(0.5, abs=0.07)


def test_a_copy_farther_away_is_fainter_and_slower() -> None:
    table = SeriesTable.of([supernova(300, seed=seed, size=5000.0, photoz=0.2) for seed in range(3)])
    made, of = copies_of(table, copies=12)
    redshift = made.facts[:, PHOTOZ]
    peak = np.array([series.flux.max() for series in made])
    width = np.array([np.ptp(series.mjd[series.flux > 0.3 * series.flux.max()]) for series in made])
    far, near = redshift > np.median(redshift), redshift <= np.median(redshift)
    assert np.median(peak[far]) < 0.6 * np.median(peak[near])
    assert np.median(width[far]) > np.median(width[near])
    assert len(set(of)) == 3


def test_a_copy_at_its_own_redshift_has_the_flux_of_its_object(monkeypatch: pytest.MonkeyPatch) -> None:
    table = SeriesTable.of([supernova(300, size=5000.0, photoz=0.2)])
    monkeypatch.setattr(copying, "new_redshift", lambda redshift, generator: redshift)
    made, _ = copies_of(table, copies=3)
    for copy in made:
        assert copy.flux.max() == pytest.approx(table.flux.max(), rel=0.15)


def test_deep_objects_are_mostly_seen_as_shallow_ones() -> None:
    deep = supernova(400, seed=1, size=3000.0)
    facts = deep.facts.copy()
    facts[FACTS.index("ddf")] = 1
    deep = Series(
        mjd=deep.mjd,
        passband=deep.passband,
        flux=deep.flux,
        flux_err=deep.flux_err,
        detected=deep.detected,
        facts=facts,
    )
    table = SeriesTable.of([deep, *(supernova(80, seed=seed) for seed in range(2, 8))])
    made, of = copies_of(table, copies=20)
    lengths = np.diff(made.starts)[np.array(of) == 0]
    assert np.median(lengths) < 120
    assert (made.facts[:, FACTS.index("ddf")] != 1).all()


def test_noise_is_that_of_the_survey(shared_data: Path) -> None:
    table = challenge_supernovae(shared_data, 60, spectroscopic=True)
    groups = [str(place) for place in range(len(table))]
    made, _, _ = augment(table, np.zeros(60, dtype=np.int64), groups, FOUR, copies=4, seed=1)
    for band in range(4):
        own = np.median(table.flux_err[table.passband == band])
        assert np.median(made.flux_err[made.passband == band]) == pytest.approx(own, rel=0.4)
    faint = [np.median(one.facts[:, PHOTOZ]) for one in (table, made)]
    assert faint[1] > 1.1 * faint[0]


def test_real_objects_have_copies(shared_data: Path) -> None:
    _, of = copies_of(plasticc_objects(shared_data), copies=2)
    assert len(set(of)) >= 8


def test_photoz_errors_are_those_of_objects_near_by() -> None:
    table = supernovae(60)
    true = np.full(60, 0.3)
    scattered = SeriesTable.of(
        [supernova(30, seed=seed, photoz=0.3005 + 0.001 * (seed - 30)) for seed in range(60)]
    )
    pairs = redshift_pairs(scattered, true)
    generator = np.random.default_rng(1)
    drawn = np.array([draw_photoz(pairs, 0.6, generator)[0] for _ in range(300)])
    assert np.abs(drawn - 0.6).max() < 0.05
    assert drawn.std() > 0.01
    assert len(redshift_pairs(table, None)) == 60
    assert draw_photoz(pairs[:0], 0.6, generator)[1] > 0


def test_a_list_of_detections_has_copies_of_detections_only() -> None:
    found = []
    for series in supernovae(6):
        seen = series.flux > 25
        found.append(
            Series(
                mjd=series.mjd[seen],
                passband=series.passband[seen],
                flux=series.flux[seen],
                flux_err=series.flux_err[seen],
                detected=np.ones(int(seen.sum()), dtype=np.bool_),
                facts=series.facts,
            )
        )
    made, _ = copies_of(SeriesTable.of(found))
    assert made.detected.all()
    assert len(made)
