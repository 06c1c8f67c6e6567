"""What a signature of records must say."""

import msgspec
import numpy as np
import pytest

from outclass.base.document import to_json
from outclass.base.errors import InvalidInputError
from outclass.catalog.declared_columns import CategoryValue, ColumnKind, InputColumn
from outclass.inference.prediction import AbstainReason
from outclass.inference.predictor import Predictor
from outclass.inputs.table import encode
from outclass.registry.files import signature_problem
from outclass.registry.version import Signature
from small_tables import COLUMNS, FIRST, flower_signature, flowers_version

NUMBER = InputColumn(name="height", kind=ColumnKind.NUMBER)


def with_columns(*columns: InputColumn, shape: int | None = None) -> Signature:
    """Return the signature with other columns."""
    signature = flower_signature()
    declared = msgspec.structs.replace(signature.input, columns=columns)
    wide = len(columns) if shape is None else shape
    return msgspec.structs.replace(signature, input=declared, shape=(wide,))


@pytest.mark.parametrize(
    ("signature", "what"),
    [
        (with_columns(*COLUMNS, shape=4), "not as many as the shape says"),
        (with_columns(NUMBER, NUMBER), "different names"),
        (with_columns(InputColumn(name="color", kind=ColumnKind.CATEGORY)), "values of the column color"),
        (
            with_columns(
                InputColumn(name="color", kind=ColumnKind.CATEGORY, values=(CategoryValue(name="a"),) * 2)
            ),
            "values of the column color",
        ),
    ],
)
def test_columns_that_contradict_the_shape_or_themselves_are_found(signature: Signature, what: str) -> None:
    assert what in (signature_problem(signature) or "")


def test_the_columns_travel_with_the_signature() -> None:
    signature = flower_signature()
    assert signature_problem(signature) is None
    assert msgspec.json.decode(to_json(signature), type=Signature) == signature


def test_a_predictor_answers_records_and_refuses_what_no_column_holds(tmp_path) -> None:
    predictor = Predictor.load(flowers_version(tmp_path))
    row = encode([FIRST], COLUMNS)[0]
    assert predictor.predict_one(row).answer == "rose"
    assert predictor.predict_one(FIRST) == predictor.predict_one(row)
    assert [one.answer for one in predictor.predict_many([FIRST, {}])] == ["rose", None]
    with pytest.raises(InvalidInputError, match=r"objects\[1\]\.color"):
        predictor.predict_many([FIRST, {"color": "blue"}])
    nothing = predictor.predict_one(np.full(5, np.nan, dtype=np.float32))
    assert (nothing.answer, nothing.reason) == (None, AbstainReason.EMPTY)
    rows = np.stack([row] * 3000)
    rows[1, 0] = np.nan
    assert [one.answer for one in predictor.predict_many(rows)] == ["rose"] * 3000
    rows[2999, 2] = 7
    with pytest.raises(InvalidInputError, match=r"row 2999\.color"):
        predictor.predict_many(rows)
    for wrong in (rows[:, :4], np.array([["a"] * 5]), row):
        with pytest.raises(InvalidInputError, match="wrong shape"):
            predictor.predict_many(wrong)
