"""How hard the simulated sky is, and how like the real one.

    python benchmarks/stars/simulator.py --data FOLDER [--count 8175] [--seed 5] [--figure FILE.svg]

FOLDER holds plasticc_training_metadata.parquet and plasticc_sample10_light_curves.parquet. Needs the extra
[train] (LightGBM). Of 8,175 objects 4 % are of class 99, which is left out: about 7,848 remain.
"""

import argparse
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from panels import Axis, bars, boxes, cumulative, sheet
from simple import Fit, features, flat_log_loss, out_of_fold

from outclass.challenges.stars import metadata, simulate, sky
from outclass.inputs.series import FACTS, SeriesTable, facts_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BANDS = ("u", "g", "r", "i", "z", "y")
PUBLISHED_WIDE = (6.6, 2.4, 3.5, 5.5, 9.6, 21.9)
SIGNAL_EDGES = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """Light curves with what is known of their objects; truth where there is one."""

    table: SeriesTable
    labels: tuple[str, ...]
    redshifts: Floats

    def fact(self, name: str) -> Floats:
        """Return one fact of every object."""
        return self.table.facts[:, FACTS.index(name)]

    def chosen(self, places: NDArray[np.bool_]) -> "Sky":
        """Return some of the objects."""
        kept = np.flatnonzero(places)
        return Sky(
            table=self.table.take(kept),
            labels=tuple(self.labels[i] for i in kept),
            redshifts=self.redshifts[kept],
        )


def main() -> None:
    """Print every figure, and draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=8_175)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    objects = [
        simulate.simulate(simulate.label_of(options.seed, i), options.seed, i) for i in range(options.count)
    ]
    known = [one for one in objects if one.truth.label != simulate.UNKNOWN]
    found = Sky(
        table=SeriesTable.of([one.series for one in known]),
        labels=tuple(one.truth.label for one in known),
        redshifts=np.array([one.truth.redshift for one in known]),
    )
    real = pl.read_parquet(options.data / "plasticc_training_metadata.parquet")
    ten = read_ten(options.data)
    compare(found, real, ten)
    if options.figure:
        options.figure.write_text(draw(found, real, ten))
    difficulty(found)


def read_ten(folder: Path) -> SeriesTable:
    """Return the ten real objects, all of them in deep fields."""
    rows = pl.read_parquet(folder / "plasticc_sample10_light_curves.parquet").sort("object_id", "mjd")
    sizes = rows.group_by("object_id", maintain_order=True).len()["len"].to_numpy()
    return SeriesTable(
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        mjd=rows["mjd"].to_numpy().astype(np.float64),
        passband=rows["passband"].to_numpy().astype(np.int64),
        flux=rows["flux"].to_numpy().astype(np.float64),
        flux_err=rows["flux_err"].to_numpy().astype(np.float64),
        detected=rows["detected"].to_numpy() == 1,
        facts=np.tile(facts_of({}), (len(sizes), 1)),
    )


def difficulty(found: Sky) -> None:
    """Print what simple features score, and what is taken for what."""
    targets = np.array([metadata.CLASSES.index(label) for label in found.labels])
    table = features(found.table)
    fit = out_of_fold(table, targets)
    print(f"\n## Difficulty: {table.width} simple features, LightGBM, 5-fold, {len(targets)} objects\n")
    print(f"flat log loss {flat_log_loss(fit.probabilities, targets):.3f} (real sky 0.668 to 0.748)\n")
    confusion(fit, targets)
    best = sorted(fit.gains.items(), key=lambda item: -item[1])[:8]
    print("\ngain: " + ", ".join(f"{name} {gain:.0%}" for name, gain in best))


def confusion(fit: Fit, targets: Ints) -> None:
    """Print the share of each class (rows) that is taken for each class (columns), in percent."""
    answers = fit.probabilities.argmax(axis=1)
    print("| true | n | loss | " + " | ".join(metadata.CLASSES) + " |")
    print("|" + "---|" * (len(metadata.CLASSES) + 3))
    for place, name in enumerate(metadata.CLASSES):
        chosen = targets == place
        loss = -np.log(np.maximum(fit.probabilities[chosen, place], 1e-15)).mean()
        shares = np.bincount(answers[chosen], minlength=len(metadata.CLASSES)) / chosen.sum()
        print(
            f"| {name} | {chosen.sum()} | {loss:.2f} | " + " | ".join(f"{100 * s:.0f}" for s in shares) + " |"
        )


def distance(one: Floats, other: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance of two samples: the largest gap of their cumulative shares."""
    both = np.sort(np.concatenate([one, other]))
    first = np.searchsorted(np.sort(one), both, side="right") / len(one)
    second = np.searchsorted(np.sort(other), both, side="right") / len(other)
    return float(np.abs(first - second).max())


def steps(table: SeriesTable) -> Floats:
    """Return the days from one night with observations to the next, of all objects."""
    return np.concatenate([np.diff(np.unique(sky.nights(one.mjd))) for one in table])


def counts(table: SeriesTable) -> list[Floats]:
    """Return how often each object was seen in each band."""
    seen = np.array([np.bincount(one.passband, minlength=6) for one in table], dtype=np.float64)
    return list(seen.T)


def noises(table: SeriesTable) -> list[Floats]:
    """Return the stated errors of each band where the object itself is not bright."""
    quiet = np.abs(table.flux) < 5 * table.flux_err
    return [table.flux_err[quiet & (table.passband == band)] for band in range(6)]


def detection(table: SeriesTable) -> list[float]:
    """Return the share of detections by signal to noise."""
    signal = np.abs(table.flux) / table.flux_err
    return [
        float(table.detected[(signal >= low) & (signal < high)].mean())
        for low, high in pairwise(SIGNAL_EDGES)
    ]


def wrong(true: Floats, photoz: Floats) -> Floats:
    """Return by how much photometric redshifts are off."""
    return np.asarray((photoz - true) / (1 + true))


def compare(found: Sky, real: pl.DataFrame, ten: SeriesTable) -> None:
    """Print quantiles and distances of what both skies have."""
    deep, wide = found.chosen(found.fact("ddf") == 1), found.chosen(found.fact("ddf") == 0)
    print("## Simulated beside real: 5, 25, 50, 75, 95 %, and the Kolmogorov-Smirnov distance\n")
    print("| what | simulated | real | distance |\n|---|---|---|---|")
    far, known = found.redshifts > 0, real.filter(pl.col("true_z") > 0)
    for label in metadata.REDSHIFTS:
        mine = found.redshifts[np.array(found.labels) == label]
        _row(
            f"redshift, class {label}",
            mine,
            known.filter(pl.col("target") == int(label))["true_z"].to_numpy(),
        )
    _row("redshift, all", found.redshifts[far], known["true_z"].to_numpy())
    photoz, true = known["hostgal_photoz"].to_numpy(), known["true_z"].to_numpy()
    _row("photo-z", found.fact("hostgal_photoz")[far], photoz)
    _row("stated error of it", found.fact("hostgal_photoz_err")[far], known["hostgal_photoz_err"].to_numpy())
    off, really = wrong(found.redshifts[far], found.fact("hostgal_photoz")[far]), wrong(true, photoz)
    _row("(photo-z - z) / (1 + z)", off, really)
    _row("E(B-V)", found.fact("mwebv"), real["mwebv"].to_numpy())
    _row("rows, deep fields (ten objects)", np.diff(deep.table.starts), np.diff(ten.starts))
    _row("days between nights, deep (ten)", steps(deep.table), steps(ten))
    for band, mine, theirs in zip(BANDS, noises(deep.table), noises(ten), strict=True):
        _row(f"noise {band}, deep (ten)", mine, theirs)
    for band, mine, theirs in zip(BANDS, counts(deep.table), counts(ten), strict=True):
        _row(f"visits in {band}, deep (ten)", mine, theirs)
    print(f"\nphoto-z off by over 0.15: simulated {(abs(off) > 0.15).mean():.1%}, ", end="")
    print(f"real {(abs(really) > 0.15).mean():.1%}")
    share = float(np.mean(real["ddf"].to_numpy()))
    print(f"deep fields: simulated {len(deep.labels) / len(found.labels):.1%}, real {share:.1%}")
    rows = found.table.starts[-1]
    print(f"rows per object: simulated {rows / len(found.labels):.0f}, real {1_421_705 / 7_848:.0f}")
    print(f"rows per object, wide fields: simulated {np.diff(wide.table.starts).mean():.0f}, published 131")
    medians = [float(np.median(values)) for values in noises(wide.table)]
    print("median noise, wide fields: " + " ".join(f"{value:.1f}" for value in medians), end="")
    print(" beside published " + " ".join(f"{value:g}" for value in PUBLISHED_WIDE))
    print("detected by S/N " + " ".join(f"{low:g}-" for low in SIGNAL_EDGES[:-1]))
    print("  simulated " + " ".join(f"{share:.2f}" for share in detection(found.table)))
    print("  real, ten " + " ".join(f"{share:.2f}" for share in detection(ten)))


def _row(name: str, mine: Floats, theirs: Floats) -> None:
    """Print one comparison."""
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    shown = [" ".join(f"{value:.3g}" for value in np.quantile(values, levels)) for values in (mine, theirs)]
    print(f"| {name} | {shown[0]} | {shown[1]} | {distance(mine, theirs):.3f} |")


def draw(found: Sky, real: pl.DataFrame, ten: SeriesTable) -> str:
    """Return the comparison as a figure."""
    deep, wide = found.chosen(found.fact("ddf") == 1), found.chosen(found.fact("ddf") == 0)
    known = real.filter(pl.col("true_z") > 0)
    far = found.redshifts > 0
    true, photoz = known["true_z"].to_numpy(), known["hostgal_photoz"].to_numpy()
    noise = Axis(low=0.5, high=80, ticks=(1, 3, 10, 30), title="", log=True)
    names = tuple(f"{edge:g}" for edge in SIGNAL_EDGES[:-1])
    shares = [found.labels.count(name) / len(found.labels) for name in metadata.CLASSES]
    official = [count / sum(metadata.COUNTS) for count in metadata.COUNTS]
    redshift = Axis(low=0.01, high=4, ticks=(0.01, 0.1, 1), title="redshift", log=True)
    stated = Axis(low=0.004, high=2, ticks=(0.01, 0.1, 1), title="stated error", log=True)
    off = Axis(low=-0.2, high=2.5, ticks=(0, 0.5, 1, 1.5, 2), title="(photo-z - z) / (1 + z)")
    days = Axis(low=1, high=300, ticks=(1, 3, 10, 30, 100), title="days", log=True)
    share = Axis(low=0, high=1, ticks=(0, 0.25, 0.5, 0.75, 1), title="")
    wide_noise = {"simulated, wide": noises(wide.table), "published": [np.array([v]) for v in PUBLISHED_WIDE]}
    seen = {"simulated": counts(deep.table), "real": counts(ten), "simulated, wide": counts(wide.table)}
    deep_noise = {"simulated": noises(deep.table), "real": noises(ten)}
    visits = Axis(low=0, high=100, ticks=(0, 25, 50, 75), title="")
    detected = {"simulated": detection(found.table), "real": detection(ten)}
    part = Axis(low=0, high=0.35, ticks=(0, 0.1, 0.2, 0.3), title="")
    found_off = wrong(found.redshifts[far], found.fact("hostgal_photoz")[far])
    errors = {
        "simulated": found.fact("hostgal_photoz_err")[far],
        "real": known["hostgal_photoz_err"].to_numpy(),
    }
    panels = [
        boxes("Noise by band, deep fields", noise, BANDS, deep_noise),
        boxes("Noise by band, wide fields", noise, BANDS, wide_noise),
        boxes("Visits of an object by band", visits, BANDS, seen),
        cumulative("Days between nights, deep", days, {"simulated": steps(deep.table), "real": steps(ten)}),
        bars("Share detected, by S/N from", share, names, detected),
        bars("Share of each class", part, metadata.CLASSES, {"simulated": shares, "real": official}),
        cumulative("Redshift", redshift, {"simulated": found.redshifts[far], "real": true}),
        cumulative("Error of the photo-z", off, {"simulated": found_off, "real": wrong(true, photoz)}),
        cumulative("Stated error of the photo-z", stated, errors),
    ]
    return sheet(panels, "Noise, cadence, detection, class shares, redshifts: simulated beside real")


if __name__ == "__main__":
    main()
