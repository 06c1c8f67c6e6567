"""Augmentation of batches."""
# ruff: noqa: E402 - what needs torch is imported after the check that it is there

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the digits model is trained with the extra [torch]")

from outclass.challenges.digits.augment import Strength, augment

BAR = torch.zeros(64, 1, 28, 28)
BAR[:, :, 5:23, 12:16] = 1.0


def chance(seed: int = 1) -> Any:
    return torch.Generator().manual_seed(seed)


def test_changed_pictures_stay_in_range_and_keep_their_ink() -> None:
    changed = augment(BAR, Strength(), chance())
    assert changed.shape == BAR.shape
    assert float(changed.min()) >= 0
    assert float(changed.max()) <= 1
    ink = changed.sum(dim=(1, 2, 3)) / BAR.sum(dim=(1, 2, 3))
    assert float(ink.min()) > 0.3
    assert float(ink.max()) < 3


def test_no_strength_changes_nothing() -> None:
    changed = augment(BAR, Strength().times(0.0), chance())
    torch.testing.assert_close(changed, BAR, atol=1e-4, rtol=0)


def test_the_same_chance_gives_the_same_pictures() -> None:
    first, again, other = (augment(BAR, Strength(), chance(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_pictures_of_a_batch_are_changed_each_in_its_own_way() -> None:
    changed = augment(BAR, Strength(), chance())
    assert len({picture.numpy().tobytes() for picture in changed}) == len(BAR)


def test_shifts_stay_within_the_limit() -> None:
    moved = augment(BAR, replace(Strength().times(0.0), shift=2.0), chance())
    places = torch.arange(28.0)
    column = (moved.sum(dim=(1, 2)) * places).sum(dim=1) / moved.sum(dim=(1, 2, 3))
    offsets = (column - 13.5).abs()
    assert float(offsets.max()) <= 2.01
    assert float(offsets.max()) > 1.0
