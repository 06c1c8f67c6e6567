"""Light curves to fit: simulated in a moment, and real or well-known ones where the shared data is."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.catalog.challenge import Band, InputDeclaration, InputKind
from outclass.inputs.series import FACTS, Series, SeriesTable, facts_of

WAVELENGTHS = {"u": 3671.0, "g": 4827.0, "r": 6223.0, "i": 7546.0, "z": 8691.0, "y": 9712.0}


def declared_bands(names: str) -> InputDeclaration:
    """Return the declaration of some bands."""
    bands = tuple(Band(name=name, wavelength=WAVELENGTHS[name]) for name in names)
    return InputDeclaration(kind=InputKind.SERIES, bands=bands)


def supernova(
    count: int = 60, *, bands: int = 6, seed: int = 1, photoz: float | None = 0.3, size: float = 300.0
) -> Series:
    """Return a rise in two weeks and a fall in five, redder with time, with noise of 5."""
    generator = np.random.default_rng(seed)
    mjd = np.sort(generator.uniform(59_000, 59_200, count))
    passband = generator.integers(0, bands, count)
    days = mjd - 59_080
    light = size * np.exp(-np.where(days < 0, (days / 14) ** 2, days / 35))
    light *= 1 + 0.15 * (passband - bands / 2) * (1 + days / 100)
    return Series(
        mjd=mjd,
        passband=passband,
        flux=light + generator.normal(0, 5, count),
        flux_err=np.full(count, 5.0),
        detected=light > 25,
        facts=facts_of({"hostgal_photoz": photoz, "hostgal_photoz_err": 0.05}),
    )


def supernovae(objects: int, **options: int) -> SeriesTable:
    """Return some of them, of different lengths and seeds."""
    return SeriesTable.of([supernova(30 + 7 * seed, seed=seed, **options) for seed in range(objects)])


def read_table(observations: pl.DataFrame, objects: pl.DataFrame, first_band: int = 0) -> SeriesTable:
    """Return the objects of light-curve Parquet."""
    known = {row["object_id"]: row for row in objects.iter_rows(named=True)}
    series = []
    seen = observations.filter(pl.col("flux_err") > 0).sort("object_id", "mjd", maintain_order=True)
    for (name,), rows in seen.group_by("object_id", maintain_order=True):
        flux, error = (rows[column].to_numpy().astype(np.float64) for column in ("flux", "flux_err"))
        facts = known.get(name, {})
        series.append(
            Series(
                mjd=rows["mjd"].to_numpy().astype(np.float64),
                passband=rows["passband"].to_numpy().astype(np.int64) - first_band,
                flux=flux,
                flux_err=error,
                detected=np.abs(flux) > 5 * error,
                facts=facts_of({fact: facts.get(fact) for fact in FACTS}),
            )
        )
    return SeriesTable.of(series)


def plasticc_objects(shared_data: Path) -> SeriesTable:
    """Return the ten real objects of PLAsTiCC."""
    folder = shared_data / "stars"
    observations = pl.read_parquet(folder / "plasticc_sample10_light_curves.parquet")
    return read_table(observations, pl.read_parquet(folder / "plasticc_training_metadata.parquet"))


def challenge_supernovae(shared_data: Path, count: int, *, spectroscopic: bool = False) -> SeriesTable:
    """Return objects of the supernova challenge, four bands; with spectra, the brighter ones."""
    folder = shared_data / "stars"
    objects = pl.read_parquet(folder / "snpcc_objects.parquet")
    if spectroscopic:
        objects = objects.filter(pl.col("spectroscopic_training"))
    objects = objects.head(count)
    observations = pl.scan_parquet(folder / "snpcc_light_curves.parquet").filter(
        pl.col("object_id").is_in(objects["object_id"].implode())
    )
    return read_table(observations.collect(), objects, first_band=1)


def dense_curve(
    series: Series, baseline: NDArray[np.float64], covariances: tuple[NDArray[np.float64], ...]
) -> NDArray[np.float64]:
    """Return the mean of a Gaussian process by solving the whole system.

    `covariances` are those of the observations with each other, of wanted points with the observations, and
    the observations' variances.
    """
    among, across, variances = covariances
    weights = np.linalg.solve(among + np.diag(variances), series.flux - baseline[series.passband])
    return np.asarray(across @ weights)
