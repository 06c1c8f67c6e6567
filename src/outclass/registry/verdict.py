"""What the gate found when it compared a challenger with the champion, kept with the run."""

from collections.abc import Iterator

from outclass.base.document import Document


class Comparison(Document, frozen=True, kw_only=True):
    """One figure of both models; `bound` is the worst value that would still have passed."""

    name: str
    challenger: float | None
    champion: float | None = None
    bound: float | None = None
    passed: bool = True


class Verdict(Document, frozen=True, kw_only=True):
    """The gate's answer, with all that it rests on.

    Attributes
    ----------
    side
        The rows on which both were measured: the frozen hold-out where there is one, else validation.
    rows, left_out
        How many, and how many of the side were left out as their label changed since the champion learned.
    better
        The champion's mean log loss less the challenger's, over the same rows; positive is better.
    lower, upper
        Bounds of `better` by a bootstrap of pairs, one-sided at `confidence` each.
    share
        Share of resamples in which the challenger's loss is lower.
    refused
        All that is against the challenger; nothing where it may be the champion.
    """

    challenger: str
    champion: str | None
    side: str
    rows: int
    left_out: int = 0
    confidence: float
    better: float | None = None
    lower: float | None = None
    upper: float | None = None
    share: float | None = None
    figures: tuple[Comparison, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether the challenger may be the champion."""
        return not self.refused

    def sentences(self) -> Iterator[str]:
        """Yield what was decided and why, a sentence each."""
        if self.champion is None:
            yield f"{self.challenger} has no champion to be compared with"
        elif self.better is not None and self.lower is not None:
            yield (
                f"{self.challenger} against {self.champion} on {self.rows} rows ({self.side}): log loss "
                f"{'better' if self.better >= 0 else 'worse'} by {abs(self.better):.5f}, lower bound "
                f"{self.lower:+.5f} at {self.confidence:.0%}"
            )
        if self.left_out:
            yield f"{self.left_out} rows were left out: their label changed since the champion learned"
        if self.passed:
            yield "promoted: better beyond chance, and in nothing worse than allowed"
        yield from (f"refused: {reason}" for reason in self.refused)
