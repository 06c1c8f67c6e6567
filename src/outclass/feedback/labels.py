"""From ballots to labels, and from labels to the catalogue: as files in its inbox, never by an import."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from outclass.base.errors import InputError
from outclass.base.media import MEDIA, MediaFolder
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.base.store import FileLock, write_atomic
from outclass.catalog.challenge import Challenge, InputKind
from outclass.feedback.ballots import UNSURE, Ballot, ballots_of
from outclass.feedback.checkers import known_checkers
from outclass.feedback.consensus import Consensus, Votes, dawid_skene
from outclass.feedback.items import (
    RETIRE,
    Reason,
    RetireRule,
    concluded_of,
    gold_of,
    items_of,
    retire,
)
from outclass.feedback.trust import TRUST, Standing, TrustRule, ballot_weights, standings
from outclass.inputs.records import read_record
from outclass.inputs.table import Record
from outclass.inputs.table import record as as_record
from outclass.inputs.text_key import text_sha256

LABELS = "inbox/labels/concluded.jsonl"
ROWS = "inbox/rows/feedback.jsonl"
PHOTOS = "inbox/photos/feedback.jsonl"
INBOX_LOCK = "inbox/.feedback.lock"
DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """When ballots make a label: so sure an estimate, and so much weight of ballots that agree."""

    posterior: float = 0.9
    support: float = 2.0

    def sentence(self) -> str:
        """Return the rule as people read it."""
        return (
            f"A label is concluded when the estimate is at least {self.posterior:.0%} sure and ballots that "
            f"count {self.support:g} together agree."
        )


LABEL_RULE = LabelRule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is concluded of one object or prediction; `created_at` is when its latest ballot was cast."""

    subject: str
    label: str
    confidence: float
    support: float
    ballots: int
    source: str
    created_at: float

    @property
    def object_id(self) -> str | None:
        """Return the object's id, None for a prediction."""
        kind, _, name = self.subject.partition(":")
        return name if kind == "object" else None

    @property
    def prediction_id(self) -> str | None:
        """Return the prediction's id, None for an object."""
        kind, _, name = self.subject.partition(":")
        return name if kind == "prediction" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What all ballots of a challenge come to.

    Attributes
    ----------
    left_out
        Ballots that did not count: on frozen objects, unsure, of a class that is no more.
    unsettled
        Subjects with ballots and no conclusion.
    """

    labels: tuple[Label, ...]
    standings: Mapping[str, Standing]
    ballots: int
    left_out: Mapping[str, int]
    unsettled: int
    estimate: Consensus
    trust: TrustRule
    rule: LabelRule

    @property
    def doubted(self) -> int:
        """Return how many voters count little or nothing."""
        return sum(one.weight < 1 for one in self.standings.values())


@dataclass(slots=True, kw_only=True)
class _Sorted:
    """Ballots that count, and how many do not."""

    counted: list[Ballot] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def conclude(
    db: Database,
    challenge: str,
    classes: Sequence[str],
    *,
    frozen: Collection[str] = (),
    trust: TrustRule = TRUST,
    rule: LabelRule = LABEL_RULE,
    now: float | None = None,
) -> Conclusion:
    """Conclude labels from all ballots of a challenge.

    Parameters
    ----------
    frozen
        Ids of objects whose labels are never changed: those of the splits holdout and game.
    """
    items = items_of(db, challenge)
    gold = {subject: label for subject, label in gold_of(items).items() if label in classes}
    found = sort_ballots(ballots_of(db, challenge), classes, frozenset(frozen))
    known = standings(
        found.counted,
        gold=gold,
        concluded=concluded_of(items),
        checkers=known_checkers(db),
        rule=trust,
        now=now,
    )
    weights = ballot_weights(found.counted, known, trust)
    places = {name: place for place, name in enumerate(classes)}
    votes = Votes.of(
        ((one.subject, one.voter.name, places[one.label]) for one in found.counted), len(classes), weights
    )
    estimate = dawid_skene(votes, gold={subject: places[label] for subject, label in gold.items()})
    labels = settled(found.counted, estimate, known, classes, rule)
    return Conclusion(
        labels=tuple(sorted(labels, key=lambda label: label.subject)),
        standings=known,
        ballots=len(found.counted) + sum(found.left_out.values()),
        left_out=found.left_out,
        unsettled=len(set(votes.items) - {label.subject for label in labels} - gold.keys()),
        estimate=estimate,
        trust=trust,
        rule=rule,
    )


def sort_ballots(ballots: Iterable[Ballot], classes: Sequence[str], frozen: frozenset[str]) -> _Sorted:
    """Part the ballots that count from those that do not."""
    found = _Sorted()
    for ballot in ballots:
        if ballot.object_id is not None and ballot.object_id in frozen:
            why = "on objects that are held out or played"
        elif ballot.label == UNSURE:
            why = "unsure"
        elif ballot.label not in classes:
            why = "of a class that is no more"
        else:
            found.counted.append(ballot)
            continue
        found.left_out[why] = found.left_out.get(why, 0) + 1
    return found


def settled(
    ballots: Sequence[Ballot],
    estimate: Consensus,
    known: Mapping[str, Standing],
    classes: Sequence[str],
    rule: LabelRule,
) -> list[Label]:
    """Return the labels of the items that are sure enough and have enough behind them."""
    votes = estimate.votes
    support, latest = votes.counts(), np.zeros(len(votes.items))
    number = np.bincount(votes.item, minlength=len(votes.items))
    by_staff: set[int] = set()
    best = estimate.labels.tolist()
    for ballot, item, label in zip(ballots, votes.item.tolist(), votes.label.tolist(), strict=True):
        latest[item] = max(latest[item], ballot.created_at)
        if known[ballot.voter.name].staff and label == best[item]:
            by_staff.add(item)
    found = []
    for item, chosen in enumerate(best):
        sure, behind = float(estimate.posterior[item, chosen]), float(support[item, chosen])
        if sure < rule.posterior or behind < rule.support - 1e-9:
            continue
        found.append(
            Label(
                subject=str(votes.items[item]),
                label=classes[chosen],
                confidence=sure,
                support=behind,
                ballots=int(number[item]),
                source="staff" if item in by_staff else "crowd",
                created_at=float(latest[item]),
            )
        )
    return found


def retire_concluded(
    db: Database, challenge: str, conclusion: Conclusion, *, rule: RetireRule = RETIRE
) -> int:
    """Retire open items of which enough is known, and write down what was concluded; return how many."""
    labels = {label.subject: label for label in conclusion.labels}
    done = 0
    for item in items_of(db, challenge):
        label = labels.get(item.subject)
        if label is None or item.reason is Reason.GOLD:
            continue
        enough = label.support >= rule.agreeing or (
            label.support >= rule.least and label.confidence >= rule.posterior
        )
        if item.retired_at is None and not enough:
            continue
        retire(db, item, label=label.label, posterior=label.confidence)
        done += item.retired_at is None
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was put into the catalogue's inbox; `rows` are inputs that were kept, `unplaced` was not."""

    path: Path
    labels: int
    rows: int
    unplaced: int


def write_labels(
    settings: Settings, challenge: Challenge, labels: Iterable[Label], kept: Mapping[str, bytes]
) -> Written:
    """Put labels into the inbox of a challenge's data: the whole file is replaced, or stays as it was.

    Parameters
    ----------
    kept
        Inputs of predictions by their id, as far as people let us keep them.
    """
    folder = settings.data_folder / challenge.name
    found = _Inbox(challenge=challenge, media=MediaFolder(folder / MEDIA))
    for label in labels:
        found.add(label, kept.get(label.prediction_id or ""))
    with FileLock(folder / INBOX_LOCK):
        write_lines(folder / LABELS, found.lines)
        write_lines(folder / ROWS, found.rows)
        write_lines(folder / PHOTOS, found.photos)
    return Written(
        path=folder / LABELS,
        labels=len(found.lines),
        rows=len(found.rows) + len(found.photos),
        unplaced=found.unplaced,
    )


@dataclass(slots=True, kw_only=True)
class _Inbox:
    """Labels as they go into the inbox: of objects, and with what was kept of predictions."""

    challenge: Challenge
    media: MediaFolder
    lines: list[dict[str, object]] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    photos: list[dict[str, object]] = field(default_factory=list)
    unplaced: int = 0

    def add(self, label: Label, content: bytes | None) -> None:
        """Add a label, with the input of its prediction where that was kept."""
        known = {
            "label": label.label,
            "source": label.source,
            "weight": round(label.confidence, DIGITS),
            "created_at": label.created_at,
        }
        named: dict[str, object] = {"id": f"feedback-{label.prediction_id}", "label": label.label}
        text, record = text_of(self.challenge, content), record_of(self.challenge, content)
        if label.object_id is not None:
            self.lines.append({"object_id": label.object_id, **known})
        elif text is not None:
            self.lines.append({"text_sha256": text_sha256(text), **known})
            self.rows.append({"id": named["id"], "text": text, "label": label.label})
        elif record is not None:
            self.rows.append({**named, "record": record, "received_at": label.created_at})
        elif content is not None and self.challenge.input.kind is InputKind.PHOTO:
            name = self.media.put(content)
            self.lines.append({"media_sha256": name, **known})
            self.photos.append(
                {
                    "media_sha256": name,
                    "label": label.label,
                    "id": named["id"],
                    "created_at": label.created_at,
                }
            )
        else:
            self.unplaced += 1


def text_of(challenge: Challenge, content: bytes | None) -> str | None:
    """Return the text that was kept of a prediction, None where there is none."""
    if content is None or challenge.input.kind is not InputKind.TEXT:
        return None
    return content.decode("utf-8", "replace")


def record_of(challenge: Challenge, content: bytes | None) -> Record | None:
    """Return the record that was kept of a prediction, None where there is none that can be read now."""
    if content is None or challenge.input.kind is not InputKind.TABLE:
        return None
    columns = challenge.input.columns
    try:
        return as_record(read_record(content, None, challenge.limits, columns), columns)
    except InputError:
        return None


def write_lines(path: Path, lines: Sequence[Mapping[str, object]]) -> None:
    """Replace a file of JSON lines; without any it is taken away, if it was there."""
    content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    if not content:
        path.unlink(missing_ok=True)
    elif not path.is_file() or path.read_bytes() != content:
        write_atomic(path, content)


def kept_inputs(db: Database, labels: Iterable[Label]) -> dict[str, bytes]:
    """Return the inputs that were kept, with consent, of the predictions that have a label."""
    found = {}
    for label in labels:
        if label.prediction_id is not None:
            row = db.fetch_one(
                "SELECT input FROM prediction WHERE id = ? AND input IS NOT NULL", (label.prediction_id,)
            )
            if row is not None:
                found[label.prediction_id] = bytes(row["input"])  # type: ignore[arg-type] # a column of bytes
    return found
