"""What a data dictionary says of the file or table that it is written to."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.catalog.forms import TableName, Text, VariableName


class ExportKind(StrEnum):
    """A form in which a cleaned table is written."""

    CSV = "csv"
    PARQUET = "parquet"
    SQLITE = "sqlite"
    SQL = "sql"


class IfExists(StrEnum):
    """What becomes of a table of a database that is there already."""

    FAIL = "fail"
    REPLACE = "replace"
    APPEND = "append"


class Exporter(Document, frozen=True, kw_only=True):
    """Where a cleaned table is written."""

    kind: Annotated[ExportKind, Meta(description="`csv`, `parquet`, `sqlite`, or `sql` for a server")]
    path: Annotated[Text | None, Meta(description="the file; by default the name with its ending")] = None
    table_name: Annotated[
        TableName | None, Meta(description="the table of a database; by default the dictionary's name")
    ] = None
    variable: Annotated[
        VariableName | None,
        Meta(description="`sql`: environment variable with the address of the database"),
    ] = None
    if_exists: Annotated[
        IfExists,
        Meta(description="`sql`: what becomes of a table that is there; files are replaced"),
    ] = IfExists.FAIL
