import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from outclass.inputs.framing import center_of_mass, in_form, is_empty, normalize
from outclass.inputs.paper import ink_of_picture
from outclass.inputs.specks import connected_parts
from outclass.inputs.stroke import stroke_width

Picture = np.ndarray

settings.register_profile("unhurried", deadline=None)


def digit(
    side: int = 500, width: int = 25, *, box: tuple[float, float, float, float] = (0.3, 0.2, 0.6, 0.8)
) -> Picture:
    """Draw a 2 with a round pen."""
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    x0, y0, x1, y1 = (share * side for share in box)
    arc = [
        (x0 + (x1 - x0) * (0.5 - 0.5 * np.cos(t)), y0 + (y1 - y0) * (0.3 - 0.3 * np.sin(t)))
        for t in np.linspace(0, np.pi, 30)
    ]
    points = [*arc, (x0, y1), (x1, y1)]
    draw.line([tuple(map(float, point)) for point in points], fill=255, width=width, joint="curve")
    return np.asarray(image, dtype=np.float32) / 255


def extent(ink: Picture) -> tuple[int, int]:
    rows, columns = np.flatnonzero((ink > 0.1).any(axis=1)), np.flatnonzero((ink > 0.1).any(axis=0))
    return int(1 + rows[-1] - rows[0]), int(1 + columns[-1] - columns[0])


def difference(one: Picture, other: Picture) -> float:
    """Return the mean difference, where rounding may have put the center of mass one pixel aside."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(float(np.abs(np.roll(one, shift, (0, 1)) - other).mean()) for shift in shifts)


def idx_images(path: Path) -> Picture:
    return np.frombuffer(gzip.decompress(path.read_bytes())[16:], dtype=np.uint8).reshape(-1, 28, 28)


def test_mnist_passes_unchanged(shared_data: Path) -> None:
    images = idx_images(shared_data / "digits" / "t10k-images-idx3-ubyte.gz").astype(np.float32) / np.float32(
        255
    )
    assert all(normalize(image) is image for image in images)


def test_mnist_on_paper_passes_unchanged(shared_data: Path) -> None:
    images = idx_images(shared_data / "digits" / "t10k-images-idx3-ubyte.gz")[:500].astype(np.float32) / 255
    for image in images:
        for paper in (image, 1 - image):
            found = normalize(ink_of_picture(paper[:, :, np.newaxis].astype(np.float32)))
            assert np.abs(found - image).max() < 1e-6


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16, 25, 40, 60])
def test_every_pen_gives_a_stroke_like_those_of_mnist(width: int) -> None:
    ink = normalize(digit(width=width))
    assert 1.4 < stroke_width(ink) < 4.6
    assert max(extent(ink)) in (19, 20)
    assert ink.max() > 0.85


@pytest.mark.parametrize("side", [28, 40, 100, 333, 1000])
def test_size_of_the_canvas_does_not_matter(side: int) -> None:
    reference = normalize(digit(500, 25))
    found = normalize(digit(side, max(1, side // 20)))
    assert difference(found, reference) < 0.05


@given(x=st.floats(0.02, 0.6), y=st.floats(0.02, 0.6))
def test_place_does_not_matter(x: float, y: float) -> None:
    reference = normalize(digit(400, 20, box=(0.3, 0.3, 0.6, 0.6)))
    found = normalize(digit(400, 20, box=(x + 0.05, y + 0.05, x + 0.35, y + 0.35)))
    assert difference(found, reference) < 0.05


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 60))
def test_result_is_framed_and_centered(seed: int, height: int, width: int) -> None:
    random = np.random.default_rng(seed)
    ink = (random.random((height, width)) * (random.random((height, width)) > 0.7)).astype(np.float32)
    found = normalize(ink)
    assert found.shape == (28, 28)
    if is_empty(ink):
        assert not found.any()
        return
    assert max(extent(found)) <= 28
    y, x = center_of_mass(found)
    rows, columns = extent(found)
    assert abs(y - 13.5) <= max(0.51, rows / 2 - 4)
    assert abs(x - 13.5) <= max(0.51, columns / 2 - 4)


@given(st.integers(0, 10_000))
def test_normalizing_twice_changes_little(seed: int) -> None:
    random = np.random.default_rng(seed)
    once = normalize(digit(200, int(random.integers(8, 20))))
    twice = normalize(once)
    assert difference(twice, once) < 0.05
    if in_form(once, 28):
        assert twice is once


@pytest.mark.parametrize("place", [(5, 5), (490, 490), (250, 480), (5, 250)])
def test_stray_dot_does_not_spoil_the_crop(place: tuple[int, int]) -> None:
    clean = digit()
    dotted = clean.copy()
    y, x = place
    dotted[max(0, y - 6) : y + 6, max(0, x - 6) : x + 6] = 1.0
    assert np.abs(normalize(dotted) - normalize(clean)).mean() < 0.01


def test_detached_stroke_is_kept() -> None:
    ink = np.zeros((200, 200), dtype=np.float32)
    ink[60:170, 80:95] = 1.0
    ink[30:42, 80:140] = 1.0
    found = normalize(ink)
    assert extent(found)[0] in (19, 20)
    assert found[:7].sum() > 5


def test_two_blobs_are_both_kept() -> None:
    ink = np.zeros((100, 200), dtype=np.float32)
    ink[30:70, 20:40] = ink[30:70, 160:180] = 1.0
    assert extent(normalize(ink))[1] == 20


def flood(inked: Picture) -> int:
    """Count connected parts the slow way."""
    left = {tuple(place) for place in np.argwhere(inked)}
    count = 0
    while left:
        count += 1
        queue = [left.pop()]
        while queue:
            y, x = queue.pop()
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            queue += near
    return count


@given(st.integers(0, 100_000), st.integers(1, 14), st.integers(1, 14), st.floats(0.05, 0.95))
def test_parts_are_those_of_a_flood_fill(seed: int, height: int, width: int, density: float) -> None:
    inked = np.random.default_rng(seed).random((height, width)) < density
    parts, count = connected_parts(inked)
    assert count == flood(inked)
    assert ((parts > 0) == inked).all()
    assert set(np.unique(parts[inked])) == set(range(1, count + 1))
    down = inked[:-1] & inked[1:]
    assert (parts[:-1][down] == parts[1:][down]).all()


class TestPhoto:
    """Pen on paper, rendered: shading, a shadow, texture and noise."""

    @staticmethod
    def photo(ink: Picture, seed: int, *, dark: float = 0.3) -> Picture:
        random = np.random.default_rng(seed)
        side = ink.shape[0]
        y, x = np.mgrid[0:side, 0:side] / side
        paper = 0.75 * (1 + random.normal(0, 0.15) * (x - 0.5) + random.normal(0, 0.15) * (y - 0.5))
        paper = paper * (1 - 0.3 / (1 + np.exp(-(x + y - 1.0) / 0.05)))
        noise = random.normal(0, 0.012, ink.shape)
        return np.clip(paper * (1 - ink * (1 - dark)) + noise, 0, 1).astype(np.float32)

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("side", [120, 300, 500])
    def test_paper_and_shadow_go_ink_stays(self, seed: int, side: int) -> None:
        ink = digit(side, side // 25)
        found = ink_of_picture(self.photo(ink, seed)[:, :, np.newaxis])
        assert (found[ink > 0.9] > 0.5).mean() > 0.95
        assert (found[ink < 0.1] > 0.5).mean() < 0.01
        assert difference(normalize(found), normalize(ink)) < 0.05

    def test_chalk_on_a_board(self) -> None:
        ink = digit(300, 12)
        found = ink_of_picture(1 - self.photo(ink, 3)[:, :, np.newaxis])
        assert difference(normalize(found), normalize(ink)) < 0.05

    def test_blue_pen(self) -> None:
        ink = digit(300, 12)
        photo = np.stack([self.photo(ink, 4, dark=dark) for dark in (0.3, 0.35, 0.75)], axis=2)
        assert difference(normalize(ink_of_picture(photo)), normalize(ink)) < 0.05
