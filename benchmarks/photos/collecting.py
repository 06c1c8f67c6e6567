"""What collecting, exporting and looking up photos costs, in seconds and memory.

    python benchmarks/photos/collecting.py FOLDER --photos 5000

Writes a Parquet file of made-up JPEGs of 500 x 375 pixels (about 40 kB each, one row group), collects it,
collects it again, exports it, and looks for the three photos that are most like one. The photos are 60
different ones with a number in each file, so that all are decoded and most are near duplicates. Each step
runs in a process of its own.
"""

import argparse
import io
import resource
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from PIL import Image

from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.export import export_version
from outclass.catalog.loader import load_challenge
from outclass.catalog.neighbors import nearest, write_features
from outclass.catalog.versions import collect

DIFFERENT = 60
WIDTH = 1280
WRITE = "write"
STEPS = ("collect", "collect again", "export", "nearest")
DECLARED = {
    "name": "made-up",
    "title": "Made up",
    "question": "Even or odd?",
    "summary": "Photos that were made up.",
    "accent": "#ff8800",
    "input": {"kind": "photo"},
    "classes": [{"name": "even", "title": "Even"}, {"name": "odd", "title": "Odd"}],
    "dataset": {
        "title": "Made up",
        "licence": "CC0-1.0",
        "citation": "This script",
        "source": {"kind": "photos", "files": {"photos": {"path": "photos.parquet"}}},
    },
    "split": {"salt": "made-up-1", "train": 0.7, "validation": 0.1, "holdout": 0.1, "game": 0.1},
    "models": {"probe": {"title": "Probe"}},
    "advisers": ["probe"],
    "champion": "probe",
}


def picture(seed: int) -> bytes:
    """Return a JPEG with as much detail as a photo has."""
    random = np.random.default_rng(seed)
    pixels = np.zeros((375, 500, 3), dtype=np.float32)
    for step in (4, 16, 64):
        small = random.integers(0, 256, (375 // step + 2, 500 // step + 2, 3), dtype=np.uint8)
        grown = Image.fromarray(small).resize((500, 375), Image.Resampling.BICUBIC)
        pixels += np.asarray(grown, dtype=np.float32) * (step**0.5 / 14)
    stream = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def numbered(content: bytes, number: int) -> bytes:
    """Return a JPEG with a number in a comment."""
    comment = struct.pack(">Q", number)
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + content[2:]


def write(folder: Path, count: int) -> None:
    """Write the challenge and its table."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "challenge.yaml").write_text(yaml.safe_dump(DECLARED), encoding="utf-8")
    pictures = [picture(seed) for seed in range(DIFFERENT)]
    columns = {
        "image": [numbered(pictures[number % DIFFERENT], number) for number in range(count)],
        "label": [("even", "odd")[number % 2] for number in range(count)],
        "id": [str(number) for number in range(count)],
    }
    pl.DataFrame(columns).write_parquet(folder / "photos.parquet", row_group_size=count)


def run(step: str, folder: Path) -> None:
    """Do one step and print what it cost."""
    home = folder / "home"
    settings = Settings(home=home, database_url=f"sqlite:///{home}/site.sqlite3")
    loaded = load_challenge(folder / "made-up")
    version = current_version(loaded.name, settings)
    vector = np.random.default_rng(1).normal(size=WIDTH).astype(np.float32)
    if step == STEPS[-1] and version is not None:
        rows = np.random.default_rng(2).normal(size=(len(version.ids("train")), WIDTH)).astype(np.float32)
        write_features(version, rows, "0" * 64)
    clock, processor = time.perf_counter(), time.process_time()
    if step.startswith("collect"):
        collect(loaded, settings)
    elif version is not None and step == "export":
        export_version(version, folder / "out.parquet")
    elif version is not None:
        nearest(version, vector, "0" * 64)
    spent = time.process_time() - processor, time.perf_counter() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {step} | {spent[0]:.2f} | {spent[1]:.2f} | {memory:.0f} MB |", flush=True)


def main() -> None:
    """Write the photos, then take the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--step", choices=(WRITE, *STEPS))
    options = parser.parse_args()
    if options.step == WRITE:
        write(options.folder / "made-up", options.photos)
    elif options.step:
        run(options.step, options.folder)
    else:
        all_steps(options.folder, options.photos)


def all_steps(folder: Path, photos: int) -> None:
    """Take each step in a process of its own: one begins with the memory of the one that started it."""
    words = [sys.executable, __file__, str(folder), "--photos", str(photos), "--step"]
    subprocess.run([*words, WRITE], check=True)
    print("| step | seconds of the processor | by the clock | most memory |\n|---|---|---|---|", flush=True)
    for step in STEPS:
        subprocess.run([*words, step], check=True)


if __name__ == "__main__":
    main()
