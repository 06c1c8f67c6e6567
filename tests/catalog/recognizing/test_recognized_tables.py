"""Clean and dirty tables: each makes a challenge that is read as it was drafted."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import polars as pl
import pytest

from outclass.catalog.challenge import InputKind
from outclass.catalog.loader import load_challenge
from outclass.catalog.recognizing import Choices, Found, recognize, write_challenge
from outclass.catalog.recognizing.salts import counts_of, read_clean
from outclass.catalog.recognizing.sections import split_of_size
from outclass.catalog.split import Split
from own_data import FLOWERS, csv_text, flowers, messages, things, write

Made = Callable[[Path], Path]
THINGS = ("color", "size", "weight", "kind")


def comma(number: object) -> str:
    return str(number).replace(".", ",")


def german(folder: Path) -> Path:
    rows = [[*map(comma, row[:3]), row[3]] for row in flowers()]
    return write(folder, "blumen.csv", "\ufeff" + csv_text(rows, FLOWERS, ";"))


def latin(folder: Path) -> Path:
    rows = [[comma(w), "Käfer" if kind == "apple" else "Mücke"] for _, _, w, kind in things()]
    return write(folder, "käfer.csv", csv_text(rows, ["Größe", "Art"], ";"), "windows-1252")


def nameless(folder: Path) -> Path:
    return write(folder, "flowers.data", csv_text(flowers()))


def spelled(folder: Path) -> Path:
    words = (str.lower, str.upper, lambda word: f" {word.title()} ")
    rows = [[*row[:3], words[n % 3](str(row[3]))] for n, row in enumerate(flowers())]
    return write(folder, "flowers.csv", csv_text(rows, FLOWERS))


def holes(folder: Path) -> Path:
    rows = [
        ["?" if n % 7 == 0 else row[0], row[1], "NA" if n % 5 == 0 else row[2], row[3]]
        for n, row in enumerate(things())
    ]
    return write(folder, "things.csv", csv_text(rows, THINGS))


def doubled(folder: Path) -> Path:
    rows = [[*row[:3], row[3], "", ""] for row in flowers()]
    return write(folder, "flowers.csv", csv_text(rows, ["a", "a", "", "species", "", ""]))


def titled(folder: Path) -> Path:
    return write(folder, "flowers.csv", "Flowers of our garden\n\n" + csv_text(flowers(), FLOWERS))


def of_r(folder: Path) -> Path:
    rows = [[n, *row] for n, row in enumerate(flowers(), 1)]
    return write(folder, "flowers.csv", csv_text([]) + ",".join(FLOWERS) + "\n" + csv_text(rows))


def thousands(folder: Path) -> Path:
    rows = [[row[0], row[1], f"{1000 * float(str(row[2])):,.1f}", row[3]] for row in things()]
    return write(folder, "things.csv", csv_text(rows, THINGS))


def numbered(folder: Path) -> Path:
    rows = [
        [n, *row, f"{row[3]}_{n}.jpg"] for n, row in enumerate(sorted(flowers(), key=lambda row: str(row[3])))
    ]
    return write(folder, "flowers.csv", csv_text(rows, ["Unnamed: 0", *FLOWERS, "filename"]))


def twice(folder: Path) -> Path:
    codes = {"setosa": 0, "versicolor": 1, "virginica": 2}
    rows = [[*row, codes[str(row[3])]] for row in flowers()]
    return write(folder, "flowers.csv", csv_text(rows, [*FLOWERS, "target"]))


def database(folder: Path) -> Path:
    path = folder / "garden.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE flowers (id INTEGER PRIMARY KEY, a REAL, b REAL, c REAL, species TEXT)"
        )
        connection.executemany("INSERT INTO flowers (a, b, c, species) VALUES (?, ?, ?, ?)", flowers())
        connection.commit()
    return path


def parquet(folder: Path) -> Path:
    path = folder / "things.parquet"
    pl.DataFrame(
        [(*row[:3], row[3] == "apple") for row in things()],
        schema=["color", "size", "weight", "label"],
        orient="row",
    ).write_parquet(path)
    return path


def rare(folder: Path) -> Path:
    return write(folder, "things.csv", csv_text([*things(), ["red", "S", 1.0, "plum"]], THINGS))


def mixed(folder: Path) -> Path:
    rows = [["heavy" if n == 3 else row[2], row[0], row[3]] for n, row in enumerate(things())]
    return write(folder, "things.csv", csv_text(rows, ["weight", "color", "kind"]))


def patients(folder: Path) -> Path:
    rows = [
        [n // 4, row[0], row[2], row[3]]
        for n, row in enumerate(sorted(things(), key=lambda row: str(row[3])))
    ]
    return write(folder, "visits.csv", csv_text(rows, ["patient_id", "color", "weight", "diagnosis"]))


def repeated(folder: Path) -> Path:
    return write(folder, "things.csv", csv_text(things(30) * 6, THINGS))


def halves(folder: Path) -> Path:
    rows = [[row[0], row[2], 0.5 + 0.5 * (n % 3)] for n, row in enumerate(flowers())]
    return write(folder, "stars.csv", csv_text(rows, ["a", "b", "rating"]))


def money(folder: Path) -> Path:
    rows = [
        [f"{row[2]:.1f}".replace(".", ","), "n/a" if n % 20 == 0 else f"{1 + n % 3}.{100 + n},50", row[3]]
        for n, row in enumerate(things())
    ]
    return write(folder, "things.csv", csv_text(rows, ["weight", "price", "kind"], ";"))


def placed(folder: Path) -> Path:
    rows = [[row[0], 0.37 * n, row[3]] for n, row in enumerate(flowers())]
    return write(folder, "places.csv", csv_text(rows, ["x", "y", "plant"]))


TABLES: dict[str, tuple[Made, int, int]] = {
    "semicolons, decimal commas, a byte order mark": (german, 90, 3),
    "Latin letters": (latin, 120, 2),
    "no header": (nameless, 90, 3),
    "labels in several spellings": (spelled, 90, 3),
    "missing values": (holes, 120, 2),
    "names twice and not at all, empty columns": (doubled, 90, 3),
    "a title above the header": (titled, 90, 3),
    "one name fewer than columns": (of_r, 90, 3),
    "thousands": (thousands, 120, 2),
    "rows numbered and sorted, names of files": (numbered, 90, 3),
    "the label twice": (twice, 90, 3),
    "a database": (database, 90, 3),
    "Parquet with truths": (parquet, 120, 2),
    "a class of one row": (rare, 120, 2),
    "a word among numbers": (mixed, 120, 2),
    "groups": (patients, 120, 2),
    "rows that repeat six times": (repeated, 180, 2),
    "ratings by halves": (halves, 90, 3),
    "decimal commas in one column, thousands in another": (money, 120, 2),
    "places by x and y": (placed, 90, 3),
}


def drafted(path: Path, folder: Path, choices: Choices | None = None) -> tuple[Found, Path]:
    found = recognize(path, choices)
    return found, write_challenge(found, "own", folder / "challenges")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_makes_a_challenge_that_is_read_as_it_was_drafted(tmp_path: Path, name: str) -> None:
    make, rows, classes = TABLES[name]
    found, target = drafted(make(tmp_path), tmp_path)
    loaded = load_challenge(target.parent)

    assert (found.kind, found.objects, len(found.classes)) == (InputKind.TABLE, rows, classes)
    assert loaded.challenge.class_names == tuple(found.classes)
    table = read_clean(loaded)
    assert len(table.labels) == rows
    assert {name: table.labels.count(name) for name in found.classes} == dict(found.classes)
    counts = counts_of(table.group_ids, table.labels, loaded.challenge.split)
    shares = loaded.challenge.split
    asked = [side for side in Split if getattr(shares, side.value) > 0]
    assert Split.VALIDATION in asked
    assert all(counts[side][name] for side in asked for name in found.classes)


def inputs_of(path: Path, folder: Path) -> dict[str, str]:
    _, target = drafted(path, folder)
    return {
        column.name: column.kind.value for column in load_challenge(target.parent).challenge.input.columns
    }


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (german, {"sepal_length_cm": "number", "sepal_width_cm": "number", "petal_length_cm": "number"}),
        (holes, {"color": "category", "size": "category", "weight": "number"}),
        (thousands, {"color": "category", "size": "category", "weight": "number"}),
        (mixed, {"weight": "number", "color": "category"}),
        (money, {"weight": "number", "price": "number"}),
        (numbered, {"sepal_length_cm": "number", "sepal_width_cm": "number", "petal_length_cm": "number"}),
        (twice, {"sepal_length_cm": "number", "sepal_width_cm": "number", "petal_length_cm": "number"}),
        (patients, {"color": "category", "weight": "number"}),
        (doubled, {"a": "number", "a_2": "number", "column_3": "number"}),
    ],
)
def test_columns_that_tell_something_are_inputs_and_no_others(
    tmp_path: Path, make: Made, expected: dict[str, str]
) -> None:
    assert inputs_of(make(tmp_path), tmp_path) == expected


def test_rows_of_a_group_and_copies_of_the_label_are_told(tmp_path: Path) -> None:
    grouped, again = recognize(patients(tmp_path)), recognize(twice(tmp_path))

    assert any("`patient_id` names groups" in line for line in grouped.evidence)
    assert any("`target`" in line and "in other words" in line for line in again.doubts)


def test_texts_make_a_challenge_of_texts(tmp_path: Path) -> None:
    text = "".join(f"{label}\t{body}\n" for label, body in messages())
    found, target = drafted(write(tmp_path, "sms.tsv", text), tmp_path)

    assert found.kind is InputKind.TEXT
    assert len(read_clean(load_challenge(target.parent)).labels) > 80


def test_texts_in_json_lines_with_quotes(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": f'"{body}"', "category": label}) + "\n" for label, body in messages())
    found, _ = drafted(write(tmp_path, "sms.jsonl", lines), tmp_path)

    assert (found.kind, dict(found.classes)) == (InputKind.TEXT, {"ham": 45, "spam": 45})


def test_a_text_beside_other_columns_is_a_choice(tmp_path: Path) -> None:
    rows = [[body, *thing] for (_, body), thing in zip(messages(), things(90), strict=True)]
    path = write(tmp_path, "notes.csv", csv_text(rows, ["remark", *THINGS]))

    assert recognize(path).kind is InputKind.TABLE
    assert recognize(path, Choices(text="remark")).kind is InputKind.TEXT


def test_many_pixels_are_a_drawing_and_few_a_table_unless_asked(tmp_path: Path) -> None:
    chance = Random(4)
    # The first pixel is dark in every row, and a part of the picture all the same.
    rows = [[0] + [chance.randrange(17) for _ in range(63)] + [n % 2] for n in range(40)]
    path = write(
        tmp_path, "digits.csv", csv_text(rows, [*(f"pixel_{n // 8}_{n % 8}" for n in range(64)), "label"])
    )
    drawn, target = drafted(path, tmp_path, Choices(kind=InputKind.DRAWING))

    table = recognize(path)
    assert table.kind is InputKind.TABLE
    assert len(table.draft["input"]["columns"]) == 64  # type: ignore[call-overload, index]
    assert drawn.kind is InputKind.DRAWING
    assert read_clean(load_challenge(target.parent)).inputs[0].shape == (8, 8)  # type: ignore[index, union-attr]


def test_few_rows_are_learned_from_rather_than_held_out(tmp_path: Path) -> None:
    _, target = drafted(german(tmp_path), tmp_path)
    split = load_challenge(target.parent).challenge.split
    assert (split.train, split.validation, split.holdout, split.game) == (0.87, 0.03, 0.0, 0.1)


def test_shares_of_a_split_sum_to_one_and_hold_out_what_decides() -> None:
    for objects in (20, 1999, 2000, 20_000, 20_001, 1_000_000):
        for kind in InputKind:
            shares = split_of_size(objects, kind)
            assert sum(shares.values()) == pytest.approx(1.0)
            assert min(shares["train"], shares["validation"], shares["game"]) > 0
            if kind is InputKind.TABLE:
                assert shares["holdout"] == 0 or shares["holdout"] * objects >= 100
