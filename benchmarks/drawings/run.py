"""Measure the shipped champion on digits that were drawn or photographed in many ways.

    python benchmarks/drawings/run.py --data FOLDER [--count 300] [--only WORD] [--sheet FILE]

Needs the extra [train] (scipy) and a folder with the t10k files of MNIST.
"""

import argparse
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from conditions import MOUSE, PHOTOS, Condition
from numpy.typing import NDArray
from PIL import Image
from strokes import Digit

from outclass.base.limits import Limits
from outclass.base.settings import Settings
from outclass.catalog.sources.idx import IdxPictures, read_idx_folder
from outclass.inference.predictor import Predictor
from outclass.inputs.drawing import read_drawing
from outclass.inputs.png import PNG_SIGNATURE
from outclass.registry.store import Registry

SEED = 20
SHOWN = 24


def main() -> None:
    """Print a table of accuracy by condition."""
    options = parse()
    predictor = Predictor.load(Registry(Settings.from_environment()).get("digits"))
    pairs = read_idx_folder(options.data)
    digits = choose(predictor, pairs, options.count)
    print(f"{len(digits)} digits\n\n| drawing | correct | answered |\n|---|---|---|")
    sheets = []
    for title, conditions in (("mouse", MOUSE), ("photo", PHOTOS)):
        sheets += measure(predictor, digits, title, conditions, options.only)
    if options.sheet and sheets:
        Image.fromarray(np.concatenate(sheets)).save(options.sheet)


def choose(predictor: Predictor, pairs: IdxPictures, count: int) -> list[Digit]:
    """Draw digits that the model reads as they are, and that can be written again by their center line."""
    digits: list[Digit] = []
    for row in np.random.default_rng(SEED).permutation(len(pairs.labels)):
        digit = Digit(pairs.images[row], str(pairs.labels[row]))
        read = predictor.predict_many((digit.picture[np.newaxis] / 255).astype(np.float32))[0]
        if read.answer == digit.label and digit.is_line:
            digits.append(digit)
        if len(digits) == count:
            break
    return digits


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's t10k files")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--only", default="", help="conditions whose name holds this")
    parser.add_argument("--sheet", type=Path, help="write what the model saw, wrong answers first")
    return parser.parse_args()


def measure(
    predictor: Predictor, digits: list[Digit], title: str, conditions: Mapping[str, Condition], only: str
) -> list[NDArray[np.uint8]]:
    """Print a row for each condition, and return a strip of what the model saw in each."""
    strips, right, answers = [], 0, 0
    chosen = {f"{title}: {name}": make for name, make in conditions.items() if only in f"{title}: {name}"}
    for number, (name, make) in enumerate(chosen.items()):
        random = np.random.default_rng([SEED, number])
        bodies = [make(digit, random) for digit in digits]
        rows = np.stack([read_drawing(body, kind(body), Limits()) for body in bodies])
        found = predictor.predict_many(rows)
        correct = [each.answer == digit.label for each, digit in zip(found, digits, strict=True)]
        answered = [not each.abstained for each in found]
        print(f"| {name} | {np.mean(correct):.1%} | {np.mean(answered):.1%} |", flush=True)
        strips.append(strip(rows, correct, bodies))
        right, answers = right + sum(correct), answers + sum(answered)
    total = len(digits) * len(chosen)
    if total:
        print(f"| **{title}, all** | {right / total:.2%} | {answers / total:.2%} |", flush=True)
    return strips


def strip(rows: NDArray[np.float32], correct: list[bool], bodies: list[bytes]) -> NDArray[np.uint8]:
    """Return some bodies above what the model saw of them, wrong answers first."""
    order = np.argsort(correct, kind="stable")[:SHOWN]
    above = np.concatenate([thumbnail(bodies[place]) for place in order], axis=1)
    seen = (np.concatenate([rows[place] for place in order], axis=1) * 255).astype(np.uint8)
    return np.concatenate([above, seen.repeat(2, 0).repeat(2, 1)])


def kind(body: bytes) -> str:
    """Return the media type of a body."""
    return "image/png" if body.startswith(PNG_SIGNATURE) else "application/octet-stream"


def thumbnail(body: bytes) -> NDArray[np.uint8]:
    """Return a body as a gray picture of 56 pixels."""
    if body.startswith(PNG_SIGNATURE):
        image = Image.open(io.BytesIO(body)).convert("L")
    else:
        side = round(len(body) ** 0.5)
        image = Image.frombytes("L", (side, side), body)
    return np.asarray(image.resize((56, 56), Image.Resampling.BOX))


if __name__ == "__main__":
    main()
