"""The columns of a table as a `challenge.yaml` declares them; they travel in the signature of a model."""

from outclass.inputs.columns import CategoryValue, ColumnKind, InputColumn

__all__ = ["CategoryValue", "ColumnKind", "InputColumn"]
