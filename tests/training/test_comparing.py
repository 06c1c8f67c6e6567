"""A champion is compared with a challenger only where both can be asked the same rows."""

import msgspec
import pytest

from outclass.catalog.declared_columns import CategoryValue
from outclass.registry.version import Signature
from outclass.training.promotion import same_task
from small_tables import COLUMNS, flower_signature


def changed(**fields: object) -> Signature:
    return msgspec.structs.replace(flower_signature(), **fields)


def with_columns(*columns: object) -> Signature:
    declared = msgspec.structs.replace(flower_signature().input, columns=columns)
    return changed(input=declared, shape=(len(columns),))


REORDERED = msgspec.structs.replace(COLUMNS[2], values=tuple(reversed(COLUMNS[2].values)))
LONGER = msgspec.structs.replace(COLUMNS[2], values=(*COLUMNS[2].values, CategoryValue(name="blue")))
RETITLED = msgspec.structs.replace(COLUMNS[2], title="Colour", description="")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (flower_signature(), True),
        (with_columns(*COLUMNS[:2], RETITLED, *COLUMNS[3:]), True),
        (with_columns(*COLUMNS[:4]), False),
        (with_columns(*COLUMNS[1:], COLUMNS[0]), False),
        (with_columns(*COLUMNS[:2], REORDERED, *COLUMNS[3:]), False),
        (with_columns(*COLUMNS[:2], LONGER, *COLUMNS[3:]), False),
        (changed(classes=("rose", "daisy", "tulip")), False),
        (changed(classes=("rose", "tulip", "daisy", "lily")), False),
    ],
    ids=[
        "itself",
        "titles",
        "a column less",
        "another order",
        "values turned",
        "a value more",
        "classes",
        "a class more",
    ],
)
def test_models_of_other_columns_or_classes_are_not_compared(other: Signature, same: bool) -> None:
    assert same_task(flower_signature(), other) is same
