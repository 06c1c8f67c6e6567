"""What every challenge must fulfil, one small function per promise.

>>> from outclass.checks import check
>>> from outclass.catalog import load_challenge
>>> [result.name for result in check(load_challenge("digits")) if result.failed]  # doctest: +SKIP
[]
"""

from collections.abc import Sequence

from outclass.base.errors import OutclassError
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge
from outclass.checks import data, game, limits, model, parity
from outclass.checks.result import BrokenPromiseError, CheckResult, CheckState, NotCheckedError, Promise
from outclass.checks.subject import Subject

__all__ = ["PROMISES", "CheckResult", "CheckState", "Subject", "check"]

PROMISES: tuple[Promise, ...] = (
    data.files_are_whole,
    data.no_object_changed_sides,
    data.terms_are_stated,
    model.champion_is_whole,
    model.signature_survives_the_round_trip,
    model.signature_fits_the_challenge,
    model.canary_is_answered,
    model.one_equals_many,
    model.probabilities_sum_to_one,
    model.impossible_classes_get_nothing,
    model.nothing_drawn_gets_no_answer,
    model.card_is_complete,
    model.lineage_is_complete,
    parity.exported_model_equals_estimator,
    model.expectations_are_met,
    limits.oversized_input_is_refused,
    limits.broken_input_is_refused,
    game.round_plays_through,
)


def check(
    challenge: LoadedChallenge, *, settings: Settings | None = None, promises: Sequence[Promise] = PROMISES
) -> tuple[CheckResult, ...]:
    """Return how each promise stands, in order.

    Parameters
    ----------
    challenge
        The challenge; its champion, its data and its rules are looked at.
    settings
        From the environment by default.
    promises
        All by default. A surface may add its own, such as a round played through a running site.
    """
    subject = Subject(loaded=challenge, settings=settings or Settings.from_environment())
    return tuple(judge(promise, subject) for promise in promises)


def judge(promise: Promise, subject: Subject) -> CheckResult:
    """Ask for one promise. What raises an error is broken; an unexpected one is no excuse."""
    name = getattr(promise, "__name__", repr(promise)).replace("_", " ")
    try:
        return CheckResult(name=name, state=CheckState.KEPT, detail=promise(subject))
    except NotCheckedError as reason:
        return CheckResult(name=name, state=CheckState.NOT_CHECKED, detail=str(reason))
    except (BrokenPromiseError, OutclassError) as problem:
        return CheckResult(name=name, state=CheckState.BROKEN, detail=str(problem))
    except Exception as problem:  # noqa: BLE001 - one broken promise must not hide the others
        detail = f"{type(problem).__name__}: {problem}"
        return CheckResult(name=name, state=CheckState.BROKEN, detail=detail)
