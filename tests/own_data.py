"""Tables as people have them, clean and dirty, for the tests of what is recognized."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from random import Random

FLOWERS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "species")
COLORS = ("red", "green", "blue", "white")


def flowers(count: int = 90, seed: int = 1) -> list[list[object]]:
    """Return rows of three species that their petals tell, with some overlap."""
    chance = Random(seed)
    rows: list[list[object]] = []
    for number in range(count):
        kind = number % 3
        rows.append(
            [
                round(chance.gauss(5 + kind / 2, 0.4), 1),
                round(chance.gauss(3, 0.3), 1),
                round(chance.gauss(1.5 + 1.6 * kind, 0.5), 1),
                ("setosa", "versicolor", "virginica")[kind],
            ]
        )
    return rows


def things(count: int = 120, seed: int = 2) -> list[list[object]]:
    """Return rows of a color, a size and a weight, and a kind that the color mostly tells."""
    chance = Random(seed)
    rows: list[list[object]] = []
    for number in range(count):
        kind = number % 2
        color = COLORS[2 * kind + chance.randrange(2)] if chance.random() < 0.9 else chance.choice(COLORS)
        rows.append(
            [color, chance.choice("SML"), round(chance.gauss(kind, 1), 2), "apple" if kind else "pear"]
        )
    return rows


def messages(count: int = 90, seed: int = 3) -> list[list[object]]:
    """Return short texts, each another one, and what they are."""
    chance = Random(seed)
    who = ("mum", "Tom", "the boss", "Ann", "my neighbor", "nobody")
    what = ("home late", "at the station", "in a meeting", "out of milk", "on the train", "asleep by nine")
    prize = ("a holiday", "a phone", "500 pounds", "a voucher", "free calls", "a mystery prize")
    rows: list[list[object]] = []
    for number in range(count):
        if number % 2:
            rows.append(
                ["ham", f"tell {chance.choice(who)} that {chance.choice(who)} is {chance.choice(what)}, ok?"]
            )
        else:
            won = f"{chance.choice(prize)} or {chance.choice(prize)}"
            rows.append(
                [
                    "spam",
                    f"You won {won}! Call {chance.randrange(10**6)} and say {chance.choice(who)} sent you",
                ]
            )
    return rows


def csv_text(rows: Sequence[Sequence[object]], header: Sequence[str] = (), delimiter: str = ",") -> str:
    """Return rows as CSV."""
    content = io.StringIO()
    writer = csv.writer(content, delimiter=delimiter, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return content.getvalue()


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path
