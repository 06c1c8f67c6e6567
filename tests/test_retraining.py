"""From ballots to a new champion, or to the reason why there is none: a poisoned batch is stopped twice."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bars import draw_bars, write_bars
from databases import make_shared_tables, sqlite_url
from held_out import COUNT, flipped, labels_of, vote, write_held_out_bars
from outclass import training
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import collect
from outclass.feedback.items import Reason, concluded_of, items_of
from outclass.feedback.trust import TrustRule
from outclass.registry import history
from outclass.registry.runs import RunStore
from outclass.registry.store import Registry
from outclass.retraining import Outcome, Wishes, refill, retrain

OPEN = TrustRule(enabled=False)


@dataclass(frozen=True, kw_only=True)
class Home:
    """A challenge with a champion and a database."""

    loaded: LoadedChallenge
    settings: Settings
    db: Database

    @property
    def champion(self) -> str:
        """Return who answers."""
        return Registry(self.settings).champion("bars").id

    @property
    def data(self) -> DatasetVersion:
        """Return the data in use."""
        version = current_version("bars", self.settings)
        assert version is not None
        return version


def make_home(folder: Path, challenge: Path) -> Home:
    """Collect, and train a champion."""
    settings = Settings(home=folder / "home", database_url=sqlite_url(folder))
    loaded = load_challenge(challenge)
    training.train(loaded, seed=1, settings=settings)
    return Home(loaded=loaded, settings=settings, db=make_shared_tables(settings.database_url))


@pytest.fixture
def home(tmp_path: Path) -> Iterable[Home]:
    """Return `bars` with a champion that learned from right labels."""
    made = make_home(tmp_path, write_held_out_bars(tmp_path / "bars"))
    yield made
    made.db.close()


def test_a_poisoned_batch_of_new_accounts_is_stopped_by_trust_and_without_it_by_the_gate(home: Home) -> None:
    champion, data = home.champion, home.data
    poison = flipped(labels_of(data, "train", "validation"), 0.3)
    vote(home.db, range(5), poison, days=1)

    heard = retrain(home.loaded, home.settings, wishes=Wishes(seed=1))

    assert (heard.outcome, heard.heard.labels, heard.heard.doubted) == (Outcome.UNCHANGED, 0, 5)
    assert (heard.heard.ballots, heard.heard.unsettled) == (5 * len(poison), len(poison))
    assert (home.champion, home.data.id) == (champion, data.id)

    fooled = retrain(home.loaded, home.settings, wishes=Wishes(seed=1, trust=OPEN))

    # Test items that the queue was filled with meanwhile keep their truth.
    assert fooled.outcome is Outcome.REFUSED
    assert 0.9 * len(poison) <= fooled.heard.labels <= len(poison)
    assert fooled.data != data.id
    assert (home.champion, home.data.id) == (champion, data.id)  # the data from before stay in use
    verdict = fooled.verdict
    assert verdict is not None
    assert verdict.side == "holdout"
    assert verdict.better is not None
    assert verdict.better < 0
    assert any(reason.startswith("log loss is") for reason in verdict.refused)
    # What new accounts agreed on among themselves is not settled, so agreeing with it proves nothing.
    assert not concluded_of(items_of(home.db, "bars"))
    kept = RunStore(home.settings).get("bars", str(fooled.run))
    assert (kept.verdict, kept.promoted, kept.refused) == (verdict, False, verdict.refused)
    (line,) = history.read(home.settings, "bars")
    assert (line.kind, line.outcome, line.data) == ("retrain", "refused", fooled.data)


def test_ballots_on_what_is_held_out_or_played_change_nothing(home: Home) -> None:
    data = home.data
    vote(home.db, range(4), flipped(labels_of(data, "holdout", "game"), 1.0), days=99)

    made = retrain(home.loaded, home.settings, wishes=Wishes(seed=1))

    assert (made.outcome, made.heard.labels) == (Outcome.UNCHANGED, 0)
    assert made.heard.left_out == {"on objects that are held out or played": made.heard.ballots}
    assert home.data.id == data.id


def spoil(challenge: Path, version: DatasetVersion) -> dict[str, str]:
    """Write wrong labels for a third of the objects to learn from; return the right ones."""
    right = labels_of(version, "train")
    wrong = flipped(right, 0.35)
    _, labels = draw_bars(0, COUNT)
    names = ("across", "down", "slant")
    for name, label in wrong.items():
        labels[int(name.removeprefix("train-"))] = names.index(label)
    head = struct.pack(">2I", 2049, COUNT)
    (challenge / "train-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return {name: right[name] for name in wrong}


def test_people_who_are_right_make_a_better_champion(tmp_path: Path) -> None:
    challenge = write_held_out_bars(tmp_path / "bars")
    scratch = Settings(home=tmp_path / "scratch", database_url="sqlite:///unused")
    right = spoil(challenge, collect(load_challenge(challenge), scratch))
    home = make_home(tmp_path, challenge)
    before = home.champion
    vote(home.db, range(3), right, days=99)

    made = retrain(home.loaded, home.settings, wishes=Wishes(seed=1))

    assert (made.outcome, made.heard.labels, made.reasons) == (Outcome.PROMOTED, len(right), ())
    assert home.champion != before
    assert made.verdict is not None
    assert made.verdict.passed
    assert made.verdict.lower is not None
    assert made.verdict.lower > 0
    assert made.verdict.champion == f"bars@{before}"
    assert retrain(home.loaded, home.settings, wishes=Wishes(seed=1)).outcome is Outcome.UNCHANGED
    home.db.close()


def test_without_a_hold_out_only_rows_whose_label_nobody_changed_decide(tmp_path: Path) -> None:
    home = make_home(tmp_path, write_bars(tmp_path / "bars", train=COUNT))
    poison = flipped(labels_of(home.data, "train", "validation"), 0.3)
    touched = sum(name in poison for name in labels_of(home.data, "validation"))
    vote(home.db, range(5), poison, days=1)
    fooled = retrain(home.loaded, home.settings, wishes=Wishes(seed=1, trust=OPEN))
    assert fooled.outcome is Outcome.REFUSED
    assert fooled.verdict is not None
    assert (fooled.verdict.side, fooled.verdict.left_out) == ("validation", touched)
    assert fooled.verdict.rows == len(labels_of(home.data, "validation")) - touched
    home.db.close()


def test_without_a_database_nobody_said_anything(tmp_path: Path) -> None:
    home = make_home(tmp_path, write_held_out_bars(tmp_path / "bars"))
    home.db.close()
    Path(home.settings.database_url.removeprefix("sqlite:///")).unlink()
    made = retrain(home.loaded, home.settings, wishes=Wishes(seed=1))
    assert (made.outcome, made.heard.ballots) == (Outcome.UNCHANGED, 0)


def test_the_queue_is_filled_with_what_the_champion_doubts_and_with_wrong_labels(tmp_path: Path) -> None:
    challenge = write_held_out_bars(tmp_path / "bars")
    scratch = Settings(home=tmp_path / "scratch", database_url="sqlite:///unused")
    clean = collect(load_challenge(challenge), scratch)
    wrong = spoil(challenge, clean)
    home = make_home(tmp_path, challenge)
    assert refill(home.loaded, home.settings) > 50
    items = items_of(home.db, "bars")
    suspect = [item.object_id for item in items if item.reason is Reason.SUSPECT]
    assert suspect
    assert sum(name in wrong for name in suspect) > 0.9 * len(suspect)
    gold = [item for item in items if item.reason is Reason.GOLD]
    assert all(item.truth == item.given for item in gold)
    frozen = {*labels_of(home.data, "holdout", "game")}
    assert not frozen & {item.object_id for item in items}
    assert refill(home.loaded, home.settings) < 60  # what is in the queue does not come twice
    home.db.close()
