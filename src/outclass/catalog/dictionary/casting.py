"""Bring the columns of a batch into their types: what means nothing becomes null, steps go first."""

from collections.abc import Mapping, Sequence

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.dictionary.columns import ROW, types_of
from outclass.catalog.dictionary.declaration import (
    ColumnRules,
    Decimal,
    OnError,
    Scalar,
    TableKeys,
    Thousands,
)
from outclass.catalog.dictionary.report import MAX_EXAMPLES, CleaningLog, RowExample
from outclass.catalog.dictionary.steps import as_steps
from outclass.catalog.dictionary.texts import changed

TRUTHS = {"1": True, "1.0": True, "true": True, "yes": True, "y": True, "t": True} | {
    "0": False,
    "0.0": False,
    "false": False,
    "no": False,
    "n": False,
    "f": False,
}
NO_RULES = ColumnRules()
BEFORE = "__before_"


class Caster:
    """Casts batch after batch by one dictionary."""

    def __init__(self, declared: TableKeys) -> None:
        self.declared = declared
        self.types = types_of(declared)
        forms = declared.parse_dates
        self.forms: Mapping[str, str] = forms if isinstance(forms, dict) else {}

    @property
    def dropping(self) -> list[str]:
        """Return the rules by which rows may be dropped."""
        rules = self.declared.column_rules.items()
        return [f"{name}: on_error drop" for name, each in rules if each.on_error is OnError.DROP]

    def cast(self, frame: pl.DataFrame, file: str, log: CleaningLog) -> pl.DataFrame:
        """Return a batch in its types; what cannot be cast is an error, or goes by the declared rule.

        Raises
        ------
        DataError
            Values cannot be cast and no rule says what to do; the first rows are named.
        """
        names = [name for name in frame.columns if name != ROW]
        prepared = frame.select(ROW, *(self._prepared(name, frame.schema[name]) for name in names))
        prepared = prepared.with_columns(
            changed(prepared[name].cast(pl.String), as_steps(steps))
            for name, steps in self.declared.converters.items()
        )
        wanted = {name: kind for name, kind in self.types.items() if prepared.schema[name] != kind}
        if not wanted:
            return prepared
        cast = self._quickly(prepared, wanted)
        doubtful = {name: kind for name, kind in wanted.items() if not whole(cast[name], prepared[name])}
        cast = cast.with_columns(
            prepared.select(
                self._cast(name, prepared.schema[name], kind) for name, kind in doubtful.items()
            ).get_columns()
        )
        drops = [pl.lit(value=False)]
        for name in doubtful:
            if cast[name].null_count() == prepared[name].null_count():
                continue
            failed = cast[name].is_null() & prepared[name].is_not_null()
            self._note(name, prepared.filter(failed), file, log)
            if self._rules(name).on_error is OnError.DROP:
                drops.append(pl.lit(failed))
        return cast if len(drops) == 1 else cast.filter(~pl.any_horizontal(drops))

    def _quickly(self, prepared: pl.DataFrame, wanted: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Cast as most files allow it: numbers without spaces around, nothing missing."""
        usual = self.declared.decimal is Decimal.POINT and self.declared.thousands is Thousands.NONE
        plain = {name: kind for name, kind in wanted.items() if kind.is_numeric() and usual}
        careful = {name: kind for name, kind in wanted.items() if name not in plain}
        return prepared.with_columns(
            *(pl.col(name).cast(kind, strict=False) for name, kind in plain.items()),
            *(self._cast(name, prepared.schema[name], kind) for name, kind in careful.items()),
        )

    def _rules(self, name: str) -> ColumnRules:
        """Return the rules of a column."""
        return self.declared.column_rules.get(name, NO_RULES)

    def _prepared(self, name: str, found: pl.DataType) -> pl.Expr:
        """Return a column without the values that mean nothing."""
        column = pl.col(name)
        if found in {pl.Categorical, pl.Enum}:
            column = column.cast(pl.String)
        missing = self._rules(name).na_values + self.declared.na_values
        if missing and (found == pl.String or found.is_numeric()):
            values = [value for value in (as_value(each, found) for each in missing) if value is not None]
            column = pl.when(column.is_in(values)).then(None).otherwise(column)
        return column.alias(name)

    def _cast(self, name: str, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
        """Return a column in its type; what cannot be brought into it becomes null."""
        column = pl.col(name)
        if found != pl.String:
            return column.cast(wanted, strict=False)
        text = column.str.strip_chars()
        if wanted == pl.Boolean:
            return text.str.to_lowercase().replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean)
        if wanted in (pl.Date, pl.Datetime):
            kind = pl.Date if wanted == pl.Date else pl.Datetime("us")
            return text.str.strptime(kind, self.forms.get(name), strict=False)
        text = self.plain_number(text)
        if wanted.is_integer():
            whole = text.str.strip_suffix(".0")
            return whole.cast(wanted, strict=False)
        number = text.cast(wanted, strict=False)
        return pl.when(number.is_finite()).then(number).otherwise(None)

    def plain_number(self, text: pl.Expr) -> pl.Expr:
        """Return the texts of numbers as the computer writes them."""
        if self.declared.thousands is Thousands.SPACE:
            text = text.str.replace_all(r"[\s\u{a0}\u{202f}]", "")
        elif self.declared.thousands is not Thousands.NONE:
            text = text.str.replace_all(self.declared.thousands.value, "", literal=True)
        if self.declared.decimal is Decimal.COMMA:
            text = text.str.replace(",", ".", literal=True)
        return text

    def _note(self, name: str, rows: pl.DataFrame, file: str, log: CleaningLog) -> None:
        """Note the values that could not be cast, or refuse them."""
        first = rows.select(ROW, pl.col(name).cast(pl.String)).head(MAX_EXAMPLES).rows()
        examples = [RowExample(file=file, row=row, value=value[:40]) for row, value in first]
        kind = str(self.types[name])
        match self._rules(name).on_error:
            case OnError.ERROR:
                raise self._uncastable(name, kind, len(rows), file, examples)
            case OnError.DROP:
                log.dropped.add(f"{name}: on_error drop", len(rows), examples)
            case OnError.CLEAR:
                log.repaired.add(f"{name}: on_error clear", len(rows), examples)

    def _uncastable(
        self, name: str, kind: str, count: int, file: str, examples: Sequence[RowExample]
    ) -> DataError:
        """Return the error of values that are not of the type declared."""
        shown = ", ".join(f'row {example.row}: "{example.value}"' for example in examples)
        return DataError(
            f"{count:,} value{'s' if count > 1 else ''} of `{name}` cannot be read as {kind}",
            where=f"{file}, row {examples[0].row}",
            got=shown,
            hint=f"declare column_rules.{name}.on_error: clear or drop, or another type",
        )


def whole(cast: pl.Series, before: pl.Series) -> bool:
    """Tell whether nothing was lost, and no number is infinite or none."""
    finite = not cast.dtype.is_float() or bool(cast.is_finite().all())
    return finite and cast.null_count() == before.null_count()


def as_value(value: Scalar, kind: pl.DataType) -> Scalar | None:
    """Return a value of the YAML as one of a column's type; None where it is none."""
    if kind == pl.String:
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == pl.Boolean:
        return value if isinstance(value, bool) else TRUTHS.get(str(value).lower())
    try:
        return float(value) if kind.is_float() else int(value)
    except ValueError:
        return None
