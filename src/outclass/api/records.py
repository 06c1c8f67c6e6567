"""Records of columns: from bodies to rows, and what an answer says of its columns."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from outclass.api.service import Service
from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.inference.columns import explain_record
from outclass.inference.predictor import Predictor, Rows
from outclass.inputs.columns import InputColumn
from outclass.inputs.table import coder_of, record, value_of


class ColumnEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What one column of a record did to its answer."""

    name: str
    value: Annotated[float | str | None, Meta(description="as it was understood; null where it is missing")]
    effect: Annotated[
        float,
        Meta(description="by how much it moves the logarithm of the odds of the answer, by its value"),
    ]


Effects = tuple[ColumnEffect, ...]


def columns_of(service: Service, challenge: Challenge) -> tuple[InputColumn, ...]:
    """Return the columns that the model which answers now reads; none for other kinds of input."""
    if challenge.input.kind is not InputKind.TABLE:
        return ()
    return service.predictor(challenge.name).version.signature.input.columns


def declared_columns(service: Service, challenge: Challenge) -> tuple[InputColumn, ...]:
    """Return the same, or those of the challenge where no model answers yet."""
    try:
        return columns_of(service, challenge)
    except OutclassError:
        return challenge.input.columns


def kept_record(row: Rows, columns: tuple[InputColumn, ...]) -> bytes:
    """Return a record in the form in which it may be sent again."""
    return msgspec.json.encode(record(row, columns))


def unusual_columns(row: Rows, columns: tuple[InputColumn, ...]) -> tuple[str, ...] | UnsetType:
    """Return the columns whose number is less or more than is usual, if there are any."""
    return coder_of(columns).unusual(row) or UNSET


def column_effects(predictor: Predictor, row: Rows) -> Effects:
    """Return what each column did to an answer, the strongest first."""
    columns = {column.name: place for place, column in enumerate(predictor.version.signature.input.columns)}
    declared = predictor.version.signature.input.columns
    return tuple(
        ColumnEffect(
            name=share.name,
            value=value_of(declared[columns[share.name]], row[columns[share.name]]),
            effect=share.effect,
        )
        for share in explain_record(predictor, row)
    )
