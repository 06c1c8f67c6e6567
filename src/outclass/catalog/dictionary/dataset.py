"""A data dictionary at work: rows in, clean rows and a report out."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import polars as pl

from outclass.base.errors import InputError
from outclass.base.settings import Settings
from outclass.catalog.dictionary.ahead import ahead
from outclass.catalog.dictionary.cleaning import Batch, clean_batches, step_columns
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.declaration import DataDictionary
from outclass.catalog.dictionary.exporting import Exporter, ExportKind
from outclass.catalog.dictionary.files import CatalogueFile, read_catalogue
from outclass.catalog.dictionary.hashing import ContentHash
from outclass.catalog.dictionary.places import all_batches, places_of
from outclass.catalog.dictionary.report import CleaningLog, DictionaryReport
from outclass.catalog.dictionary.steps import Step, StepName, as_steps
from outclass.catalog.dictionary.weights import WordCounts, weighed
from outclass.catalog.dictionary.writing import kind_of, write_table
from outclass.catalog.sources.remote import file_name, is_remote, put_remote, shown
from outclass.catalog.sources.sql import write_sql_batches

GIVEN = "given"
"""What reports call rows that were not read from a file."""
SUFFIXES = {ExportKind.CSV: ".csv", ExportKind.PARQUET: ".parquet", ExportKind.SQLITE: ".sqlite"}


class Dataset:
    """One table of a catalogue.

    Parameters
    ----------
    name
        What the catalogue calls it.
    declared
        Where its rows come from and how they are cleaned.
    folder
        What paths are relative to.
    settings
        Of this process; from the environment by default.

    Examples
    --------
    >>> from outclass.catalog import open_catalogue
    >>> messages = open_catalogue("catalog.yaml")["messages"]  # doctest: +SKIP
    >>> frame = messages.load()  # doctest: +SKIP
    >>> messages.report.rows_out  # doctest: +SKIP
    4734
    """

    def __init__(
        self, name: str, declared: DataDictionary, folder: Path, settings: Settings | None = None
    ) -> None:
        self.name = name
        self.declared = declared
        self.folder = folder
        self.settings = settings or Settings.from_environment()
        self._report: DictionaryReport | None = None

    def __repr__(self) -> str:
        return f"Dataset({self.name} in {self.folder})"

    @property
    def report(self) -> DictionaryReport:
        """Return what the last cleaning found, once all its rows were taken."""
        if self._report is None:
            raise InputError(
                "nothing was cleaned yet", where=self.name, hint="call load, clean or export first"
            )
        return self._report

    def load(self) -> pl.DataFrame:
        """Return all rows, cleaned; `DataError` says which row cannot be read."""
        return pl.concat(list(self.batches()), rechunk=False)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the rows, cleaned, some at a time; at least one table, which may be empty."""
        log = CleaningLog()
        return self._cleaned(all_batches(self.declared, self.folder, log, self.settings), log)

    def clean(self, rows: pl.DataFrame | Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Return rows of one's own, cleaned by the same rules; columns go by their final names."""
        frames = [rows] if isinstance(rows, pl.DataFrame) else rows
        return pl.concat(list(self._cleaned(_numbered(frames), CleaningLog())), rechunk=False)

    def export(self, path: str | Path | None = None) -> str:
        """Write the cleaned rows to a file of the form that its ending says, or as the dictionary declares.

        Returns
        -------
        str
            The file, or the table of the database, that was written.
        """
        exporter = self.exporter()
        if path is None and exporter is None:
            raise InputError("nothing says where to", where=self.name, accepted="a path, or `exporter:`")
        table = (exporter.table_name if exporter else None) or self.name
        if path is None and exporter is not None and exporter.kind is ExportKind.SQL:
            named = msgspec.structs.replace(exporter, table_name=table)
            write_sql_batches(named, self.batches(), self.settings)
            return table
        if path is None and exporter is not None:
            path = exporter.path or f"{self.name}{SUFFIXES[exporter.kind]}"
            path = path if is_remote(path) else self.folder / path
        if is_remote(str(path)):
            return self._export_to_store(str(path), table)
        final = Path(str(path))
        if self.declared.source is None and any(
            (self.folder / place.name).resolve() == final.resolve()
            for place in places_of(self.declared, self.folder)
        ):
            raise InputError("this is a file that the rows come from", where=self.name, got=str(final))
        write_table(self.batches(), final, kind_of(final), table)
        return str(final)

    def _export_to_store(self, address: str, table: str) -> str:
        """Write the cleaned rows to a file of this machine, and from there to object storage."""
        name = file_name(address)
        with tempfile.TemporaryDirectory(prefix="outclass-") as folder:
            path = Path(folder) / name
            write_table(self.batches(), path, kind_of(path), table)
            put_remote(path, address)
        return shown(address)

    def exporter(self) -> Exporter | None:
        """Return what the dictionary says of its export."""
        given = self.declared.exporter
        return Exporter(kind=given) if isinstance(given, ExportKind) else given

    def _cleaned(self, batches: Iterable[Batch], log: CleaningLog) -> Iterator[pl.DataFrame]:
        """Yield clean rows, and keep the report when all were taken."""
        self._report = None
        content, columns = ContentHash(), dict[str, str]()
        cleaned = clean_batches(ahead(batches), self.declared, log)
        for frame in self._weighed(ahead(batch.frame.drop(ROW) for batch in cleaned)):
            content.add(frame)
            columns = {name: str(kind) for name, kind in frame.schema.items()}
            yield frame
        log.columns = columns
        self._report = log.report(self.name, content.hexdigest())

    def _weighed(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Add the columns of `get_tfidf_features`, which looks at all rows before: they wait on disk."""
        steps = [s for s in as_steps(self.declared.postprocessors) if s.name is StepName.GET_TFIDF_FEATURES]
        for step in steps:
            frames = _with_weights(frames, step)
        yield from frames


def _with_weights(frames: Iterator[pl.DataFrame], step: Step) -> Iterator[pl.DataFrame]:
    """Add the columns of one step."""
    counts: list[WordCounts] = []
    with tempfile.TemporaryDirectory(prefix="outclass-") as folder:
        paths = []
        for number, frame in enumerate(frames):
            counts = counts or [WordCounts(name, step) for name in step_columns(step, frame)]
            for each in counts:
                each.add(frame)
            paths.append(Path(folder) / f"{number}.arrow")
            frame.write_ipc(paths[-1])
        found = [(each.column, each.words()) for each in counts]
        for path in paths:
            parts: Iterable[pl.DataFrame] = [pl.read_ipc(path)]
            for column, words in found:
                parts = (wide for part in parts for wide in weighed(part, column, words))
            yield from parts


def _numbered(frames: Iterable[pl.DataFrame]) -> Iterator[Batch]:
    """Number rows that were given."""
    start = 1
    for frame in frames:
        yield Batch(frame=frame.with_row_index(ROW, offset=start), file=GIVEN)
        start += len(frame)


class Catalogue(Mapping[str, Dataset]):
    """The tables of a catalogue file, by name."""

    def __init__(self, file: CatalogueFile, settings: Settings | None = None) -> None:
        self.file = file
        self.settings = settings or Settings.from_environment()

    def __repr__(self) -> str:
        return f"Catalogue({', '.join(self.file.entries)} in {self.file.path})"

    def __getitem__(self, name: str) -> Dataset:
        """Return one table; `NotFoundError` names the nearest."""
        return Dataset(name, self.file[name], self.file.path.parent, self.settings)

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self.file.entries)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self.file.entries)


def open_catalogue(path: str | Path, settings: Settings | None = None) -> Catalogue:
    """Open a catalogue file: names with a data dictionary each, or one dictionary, called like the file.

    Raises
    ------
    NotFoundError
        There is no such file.
    ChallengeFileError
        The file has problems; all of them are in `problems`.
    """
    return Catalogue(read_catalogue(Path(path).expanduser()), settings)
