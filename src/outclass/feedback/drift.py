"""How what the model is asked differs from what it learned from: shares of answers, confidence, the inputs.

The population stability index of two sets of shares is the sum of (p - q) ln(p / q), which is the symmetric
Kullback-Leibler divergence (S. Kullback, R. Leibler, On Information and Sufficiency, 1951). By a custom of
credit scoring less than 0.1 is no change to speak of, and more than 0.25 a large one. With few predictions it
is above zero by chance alone, so it comes with an interval, the value that chance would give, and a test: for
shares by permutation of Pearson's chi-square, for numbers that of Kolmogorov and Smirnov.

Inputs are not stored without consent: what is said of them holds for those that people let us keep.
"""

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.sql import Database

Floats = NDArray[np.float64]
Statistic = Callable[[bytes], float | None]
"""A number that an input has; None where it has none."""

BINS = 10
RESAMPLES = 500
CONFIDENCE = 0.95
PSEUDO = 0.5
"""Added to each count, so that a share of nothing has a logarithm."""
SLIGHT, LARGE = 0.1, 0.25
MOST = 50_000
DAY = 86_400.0


class Share(Document, frozen=True, kw_only=True):
    """One class or one range of values, with its count and share on both sides."""

    name: str
    reference: int
    live: int
    reference_share: float
    live_share: float


class Drift(Document, frozen=True, kw_only=True):
    """How one thing differs.

    Attributes
    ----------
    kind
        `shares` of classes, or `numbers` in ranges.
    n_reference, n_live
        How many were counted.
    psi, low, high
        Population stability index, with an interval at 95 % by bootstrap of the live side.
    by_chance
        What the index would be on average if nothing had changed, with as many live ones.
    test, statistic, p_value
        The two-sample test: how probable so large a difference is if nothing changed.
    verdict
        `none`, `slight` or `large`; `unsure` where there is too little, or chance explains it.
    """

    name: str
    kind: str
    n_reference: int
    n_live: int
    psi: float | None = None
    low: float | None = None
    high: float | None = None
    by_chance: float | None = None
    test: str = ""
    statistic: float | None = None
    p_value: float | None = None
    verdict: str = "unsure"
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a model answered to some inputs.

    Attributes
    ----------
    answers
        Name of the most probable class, of each input that has any.
    confidences
        Probability of that class.
    statistics
        Numbers of the inputs by name, as far as inputs are known.
    """

    answers: tuple[str, ...]
    confidences: Floats
    statistics: Mapping[str, Floats]


def traffic_of(
    answers: Sequence[str | None],
    confidences: Sequence[float],
    inputs: Sequence[bytes | None] = (),
    statistics: Mapping[str, Statistic] | None = None,
) -> Traffic:
    """Return what is compared: answers, confidences, and numbers of the inputs that are known."""
    known = [content for content in inputs if content is not None]
    pairs = [(name, sure) for name, sure in zip(answers, confidences, strict=True) if name is not None]
    measured: dict[str, Floats] = {}
    for name, measure in (statistics or {}).items():
        values = [measure(content) for content in known]
        measured[name] = np.array([value for value in values if value is not None], dtype=np.float64)
    return Traffic(
        answers=tuple(name for name, _ in pairs),
        confidences=np.array([sure for _, sure in pairs], dtype=np.float64),
        statistics=measured,
    )


def live_traffic(
    db: Database,
    challenge: str,
    *,
    days: float = 30.0,
    model: str | None = None,
    statistics: Mapping[str, Statistic] | None = None,
    now: float | None = None,
) -> Traffic:
    """Return what was asked of late, from the prediction log: its latest entries, at most 50,000.

    Parameters
    ----------
    model
        Only answers of this version; of all where not given.
    """
    since = (time.time() if now is None else now) - days * DAY
    chosen, values = ("AND model = ? ", (model,)) if model is not None else ("", ())
    rows = db.fetch_all(
        f"SELECT answer, confidence, input FROM prediction WHERE challenge = ? AND created_at > ? {chosen}"  # noqa: S608
        "ORDER BY created_at DESC LIMIT ?",
        (challenge, since, *values, MOST),
    )
    inputs = [None if row["input"] is None else bytes(row["input"]) for row in rows]  # type: ignore[arg-type]
    return traffic_of(
        [None if row["answer"] is None else str(row["answer"]) for row in rows],
        [float(str(row["confidence"])) for row in rows],
        inputs,
        statistics,
    )


def compare_traffic(reference: Traffic, live: Traffic, classes: Sequence[str], seed: int = 0) -> list[Drift]:
    """Compare answers, confidence and every number that both sides have."""
    found = [
        compare_shares("answers", reference.answers, live.answers, classes, seed=seed),
        compare_numbers("confidence", reference.confidences, live.confidences, seed=seed),
    ]
    found += [
        compare_numbers(name, values, live.statistics[name], seed=seed)
        for name, values in reference.statistics.items()
        if name in live.statistics
    ]
    return found


def compare_shares(
    name: str, reference: Sequence[str], live: Sequence[str], classes: Sequence[str], *, seed: int = 0
) -> Drift:
    """Compare shares of classes."""
    before, after = count_names(reference, classes), count_names(live, classes)
    plain = Drift(name=name, kind="shares", n_reference=int(before.sum()), n_live=int(after.sum()))
    if not before.sum() or not after.sum():
        return plain
    statistic, p_value = chi_square_test(before, after, seed)
    tested = replace(plain, test="chi-square", statistic=statistic, p_value=p_value)
    return described(tested, classes, before, after, seed)


def count_names(names: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """Return how often each class is named."""
    counted = Counter(names)
    return np.array([counted[name] for name in classes], dtype=np.int64)


def compare_numbers(name: str, reference: Floats, live: Floats, *, seed: int = 0) -> Drift:
    """Compare numbers, in ranges that hold a tenth of the reference each."""
    if not len(reference) or not len(live):
        return Drift(name=name, kind="numbers", n_reference=len(reference), n_live=len(live))
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, BINS + 1)[1:-1]))
    counts = [
        np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) for side in (reference, live)
    ]
    statistic, p_value = kolmogorov_smirnov_test(reference, live)
    tested = Drift(
        name=name,
        kind="numbers",
        n_reference=len(reference),
        n_live=len(live),
        test="Kolmogorov-Smirnov",
        statistic=statistic,
        p_value=p_value,
    )
    return described(tested, range_names(edges), counts[0], counts[1], seed)


def range_names(edges: Floats) -> list[str]:
    """Return the names of the ranges between edges.

    >>> range_names(np.array([1.0, 2.5]))
    ['up to 1', '1 to 2.5', 'over 2.5']
    """
    texts = [f"{edge:.4g}" for edge in edges.tolist()]
    if not texts:
        return ["all"]
    between = [f"{low} to {high}" for low, high in pairwise(texts)]
    return [f"up to {texts[0]}", *between, f"over {texts[-1]}"]


def described(
    tested: Drift, names: Sequence[str], before: NDArray[np.int64], after: NDArray[np.int64], seed: int
) -> Drift:
    """Add to a test what is said of the two sets of counts."""
    psi = stability_index(before, after)
    low, high, chance = uncertainty_of(before, after, seed)
    p_value = 1.0 if tested.p_value is None else tested.p_value
    return replace(
        tested,
        psi=psi,
        low=low,
        high=high,
        by_chance=chance,
        verdict=verdict_of(psi, chance, p_value),
        shares=tuple(
            Share(
                name=label,
                reference=int(one),
                live=int(other),
                reference_share=float(one / before.sum()),
                live_share=float(other / after.sum()),
            )
            for label, one, other in zip(names, before, after, strict=True)
        ),
    )


def stability_index(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """Return the population stability index of two sets of counts.

    >>> round(stability_index(np.array([500, 500]), np.array([500, 500])), 6)
    0.0
    """
    p, q = ((side + PSEUDO) / (side + PSEUDO).sum(axis=-1, keepdims=True) for side in (before, after))
    return float(((q - p) * np.log(q / p)).sum())


def uncertainty_of(
    before: NDArray[np.int64], after: NDArray[np.int64], seed: int
) -> tuple[float, float, float]:
    """Return an interval of the index, and what it would be on average without any change."""
    random = np.random.default_rng(seed)
    total = int(after.sum())
    again = random.multinomial(total, after / total, RESAMPLES)
    values = np.array([stability_index(before, one) for one in again])
    same = random.multinomial(total, before / before.sum(), RESAMPLES)
    chance = float(np.mean([stability_index(before, one) for one in same]))
    rest = (1 - CONFIDENCE) / 2
    return float(np.quantile(values, rest)), float(np.quantile(values, 1 - rest)), chance


def verdict_of(psi: float, chance: float, p_value: float) -> str:
    """Return how large a difference is, beyond what chance explains.

    >>> verdict_of(0.3, 0.01, 0.001), verdict_of(0.3, 0.28, 0.4), verdict_of(0.05, 0.01, 0.001)
    ('large', 'unsure', 'none')
    """
    if psi < SLIGHT:
        return "none"
    if p_value > 1 - CONFIDENCE or psi < 2 * chance:
        return "unsure"
    return "large" if psi >= LARGE else "slight"


def chi_square_test(before: NDArray[np.int64], after: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Return Pearson's chi-square of two sets of counts, and its p by permutation of who is live."""
    pooled, total = before + after, int(after.sum())
    found = chi_square(before[None], after[None])[0]
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(pooled, total, size=RESAMPLES)
    others = chi_square(pooled[None] - drawn, drawn)
    return float(found), float((1 + (others >= found - 1e-12).sum()) / (1 + RESAMPLES))


def chi_square(before: NDArray[np.int64], after: NDArray[np.int64]) -> Floats:
    """Return Pearson's chi-square of each row of counts, ``[n]``."""
    pooled = before + after
    total = pooled.sum(axis=1, keepdims=True)
    result = np.zeros(len(pooled))
    for side in (before, after):
        expected = pooled * (side.sum(axis=1, keepdims=True) / total)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.where(expected > 0, (side - expected) ** 2 / expected, 0.0)
        result += parts.sum(axis=1)
    return result


def kolmogorov_smirnov_test(one: Floats, other: Floats) -> tuple[float, float]:
    """Return the largest difference of two distributions, and its p by the asymptotic series.

    Source: N. Smirnov, Table for Estimating the Goodness of Fit of Empirical Distributions, 1948, with the
    correction for small samples of M. Stephens, 1970.
    """
    values = np.sort(np.concatenate([one, other]))
    first, second = (
        np.searchsorted(np.sort(side), values, side="right") / len(side) for side in (one, other)
    )
    distance = float(np.abs(first - second).max())
    root = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.2:
        return distance, 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return distance, min(1.0, max(0.0, sum(terms)))


def text_statistics(known_words: Callable[[str], float | None] | None = None) -> dict[str, Statistic]:
    """Return numbers of messages: their characters and words, and the share of words the model does not know.

    Parameters
    ----------
    known_words
        Returns the share of a text's words that the model does not know, None for a text without words.
    """
    found: dict[str, Statistic] = {
        "characters": lambda content: float(len(content.decode("utf-8", "replace"))),
        "words": lambda content: float(len(content.decode("utf-8", "replace").split())),
    }
    if known_words is not None:
        found["share of unknown words"] = lambda content: known_words(content.decode("utf-8", "replace"))
    return found


def drawing_statistics() -> dict[str, Statistic]:
    """Return numbers of drawings of a byte for each pixel: how much ink there is."""
    return {
        "share of ink": lambda content: (
            float(np.frombuffer(content, dtype=np.uint8).mean() / 255) if content else None
        )
    }


def series_statistics() -> dict[str, Statistic]:
    """Return numbers of series as they are kept: observations, and days from the first to the last."""

    def times(content: bytes) -> list[float]:
        found = json.loads(content).get("mjd", [])
        return [float(value) for value in found]

    return {
        "observations": lambda content: float(len(times(content))),
        "days": lambda content: max(times(content)) - min(times(content)) if times(content) else None,
    }
