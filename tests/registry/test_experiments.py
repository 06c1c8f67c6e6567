"""The leaderboard ranks what can be compared, and says who was best."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.registry.experiments import Side, leaderboard
from outclass.registry.runs import RunRecord, RunState

RECORD = RunRecord(
    id="probe-full-s0-0",
    challenge="cats",
    model="probe",
    recipe="full",
    parameters={"rate": 0.1, "folds": 5},
    seed=0,
    data_version="aaaa",
    device="cpu",
    experimenter="ann",
    state=RunState.FINISHED,
    created="2026-01-01T00:00:00Z",
    seconds={"fit": 3.0, "export": 1.0},
    scores={
        "accuracy": 0.9,
        "log_loss": 0.3,
        "holdout_accuracy": 0.8,
        "holdout_log_loss": 0.4,
        "bytes": 99.0,
    },
    facts={"trainable_parameters": 1290, "epochs": 7, "optimizer": "L-BFGS"},
)


def run(name: str, accuracy: float = 0.9, loss: float = 0.3, **changed: object) -> RunRecord:
    scores = {"holdout_accuracy": accuracy, "holdout_log_loss": loss, "accuracy": 1 - accuracy}
    return msgspec.structs.replace(RECORD, id=name, **{"scores": scores, **changed})


def test_a_line_says_how_it_was_made() -> None:
    (row,) = leaderboard([RECORD]).rows
    assert (row.experimenter, row.place, row.best, row.best_of_experimenter) == ("ann", 1, True, True)
    assert (row.accuracy, row.log_loss, row.side) == (0.8, 0.4, Side.HOLD_OUT)
    assert (row.trainable_parameters, row.bytes, row.seconds) == (1290, 99, 4.0)
    assert (row.learning_rate, row.batch_size, row.epochs, row.optimizer) == (0.1, None, 7, "L-BFGS")


def test_the_best_of_all_and_of_each_person() -> None:
    board = leaderboard(
        [run("a", 0.8), run("b", 0.95, experimenter="ben"), run("c", 0.9), run("d", 0.7, experimenter="ben")]
    )
    assert [row.run for row in board.rows] == ["b", "c", "a", "d"]
    assert [row.best for row in board.rows] == [True, False, False, False]
    assert [row.best_of_experimenter for row in board.rows] == [True, True, False, False]


def test_equal_accuracy_is_decided_by_log_loss() -> None:
    assert [row.run for row in leaderboard([run("a", loss=0.4), run("b", loss=0.2)]).rows] == ["b", "a"]


def test_only_runs_on_the_same_data_are_ranked() -> None:
    newer = run("new", 0.5, data_version="bbbb", created="2026-02-01T00:00:00Z")
    board = leaderboard([RECORD, newer])
    assert (board.data, board.others, [row.run for row in board.rows]) == ("bbbb", 1, ["new"])
    assert [row.run for row in leaderboard([RECORD, newer], data="aaaa").rows] == [RECORD.id]


def test_one_run_without_a_hold_out_has_all_judged_by_validation() -> None:
    bare = run("bare", scores={"accuracy": 0.95})
    board = leaderboard([RECORD, bare])
    assert [(row.run, row.accuracy, row.side) for row in board.rows] == [
        ("bare", 0.95, Side.VALIDATION),
        (RECORD.id, 0.9, Side.VALIDATION),
    ]


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.FAILED])
def test_what_did_not_finish_is_not_ranked(state: RunState) -> None:
    assert leaderboard([run("x", state=state)]).rows == ()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1)), min_size=1, max_size=12))
def test_nobody_above_the_best_of_a_person_is_theirs(made: list[tuple[str, float]]) -> None:
    records = [run(f"r{n}", accuracy, experimenter=who) for n, (who, accuracy) in enumerate(made)]
    rows = leaderboard(records).rows
    assert [row.place for row in rows] == list(range(1, len(rows) + 1))
    assert [row.accuracy for row in rows] == sorted((row.accuracy for row in rows), reverse=True)
    bests = [row.experimenter for row in rows if row.best_of_experimenter]
    assert sorted(bests) == sorted({row.experimenter for row in rows})
    for row in rows:
        firsts = next(other for other in rows if other.experimenter == row.experimenter)
        assert row.best_of_experimenter == (row is firsts)
