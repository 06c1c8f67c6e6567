"""The columns of a record: what each is called, what it may hold, and how it is shown."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document

COLUMN_FORM = r"^[A-Za-z_][A-Za-z0-9_]{0,59}$"
MAX_COLUMNS, MAX_VALUES = 1000, 1000

ColumnName = Annotated[str, Meta(pattern=COLUMN_FORM)]
Words = Annotated[str, Meta(max_length=120)]


class ColumnKind(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    CATEGORY = "category"


class CategoryValue(Document, frozen=True, kw_only=True):
    """One value that a category may have."""

    name: Annotated[str, Meta(min_length=1, max_length=120, description="the value as it stands in the data")]
    title: Annotated[Words, Meta(description="what people read; the name where there is none")] = ""

    @property
    def label(self) -> str:
        """Return what people read."""
        return self.title or self.name


class InputColumn(Document, frozen=True, kw_only=True):
    """One column of a record."""

    name: Annotated[
        ColumnName,
        Meta(description="what requests call it; a file's own name for it is in `dataset.columns`"),
    ]
    title: Annotated[Words, Meta(description="what people read; the name where there is none")] = ""
    description: Annotated[str, Meta(description="one line on what it means, shown beside its field")] = ""
    kind: Annotated[ColumnKind, Meta(description="a number, or one of some `values`")]
    unit: Annotated[Words, Meta(description="of a number, such as `cm`")] = ""
    low: Annotated[
        float | None, Meta(description="of a number: the least that is usual; less is answered, and noted")
    ] = None
    high: Annotated[
        float | None, Meta(description="of a number: the most that is usual; more is answered, and noted")
    ] = None
    whole: Annotated[bool, Meta(description="of a number: whether forms offer whole numbers only")] = False
    values: Annotated[
        tuple[CategoryValue, ...],
        Meta(max_length=MAX_VALUES, description="of a category: what it may be, in the order of forms"),
    ] = ()
    others: Annotated[
        bool,
        Meta(
            description="of a category: whether a value that is not listed is answered as if it were "
            "missing; otherwise it is refused"
        ),
    ] = False

    @property
    def label(self) -> str:
        """Return what people read."""
        return self.title or self.name

    @property
    def is_category(self) -> bool:
        """Tell whether it holds one of some values."""
        return self.kind is ColumnKind.CATEGORY
