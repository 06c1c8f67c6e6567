"""What a data dictionary declares. Validator, JSON Schema and reference come from these types."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.catalog.dictionary.exporting import Exporter, ExportKind
from outclass.catalog.dictionary.steps import AnyStep
from outclass.catalog.forms import Count, Delimiter, Md5, Sha256, TableName, Text, VariableName

CHUNK_ROWS = 250_000

Scalar = str | int | float | bool
Column = Text
Columns = tuple[Column, ...]


class SqlKind(StrEnum):
    """A database that rows are read from."""

    SQL = "sql"
    POSTGRESQL = "postgresql"
    PSQL = "psql"
    MYSQL = "mysql"
    SQLITE = "sqlite"


class Encoding(StrEnum):
    """How characters are written as bytes."""

    UTF_8 = "utf-8"
    UTF8 = "utf8"
    UTF_8_SIG = "utf-8-sig"
    UTF_16 = "utf-16"
    ASCII = "ascii"
    LATIN_1 = "latin-1"
    ISO_8859_1 = "iso-8859-1"
    ISO_8859_2 = "iso-8859-2"
    ISO_8859_15 = "iso-8859-15"
    WINDOWS_1250 = "windows-1250"
    WINDOWS_1251 = "windows-1251"
    WINDOWS_1252 = "windows-1252"
    CP1252 = "cp1252"
    SHIFT_JIS = "shift_jis"
    EUC_KR = "euc_kr"
    GB18030 = "gb18030"
    BIG5 = "big5"


class DType(StrEnum):
    """The type of a column; several names mean the same."""

    STRING = "string"
    STR = "str"
    OBJECT = "object"
    CATEGORY = "category"
    INTEGER = "integer"
    INT = "int"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT = "float"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BOOLEAN = "boolean"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"


class Decimal(StrEnum):
    """What parts whole numbers from fractions."""

    POINT = "."
    COMMA = ","


class Thousands(StrEnum):
    """What stands between thousands."""

    NONE = ""
    COMMA = ","
    POINT = "."
    SPACE = " "
    APOSTROPHE = "'"


class OnError(StrEnum):
    """What becomes of a value that cannot be brought into the type of its column."""

    ERROR = "error"
    CLEAR = "clear"
    DROP = "drop"


class OnMismatch(StrEnum):
    """What becomes of a file whose checksum is another one."""

    ERROR = "error"
    WARN = "warn"


class SamplingKind(StrEnum):
    """How a sample is drawn."""

    RANDOM = "random"


class Rows(Document, frozen=True, kw_only=True):
    """Which rows are read; one of `n`, `random` and `range`."""

    n: Annotated[Count | None, Meta(description="so many from the first")] = None
    random: Annotated[Count | None, Meta(description="so many, drawn at random from all")] = None
    range: Annotated[
        tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=1)]] | None,
        Meta(description="from the first number on and before the second; the first row is 0"),
    ] = None
    seed: Annotated[int, Meta(ge=0, description="of the random draw")] = 0


class Sampling(Document, frozen=True, kw_only=True):
    """A sample of the rows: the same seed draws the same rows, however large the chunks are."""

    factor: Annotated[float, Meta(gt=0.0, le=1.0, description="share of the rows that are kept")]
    kind: Annotated[SamplingKind, Meta(description="how the sample is drawn")] = SamplingKind.RANDOM
    seed: Annotated[int, Meta(ge=0, description="another seed draws another sample")] = 0


class ColumnRules(Document, frozen=True, kw_only=True):
    """Rules for one column, in the order in which they are applied; each drops the rows that break it."""

    na_values: Annotated[
        tuple[Scalar, ...], Meta(description="values that mean that nothing is known, in this column")
    ] = ()
    on_error: Annotated[
        OnError,
        Meta(
            description="a value that cannot be cast: `error` names the rows and stops, `clear` takes "
            "the value out, `drop` the row"
        ),
    ] = OnError.ERROR
    drop_na: Annotated[bool, Meta(description="rows without a value are dropped")] = False
    unique_values: Annotated[
        tuple[Scalar, ...], Meta(description="the values that are accepted; none: all are")
    ] = ()
    exclude: Annotated[tuple[Scalar, ...], Meta(description="values whose rows are dropped")] = ()
    min: Annotated[
        int | float | str | None,
        Meta(description="least value of a number or date; a text needs a type in `dtypes` first"),
    ] = None
    max: Annotated[
        int | float | str | None,
        Meta(description="largest value of a number or date"),
    ] = None
    regex: Annotated[
        Text | None, Meta(description="what must be found in the text; `^` and `$` tie it to the ends")
    ] = None
    drop_duplicates: Annotated[bool, Meta(description="of rows with one value the first is kept")] = False
    postprocessors: Annotated[
        tuple[AnyStep, ...], Meta(description="steps that change the texts that are left, in order")
    ] = ()


class DataframeRules(Document, frozen=True, kw_only=True):
    """Rules for whole rows, after those of the columns and their steps."""

    drop_na: Annotated[
        bool | Columns,
        Meta(description="rows that lack any value are dropped, or one in the columns that are listed"),
    ] = False
    drop_duplicates: Annotated[
        bool | Columns,
        Meta(description="of rows that are alike, or alike in the columns listed, the first is kept"),
    ] = False


class DataFile(Document, frozen=True, kw_only=True):
    """One of several files, with its checksum."""

    path: Annotated[Text, Meta(description="relative to the dictionary's own file, or an address")]
    sha256: Annotated[Sha256 | None, Meta(description="of the decompressed content")] = None
    md5: Annotated[Md5 | None, Meta(description="of the decompressed content")] = None


class SqlConfig(Document, frozen=True, kw_only=True):
    """How a database is reached. Passwords come from the environment only.

    A value such as `$PGHOST` is taken from the environment variable of that name.
    """

    variable: Annotated[
        VariableName | None,
        Meta(description="environment variable with the whole address, such as `postgresql://user:...`"),
    ] = None
    host: Annotated[str, Meta(description="name or address of the server")] = ""
    hostname: Annotated[str, Meta(description="older name of `host`")] = ""
    port: Annotated[Annotated[int, Meta(ge=1, le=65535)] | None, Meta(description="its port")] = None
    database: Annotated[str, Meta(description="name of the database")] = ""
    db_name: Annotated[str, Meta(description="older name of `database`")] = ""
    user: Annotated[str, Meta(description="who logs in")] = ""
    username: Annotated[str, Meta(description="older name of `user`")] = ""

    @property
    def server_host(self) -> str:
        """Return the host by either name."""
        return self.host or self.hostname

    @property
    def server_database(self) -> str:
        """Return the database by either name."""
        return self.database or self.db_name

    @property
    def server_user(self) -> str:
        """Return the user by either name."""
        return self.user or self.username


class TableKeys(Document, frozen=True, kw_only=True):
    """How a table is read and cleaned; all columns go by the names that they have after `column_names`."""

    delimiter: Annotated[Delimiter | None, Meta(description="between values; `,`, in `.tsv` files a tab")] = (
        None
    )
    quote: Annotated[str, Meta(max_length=1, description="around values; an empty text: there is none")] = '"'
    header: Annotated[
        bool | Annotated[int, Meta(ge=0, le=1000)],
        Meta(description="whether the first line names the columns; a number: the line that does, from 0"),
    ] = True
    sheetname: Annotated[
        str | Annotated[int, Meta(ge=0)] | None,
        Meta(description="sheet of a workbook, by name or number from 0; the first by default"),
    ] = None
    encoding: Annotated[Encoding, Meta(description="of the file")] = Encoding.UTF_8
    na_values: Annotated[
        tuple[Scalar, ...],
        Meta(description="values that mean that nothing is known; an empty value always does"),
    ] = ()
    decimal: Annotated[Decimal, Meta(description="what parts whole numbers from fractions in texts")] = (
        Decimal.POINT
    )
    thousands: Annotated[
        Thousands,
        Meta(description="what stands between thousands in texts that are numbers; nothing by default"),
    ] = Thousands.NONE
    nrows: Annotated[Count | Rows | None, Meta(description="how many rows of a file are read, or which")] = (
        None
    )
    column_names: Annotated[
        dict[str, Column] | Columns,
        Meta(
            description="new names by old ones; a list names the columns of a file without a header, or "
            "instead of one"
        ),
    ] = {}
    index_col: Annotated[
        Column | Annotated[int, Meta(ge=0)] | None,
        Meta(description="a column that names the rows, by name or by its place from 0; it is put first"),
    ] = None
    use_columns: Annotated[Columns, Meta(description="the columns that are kept, in this order")] = ()
    exclude_columns: Annotated[Columns, Meta(description="columns that are left out")] = ()
    converters: Annotated[
        dict[Column, AnyStep | tuple[AnyStep, ...]],
        Meta(description="steps that change the text of a column before it is cast and judged"),
    ] = {}
    parse_dates: Annotated[
        Columns | dict[Column, Text],
        Meta(description="columns that hold dates; or with their form, such as `%d.%m.%Y`"),
    ] = ()
    dtypes: Annotated[
        dict[Column, DType], Meta(description="types of columns; a text file's are texts by default")
    ] = {}
    sampling: Annotated[Sampling | None, Meta(description="a sample of the rows, drawn first")] = None
    column_rules: Annotated[dict[Column, ColumnRules], Meta(description="rules by column")] = {}
    dataframe_rules: Annotated[
        DataframeRules | None, Meta(description="rules for whole rows, after those of the columns")
    ] = None
    postprocessors: Annotated[
        tuple[AnyStep, ...],
        Meta(description="steps for the whole set, last of all; on all texts unless they name columns"),
    ] = ()
    chunksize: Annotated[
        int, Meta(ge=1, le=10_000_000, description="rows that are in memory at once; changes no result")
    ] = CHUNK_ROWS


class PlaceKeys(TableKeys, frozen=True, kw_only=True):
    """Where rows come from besides."""

    path: Annotated[
        Text | None, Meta(description="a file, or its address (`https://`, `s3://`, `gs://`)")
    ] = None
    glob: Annotated[Text | None, Meta(description="files by a pattern such as `data/*.csv`, by name")] = None
    files: Annotated[
        tuple[Text | DataFile, ...],
        Meta(description="several files, cleaned alike, one after another"),
    ] = ()
    table_name: Annotated[TableName | None, Meta(description="the table of a database")] = None
    query: Annotated[Text | None, Meta(description="or a query")] = None
    config: Annotated[SqlConfig | None, Meta(description="how the database is reached")] = None
    sha256: Annotated[Sha256 | None, Meta(description="of the decompressed content of `path`")] = None
    md5: Annotated[Md5 | None, Meta(description="of the decompressed content of `path`")] = None
    checksum: Annotated[OnMismatch, Meta(description="what a wrong checksum does")] = OnMismatch.ERROR
    exporter: Annotated[
        ExportKind | Exporter | None, Meta(description="what `outclass data export` writes by default")
    ] = None


class DataDictionary(PlaceKeys, frozen=True, kw_only=True):
    """One table: where its rows come from, how they are read, cleaned and written."""

    title: Annotated[str, Meta(max_length=120, description="what it is")] = ""
    licence: Annotated[str, Meta(description="its licence, by its SPDX name where it has one")] = ""
    citation: Annotated[str, Meta(description="how to credit the authors")] = ""
    notes: Annotated[str, Meta(description="what a user of the data should know")] = ""
    source: Annotated[SqlKind | None, Meta(description="a database instead of files")] = None
