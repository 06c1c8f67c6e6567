from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.challenge import SplitDeclaration
from outclass.catalog.split import Split, position, split_of

DIGITS = SplitDeclaration(salt="digits-1")


def test_the_split_is_fixed_for_ever() -> None:
    """These sides must never change: a held-out object would be learned from."""
    found = [split_of(DIGITS, f"train-{row:05d}") for row in range(60)]
    assert [row for row, side in enumerate(found) if side is Split.VALIDATION] == [2, 56]
    assert position("digits-1", "train-00000") == 0.03290535636375345


def test_shares_are_kept_nearly() -> None:
    found = Counter(split_of(DIGITS, f"train-{row:05d}") for row in range(60_000))
    assert found[Split.HOLDOUT] == 0
    for side, share in ((Split.TRAIN, 0.925), (Split.VALIDATION, 0.05), (Split.GAME, 0.025)):
        assert found[side] / 60_000 == pytest.approx(share, abs=0.003)


shares = st.lists(st.integers(0, 10), min_size=4, max_size=4).filter(any)


@given(shares, st.text(max_size=20), st.sampled_from(["a", "b"]))
def test_a_group_has_one_side_and_it_has_a_share(parts: list[int], group: str, salt: str) -> None:
    train, validation, holdout, game = (part / sum(parts) for part in parts)
    declared = SplitDeclaration(salt=salt, train=train, validation=validation, holdout=holdout, game=game)
    side = split_of(declared, group)
    assert side is split_of(declared, group)
    assert getattr(declared, side.value) > 0


@given(st.text(max_size=20))
def test_positions_are_shares(group: str) -> None:
    assert 0 <= position("salt", group) < 1
