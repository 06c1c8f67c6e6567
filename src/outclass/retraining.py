"""From what people said to a new champion, or to the reason why there is none.

conclude labels -> put them into the data -> a new version -> train -> the gate -> promote or refuse
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from outclass.base.document import Document
from outclass.base.errors import GateRefusedError, NotFoundError, UnavailableError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.versions import Simulation, collect, use_version
from outclass.feedback.candidates import Score, Wanted, fill_queue, frozen_ids
from outclass.feedback.labels import (
    Conclusion,
    Written,
    conclude,
    kept_inputs,
    retire_concluded,
    write_labels,
)
from outclass.feedback.trust import TRUST, TrustRule
from outclass.inference.predictor import Predictor
from outclass.registry import history
from outclass.registry.runs import RunRecord, RunStore
from outclass.registry.store import Registry
from outclass.registry.verdict import Verdict
from outclass.training.asking import score_by
from outclass.training.gate import RETRAINING
from outclass.training.pipeline import train_challenge


class Outcome(StrEnum):
    """How a retraining ended."""

    PROMOTED = "promoted"
    REFUSED = "refused"
    UNCHANGED = "unchanged"


class Heard(Document, frozen=True, kw_only=True):
    """What people said, and what came of it.

    Attributes
    ----------
    doubted
        Voters who count less than one, as they are new or were wrong on test items.
    left_out
        Ballots that do not count, by the reason.
    labels, rows, unplaced
        Labels of objects, new objects, and labels of inputs that were not kept.
    """

    ballots: int = 0
    voters: int = 0
    doubted: int = 0
    unsettled: int = 0
    left_out: dict[str, int] = {}
    labels: int = 0
    rows: int = 0
    unplaced: int = 0
    trust: tuple[str, ...] = ()


class Retraining(Document, frozen=True, kw_only=True):
    """One retraining: what went in, and how it ended with which figures."""

    challenge: str
    outcome: Outcome
    heard: Heard
    data_before: str | None
    data: str
    run: str | None = None
    reference: str | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How to retrain.

    Attributes
    ----------
    again
        Train even where the data is that from which the champion learned.
    """

    trust: TrustRule = TRUST
    seed: int = 0
    recipe: str = "full"
    device: str = "auto"
    again: bool = False


def retrain(
    loaded: LoadedChallenge,
    settings: Settings,
    *,
    wishes: Wishes | None = None,
    progress: Progress = no_progress,
) -> Retraining:
    """Conclude labels, collect, train, and let the gate decide; what was refused stays registered.

    The gate compares both models on the frozen hold-out, whose labels no feedback changes. Where it refuses,
    the data version from before stays in use.

    Raises
    ------
    DataError, UnavailableError
        The data cannot be collected, or another process is at work on the same run.
    """
    wanted, before = wishes or Wishes(), current_version(loaded.name, settings)
    progress("labels", None)
    heard = hear(loaded, settings, wanted.trust)
    progress("labels", 1.0, f"{heard.labels} labels from {heard.ballots} ballots")
    version = collect_again(loaded, settings, before, progress)
    made = Retraining(
        challenge=loaded.name,
        outcome=Outcome.UNCHANGED,
        heard=heard,
        data_before=None if before is None else before.id,
        data=version.id,
        reasons=("the champion learned from this very data",),
    )
    if wanted.again or learned_from(loaded, settings) != version.id:
        made = train_on(loaded, settings, wanted, made, progress)
    if made.outcome is Outcome.REFUSED and before is not None:
        use_version(loaded.name, before.id, settings)
    refill(loaded, settings)
    return made


def hear(loaded: LoadedChallenge, settings: Settings, trust: TrustRule) -> Heard:
    """Conclude labels and put them into the inbox; without a database nobody said anything."""
    db = Database.connect(settings.database_url)
    challenge = loaded.challenge
    try:
        found = conclude(
            db,
            challenge.name,
            challenge.class_names,
            frozen=frozen_ids(current_version(challenge.name, settings)),
            trust=trust,
        )
        written = write_labels(settings, challenge, found.labels, kept_inputs(db, found.labels))
        if trust.enabled:  # what a crowd of new accounts says must not make them agree with what is settled
            retire_concluded(db, challenge.name, found)
    except UnavailableError as error:
        if error.hint is None:
            raise
        return Heard(trust=(f"no ballots: {error.what}",))
    finally:
        db.close()
    return heard_of(found, written)


def heard_of(found: Conclusion, written: Written) -> Heard:
    """Return what came of the ballots, in numbers."""
    return Heard(
        ballots=found.ballots,
        voters=len(found.standings),
        doubted=found.doubted,
        unsettled=found.unsettled,
        left_out=dict(found.left_out),
        labels=written.labels,
        rows=written.rows,
        unplaced=written.unplaced,
        trust=(*found.trust.sentences(), found.rule.sentence()),
    )


def collect_again(
    loaded: LoadedChallenge, settings: Settings, before: DatasetVersion | None, progress: Progress
) -> DatasetVersion:
    """Make the data version with the labels of the inbox; what was simulated is simulated again."""
    lineage = {} if before is None else before.document.lineage
    if before is not None and before.document.sample and "count" in lineage:
        simulate = Simulation(count=int(lineage["count"]), seed=int(lineage["seed"]))
        return collect(loaded, settings, simulate=simulate, progress=progress)
    return collect(loaded, settings, progress=progress)


def learned_from(loaded: LoadedChallenge, settings: Settings) -> str | None:
    """Return the data version that the champion learned from; None where there is no champion."""
    try:
        return Registry(settings).champion(loaded.name).manifest.lineage.get("data")
    except NotFoundError:
        return None


def train_on(
    loaded: LoadedChallenge, settings: Settings, wishes: Wishes, made: Retraining, progress: Progress
) -> Retraining:
    """Train on the data in use and ask the gate."""
    started = {record.id for record in RunStore(settings).list(loaded.name) if record.verdict is not None}
    record: RunRecord | None
    try:
        record = train_challenge(
            loaded,
            settings,
            seed=wishes.seed,
            recipe=wishes.recipe,
            device=wishes.device,
            margins=RETRAINING,
            progress=progress,
        )
        reasons: tuple[str, ...] = ()
    except GateRefusedError as error:
        record, reasons = latest_refused(loaded, settings, started), (error.what,)
    outcome = Outcome.REFUSED if reasons else Outcome.PROMOTED
    if record is not None:
        note(loaded, settings, record, outcome)
    return Retraining(
        challenge=made.challenge,
        outcome=outcome,
        heard=made.heard,
        data_before=made.data_before,
        data=made.data,
        run=None if record is None else record.id,
        reference=None if record is None else record.reference,
        verdict=None if record is None else record.verdict,
        reasons=reasons if record is None or record.verdict is None else record.verdict.refused,
    )


def latest_refused(loaded: LoadedChallenge, settings: Settings, before: set[str]) -> RunRecord | None:
    """Return the record of the run that was refused: a new one first, else one that was asked again."""
    refused = [record for record in RunStore(settings).list(loaded.name) if record.refused]
    fresh = [record for record in refused if record.id not in before]
    return next(iter([*fresh, *refused]), None)


def note(loaded: LoadedChallenge, settings: Settings, record: RunRecord, outcome: Outcome) -> None:
    """Add the run's scores to the history."""
    history.append(
        settings,
        loaded.name,
        model=str(record.reference),
        data=record.data_version,
        scores=record.scores,
        kind="retrain",
        outcome=outcome.value,
    )


def refill(loaded: LoadedChallenge, settings: Settings, wanted: Wanted | None = None) -> int:
    """Put what is worth asking now into the queue of checks; return how many items are new."""
    db = Database.connect(settings.database_url)
    try:
        version = current_version(loaded.name, settings)
        score = champion_score(loaded, settings)
        return fill_queue(db, version, loaded.name, score=score, wanted=wanted, random=Random())  # noqa: S311
    except UnavailableError as error:
        if error.hint is None:
            raise
        return 0
    finally:
        db.close()


def champion_score(loaded: LoadedChallenge, settings: Settings) -> Score | None:
    """Return what asks the champion about objects; None where there is no champion."""
    try:
        predictor = Predictor.load(Registry(settings).champion(loaded.name), loaded)
    except NotFoundError:
        return None
    return score_by(loaded, predictor, settings)
