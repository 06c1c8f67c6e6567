"""Near-repeats across a split, and columns that tell too much."""

import numpy as np

from outclass.inputs.columns import CategoryValue, ColumnKind, InputColumn
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.training.suspects.repeats import repeat_keys, repeats_across
from outclass.training.suspects.telling import telling_columns

NUMBERS = tuple(InputColumn(name=name, kind=ColumnKind.NUMBER) for name in "abc")
COLOR = InputColumn(
    name="color", kind=ColumnKind.CATEGORY, values=(CategoryValue(name="r"), CategoryValue(name="g"))
)


def records(values: np.ndarray, columns: tuple[InputColumn, ...]) -> ColumnTable:
    return ColumnTable(columns=columns, values=values.astype(np.float32))


def test_records_that_differ_by_a_hair_are_found_across_sides_only() -> None:
    random = np.random.default_rng(1)
    values = random.uniform(0, 100, (60, 3))
    values[1] = values[0] + 0.001
    values[3] = values[2] + 0.001
    values[5] = values[4] + 0.001
    sides = ["train", "holdout", "train", "train", "train", "game"] + ["train"] * 54
    groups = [f"g{n}" for n in range(60)]
    groups[5] = groups[4]
    keys = repeat_keys(records(values, NUMBERS))

    assert keys is not None
    assert repeats_across(keys, sides, groups) == [(0, 1), (1, 0)]


def test_another_category_or_a_missing_value_makes_another_record() -> None:
    values = np.array([[1.0, 2, 3, 0], [1.0, 2, 3, 1], [1.0, 2, np.nan, 0], [9.0, 9, 9, 0]])
    keys = repeat_keys(records(values, (*NUMBERS, COLOR)))

    assert keys is not None
    assert repeats_across(keys, ["train", "game", "game", "train"], list("abcd")) == []


def test_texts_that_differ_in_numbers_are_the_same_template() -> None:
    first, second = "Your code is 1234, keep it to yourself!", "your code is 99 - keep it to yourself"
    texts = TextTable((first, second, "see you", "SEE YOU 2"))
    keys = repeat_keys(texts)

    assert keys is not None
    assert repeats_across(keys, ["train", "holdout", "train", "game"], list("abcd")) == [(0, 1), (1, 0)]


def test_few_numbers_and_drawings_are_not_looked_at() -> None:
    assert repeat_keys(records(np.zeros((4, 2)), NUMBERS[:2])) is None
    assert repeat_keys(np.zeros((4, 8, 8), dtype=np.uint8)) is None


def test_a_column_that_tells_nearly_every_label_is_told() -> None:
    random = np.random.default_rng(2)
    targets = random.integers(0, 2, 500)
    telling = targets + random.normal(0, 0.05, 500)
    noise = random.normal(0, 1, 500)
    color = np.where(random.random(500) < 0.9, targets, 1 - targets)
    table = records(np.column_stack([telling, noise, noise, color]), (*NUMBERS, COLOR))
    (found,) = telling_columns(table, targets)

    assert found.name == "a"
    assert found.share > 0.97
    assert 0.4 < found.base < 0.6


def test_naming_the_commonest_class_and_single_values_tell_nothing() -> None:
    random = np.random.default_rng(3)
    targets = (random.random(500) < 0.02).astype(np.int64)
    table = records(np.column_stack([np.arange(500), random.normal(0, 1, 500), np.ones(500)]), NUMBERS)
    assert telling_columns(table, targets) == ()
