"""The queue, its people, invitations, and what their ballots come to."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from outclass.base.errors import InvalidInputError, NotFoundError
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.inbox_rows import read_rows
from outclass.catalog.loader import load_challenge
from outclass.feedback.ballots import UNSURE, Voter, ballots_of, record
from outclass.feedback.checkers import account_checker, known_checkers
from outclass.feedback.invitations import (
    accept,
    challenge_of_guest,
    find_invitation,
    invite,
    list_invitations,
    revoke,
)
from outclass.feedback.items import (
    CheckItem,
    Mix,
    Reason,
    add_items,
    answer,
    concluded_of,
    find_item,
    gold_of,
    items_of,
    known_standings,
    make_gold,
    new_item,
    next_item,
    open_items,
)
from outclass.feedback.labels import conclude, kept_inputs, retire_concluded, write_labels
from outclass.feedback.trust import DAY, Standing, TrustRule, standings
from outclass.inputs.text_key import text_sha256

CLASSES = ("dot", "bar", "ring")
OPEN = TrustRule(enabled=False)


def old(db: Database, user_id: int, *, staff: bool = False) -> Voter:
    """Return an account that has been there for long."""
    since = time.time() - 100 * DAY
    return account_checker(db, user_id=user_id, name=f"p{user_id}", staff=staff, known_since=since).voter


def put(db: Database, name: str, reason: Reason = Reason.RANDOM, **known: str | float) -> CheckItem:
    """Put an object into the queue."""
    add_items(db, [new_item("shapes", reason, object_id=name, data_version="v1", given="dot", **known)])
    return next(item for item in items_of(db, "shapes") if item.object_id == name)


def ask(db: Database, voter: Voter, *, seed: int = 0, **more: object) -> CheckItem | None:
    """Ask what comes next."""
    return next_item(db, "shapes", voter, random=Random(seed), **more)  # type: ignore[arg-type]


def test_an_object_is_in_the_queue_once(db: Database) -> None:
    item = put(db, "a")
    assert add_items(db, [new_item("shapes", Reason.SUSPECT, object_id="a")]) == 0
    assert items_of(db, "shapes") == [item]
    assert find_item(db, "shapes", item.id) == item
    with pytest.raises(NotFoundError):
        find_item(db, "digits", item.id)


def test_nobody_is_asked_twice_nor_what_they_skipped(db: Database) -> None:
    first, second = put(db, "a"), put(db, "b")
    anna = old(db, 1)
    answer(db, first, anna, "dot", classes=CLASSES)
    assert ask(db, anna) == second
    assert ask(db, anna, skipped=[second.id]) is None
    assert ask(db, old(db, 2)) is not None


def test_what_has_ballots_comes_first_then_what_is_worth_most(db: Database) -> None:
    for place in range(9):
        put(db, f"low{place}", score=0.1)
    for place in range(5):
        put(db, f"high{place}", score=0.9)
    assert {ask(db, old(db, 1), seed=seed).object_id[:4] for seed in range(20)} == {"high"}  # type: ignore[union-attr]
    for item in items_of(db, "shapes"):
        if item.object_id in {"low0", "low1", "low2", "low3", "low4"}:
            answer(db, item, old(db, 2), "dot", classes=CLASSES)
    assert {ask(db, old(db, 1), seed=seed).object_id[:3] for seed in range(20)} == {"low"}  # type: ignore[union-attr]


def test_the_mix_is_as_declared_and_the_rest_fills_in(db: Database) -> None:
    for reason in Reason:
        put(db, reason.value, reason)
    anna = old(db, 1)
    drawn = [ask(db, anna, seed=seed) for seed in range(400)]
    shares = {reason: sum(one.reason is reason for one in drawn if one) / 400 for reason in Reason}
    for reason in Reason:
        assert shares[reason] == pytest.approx(Mix().share(reason), abs=0.07)
    assert ask(db, anna, mix=Mix(uncertain=0, random=0, suspect=0, gold=0)) is not None


def test_an_item_is_done_when_enough_agree(db: Database) -> None:
    item = put(db, "a")
    for person, label in ((1, "dot"), (2, "bar"), (3, "dot")):
        answer(db, item, old(db, person), label, classes=CLASSES)
    assert open_items(db, "shapes") == [item]
    answer(db, item, old(db, 4), "dot", classes=CLASSES)
    done = find_item(db, "shapes", item.id)
    assert (done.label, done.retired_at is not None) == ("dot", True)
    # The later word of the same person counts, and may open it again.
    answer(db, item, old(db, 4), "bar", classes=CLASSES)
    assert open_items(db, "shapes") == [item]


def test_one_of_the_staff_is_enough_and_a_crowd_of_new_accounts_is_not(db: Database) -> None:
    first, second = put(db, "a"), put(db, "b")
    for person in range(8):
        answer(db, first, Voter(user_id=100 + person), "bar", classes=CLASSES)
    assert find_item(db, "shapes", first.id).retired_at is None
    answer(db, second, old(db, 1, staff=True), "bar", classes=CLASSES)
    assert find_item(db, "shapes", second.id).label == "bar"


def test_what_nobody_agrees_on_is_set_aside(db: Database) -> None:
    item = put(db, "a")
    for person in range(9):
        answer(db, item, old(db, person), UNSURE, classes=CLASSES)
    aside = find_item(db, "shapes", item.id)
    assert (aside.label, aside.retired_at is not None) == (None, True)


def test_gold_is_never_done(db: Database) -> None:
    item = put(db, "a")
    make_gold(db, item, "ring", classes=CLASSES)
    gold = find_item(db, "shapes", item.id)
    for person in range(12):
        answer(db, gold, old(db, person), "ring", classes=CLASSES)
    assert open_items(db, "shapes") == [gold]
    with pytest.raises(InvalidInputError):
        make_gold(db, item, "square", classes=CLASSES)


def test_only_classes_are_answers(db: Database) -> None:
    with pytest.raises(InvalidInputError):
        answer(db, put(db, "a"), old(db, 1), "square", classes=CLASSES)
    assert ballots_of(db, "shapes") == []


def vote(db: Database, votes: dict[str, dict[int, str]]) -> None:
    """Let old accounts vote on objects."""
    for name, said in votes.items():
        item = put(db, name)
        for person, label in said.items():
            answer(db, item, old(db, person), label, classes=CLASSES)


def test_labels_are_concluded_with_their_confidence(db: Database) -> None:
    vote(
        db, {name: {1: label, 2: label, 3: label} for name, label in zip("abcdef", CLASSES * 2, strict=True)}
    )
    vote(db, {"g": {1: "dot", 2: "bar"}, "h": {1: UNSURE}})
    found = conclude(db, "shapes", CLASSES)
    assert {label.object_id: label.label for label in found.labels} == dict(
        zip("abcdef", CLASSES * 2, strict=True)
    )
    assert all(0.9 <= label.confidence <= 1 and label.support == 3 for label in found.labels)
    assert (found.unsettled, dict(found.left_out), found.ballots) == (1, {"unsure": 1}, 21)
    assert retire_concluded(db, "shapes", found) == 0  # three of three: they are done already
    assert items_of(db, "shapes")[-1].posterior == pytest.approx(found.labels[0].confidence)


def test_two_who_agree_are_enough_where_the_estimate_is_sure(db: Database) -> None:
    vote(db, {f"x{place}": {1: CLASSES[place % 3], 2: CLASSES[place % 3]} for place in range(30)})
    found = conclude(db, "shapes", CLASSES)
    assert len(found.labels) == 30
    assert retire_concluded(db, "shapes", found) == 30
    assert open_items(db, "shapes") == []


def test_objects_that_are_held_out_or_played_get_no_label(db: Database) -> None:
    vote(db, {name: {1: "dot", 2: "dot", 3: "dot"} for name in "ab"})
    found = conclude(db, "shapes", CLASSES, frozen={"a"})
    assert [label.object_id for label in found.labels] == ["b"]
    assert found.left_out == {"on objects that are held out or played": 3}


def test_the_database_counts_records_as_the_ballots_say(db: Database) -> None:
    vote(db, {f"x{place}": {1: CLASSES[place % 3], 2: "dot", 3: UNSURE} for place in range(6)})
    make_gold(db, find_named(db, "x0"), "dot", classes=CLASSES)
    make_gold(db, find_named(db, "x1"), "bar", classes=CLASSES)
    answer(db, find_named(db, "x2"), old(db, 4, staff=True), "ring", classes=CLASSES)
    add_items(db, [new_item("shapes", Reason.UNCERTAIN, prediction_id="p1", truth="bar")])
    (prediction,) = [item for item in items_of(db, "shapes") if item.prediction_id]
    for voter in (
        Voter(key_id="k"),
        Voter(address_hash="a"),
        Voter(checker_id="c"),
        Voter(user_id=1, key_id="k"),
    ):
        answer(db, prediction, voter, "bar", classes=CLASSES)
    items = items_of(db, "shapes")
    known = {"gold": gold_of(items), "concluded": concluded_of(items), "checkers": known_checkers(db)}
    counted = known_standings(db, "shapes", TrustRule())
    assert {name: (one.gold_seen, one.shared) for name, one in counted.items()}["user:1"] == (3, 1)
    plain = standings(ballots_of(db, "shapes"), **known)  # type: ignore[arg-type]
    assert {name: without_age(one) for name, one in counted.items()} == {
        name: without_age(one) for name, one in plain.items()
    }
    assert set(known_standings(db, "shapes", TrustRule(), ["user:2", "key:k"])) == {"user:2", "key:k"}


def without_age(one: Standing) -> Standing:
    """Return a standing without the days, which go on."""
    return replace(one, reason=one.reason.split(" of ")[0])


def find_named(db: Database, name: str) -> CheckItem:
    """Return the item of an object."""
    return next(item for item in items_of(db, "shapes") if item.object_id == name)


def test_classes_that_are_no_more_are_left_out(db: Database) -> None:
    vote(db, {"a": {1: "ring", 2: "ring", 3: "ring"}})
    found = conclude(db, "shapes", ("dot", "bar"))
    assert (found.labels, found.left_out) == ((), {"of a class that is no more": 3})


def test_a_crowd_of_new_accounts_concludes_nothing(db: Database) -> None:
    for place in range(10):
        item = put(db, f"x{place}")
        for person in range(20):
            answer(db, item, Voter(user_id=1000 + person), "bar", classes=CLASSES)
    assert conclude(db, "shapes", CLASSES).labels == ()
    assert len(conclude(db, "shapes", CLASSES, trust=OPEN).labels) == 10


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return a home of its own."""
    return Settings(home=tmp_path / "home", database_url="sqlite:///unused")


def lines(path: Path) -> list[dict[str, object]]:
    """Return a file of JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_labels_go_to_the_catalogue_as_lines_of_a_file(db: Database, settings: Settings) -> None:
    vote(db, {"a": {1: "bar", 2: "bar", 3: "bar"}})
    digits = load_challenge("digits").challenge
    found = conclude(db, "shapes", CLASSES)
    written = write_labels(settings, digits, found.labels, {})
    assert (written.labels, written.rows, written.unplaced) == (1, 0, 0)
    (line,) = lines(written.path)
    assert set(line) == {"object_id", "label", "source", "weight", "created_at"}
    assert (line["object_id"], line["label"], line["source"]) == ("a", "bar", "crowd")
    before = written.path.stat().st_mtime_ns
    write_labels(settings, digits, found.labels, {})
    assert written.path.stat().st_mtime_ns == before
    write_labels(settings, digits, [], {})
    assert not written.path.exists()


def test_feedback_on_an_answer_whose_input_was_not_kept_has_no_place(
    db: Database, settings: Settings
) -> None:
    add_items(db, [new_item("shapes", Reason.UNCERTAIN, prediction_id="p1", given="dot")])
    (item,) = items_of(db, "shapes")
    for person in (1, 2, 3):
        answer(db, item, old(db, person), "bar", classes=CLASSES)
    found = conclude(db, "shapes", CLASSES)
    assert found.labels[0].prediction_id == "p1"
    assert kept_inputs(db, found.labels) == {}
    digits = load_challenge("digits").challenge
    written = write_labels(settings, digits, found.labels, {"p1": b"\0" * 784})
    assert (written.labels, written.unplaced, written.path.exists()) == (0, 1, False)


def test_a_message_that_was_kept_comes_as_a_new_row_with_its_label(db: Database, settings: Settings) -> None:
    messages = load_challenge("messages").challenge
    for name, text in (("p1", "Win a  PRIZE"), ("p2", None)):
        kept = None if text is None else text.encode()
        db.execute(
            "INSERT INTO prediction (id, challenge, model, created_at, answer, confidence, abstained, "
            "probabilities, milliseconds, input_sha256, input, source) "
            "VALUES (?, 'messages', 'm@1', 1.0, 'personal', 0.5, ?, '{}', 1.0, '', ?, 'api')",
            (name, False, kept),
        )
        for person in (1, 2, 3):
            record(db, challenge="messages", label="spam", voter=old(db, person), prediction_id=name)
    found = conclude(db, "messages", messages.class_names)
    written = write_labels(settings, messages, found.labels, kept_inputs(db, found.labels))
    assert (written.labels, written.rows, written.unplaced) == (1, 1, 1)
    (line,) = lines(written.path)
    assert (line["text_sha256"], line["label"]) == (text_sha256("win a prize"), "spam")
    rows = list(read_rows(settings.data_folder / "messages"))
    assert [(name, row.text, row.label) for name, row in rows] == [("feedback", "Win a  PRIZE", "spam")]


def test_an_invitation_lets_in_as_many_as_it_says(db: Database) -> None:
    made, token = invite(db, challenge="shapes", created_by=1, uses=2, days=1)
    assert token not in str(list_invitations(db, "shapes"))
    guests = [accept(db, token)[1] for _ in range(2)]
    assert [guest.name for guest in guests] == ["Guest 1", "Guest 2"]
    assert guests[0].voter != guests[1].voter
    with pytest.raises(NotFoundError, match="as often as it may"):
        accept(db, token)
    assert challenge_of_guest(db, guests[0]) == "shapes"
    assert set(known_checkers(db)) == {guest.voter.name for guest in guests}
    assert find_problem(db, "no such token") == "there is no such invitation"
    assert challenge_of_guest(db, guests[0], now=made.expires_at) is None


def find_problem(db: Database, token: str, now: float | None = None) -> str:
    """Return why a token opens nothing."""
    with pytest.raises(NotFoundError) as caught:
        find_invitation(db, token, now=now)
    return caught.value.what


def test_an_invitation_ends_and_can_be_withdrawn(db: Database) -> None:
    made, token = invite(db, challenge="shapes", created_by=None, days=2)
    assert find_invitation(db, token).id == made.id
    assert find_problem(db, token, now=made.expires_at) == "this invitation is over"
    _, guest = accept(db, token)
    assert revoke(db, "digits", made.id) is False
    assert revoke(db, "shapes", made.id) is True
    assert find_problem(db, token) == "this invitation was withdrawn"
    assert challenge_of_guest(db, guest) is None


@pytest.mark.parametrize(("uses", "days"), [(0, 1), (1001, 1), (1, 0), (1, 366)])
def test_an_invitation_has_limits(db: Database, uses: int, days: float) -> None:
    with pytest.raises(InvalidInputError):
        invite(db, challenge="shapes", created_by=None, uses=uses, days=days)


def test_a_race_for_the_last_use_lets_one_in(db: Database) -> None:
    _, token = invite(db, challenge="shapes", created_by=None, uses=1)

    def enter(_: int) -> bool:
        try:
            accept(db, token)
        except NotFoundError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(enter, range(8))) == 1
