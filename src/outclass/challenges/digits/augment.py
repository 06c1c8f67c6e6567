"""Augmentation of 28x28 pictures, a whole batch at once, fitted to drawings made with a mouse or a pen."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

SIDE = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How far pictures are changed; pixels, degrees, or shares of the batch."""

    rotation: float = 14.0
    shear: float = 14.0
    scale: float = 0.13
    aspect: float = 0.08
    shift: float = 2.0
    elastic: float = 1.6
    stroke: float = 0.45
    contrast: float = 0.35
    blur: float = 0.12
    noise: float = 0.08

    def times(self, factor: float) -> "Strength":
        """Weaken or strengthen everything alike."""
        return Strength(**{name: getattr(self, name) * factor for name in self.__dataclass_fields__})


def augment(pictures: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Shift, turn, scale, shear and bend pictures, and change the width and the gray of their strokes.

    Parameters
    ----------
    pictures
        float32 in 0..1, shape ``[n, 1, 28, 28]``.
    strength
        The limits of the changes.
    generator
        Source of all chance, so that an epoch can be repeated exactly.
    """
    warped = functional.grid_sample(
        pictures, _grid(len(pictures), strength, generator), mode="bilinear", align_corners=False
    )
    return _ink(_stroke_width(warped, strength, generator), strength, generator)


def _uniform(count: int, limit: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=generator) * 2 - 1) * limit


def _grid(count: int, strength: Strength, generator: torch.Generator) -> Tensor:
    """Sampling positions: a random affine map and a smooth random displacement (elastic deformation)."""
    angle = torch.deg2rad(_uniform(count, strength.rotation, generator))
    shear = torch.tan(torch.deg2rad(_uniform(count, strength.shear, generator)))
    size = torch.exp(_uniform(count, strength.scale, generator))
    aspect = torch.exp(_uniform(count, strength.aspect, generator))
    cos, sin = torch.cos(angle), torch.sin(angle)
    turned = torch.stack(
        [torch.stack([cos, cos * shear - sin]), torch.stack([sin, sin * shear + cos])]
    ).permute(2, 0, 1)
    scaled = turned / torch.stack([size * aspect, size / aspect], dim=1)[:, :, None]
    shift = (torch.rand(count, 2, 1, generator=generator) * 2 - 1) * (2 * strength.shift / SIDE)
    grid = functional.affine_grid(
        torch.cat([scaled, shift], dim=2), [count, 1, SIDE, SIDE], align_corners=False
    )
    reach = torch.rand(count, 1, 1, 1, generator=generator) * (2 * strength.elastic / SIDE)
    coarse = torch.randn(count, 2, 5, 5, generator=generator) * reach
    return grid + (_BEND @ coarse @ _BEND.T).permute(0, 2, 3, 1)


def _bend(knots: int = 5) -> Tensor:
    """Smooth interpolation from a coarse row of displacements to all pixels, shape ``[28, knots]``."""
    places = torch.linspace(0, knots - 1, SIDE)[:, None] - torch.arange(knots)[None, :]
    weight = torch.exp(-0.5 * (places / 0.7) ** 2)
    return weight / weight.sum(dim=1, keepdim=True)


_BEND = _bend()


def _stroke_width(pictures: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Thicken some pictures, thin some; partly, so that all widths between occur."""
    count = len(pictures)
    kind = torch.rand(count, generator=generator)
    amount = torch.rand(count, generator=generator)
    thick = (kind < strength.stroke * 0.6).float() * amount
    thin = ((kind >= strength.stroke * 0.6) & (kind < strength.stroke)).float() * amount * 0.6
    rows = torch.nonzero(thick + thin).flatten()
    chosen = pictures[rows]
    wide = functional.max_pool2d(chosen, 3, stride=1, padding=1) - chosen
    narrow = -functional.max_pool2d(-chosen, 3, stride=1, padding=1) - chosen
    changed = chosen + wide * thick[rows, None, None, None] + narrow * thin[rows, None, None, None]
    return pictures.index_copy(0, rows, changed)


def _ink(pictures: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Blur some, sharpen some to black and white, change gamma and brightness, add noise to a few."""
    count = len(pictures)
    kind = torch.rand(count, generator=generator)
    blurred = torch.nonzero(kind < strength.blur).flatten()
    sharpened = torch.nonzero((kind >= strength.blur) & (kind < 2 * strength.blur)).flatten()
    noisy = torch.nonzero(torch.rand(count, generator=generator) < strength.noise).flatten()
    soft = functional.avg_pool2d(pictures[blurred], 3, stride=1, padding=1, count_include_pad=True)
    hard = torch.sigmoid((pictures[sharpened] - 0.45) * 9.0)
    changed = pictures.index_copy(0, blurred, soft).index_copy(0, sharpened, hard - math.exp(-4.05))
    gamma = torch.exp(_uniform(count, strength.contrast, generator))[:, None, None, None]
    gain = torch.exp(_uniform(count, strength.contrast, generator) * 0.7)[:, None, None, None]
    changed = changed.clamp(1e-6, 1).pow(gamma) * gain
    grain = torch.randn(len(noisy), 1, SIDE, SIDE, generator=generator) * 0.08
    return changed.index_add(0, noisy, grain).clamp(0, 1)
