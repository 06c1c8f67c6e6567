"""Photos are embedded once each, whatever stops the work, and by as many threads as there are processors."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.base.media import MediaFolder, features_key
from outclass.base.settings import Settings
from outclass.inputs.photos import Credit, PhotoTable
from outclass.training.photos import embedding
from outclass.training.photos.embedding import CHANGES, embed_photos
from photographs import corners, encoded, scene

COUNT = 70


class Means:
    """Stands for a backbone: the mean of each color over the whole, the left and the top half."""

    fingerprint = "0123456789abcdef0123"
    width = 9

    def __init__(self) -> None:
        self.seen = 0
        self.threads: set[int] = set()
        self.together = threading.Barrier(2, timeout=20)
        self.meet = False

    def embed(self, views: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self.meet and threading.get_ident() not in self.threads:
            self.threads.add(threading.get_ident())
            self.together.wait()
        self.seen += len(views)
        half = views.shape[1] // 2
        parts = (views, views[:, :, :half], views[:, :half])
        return np.concatenate([part.mean(axis=(1, 2)) for part in parts], axis=1).astype(np.float32)


@pytest.fixture
def table(tmp_path: Path) -> PhotoTable:
    media = MediaFolder(tmp_path / "media")
    return table_of(media, [encoded(scene(80, 60, seed)) for seed in range(COUNT)])


def table_of(media: MediaFolder, bodies: list[bytes], boxes: list[list[int]] | None = None) -> PhotoTable:
    return PhotoTable(
        media=media,
        names=tuple(media.put(body) for body in bodies),
        boxes=np.array(boxes or [[0, 0, 0, 0]] * len(bodies), dtype=np.int32),
        sizes=np.full((len(bodies), 2), 60, dtype=np.int32),
        credits=(Credit(),) * len(bodies),
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url="sqlite:///unused")


def test_a_photo_is_embedded_once(table: PhotoTable, settings: Settings) -> None:
    backbone = Means()
    first = embed_photos(table, backbone, settings=settings)
    assert first.shape == (COUNT, 9)
    assert backbone.seen == COUNT
    order = np.random.default_rng(1).permutation(COUNT)
    again = embed_photos(table.take(order), backbone, settings=settings)
    assert np.array_equal(again, first[order])
    assert backbone.seen == COUNT


def test_without_settings_nothing_is_kept(table: PhotoTable, settings: Settings) -> None:
    embed_photos(table.take([0, 1]), Means())
    assert not settings.home.exists()


def test_a_photo_that_comes_twice_is_embedded_once(table: PhotoTable, settings: Settings) -> None:
    backbone = Means()
    rows = embed_photos(table.take([3, 5, 3]), backbone, settings=settings)
    assert np.array_equal(rows[0], rows[2])
    assert backbone.seen == 2


def test_another_backbone_box_or_change_is_another_row(tmp_path: Path, settings: Settings) -> None:
    body = encoded(corners(320, 240), "PNG")
    media = MediaFolder(tmp_path / "media")
    whole, part = table_of(media, [body]), table_of(media, [body], [[0, 0, 160, 120]])
    backbone = Means()
    rows = {change: embed_photos(whole, backbone, settings=settings, change=change) for change in CHANGES}
    cut = embed_photos(part, backbone, settings=settings)
    assert backbone.seen == len(CHANGES) + 1
    assert len({row.tobytes() for row in [*rows.values(), cut]}) == len(CHANGES) + 1
    assert rows["gray"][0, 0] == pytest.approx(rows["gray"][0, 1])
    assert rows["gray"][0, 0] == pytest.approx(rows["plain"][0, :3] @ [0.299, 0.587, 0.114], abs=1)
    other = Means()
    other.fingerprint = "another"
    embed_photos(whole, other, settings=settings)
    assert other.seen == 1


def test_two_threads_work_at_the_same_time(table: PhotoTable, settings: Settings) -> None:
    backbone = Means()
    backbone.meet = True  # each thread waits in the backbone until another one is there, too
    rows = embed_photos(table, backbone, settings=settings, workers=2)
    assert len(backbone.threads) == 2
    assert np.array_equal(rows, embed_photos(table, Means(), workers=1))


def test_progress_is_told(table: PhotoTable, settings: Settings) -> None:
    told: list[tuple[str, float | None, str]] = []
    embed_photos(
        table, Means(), settings=settings, progress=lambda *one: told.append(one), step="photos of train"
    )
    shares = [share for _, share, _ in told if share is not None]
    assert shares == sorted(shares)
    assert told[-1] == ("photos of train", 1.0, f"{COUNT} photos")
    assert len(told) > 2


def test_a_photo_that_is_gone_or_broken_is_named(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "media")
    broken = table_of(media, [b"no photo"])
    with pytest.raises(DataError, match=broken.names[0]):
        embed_photos(broken, Means())
    media.delete(broken.names[0])
    with pytest.raises(DataError, match="missing or was changed"):
        embed_photos(broken, Means())


def test_an_unknown_change_is_named(table: PhotoTable) -> None:
    with pytest.raises(DataError, match="sepia"):
        embed_photos(table, Means(), change="sepia")


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", None])
def test_a_damaged_part_is_made_again(table: PhotoTable, settings: Settings, damage: bytes | None) -> None:
    backbone = Means()
    rows = embed_photos(table, backbone, settings=settings)
    for path in (settings.home / "cache").rglob("*.npy"):
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)
    assert np.array_equal(embed_photos(table, backbone, settings=settings), rows)
    assert backbone.seen == 2 * COUNT


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
from pathlib import Path
import numpy as np
from outclass.base.media import MediaFolder
from outclass.base.settings import Settings
from outclass.training.photos import embedding
from test_embedding import Means, table_of

embedding.PART = 16
done = 0
replace = Path.replace
def counted(self, target):
    global done
    done += 1
    if done == {kill}:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = counted
media = MediaFolder(Path({media!r}))
names = tuple({names!r})
table = table_of(media, [media.read(name) for name in names])
embedding.embed_photos(table, Means(), settings=Settings(home=Path({home!r}), database_url="sqlite:///unused"))
"""


@pytest.mark.parametrize("kill", [1, 3, 4])
def test_a_killed_run_goes_on(
    table: PhotoTable, settings: Settings, monkeypatch: pytest.MonkeyPatch, kill: int
) -> None:
    tests = Path(__file__).parent
    script = KILLED.format(
        paths=[str(tests), str(tests.parents[1])],
        kill=kill,
        media=str(table.media.folder),
        names=table.names,
        home=str(settings.home),
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, timeout=120, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert ended.returncode == -signal.SIGKILL
    monkeypatch.setattr(embedding, "PART", 16)
    backbone = Means()
    rows = embed_photos(table, backbone, settings=settings)
    assert backbone.seen == COUNT - 16 * (kill - 1)
    assert np.array_equal(rows, embed_photos(table, Means()))


def test_keys_tell_photos_and_boxes_apart() -> None:
    keys = {features_key(name, box) for name in ("a", "b") for box in (None, (0, 0, 1, 2), (0, 0, 1, 3))}
    assert len(keys) == 6
