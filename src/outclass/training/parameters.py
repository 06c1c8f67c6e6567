"""The parameters that a challenge declares for a model, read as what the model's estimator takes."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from outclass.base.document import Document
from outclass.base.errors import DataError

Kind = TypeVar("Kind", bound=Document)


def read_parameters(parameters: Mapping[str, object], kind: type[Kind], *, strict: bool = True) -> Kind:
    """Return parameters as a document.

    Parameters
    ----------
    strict
        Whether a number must be given as one, rather than as its text.

    Raises
    ------
    DataError
        An unknown parameter, or a value that is not accepted.
    """
    try:
        return msgspec.convert(dict(parameters), kind, strict=strict)
    except msgspec.ValidationError as error:
        raise refused(str(error), ", ".join(kind.__struct_fields__)) from None


def refused(got: str, accepted: str) -> DataError:
    """Return the error of a parameter."""
    return DataError(
        "a parameter of the model is not accepted", where="models.parameters", got=got, accepted=accepted
    )
