"""What rules are worth: coverage, overlaps, conflicts, agreement with people, and cost."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.errors import DataError

if TYPE_CHECKING:
    from outclass.catalog.weak_labels.engine import Fired

MOST_CONFLICTS = 50
EXAMPLES = 5
UNION = "+"

Bools = NDArray[np.bool_]


class RuleReport(Document, frozen=True, kw_only=True):
    """What one rule is worth.

    Attributes
    ----------
    fired, coverage
        Texts on which it fired, and their share.
    decided
        Those on which no rule of higher precedence fired.
    alone
        Those on which no other rule fired.
    overlaps, conflicts
        Those on which another rule fired, too; one of another class.
    judged, agreed, disagreed, precision
        Those of which people say something; on how many they say the same.
    disagreements
        Places of some texts on which they do not, from 0.
    microseconds
        Mean cost for one text, of all texts, on the core that did it.
    """

    name: str
    label: str
    priority: int
    fired: int
    coverage: float
    decided: int
    alone: int
    overlaps: int
    conflicts: int
    judged: int
    agreed: int
    disagreed: int
    precision: float | None
    disagreements: tuple[int, ...]
    microseconds: float


class Conflict(Document, frozen=True, kw_only=True):
    """Two rules of different classes that fired on the same texts; the first decides."""

    first: str
    second: str
    texts: int


class ClassReport(Document, frozen=True, kw_only=True):
    """What the rules of one class come to; recall is of the texts that people gave this class alone."""

    label: str
    rules: int
    decided: int
    judged: int
    agreed: int
    precision: float | None
    recall: float | None


class LabelReport(Document, frozen=True, kw_only=True):
    """What all rules come to; the counts are of texts.

    Attributes
    ----------
    labeled, coverage
        Texts on which a rule fired.
    overlapping, conflicting
        Those on which several fired; rules of different classes.
    judged, agreed, disagreed, accuracy
        Labeled texts of which people say something; on how many they say the same.
    silent
        Names of rules that fired nowhere.
    shared_microseconds
        Mean cost for one text of what is done once for all rules.
    seconds
        All rules on all texts.
    """

    texts: int
    labeled: int
    coverage: float
    overlapping: int
    conflicting: int
    judged: int
    agreed: int
    disagreed: int
    accuracy: float | None
    rules: tuple[RuleReport, ...]
    classes: tuple[ClassReport, ...]
    conflicts: tuple[Conflict, ...]
    silent: tuple[str, ...]
    shared_microseconds: float
    seconds: float


def make_report(
    fired: "Fired", priorities: Sequence[int], human_labels: Sequence[str | None] | None = None
) -> LabelReport:
    """Count everything; see `WeakLabels.report`."""
    if human_labels is not None and len(human_labels) != fired.count:
        raise DataError("texts and labels are not equally many", got=f"{fired.count}, {len(human_labels)}")
    people = _People(human_labels, fired)
    deciding = fired.deciding
    hits = np.zeros(fired.count, dtype=np.int32)
    for places in fired.places:
        hits[places] += 1
    conflicting = _conflicting(fired)
    labeled = np.flatnonzero(deciding >= 0)
    rights = np.zeros(fired.count, dtype=bool)
    for number, name in enumerate(fired.classes):
        mine = np.flatnonzero(deciding == number)
        rights[mine] = people.says(name)[mine]
    judged, agreed = int(people.judged[labeled].sum()), int(rights[labeled].sum())
    return LabelReport(
        texts=fired.count,
        labeled=len(labeled),
        coverage=_share(len(labeled), fired.count) or 0.0,
        overlapping=int((hits > 1).sum()),
        conflicting=int(conflicting.sum()),
        judged=judged,
        agreed=agreed,
        disagreed=judged - agreed,
        accuracy=_share(agreed, judged),
        rules=tuple(
            _rule_report(
                fired,
                number,
                priorities[number],
                deciding=deciding,
                hits=hits,
                conflicting=conflicting,
                people=people,
            )
            for number in range(len(fired.names))
        ),
        classes=_class_reports(fired, deciding, people),
        conflicts=_conflicts(fired, conflicting),
        silent=tuple(name for name, places in zip(fired.names, fired.places, strict=True) if not len(places)),
        shared_microseconds=_mean_cost(fired.shared_seconds, fired.count),
        seconds=fired.shared_seconds + sum(fired.seconds),
    )


class _People:
    """What people say of each text."""

    def __init__(self, labels: Sequence[str | None] | None, fired: "Fired") -> None:
        given = pl.Series([None] * fired.count if labels is None else labels, dtype=pl.String)
        self.judged: Bools = (given.is_not_null() & (given != "").fill_null(value=False)).to_numpy()
        filled = given.fill_null("")
        known = filled.unique().sort()
        self._meant = [frozenset(text.split(UNION)) for text in known.to_list()]
        self._number: NDArray[np.int64] = known.search_sorted(filled).to_numpy().astype(np.int64)

    def says(self, label: str) -> Bools:
        """Tell of each text whether its label is this one, or may be."""
        return self._look_up([label in meant for meant in self._meant])

    def says_only(self, label: str) -> Bools:
        """Tell of each text whether its label is this one alone."""
        return self._look_up([meant == {label} for meant in self._meant])

    def _look_up(self, answers: Sequence[bool]) -> Bools:
        """Return the answer for each text from those for each label."""
        table: Bools = np.array([*answers, False], dtype=np.bool_)
        found: Bools = table[self._number]
        return found


def _rule_report(
    fired: "Fired",
    number: int,
    priority: int,
    *,
    deciding: NDArray[np.int32],
    hits: NDArray[np.int32],
    conflicting: Bools,
    people: _People,
) -> RuleReport:
    """Count what one rule did."""
    places, label = fired.places[number], fired.classes[number]
    judged = places[people.judged[places]]
    agreed = people.says(label)[judged]
    overlaps = int((hits[places] > 1).sum())
    return RuleReport(
        name=fired.names[number],
        label=label,
        priority=priority,
        fired=len(places),
        coverage=_share(len(places), fired.count) or 0.0,
        decided=int((deciding[places] == number).sum()),
        alone=len(places) - overlaps,
        overlaps=overlaps,
        conflicts=int(conflicting[places].sum()),
        judged=len(judged),
        agreed=int(agreed.sum()),
        disagreed=len(judged) - int(agreed.sum()),
        precision=_share(int(agreed.sum()), len(judged)),
        disagreements=tuple(judged[~agreed][:EXAMPLES].tolist()),
        microseconds=_mean_cost(fired.seconds[number], fired.count),
    )


def _class_reports(fired: "Fired", deciding: NDArray[np.int32], people: _People) -> tuple[ClassReport, ...]:
    """Count what the rules of each class decided."""
    found = []
    for label in dict.fromkeys(fired.classes):
        own = np.array([name == label for name in fired.classes] + [False], dtype=bool)
        mine = own[deciding]
        judged = mine & people.judged
        agreed, only = int((judged & people.says(label)).sum()), people.says_only(label)
        found.append(
            ClassReport(
                label=label,
                rules=int(own.sum()),
                decided=int(mine.sum()),
                judged=int(judged.sum()),
                agreed=agreed,
                precision=_share(agreed, int(judged.sum())),
                recall=_share(int((mine & only).sum()), int(only.sum())),
            )
        )
    return tuple(found)


def _conflicting(fired: "Fired") -> Bools:
    """Tell of each text whether rules of different classes fired."""
    numbers = {label: number for number, label in enumerate(dict.fromkeys(fired.classes))}
    first = np.full(fired.count, -1, dtype=np.int32)
    found = np.zeros(fired.count, dtype=bool)
    for label, places in zip(fired.classes, fired.places, strict=True):
        before = first[places]
        found[places[(before >= 0) & (before != numbers[label])]] = True
        first[places[before < 0]] = numbers[label]
    return found


def _conflicts(fired: "Fired", conflicting: Bools) -> tuple[Conflict, ...]:
    """Count the texts of each pair of rules that contradict each other, the most frequent pairs first."""
    rows = [places[conflicting[places]] for places in fired.places]
    pairs = pl.DataFrame(
        {
            "text": np.concatenate([np.empty(0, dtype=np.int64), *rows]),
            "rule": np.repeat(np.arange(len(rows)), [len(row) for row in rows]),
        }
    )
    counted = (
        pairs.join(pairs, on="text")
        .filter(pl.col("rule") < pl.col("rule_right"))
        .group_by("rule", "rule_right")
        .len()
        .sort(["len", "rule", "rule_right"], descending=[True, False, False])
    )
    named = (
        Conflict(first=fired.names[first], second=fired.names[second], texts=texts)
        for first, second, texts in counted.iter_rows()
        if fired.classes[first] != fired.classes[second]
    )
    return tuple(islice(named, MOST_CONFLICTS))


def _share(part: int, whole: int) -> float | None:
    """Return a share; None of nothing."""
    return part / whole if whole else None


def _mean_cost(seconds: float, count: int) -> float:
    """Return the microseconds that one text takes."""
    return 1e6 * seconds / count if count else 0.0
