"""Drop the rows of a batch that break a rule, and say which rule it was."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.dictionary.casting import as_value
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.declaration import ColumnRules, DataframeRules, TableKeys
from outclass.catalog.dictionary.duplicates import Seen
from outclass.catalog.dictionary.report import MAX_EXAMPLES, CleaningLog, RowExample

BROKEN = "__broken"


class Judge:
    """Applies the rules of one dictionary to batch after batch; remembers which rows it saw."""

    def __init__(self, declared: TableKeys) -> None:
        self.rules = declared.column_rules
        self.whole = declared.dataframe_rules or DataframeRules()
        self._seen: dict[str, Seen] = {}

    @property
    def names(self) -> list[str]:
        """Return the names of all rules, in the order in which they are applied."""
        keys = ("drop_na", "unique_values", "exclude", "min", "max", "regex")
        columns = [f"{name}: {key}" for name in self.rules for key in keys]
        repeated = [f"{name}: drop_duplicates" for name in self.rules]
        return [*columns, *repeated, "rows: drop_na", "rows: drop_duplicates"]

    def columns(self, frame: pl.DataFrame, file: str, log: CleaningLog) -> pl.DataFrame:
        """Drop the rows that break a rule of a column."""
        broken = [
            found for name, rules in self.rules.items() for found in broken_rules(name, rules, frame.schema)
        ]
        return drop_broken(frame, broken, file, log)

    def repeated_values(self, frame: pl.DataFrame, file: str, log: CleaningLog) -> pl.DataFrame:
        """Drop the rows whose value of a column came before."""
        for name, rules in self.rules.items():
            if rules.drop_duplicates:
                frame = self._unseen(frame, f"{name}: drop_duplicates", (name,), file, log)
        return frame

    def lacking(self, frame: pl.DataFrame, file: str, log: CleaningLog) -> pl.DataFrame:
        """Drop whole rows that lack a value."""
        names = columns_of(self.whole.drop_na, frame)
        if not names:
            return frame
        lacks = pl.any_horizontal(pl.col(names).is_null())
        return drop_broken(frame, [("rows: drop_na", lacks)], file, log)

    def repeated_rows(self, frame: pl.DataFrame, file: str, log: CleaningLog) -> pl.DataFrame:
        """Drop whole rows that came before."""
        names = columns_of(self.whole.drop_duplicates, frame)
        return self._unseen(frame, "rows: drop_duplicates", names, file, log) if names else frame

    def _unseen(
        self, frame: pl.DataFrame, rule: str, names: tuple[str, ...], file: str, log: CleaningLog
    ) -> pl.DataFrame:
        """Drop rows that are alike in some columns to one that came before."""
        if frame.is_empty():
            return frame
        seen = self._seen.setdefault(rule, Seen())
        new = pl.Series(seen.add(frame.select(names)))
        if not new.all():
            note(rule, frame.filter(~new), file, log)
            frame = frame.filter(new)
        return frame


def columns_of(named: object, frame: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns that a rule for whole rows looks at: those named, all where it holds, or none."""
    if isinstance(named, tuple):
        return named
    return tuple(name for name in frame.columns if name != ROW) if named else ()


def broken_rules(name: str, rules: ColumnRules, schema: pl.Schema) -> Iterator[tuple[str, pl.Expr]]:
    """Yield each rule of a column and which rows break it; a missing value breaks `drop_na` only."""
    column, kind = pl.col(name), schema[name]
    if rules.drop_na:
        yield f"{name}: drop_na", column.is_null()
    for key, values in (("unique_values", rules.unique_values), ("exclude", rules.exclude)):
        if values:
            accepted = [value for value in (as_value(each, kind) for each in values) if value is not None]
            among = column.is_in(accepted)
            yield f"{name}: {key}", among if key == "exclude" else ~among
    for key, bound in (("min", rules.min), ("max", rules.max)):
        if bound is not None:
            limit = as_bound(bound, kind, f"column_rules.{name}.{key}")
            yield f"{name}: {key}", column < limit if key == "min" else column > limit
    if rules.regex is not None:
        if kind != pl.String:
            raise DataError("only a text is held to a pattern", where=f"column_rules.{name}.regex", got=kind)
        yield f"{name}: regex", ~column.str.contains(rules.regex)


def as_bound(bound: float | str, kind: pl.DataType, where: str) -> pl.Expr:
    """Return a bound as a value of the column's type."""
    try:
        if kind == pl.Date and isinstance(bound, str):
            return pl.lit(date.fromisoformat(bound))
        if isinstance(kind, pl.Datetime) and isinstance(bound, str):
            found = datetime.fromisoformat(bound)
            plain = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
            return pl.lit(plain)
        if kind.is_numeric():
            return pl.lit(float(bound) if isinstance(bound, str) else bound)
    except ValueError as error:
        raise DataError("this bound is not of the column's type", where=where, got=bound) from error
    raise DataError(
        "only numbers and dates have bounds",
        where=where,
        got=f"{bound} for a column of type {kind}",
        hint="give the column a type in `dtypes`; how long a text is: regex, such as ^.{5,}$",
    )


def drop_broken(
    frame: pl.DataFrame, rules: list[tuple[str, pl.Expr]], file: str, log: CleaningLog
) -> pl.DataFrame:
    """Drop the rows that break a rule; each counts under the first rule that it breaks."""
    if not rules or frame.is_empty():
        return frame
    which = pl.lit(None, dtype=pl.UInt16)
    for number, (_, broken) in reversed(list(enumerate(rules))):
        which = pl.when(broken.fill_null(value=False)).then(pl.lit(number, dtype=pl.UInt16)).otherwise(which)
    marks = frame.select(which.alias(BROKEN))[BROKEN]
    if marks.null_count() == len(marks):
        return frame
    for number, (rule, _) in enumerate(rules):
        hit = marks == number
        if hit.any():
            note(rule, frame.filter(hit), file, log)
    return frame.filter(marks.is_null())


def note(rule: str, rows: pl.DataFrame, file: str, log: CleaningLog) -> None:
    """Count rows that were dropped, naming the first."""
    first = rows[ROW].head(MAX_EXAMPLES).to_list()
    log.dropped.add(rule, len(rows), [RowExample(file=file, row=row) for row in first])
