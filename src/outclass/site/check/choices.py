"""The answers that may be given, and the keys for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from outclass.catalog.challenge import Challenge, ClassLabel

TAKEN = {"u": "unsure", "s": "skip", "z": "undo"}
KEYS = "123456789qwertyiopadfghjklxcvbnm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One class, the value of its button, and its key; no key where there are more classes than keys."""

    value: str
    label: ClassLabel
    key: str

    @property
    def shown_key(self) -> str:
        """Return the key as its button shows it; nothing where the answer is the key."""
        return "" if self.key.upper() == self.label.title.upper() else self.key.upper()


def choices_of(challenge: Challenge) -> list[Choice]:
    """Return the classes as choices, in order of declaration."""
    keys = keys_of(challenge.class_names)
    return [
        Choice(value=str(place), label=label, key=keys[place])
        for place, label in enumerate(challenge.classes)
    ]


def keys_of(names: Sequence[str]) -> list[str]:
    """Return the key of each class: its own sign where all have one, else numbers and then letters.

    >>> keys_of(["ham", "spam"]), keys_of(["0", "1"])
    (['1', '2'], ['0', '1'])
    """
    if all(len(name) == 1 and name.isalnum() and name.lower() not in TAKEN for name in names):
        return [name.lower() for name in names]
    return [*KEYS[: len(names)], *[""] * max(0, len(names) - len(KEYS))]


def label_of(challenge: Challenge, value: str) -> str | None:
    """Return the class that a button stands for, None for any other value."""
    if not (value.isascii() and value.isdigit()) or int(value) >= len(challenge.classes):
        return None
    return challenge.class_names[int(value)]
