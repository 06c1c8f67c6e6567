"""The pool: the game split alone, new versions without a restart, old deals on old versions."""

from pathlib import Path

import numpy as np
import pytest

from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.site.play import pool as pool_module
from outclass.site.play.dealing import PoolExhaustedError, new_deal, shelves_for
from outclass.site.play.models import Player, Round
from outclass.site.play.pool import Pool, PoolStore, pools
from shapes import COUNTS, write_pictures


def test_only_the_game_split_is_dealt(shapes: Pool, site: Settings) -> None:
    version = current_version("shapes", site)
    assert version is not None
    assert set(shapes.ids) == set(version.objects("game").ids)
    assert len(shapes.ids) < sum(COUNTS.values())
    assert shapes.counts()[3] == 0
    assert [shapes.truth(one) for one in shapes.ids] == list(version.objects("game").labels)


def test_models_read_ink_from_0_to_1(shapes: Pool) -> None:
    rows = shapes.rows(list(shapes.ids[:3]))
    assert rows.dtype == np.float32
    assert rows.shape == (3, 28, 28)
    assert 0.9 < rows.max() <= 1.0


def test_a_new_version_is_dealt_without_a_restart(
    shapes: Pool, project: Path, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "POLL_SECONDS", 0.0)
    store = PoolStore(site)
    first = store.current("shapes")
    assert first is not None
    folder = project / "challenges" / "shapes"
    try:
        write_pictures(folder, COUNTS | {"cross": 12})
        collect(load_challenge("shapes"), site)
        second = store.current("shapes")
        assert second is not None
        assert second.version != first.version
        assert second.counts()[3] > 0
        assert store.version("shapes", first.version) is first
    finally:
        write_pictures(folder, COUNTS)
        collect(load_challenge("shapes"), site)


def test_a_broken_version_leaves_the_one_before(
    shapes: Pool, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "POLL_SECONDS", 0.0)
    store = PoolStore(site)
    first = store.current("shapes")
    alias = site.data_folder / "shapes" / "current.json"
    before = alias.read_bytes()
    try:
        alias.write_text("{")
        assert store.current("shapes") is first
    finally:
        alias.write_bytes(before)


def test_a_version_that_is_gone_is_none(shapes: Pool) -> None:
    assert pools().version("shapes", "0123456789ab") is None


def test_what_was_dealt_before_is_not_first_seen(shapes: Pool, player: Player) -> None:
    known: set[str] = set()
    for number in range(8):
        rounds = list(new_deal(shapes, player, f"token-{number}").rounds.all())
        assert [round_.first_seen for round_ in rounds] == [
            round_.object_id not in known for round_ in rounds
        ]
        known |= {round_.object_id for round_ in rounds}
    shelves = shelves_for(shapes, player)
    assert {one for shelf in shelves for one in shelf.seen} == known
    assert known.isdisjoint(one for shelf in shelves for one in shelf.unseen)


def test_an_empty_pool_deals_nothing(shapes: Pool, player: Player) -> None:
    empty = Pool(
        **{
            name: getattr(shapes, name)
            for name in shapes.__slots__
            if name not in {"ids", "targets", "places"}
        },
        ids=(),
        targets=np.zeros(0, dtype=np.int64),
        places={},
    )
    with pytest.raises(PoolExhaustedError):
        new_deal(empty, player, "token")
    assert not Round.objects.exists()
