"""What cleaning a table found: rows in, rows dropped by which rule, repairs, rows out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from outclass.base.document import Document

MAX_EXAMPLES = 5


class RowExample(Document, frozen=True, kw_only=True):
    """A row by its number in its file, from 1; `value` is given for values that could not be cast."""

    file: str
    row: int
    value: str | None = None


class RuleCount(Document, frozen=True, kw_only=True):
    """How many rows one rule was applied to, with the first of them."""

    rule: str
    rows: int
    examples: tuple[RowExample, ...]


class FileCount(Document, frozen=True, kw_only=True):
    """A file or table that rows came from; the hash is of a file's decompressed content."""

    name: str
    rows: int
    sha256: str | None = None


class DictionaryReport(Document, frozen=True, kw_only=True):
    """What cleaning found.

    Attributes
    ----------
    rows_in
        Rows that were read, before sampling.
    rows_sampled
        Rows of the sample; all where none is drawn.
    dropped
        Rows that were taken out, by the first rule that they broke.
    repaired
        Values that were changed by a declared rule.
    columns
        Name and type of each column that is left.
    warnings
        What was let pass, such as a checksum.
    content_sha256
        Of names, types and values of all that is left, in order; None until all rows were seen.
    """

    name: str
    rows_in: int
    rows_sampled: int
    rows_out: int
    dropped: tuple[RuleCount, ...]
    repaired: tuple[RuleCount, ...]
    files: tuple[FileCount, ...]
    columns: dict[str, str]
    warnings: tuple[str, ...] = ()
    content_sha256: str | None = None


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts what one kind of rule did."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[RowExample]] = field(default_factory=dict)

    def expect(self, rules: Sequence[str]) -> None:
        """Fix the order of rules, whichever is applied first."""
        for rule in rules:
            self.counts.setdefault(rule, 0)

    def add(self, rule: str, rows: int, examples: Sequence[RowExample]) -> None:
        """Note some rows."""
        self.counts[rule] = self.counts.get(rule, 0) + rows
        listed = self.examples.setdefault(rule, [])
        listed += examples[: MAX_EXAMPLES - len(listed)]

    def rules(self) -> tuple[RuleCount, ...]:
        """Return what was noted, in the order of the rules."""
        return tuple(
            RuleCount(rule=rule, rows=rows, examples=tuple(self.examples[rule]))
            for rule, rows in self.counts.items()
            if rows
        )


@dataclass(slots=True, kw_only=True)
class CleaningLog:
    """Counts while a table is cleaned."""

    rows_in: int = 0
    rows_sampled: int = 0
    rows_out: int = 0
    dropped: Tally = field(default_factory=Tally)
    repaired: Tally = field(default_factory=Tally)
    files: dict[str, int] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def report(self, name: str, content_sha256: str | None = None) -> DictionaryReport:
        """Return what was found so far."""
        files = (
            FileCount(name=name, rows=rows, sha256=self.sums.get(name)) for name, rows in self.files.items()
        )
        return DictionaryReport(
            name=name,
            rows_in=self.rows_in,
            rows_sampled=self.rows_sampled,
            rows_out=self.rows_out,
            dropped=self.dropped.rules(),
            repaired=self.repaired.rules(),
            files=tuple(files),
            columns=dict(self.columns),
            warnings=tuple(self.warnings),
            content_sha256=content_sha256,
        )
