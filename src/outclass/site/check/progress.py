"""How far the queue is, and what somebody did in it."""

import time
from dataclasses import dataclass

from outclass.feedback.checkers import Checker
from outclass.feedback.items import RETIRE, Reason, items_of, known_standings
from outclass.feedback.labels import LABEL_RULE
from outclass.feedback.trust import TRUST, Record, Standing, standing_of
from outclass.site.database import shared_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Items that are asked and those that are done, and one person's own standing."""

    open: int
    done: int
    mine: Standing
    rules: tuple[str, ...]

    @property
    def share(self) -> float:
        """Return the share of items that are done."""
        return self.done / max(self.open + self.done, 1)


def progress_of(challenge: str, checker: Checker) -> Progress:
    """Return how far a challenge's queue is; test items are never done and do not count."""
    db = shared_database()
    items = [item for item in items_of(db, challenge) if item.reason is not Reason.GOLD]
    done = sum(item.retired_at is not None for item in items)
    name = checker.voter.name
    nothing = standing_of(Record(voter=name), checker, TRUST, time.time())
    return Progress(
        open=len(items) - done,
        done=done,
        mine=known_standings(db, challenge, TRUST, [name]).get(name, nothing),
        rules=(*TRUST.sentences(), RETIRE.sentence(), LABEL_RULE.sentence()),
    )
