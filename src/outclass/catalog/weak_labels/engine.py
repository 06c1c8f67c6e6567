"""Rules on many texts: which fire where, and which decides."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.catalog.strict_yaml import YamlFile
from outclass.catalog.weak_labels.literals import required_literals
from outclass.catalog.weak_labels.report import LabelReport, make_report
from outclass.catalog.weak_labels.rules import Rule, read_rules, rules_of

CHUNK = 65_536
"""Texts at a time: what is worked on stays small, however many there are."""
DENSE = 0.5
"""From this share of texts on a rule is tried on all of them, which spares picking them."""

Places = NDArray[np.int64]
Texts = Sequence[str | None] | pl.Series


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fired:
    """Which rules fired on which texts.

    Attributes
    ----------
    count
        Number of texts.
    names, classes
        Of each rule, in the order of precedence.
    places
        The texts on which each rule fired, in rising order.
    seconds
        What each rule took, and in `shared_seconds` what was done once for all.
    """

    count: int
    names: tuple[str, ...]
    classes: tuple[str, ...]
    places: tuple[Places, ...]
    seconds: tuple[float, ...]
    shared_seconds: float

    def __repr__(self) -> str:
        return f"Fired({len(self.names)} rules on {self.count:,} texts)"

    @property
    def deciding(self) -> NDArray[np.int32]:
        """Return the place of the rule that decides on each text; -1 where none fired."""
        return self._deciding(range(len(self.names)))

    @property
    def labels(self) -> tuple[str | None, ...]:
        """Return the class of each text; None where no rule fired."""
        return self._named(self.deciding, self.classes)

    @property
    def rules(self) -> tuple[str | None, ...]:
        """Return the name of the rule that decided on each text."""
        return self._named(self.deciding, self.names)

    def labels_among(self, allowed: Sequence[Sequence[str] | None]) -> tuple[str | None, ...]:
        """Return the class of each text by the first rule whose class is among those allowed for it.

        >>> weak = WeakLabels.of([
        ...     {"name": "free", "class": "spam", "pattern": "free"},
        ...     {"name": "code", "class": "notification", "pattern": "code"},
        ... ])
        >>> weak.apply(["free code"]).labels_among([("personal", "notification")])
        ('notification',)
        """
        groups: dict[tuple[str, ...] | None, list[int]] = {}
        for place, classes in enumerate(allowed):
            groups.setdefault(None if classes is None else tuple(classes), []).append(place)
        found: list[str | None] = [None] * self.count
        for classes, places in groups.items():
            rules = [rule for rule, name in enumerate(self.classes) if classes is None or name in classes]
            labels = self._named(self._deciding(rules), self.classes)
            for place in places:
                found[place] = labels[place]
        return tuple(found)

    def of(self, place: int) -> tuple[str, ...]:
        """Return the names of the rules that fired on one text, the one that decides first."""
        return tuple(
            name
            for name, places in zip(self.names, self.places, strict=True)
            if (at := int(np.searchsorted(places, place))) < len(places) and places[at] == place
        )

    def _deciding(self, rules: Sequence[int]) -> NDArray[np.int32]:
        """Return the first of some rules that fired on each text."""
        first = np.full(self.count, -1, dtype=np.int32)
        for rule in reversed(rules):
            first[self.places[rule]] = rule
        return first

    @staticmethod
    def _named(rules: NDArray[np.int32], names: Sequence[str]) -> tuple[str | None, ...]:
        """Return what stands for each rule in a list."""
        table = np.array([*names, None], dtype=np.object_)
        return tuple(table[rules].tolist())


class WeakLabels:
    r"""Rules of a file, ready to run.

    Parameters
    ----------
    rules
        In the order of precedence.
    prefilter
        Whether texts that cannot match are found together first; the answer is the same without it.

    Examples
    --------
    >>> weak = WeakLabels.of([{"name": "prize", "class": "spam", "pattern": r"\bprize\b"}], ["spam", "ham"])
    >>> weak.apply(["You won a PRIZE"]).labels
    ('spam',)
    """

    def __init__(self, rules: Sequence[Rule], *, prefilter: bool = True) -> None:
        self.rules = tuple(rules)
        needed = [required_literals(rule.pattern) if prefilter else frozenset() for rule in self.rules]
        self._literals = sorted(frozenset().union(*needed))
        numbers = {text: number for number, text in enumerate(self._literals)}
        self._needed = [np.array(sorted(numbers[text] for text in texts), dtype=np.int64) for texts in needed]

    @classmethod
    def load(cls, path: str | Path, classes: Sequence[str] = ()) -> "WeakLabels":
        """Read a rule file; `ChallengeFileError` lists all of its problems."""
        return cls(read_rules(Path(path), classes))

    @classmethod
    def of(cls, rules: Sequence[Mapping[str, object]], classes: Sequence[str] = ()) -> "WeakLabels":
        """Make rules of mappings with the keys of the file."""
        value = {"rules": [dict(rule) for rule in rules]}
        return cls(rules_of(YamlFile(value=value, lines={}, problems=()), "rules", classes))

    def __len__(self) -> int:
        """Return the number of rules."""
        return len(self.rules)

    def apply(self, texts: Texts) -> Fired:
        """Find which rules fire on which texts.

        Parameters
        ----------
        texts
            On a missing one no rule fires. Any number: some tens of thousands are worked on at a time.
        """
        found: list[list[Places]] = [[] for _ in self.rules]
        seconds = [0.0] * len(self.rules)
        shared = 0.0
        count = 0
        for chunk in _chunks(texts):
            begin = time.perf_counter()
            candidates = self._candidates(chunk)
            shared += time.perf_counter() - begin
            for number, rule in enumerate(self.rules):
                begin = time.perf_counter()
                found[number].append(_places(rule, chunk, candidates[number]) + count)
                seconds[number] += time.perf_counter() - begin
            count += len(chunk)
        return Fired(
            count=count,
            names=tuple(rule.name for rule in self.rules),
            classes=tuple(rule.label for rule in self.rules),
            places=tuple(np.concatenate([np.empty(0, dtype=np.int64), *places]) for places in found),
            seconds=tuple(seconds),
            shared_seconds=shared,
        )

    def report(self, texts: Texts, human_labels: Sequence[str | None] | None = None) -> LabelReport:
        """Say what the rules are worth on some texts.

        Parameters
        ----------
        human_labels
            What people say of each text: a class, several that may be meant joined by `+`, or None.
        """
        return make_report(self.apply(texts), [rule.priority for rule in self.rules], human_labels)

    def _candidates(self, chunk: pl.Series) -> list[Places | None]:
        """Return the texts of a chunk on which each rule may fire; None for all."""
        if not self._literals:
            return [None] * len(self.rules)
        # U+017F is another small s to a pattern without case, and the one letter that lower case leaves.
        folded = chunk.str.to_lowercase().str.replace_all("\u017f", "s", literal=True)
        hits = (
            folded.to_frame("text")
            .select(pl.col("text").str.extract_many(self._literals, overlapping=True))
            .to_series()
        )
        rows = np.repeat(np.arange(len(chunk)), hits.list.len().fill_null(0).to_numpy())
        numbers = hits.explode().drop_nulls().cast(pl.Enum(self._literals)).to_physical().to_numpy()
        order = np.argsort(numbers, kind="stable")
        rows, bounds = rows[order], np.searchsorted(numbers[order], np.arange(len(self._literals) + 1))
        return [_rows_of(needed, rows, bounds, len(chunk)) for needed in self._needed]


def _chunks(texts: Texts) -> Iterator[pl.Series]:
    """Yield texts some thousands at a time."""
    for start in range(0, len(texts), CHUNK):
        part = texts[start : start + CHUNK]
        yield part.cast(pl.String) if isinstance(part, pl.Series) else pl.Series(part, dtype=pl.String)


def _rows_of(needed: Places, rows: Places, bounds: Places, count: int) -> Places | None:
    """Return the rows that hold one of the needed texts; None for all, or nearly all."""
    if not len(needed):
        return None
    found = np.unique(np.concatenate([rows[bounds[number] : bounds[number + 1]] for number in needed]))
    return None if len(found) > DENSE * count else found


def _places(rule: Rule, chunk: pl.Series, candidates: Places | None) -> Places:
    """Return the texts of a chunk on which a rule fires."""
    if candidates is not None and not len(candidates):
        return candidates
    texts = chunk if candidates is None else chunk.gather(candidates)
    fires = np.flatnonzero(texts.str.contains(rule.pattern).fill_null(value=False).to_numpy())
    if rule.unless is not None and len(fires):
        fires = fires[~texts.gather(fires).str.contains(rule.unless).to_numpy()]
    return fires if candidates is None else candidates[fires]
