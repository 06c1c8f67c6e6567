"""Clean the batches of a table by its dictionary, one after another, in bounded memory.

The order of the work: sample, converters, types, rules of the columns, repeated values, steps of the columns,
rules for whole rows, steps for the whole set. A row counts under the first rule that it breaks.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.dictionary.ahead import ahead
from outclass.catalog.dictionary.casting import Caster
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.declaration import TableKeys
from outclass.catalog.dictionary.draws import share
from outclass.catalog.dictionary.judging import Judge
from outclass.catalog.dictionary.report import CleaningLog
from outclass.catalog.dictionary.steps import FEATURES, Step, StepName, as_steps
from outclass.catalog.dictionary.texts import changed, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows as they were read, numbered within their file or table.

    Attributes
    ----------
    read
        How many rows were read for them, where the sample was drawn while reading.
    """

    frame: pl.DataFrame
    file: str
    read: int | None = None


def clean_batches(batches: Iterable[Batch], declared: TableKeys, log: CleaningLog) -> Iterator[Batch]:
    """Return what is left of each batch, in order; the same rows whatever the size of the batches.

    One batch is begun while another is finished. All steps are done but `get_tfidf_features`, which needs to
    see all rows before.

    Raises
    ------
    DataError
        A value cannot be cast, a rule does not fit its column.
    """
    cleaner = Cleaner(declared, log)
    return map(cleaner.finish, ahead(map(cleaner.begin, batches)))


@contextlib.contextmanager
def told_of(batch: Batch) -> Iterator[None]:
    """Say where it was that polars refused, such as a pattern that it does not know."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        got = str(error).partition("\n")[0]
        raise DataError("a step or rule cannot be applied", where=batch.file, got=got) from error


class Cleaner:
    """Cleans batch after batch by one dictionary; remembers what repeats."""

    def __init__(self, declared: TableKeys, log: CleaningLog) -> None:
        self.declared = declared
        self.log = log
        self._caster = Caster(declared)
        self._judge = Judge(declared)
        log.dropped.expect([*self._caster.dropping, *self._judge.names])

    def begin(self, batch: Batch) -> Batch:
        """Return what is left of a batch by the rules that look at one row at a time."""
        with told_of(batch):
            return self._begin(batch)

    def finish(self, batch: Batch) -> Batch:
        """Return what is left by the rules that look at all rows, after the steps."""
        with told_of(batch):
            return self._finish(batch)

    def _begin(self, batch: Batch) -> Batch:
        """Sample, cast and judge row by row."""
        log, file = self.log, batch.file
        count = len(batch.frame) if batch.read is None else batch.read
        log.files[file] = log.files.get(file, 0) + count
        frame = self._sampled(batch.frame) if batch.read is None else batch.frame
        log.rows_in += count
        log.rows_sampled += len(frame)
        frame = self._caster.cast(frame, file, log)
        return Batch(frame=self._judge.columns(frame, file, log), file=file)

    def _finish(self, batch: Batch) -> Batch:
        """Look for repeats, and take the steps."""
        log, file = self.log, batch.file
        frame = self._judge.repeated_values(batch.frame, file, log)
        frame = self._column_steps(frame)
        frame = self._judge.lacking(frame, file, log)
        frame = self._judge.repeated_rows(frame, file, log)
        frame = whole_set_steps(frame, self.declared)
        log.rows_out += len(frame)
        log.columns = {name: str(kind) for name, kind in frame.schema.items() if name != ROW}
        return Batch(frame=frame, file=file)

    def _sampled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of the sample; they are counted over all files."""
        sampling = self.declared.sampling
        if sampling is None:
            return frame
        return frame.filter(pl.Series(share(self.log.rows_in, len(frame), sampling.factor, sampling.seed)))

    def _column_steps(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Change the texts of columns."""
        return frame.with_columns(
            changed(frame[name], as_steps(rules.postprocessors))
            for name, rules in self.declared.column_rules.items()
            if rules.postprocessors
        )


def whole_set_steps(frame: pl.DataFrame, declared: TableKeys) -> pl.DataFrame:
    """Change and add columns by the steps for the whole set."""
    for step in as_steps(declared.postprocessors):
        names = step_columns(step, frame)
        if step.name not in FEATURES:
            frame = frame.with_columns(changed(frame[name], (step,)) for name in names)
        elif step.name is StepName.GET_REGEX_FEATURES:
            frame = frame.with_columns(each for name in names for each in counted(name, step))
    return frame


def step_columns(step: Step, frame: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns that a step for the whole set works on."""
    return step.columns or tuple(name for name, kind in frame.schema.items() if kind == pl.String)
