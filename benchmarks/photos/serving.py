"""What a photo costs to answer, and what the light endpoints feel of it.

    python benchmarks/photos/serving.py [--challenge cats] [--seconds 8] [--json FILE]

Makes photos of 640 x 480 and of 12 megapixels with as much detail as cameras give, and measures CPU: of each
stage in one process, and of a whole server (`outclass serve --role api`, one process) for each request. Then
one client asks about photos without a pause, while another asks a light endpoint, and the p50 of the light
one counts. Needs the extra [site] for the tables, and psutil.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "serving"))
from client import Load, drive, request_bytes

from outclass.base.keys import MOST_REQUESTS_PER_DAY, create_key
from outclass.base.limits import Limits
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.inference.predictor import Predictor
from outclass.inputs.photo import read_photo
from outclass.inputs.view import view_of
from outclass.registry.store import Registry
from outclass.site.setup import configure, migrate

SIZES = {"640 x 480": (640, 480), "12 megapixels": (4000, 3000)}
ROUNDS = 15
START_SECONDS = 60


def main() -> None:
    """Measure all and print it."""
    options = read_options()
    photos = {name: photo(*size) for name, size in SIZES.items()}
    figures: dict[str, object] = {
        "python": platform.python_version(),
        "bytes": {name: len(content) for name, content in photos.items()},
    }
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings.from_environment({"OUTCLASS_HOME": scratch})
        configure(settings)
        migrate(settings)
        figures["stages"] = measure_stages(settings, options.challenge, photos)
        with server(settings) as (port, process):
            figures["server"] = measure_server(settings, options, photos, port, process)
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--challenge", default="cats")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def photo(width: int, height: int) -> bytes:
    """Return a JPEG with detail of several sizes, as large as one of a camera."""
    random = np.random.default_rng(1)
    picture = np.zeros((height, width, 3), dtype=np.float32)
    for step in (4, 16, 64):
        small = random.integers(0, 256, (height // step + 2, width // step + 2, 3), dtype=np.uint8)
        grown = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        picture += np.asarray(grown, dtype=np.float32) * (step**0.5 / 14)
    stream = io.BytesIO()
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def measure_stages(
    settings: Settings, challenge: str, photos: dict[str, bytes]
) -> dict[str, dict[str, float]]:
    """Return milliseconds of CPU of each stage, the least of many rounds."""
    predictor = Predictor.load(Registry(settings).champion(challenge))
    limits = Limits()
    found = {}
    for name, content in photos.items():
        pixels = read_photo(content, limits).pixels
        view = view_of(pixels)
        features = predictor.backbone.embed(view[np.newaxis])
        found[name] = {
            "read": cpu(lambda content=content: read_photo(content, limits)),
            "view": cpu(lambda pixels=pixels: view_of(pixels)),
            "backbone": cpu(lambda view=view: predictor.backbone.embed(view[np.newaxis])),
            "head": cpu(lambda features=features: predictor.predict_many(features)),
            "all": cpu(lambda content=content: answer(predictor, content, limits)),
        }
    return found


def answer(predictor: Predictor, content: bytes, limits: Limits) -> object:
    """Answer for a photo from its bytes."""
    return predictor.predict_one(view_of(read_photo(content, limits).pixels))


def cpu(work: Callable[[], object]) -> float:
    """Return the least CPU of a call in milliseconds."""
    work()
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return round(min(times) * 1000, 2)


@contextlib.contextmanager
def server(settings: Settings) -> Iterator[tuple[int, psutil.Process]]:
    """Run the API on a free port, pinned to one core."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "OUTCLASS_HOME": str(settings.home), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "outclass", "serve", "--role", "api", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as started:
        process = psutil.Process(started.pid)
        with contextlib.suppress(AttributeError):
            process.cpu_affinity([0])
            psutil.Process().cpu_affinity([(os.cpu_count() or 2) - 1])
        wait_until_ready(port)
        try:
            yield port, process
        finally:
            started.terminate()


def wait_until_ready(port: int) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz"):
            return
        time.sleep(0.1)
    raise SystemExit("the server did not become ready")


def measure_server(
    settings: Settings,
    options: argparse.Namespace,
    photos: dict[str, bytes],
    port: int,
    process: psutil.Process,
) -> dict[str, object]:
    """Return what the server takes for photos, and what a light endpoint feels."""
    db = Database.connect(settings.database_url)
    _, token = create_key(db, owner_id=None, name="benchmark", requests_per_day=MOST_REQUESTS_PER_DAY)
    db.close()
    idle = process.memory_info().rss / 1e6
    path = f"/api/v1/challenges/{options.challenge}/predict"
    heavy = {
        name: request_bytes(path, content, {"Authorization": f"Bearer {token}"}).replace(
            b"application/json", b"image/jpeg", 1
        )
        for name, content in photos.items()
    }
    light = request_bytes(
        "/api/v1/challenges/messages/predict",
        b'{"text": "See you at seven, and bring the book"}',
        {"Authorization": f"Bearer {token}"},
    )
    found: dict[str, object] = {"idle_mb": round(idle)}
    asyncio.run(drive(port, heavy["640 x 480"], 1, 1.0))
    asyncio.run(drive(port, light, 1, 1.0))
    for name, request in heavy.items():
        before = process.cpu_times()
        load = asyncio.run(drive(port, request, 1, options.seconds))
        after = process.cpu_times()
        spent = after.user + after.system - before.user - before.system
        found[name] = {
            "cpu_ms": round(spent / len(load.latencies) * 1000, 2),
            "p50_ms": round(load.quantile(0.5), 2),
            "p99_ms": round(load.quantile(0.99), 2),
            "a_second": round(load.rate, 1),
            "failures": load.failures,
        }
    found["light alone"] = told(asyncio.run(drive(port, light, 1, options.seconds / 2)))
    for name, request in heavy.items():
        beside, load = asyncio.run(both(port, light, request, options.seconds))
        found[f"light beside {name}"] = {**told(beside), "photos_a_second": round(load.rate, 1)}
    found["busy_mb"] = round(process.memory_info().rss / 1e6)
    return found


async def both(port: int, light: bytes, heavy: bytes, seconds: float) -> tuple[Load, Load]:
    """Ask a light endpoint while two clients ask about photos."""
    loads = await asyncio.gather(drive(port, light, 1, seconds), drive(port, heavy, 2, seconds))
    return loads[0], loads[1]


def told(load: Load) -> dict[str, float]:
    """Return the figures of a light endpoint."""
    return {
        "p50_ms": round(load.quantile(0.5), 2),
        "p90_ms": round(load.quantile(0.9), 2),
        "p99_ms": round(load.quantile(0.99), 2),
        "a_second": round(load.rate, 1),
        "failures": load.failures,
    }


if __name__ == "__main__":
    main()
