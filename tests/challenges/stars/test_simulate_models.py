import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from outclass.challenges.stars import blackbody, metadata, simulate, sky, supernovae, unknown_kinds, variables

Floats = NDArray[np.float64]
PEAK = 60_000.0
TRANSIENTS = {**supernovae.MODELS, **unknown_kinds.TRANSIENTS}


def visits(mjd: Floats, band: int) -> sky.Visits:
    ones = np.ones(len(mjd))
    return sky.Visits(mjd=mjd, band=np.full(len(mjd), band), noise=ones, poisson=0.02 * ones)


def median_magnitudes(model: supernovae.Model, redshift: float, phases: list[float], band: int) -> Floats:
    seen = visits(PEAK + np.array(phases) * (1 + redshift), band)
    drawn = [model(simulate._generator(3, i)) for i in range(80)]
    flux = np.median([blackbody.flux_of(one, seen, PEAK, redshift, 0.0) for one in drawn], axis=0)
    return np.asarray(blackbody.ZERO_POINT - 2.5 * np.log10(flux) - metadata.distance_modulus(redshift))


@pytest.mark.parametrize(("redshift", "band"), [(0.1, 1), (0.4, 2), (0.7, 3)])
def test_ia_peaks_at_its_absolute_magnitude_in_the_band_that_shows_its_blue_light(
    redshift: float, band: int
) -> None:
    peak = median_magnitudes(supernovae.ia, redshift, [0.0], band)[0]
    assert peak == pytest.approx(-19.36 - 2.5 * math.log10(1 + redshift), abs=0.3)


def test_ia_is_as_bright_as_real_ones_of_its_redshift() -> None:
    # Objects 745, 1920 and 1598 of PLAsTiCC: brightest g, r, i, z and y of each, less its distance modulus.
    real = {
        0.301: (-19.18, -19.33, -19.24, -19.13, -18.85),
        0.311: (-19.26, -19.45, -19.42, -19.23, -18.98),
        0.136: (-19.43, -19.31, -19.03, -18.70, -18.57),
    }
    for redshift, brightest in real.items():
        for band, magnitude in enumerate(brightest, start=1):
            found = median_magnitudes(supernovae.ia, redshift, [-5.0, 0.0, 5.0], band).min()
            assert found == pytest.approx(magnitude, abs=0.3)


def test_ia_has_a_second_maximum_in_the_red_and_none_in_the_blue() -> None:
    phases = [15.0, 25.0, 45.0]
    red = np.diff(median_magnitudes(supernovae.ia, 0.05, phases, 4))
    blue = np.diff(median_magnitudes(supernovae.ia, 0.05, phases, 1))
    assert red[0] < 0.1
    assert blue[0] > 0.3


def test_cobalt_tail_falls_by_about_a_magnitude_in_100_days() -> None:
    tail = blackbody.with_tail(blackbody.rise_and_fall(4.0, 19.0), 0.05)
    late = tail(np.array([200.0, 300.0]))
    assert -2.5 * math.log10(late[1] / late[0]) == pytest.approx(0.98, abs=0.02)


def test_plateau_lasts_its_days_and_then_drops() -> None:
    law = blackbody.plateau(8.0, 100.0, 0.5, 0.12)
    early, middle, end, after = law(np.array([10.0, 60.0, 85.0, 130.0]))
    assert middle == pytest.approx(early * 10 ** (-0.4 * 0.25), rel=0.1)
    assert after < 0.25 * end


@pytest.mark.parametrize(("rise", "fall"), [(4.0, 19.0), (10.0, 60.0), (0.8, 5.0)])
def test_rise_and_fall_has_its_maximum_of_1_at_day_0(rise: float, fall: float) -> None:
    days = np.linspace(-60, 200, 5201)
    light = blackbody.rise_and_fall(rise, fall)(days)
    assert light.max() == pytest.approx(1.0, abs=1e-4)
    assert abs(days[light.argmax()]) < 0.3


def test_rarer_and_brighter_kinds_are_brighter() -> None:
    order = ("64", "67", "90", "95")
    peaks = [median_magnitudes(supernovae.MODELS[name], 0.3, [0.0], 2)[0] for name in order]
    assert all(later < earlier for earlier, later in pairwise(peaks))


def test_a_kilonova_is_gone_in_days_and_turns_red() -> None:
    green = median_magnitudes(supernovae.kilonova, 0.05, [0.5, 4.0], 1)
    deep_red = median_magnitudes(supernovae.kilonova, 0.05, [0.5, 4.0], 4)
    assert green[1] - green[0] > 2
    assert (green - deep_red)[1] > (green - deep_red)[0] + 1


def test_tidal_disruption_stays_blue_and_fades_as_a_power() -> None:
    phases = [0.0, 100.0]
    color = median_magnitudes(supernovae.tidal_disruption, 0.1, phases, 1) - median_magnitudes(
        supernovae.tidal_disruption, 0.1, phases, 3
    )
    assert color.max() < 0
    assert abs(color[1] - color[0]) < 0.1


@pytest.mark.parametrize("name", sorted(TRANSIENTS))
@pytest.mark.parametrize("redshift", [0.01, 0.5, 3.4])
def test_light_of_explosions_is_finite_never_negative_and_gone_before_and_long_after(
    name: str, redshift: float
) -> None:
    seen = visits(PEAK + np.linspace(-1500, 1500, 301), 3)
    for i in range(10):
        one = TRANSIENTS[name](simulate._generator(5, i))
        flux = blackbody.flux_of(one, seen, PEAK, redshift, 0.02)
        assert np.isfinite(flux).all()
        assert (flux >= 0).all()
        assert flux[0] < 0.01 * flux.max()


def test_dust_dims_the_blue_most() -> None:
    one = supernovae.ia(simulate._generator(1))
    lost = []
    for band in range(6):
        seen = visits(np.array([PEAK]), band)
        clear, dusty = (blackbody.flux_of(one, seen, PEAK, 0.1, dust)[0] for dust in (0.0, 0.1))
        lost.append(-2.5 * math.log10(dusty / clear))
    assert lost == pytest.approx(0.1 * sky.EXTINCTION)


def test_black_body_of_10000_kelvin_peaks_where_it_should() -> None:
    wavelength = np.linspace(2000, 12000, 10_001)
    light = blackbody.planck(wavelength, np.full(len(wavelength), 10_000.0))
    # Per unit of frequency the maximum is at 5099 Angstrom times 10,000 K.
    assert wavelength[light.argmax()] == pytest.approx(5099, abs=5)


def test_lens_is_magnified_as_paczynski_says() -> None:
    assert variables.amplification(1.0, np.array([0.0]))[0] == pytest.approx(3 / math.sqrt(5))
    assert variables.amplification(0.1, np.array([0.0]))[0] == pytest.approx(10, rel=0.01)
    assert variables.amplification(0.3, np.array([50.0]))[0] == pytest.approx(1, abs=1e-5)


def test_lens_colors_do_not_change() -> None:
    seen = simulate.simulate("6", 3, 0).series
    band = np.tile(np.arange(6), 20)
    mjd = np.repeat(np.linspace(seen.mjd[0], seen.mjd[-1], 20), 6)
    ones = np.ones(len(mjd))
    light = variables.micro_lens(
        simulate._generator(2), sky.Visits(mjd=mjd, band=band, noise=ones, poisson=ones), 0.1
    )
    ratio = (light.flux / light.steady).reshape(20, 6)
    assert ratio == pytest.approx(np.repeat(ratio[:, :1], 6, axis=1))


@pytest.mark.parametrize("label", ["16", "53", "92"])
def test_periodic_stars_repeat(label: str) -> None:
    rng = simulate._generator(9)
    mjd = np.sort(PEAK + 800 * rng.random(120))
    first = variables.MODELS[label](simulate._generator(4), visits(mjd, 2), 0.05)
    later = variables.MODELS[label](simulate._generator(4), visits(mjd + 3 * first.period, 2), 0.05)
    assert later.flux == pytest.approx(first.flux, rel=1e-4, abs=1e-4 * np.abs(first.flux).max())


def test_periods_are_those_of_the_kind() -> None:
    def periods(label: str) -> Floats:
        return np.array([simulate.simulate(label, 1, i).truth.period for i in range(60)])

    assert 0.2 < periods("92").min() < periods("92").max() < 0.9
    assert 200 < np.median(periods("53")) < 420
    assert np.isnan(periods("90")).all()


def test_damped_walk_has_variance_1_and_forgets() -> None:
    mjd = np.arange(20_000.0)
    walk = variables.damped_walk(simulate._generator(6), mjd, 50.0)
    assert walk.std() == pytest.approx(1.0, abs=0.15)
    assert np.corrcoef(walk[:-1], walk[1:])[0, 1] == pytest.approx(math.exp(-1 / 50), abs=0.005)
    assert abs(np.corrcoef(walk[:-500], walk[500:])[0, 1]) < 0.2


def test_noise_has_the_size_that_is_stated() -> None:
    rng = simulate._generator(8)
    seen = sky.visits(rng, 53.0, deep=True)
    observed = sky.observe(rng, seen, np.zeros(len(seen)))
    assert (observed.flux / observed.error).std() == pytest.approx(1.0, abs=0.1)


def test_bright_stars_are_noisier() -> None:
    seen = sky.visits(simulate._generator(8), 53.0, deep=False)
    faint = sky.observe(simulate._generator(1), seen, np.zeros(len(seen)))
    bright = sky.observe(simulate._generator(1), seen, np.zeros(len(seen)), 10_000.0)
    assert (bright.error > faint.error).all()


@pytest.mark.parametrize("deep", [False, True])
def test_u_is_seen_in_the_dark_only_and_every_field_has_its_season(deep: bool) -> None:
    seen = sky.visits(simulate._generator(8), 150.0, deep=deep)
    moon = np.abs((seen.mjd - sky.NEW_MOON + sky.MONTH / 2) % sky.MONTH - sky.MONTH / 2)
    assert moon[seen.band == 0].max() < sky.MONTH / 4
    gaps = np.diff(seen.mjd)
    assert (gaps > 100).sum() in {2, 3}
