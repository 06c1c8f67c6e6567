"""Run records are kept, listed and compared."""

import msgspec
import pytest

from outclass.base.errors import NotFoundError, RegistryError
from outclass.base.settings import Settings
from outclass.registry.runs import RunRecord, RunState, RunStore, compare_runs

RECORD = RunRecord(
    id="convnet-quick-s1-0123456789",
    challenge="digits",
    model="convnet",
    recipe="quick",
    parameters={"epochs": 6, "rate": 0.08},
    seed=1,
    data_version="0123456789ab",
    device="cpu",
    state=RunState.RUNNING,
    created="2026-01-01T00:00:00Z",
)


def test_a_record_is_kept_and_replaced(settings: Settings) -> None:
    store = RunStore(settings)
    assert store.list("digits") == ()
    store.save(RECORD)
    finished = msgspec.structs.replace(RECORD, state=RunState.FINISHED, scores={"accuracy": 0.99})
    store.save(finished)
    assert store.list("digits") == (finished,)
    assert store.get("digits", RECORD.id) == finished


def test_the_latest_run_comes_first(settings: Settings) -> None:
    store = RunStore(settings)
    later = msgspec.structs.replace(RECORD, id="later", created="2026-02-01T00:00:00Z")
    store.save(later)
    store.save(RECORD)
    assert [record.id for record in store.list("digits")] == ["later", RECORD.id]


def test_an_unknown_run_is_named(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="digits has no run nothing"):
        RunStore(settings).get("digits", "nothing")


def test_a_broken_record_is_named(settings: Settings) -> None:
    store = RunStore(settings)
    store.save(RECORD)
    (store.folder("digits", RECORD.id) / "run.json").write_text("{")
    with pytest.raises(RegistryError, match=RECORD.id):
        store.list("digits")


def test_compare_shows_what_differs_and_which_is_better() -> None:
    first = msgspec.structs.replace(RECORD, scores={"accuracy": 0.99, "log_loss": 0.04, "temperature": 1.1})
    second = msgspec.structs.replace(
        RECORD,
        id="second",
        parameters={"epochs": 40, "rate": 0.08},
        scores={"accuracy": 0.995, "log_loss": 0.05, "holdout_accuracy": 0.99},
        seconds={"fit": 10.0, "calibrate": 0.25},
    )
    rows = {row.name: row for row in compare_runs((first, second))}
    assert rows["epochs"].values == (6, 40)
    assert "rate" not in rows
    assert rows["accuracy"].best == 1
    assert rows["log_loss"].best == 0
    assert rows["temperature"].best is None
    assert rows["holdout_accuracy"].values == (None, 0.99)
    assert rows["holdout_accuracy"].best is None
    assert rows["seconds"].values == (0.0, 10.2)
