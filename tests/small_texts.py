"""A small challenge of texts whose `simulate.py` makes all its objects, for tests."""

from pathlib import Path

from small_challenge import write_challenge

CLASSES = ("call", "offer")
SIMULATE = '''"""Made-up texts of two kinds."""

from outclass.catalog.sources.base import SourceTable
from outclass.inputs.text import TextTable
from small_texts import CLASSES, texts


def sample() -> SourceTable:
    """Return a few objects to play with."""
    return make(12, 7, "game")


def population(count: int, seed: int) -> SourceTable:
    """Return as many objects as wanted."""
    return make(count, seed, None)


def make(count: int, seed: int, split: str | None) -> SourceTable:
    """Return objects of both classes in turn."""
    ids = tuple(f"sim-{number:06d}" for number in range(count))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(CLASSES[number % 2] for number in range(count)),
        inputs=TextTable(tuple(texts(count, seed))),
        fixed_splits=(split,) * count,
    )
'''
WORDS = (
    ("call", "me", "when", "you", "are", "home", "mum", "dinner", "at", "seven", "love"),
    ("free", "win", "prize", "claim", "now", "offer", "cash", "text", "stop", "today", "bonus"),
)


def declaration() -> dict[str, object]:
    """Return what the challenge file says."""
    return {
        "name": "notes",
        "title": "Notes",
        "question": "Call or offer?",
        "summary": "Texts that were made up.",
        "accent": "#ff8800",
        "input": {"kind": "text"},
        "classes": [{"name": name, "title": name.title()} for name in CLASSES],
        "dataset": {
            "title": "Notes",
            "licence": "CC0-1.0",
            "citation": "Made for a test.",
            "sample": "Simulated for a test.",
            "source": {"kind": "idx", "files": {role: {"path": f"{role}.gz"} for role in ROLES}},
        },
        "split": {"salt": "notes-1", "train": 0.5, "validation": 0.2, "holdout": 0.15, "game": 0.15},
        "models": {"linear": {"title": "Linear"}},
        "advisers": ["linear"],
        "champion": "linear",
    }


ROLES = ("train_images", "train_labels")


def text_challenge(folder: Path, **changed: object) -> Path:
    """Write challenge and simulator and return the folder."""
    write_challenge(folder, declaration() | changed)
    (folder / "simulate.py").write_text(SIMULATE, encoding="utf-8")
    return folder


def texts(count: int, seed: int) -> list[str]:
    """Return texts of six words and a number, of both classes in turn; one word in six is the other's."""
    found = []
    for number in range(count):
        own, other = WORDS[number % 2], WORDS[1 - number % 2]
        picked = [own[(seed + number * 7 + place * (3 + number % 5)) % len(own)] for place in range(5)]
        found.append(" ".join([*picked, other[(number + seed) % len(other)], str(number)]))
    return found
