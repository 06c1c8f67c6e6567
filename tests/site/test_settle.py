"""The ledger under stress: settled once, whole or not at all, and the sums always fit."""

import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ledger
from outclass.base.settings import Settings
from outclass.site.play.models import Bet, Player, Round, Standing
from outclass.site.play.settle import settle
from outclass.site.play.standings import NAMES, rebuild_standings, sums_of

WITHIN = 100.0


def rounds_of(keys: list[int]) -> list[Round]:
    """Read rounds anew, with deal and player."""
    return list(Round.objects.select_related("deal__player").filter(pk__in=keys).order_by("pk"))


def check_ledger() -> None:
    """Check that everybody's sums are those of their bets, and that the models bet where a person did."""
    for player in Player.objects.all():
        kept = {
            row.challenge: {name: getattr(row, name) for name in NAMES}
            for row in Standing.objects.filter(player=player)
        }
        found = sums_of(player)
        assert kept.keys() == found.keys()
        for challenge, values in found.items():
            assert kept[challenge] == pytest.approx(values)
    people = set(Bet.objects.exclude(player__kind="model").values_list("object_id", flat=True))
    for name in ("stress.first", "stress.second"):
        models = list(Bet.objects.filter(player__model=name).values_list("object_id", flat=True))
        assert len(models) == len(set(models))
        assert set(models) == people


def test_pay_is_dollars_on_the_truth_times_its_payout(player: Player) -> None:
    first = rounds_of(ledger.stress_deal(player, 1))[0]
    bet = settle(first, ledger.DOLLARS).bet
    assert (bet.truth, bet.payout_cents, bet.winnings_cents) == ("a", 190, 60 * 190)
    assert bet.dollars == {"a": 60, "b": 40}
    assert bet.skill == pytest.approx(100 * 0.2630344 / 1.5849625)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=5))
def test_sums_always_fit_the_ledger(player: Player, amounts: list[tuple[int, int]]) -> None:
    keys = ledger.stress_deal(player, len(amounts), prefix=f"try-{time.monotonic_ns()}")
    for round_, pair in zip(rounds_of(keys), amounts, strict=True):
        low, high = sorted(pair)
        settle(round_, {"a": low, "b": high - low, "c": 100 - high})
    check_ledger()
    before = list(Standing.objects.order_by("pk").values_list(*NAMES))
    for one in Player.objects.all():
        rebuild_standings(one)
    assert [pytest.approx(row) for row in before] == list(Standing.objects.order_by("pk").values_list(*NAMES))


def test_the_same_object_in_two_deals_is_settled_once(player: Player) -> None:
    first, second = (rounds_of(ledger.stress_deal(player, 1))[0] for _ in range(2))
    assert settle(first, ledger.DOLLARS).created
    again = settle(second, {"a": 0, "b": 0, "c": 100})
    assert not again.created
    assert again.bet.round_id == first.pk
    check_ledger()


def test_a_failure_inside_leaves_nothing(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = rounds_of(ledger.stress_deal(player, 1))[0]

    def fail(*_: object) -> Player:
        raise RuntimeError("power cut")

    monkeypatch.setattr("outclass.site.play.settle.model_player", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        settle(round_, ledger.DOLLARS)
    assert not Bet.objects.exists()
    assert not Standing.objects.exists()


def test_threads_that_settle_one_round_pay_once(player: Player) -> None:
    keys = ledger.stress_deal(player, 6)
    created: list[bool] = []
    errors: list[BaseException] = []
    barrier = threading.Barrier(6)

    def work() -> None:
        try:
            barrier.wait(WITHIN)
            created.extend(settle(round_, ledger.DOLLARS).created for round_ in rounds_of(keys))
        except BaseException as error:  # noqa: BLE001 - shown by the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN)
    assert errors == []
    assert sum(created) == 6
    check_ledger()


def test_processes_that_settle_at_once_pay_once(site: Settings, player: Player, tmp_path: Path) -> None:
    other = Player.objects.create(kind="guest")
    mine, theirs = ledger.stress_deal(player, 12), ledger.stress_deal(other, 12)
    start = tmp_path / "start"
    orders = (mine, mine[::-1], theirs, theirs[::-1])
    processes = [ledger.start_settling(site.home, site.database_url, start, keys) for keys in orders]
    start.touch()
    for process in processes:
        _, said = process.communicate(timeout=WITHIN)
        assert process.returncode == 0, said.decode()
    assert Bet.objects.filter(player=player).count() == 12
    assert Bet.objects.filter(player=other).count() == 12
    check_ledger()


@pytest.mark.parametrize("settled", [1, 7, 20])
def test_a_killed_process_loses_and_doubles_nothing(
    site: Settings, player: Player, tmp_path: Path, settled: int
) -> None:
    keys = ledger.stress_deal(player, 400)
    start = tmp_path / "start"
    process = ledger.start_settling(site.home, site.database_url, start, keys)
    start.touch()
    deadline = time.monotonic() + WITHIN
    while Bet.objects.filter(player=player).count() < settled and time.monotonic() < deadline:
        assert process.poll() is None
    process.kill()
    process.communicate(timeout=WITHIN)
    paid = list(Bet.objects.filter(player=player).order_by("pk").values_list("object_id", "winnings_cents"))
    assert settled <= len(paid) < 400
    check_ledger()
    for round_ in rounds_of(keys[: len(paid) + 5]):
        settle(round_, ledger.DOLLARS)
    after = list(Bet.objects.filter(player=player).order_by("pk").values_list("object_id", "winnings_cents"))
    assert after[: len(paid)] == paid
    assert len(after) == len(paid) + 5
    check_ledger()


def test_a_bet_inside_a_failed_transaction_is_not_there(player: Player) -> None:
    round_ = rounds_of(ledger.stress_deal(player, 1))[0]
    with transaction.atomic():
        settle(round_, ledger.DOLLARS)
        transaction.set_rollback(True)
    assert not Bet.objects.exists()
