"""Cut a CSV file into blocks of whole rows, whatever stands inside quotes; memory is bounded.

A line break belongs to a value where the number of quotes before it is odd (RFC 4180 doubles a quote inside
a value, so that the count stays right).
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from outclass.base.errors import DataError, TooLargeError

BLOCK_BYTES = 8 << 20
HEAD_BYTES = 1 << 16
MAX_ROW_BYTES = 10_000_000
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole rows, and the number of the line that the first of them begins on."""

    content: bytes
    line: int


class RowFile:
    """A CSV file as UTF-8, read from its start.

    Parameters
    ----------
    file
        The decompressed content.
    name
        What errors call it.
    quote
        The character around values, or an empty text.
    encoding
        How the content is written.
    """

    def __init__(self, file: BinaryIO, name: str, *, quote: str, encoding: str) -> None:
        self.name = name
        self._file = file
        self._quote = quote.encode()
        plain = codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
        self._decoder = None if plain else codecs.getincrementaldecoder(encoding)()
        self._encoding = encoding
        self._rest = b""
        self._line = 1
        self._fresh = True

    def first_row(self) -> bytes:
        """Return the next row alone, with its line break; nothing at the end of the file."""
        while not first_row_end(self._rest, self._quote) and self._more(HEAD_BYTES):
            self._check_length()
        return self._take(first_row_end(self._rest, self._quote) or len(self._rest)).content

    def blocks(self) -> Iterator[Block]:
        """Yield the rows that are left."""
        while self._more(BLOCK_BYTES):
            if end := last_row_end(self._rest, self._quote):
                yield self._take(end)
            self._check_length()
        self._check_quotes()
        if self._rest.rstrip(b"\r\n"):
            yield self._take(len(self._rest.rstrip(b"\r\n")))

    def _take(self, size: int) -> Block:
        """Take whole rows from the start of what was read."""
        block = Block(content=self._rest[:size], line=self._line)
        self._rest = self._rest[size:]
        self._line += block.content.count(b"\n")
        return block

    def _more(self, size: int) -> bool:
        """Read on; tell whether there was more."""
        raw = self._file.read(size)
        ended = not raw
        if self._decoder is not None:
            try:
                raw = self._decoder.decode(raw, final=ended).encode()
            except UnicodeError as error:
                raise DataError(
                    "this file is not in the encoding that is declared",
                    where=f"{self.name}, line {self._line} or after",
                    got=str(error),
                    accepted=self._encoding,
                    hint="declare `encoding:`",
                ) from error
        if self._fresh and raw:
            raw, self._fresh = raw.removeprefix(BOM), False
        self._rest = self._rest + raw if self._rest else raw
        return not ended

    def _check_length(self) -> None:
        """Refuse a row that does not end."""
        if len(self._rest) > MAX_ROW_BYTES and first_row_end(self._rest, self._quote) == 0:
            raise TooLargeError(
                "a row is too long, or a quote in it is never closed",
                where=f"{self.name}, line {self._line}",
                got=f"more than {MAX_ROW_BYTES:,} bytes",
                accepted=f"at most {MAX_ROW_BYTES:,} bytes a row",
                hint='if quotes mean nothing in this file, declare `quote: ""`',
            )

    def _check_quotes(self) -> None:
        """Refuse a quote that is still open at the end of the file."""
        if self._quote and self._rest.count(self._quote) % 2:
            whole = last_row_end(self._rest, self._quote)
            raise DataError(
                "a quote is never closed",
                where=f"{self.name}, line {self._line + self._rest.count(10, 0, whole)}",
                hint='close it, or declare `quote: ""` if quotes mean nothing in this file',
            )


def first_row_end(content: bytes, quote: bytes) -> int:
    """Return where the first row ends, behind its line break; 0 where it does not."""
    end = content.find(b"\n") + 1
    while end and quote and content.count(quote, 0, end) % 2:
        closing = content.find(quote, end)
        end = content.find(b"\n", closing) + 1 if closing >= 0 else 0
    return end


def last_row_end(content: bytes, quote: bytes) -> int:
    """Return where the last whole row ends, behind its line break; 0 where none does."""
    end = content.rfind(b"\n") + 1
    if not quote or quote not in content:
        return end
    odd = content.count(quote, 0, end) % 2
    while end and odd:
        opening = content.rfind(quote, 0, end)
        before = content.rfind(b"\n", 0, max(opening, 0)) + 1
        odd ^= content.count(quote, before, end) % 2
        end = before
    return end


def row_ends(content: bytes, quote: bytes) -> list[int]:
    """Return where each row ends; the last one also where it has no line break."""
    codes = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(codes == 10) + 1
    if quote:
        quotes = np.flatnonzero(codes == quote[0])
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    found: list[int] = ends.tolist()
    return found if found and found[-1] == len(content) else [*found, len(content)]


def split_row(row: bytes, delimiter: str, quote: str) -> list[str]:
    """Return the values of one row."""
    text = row.decode("utf-8", "replace").rstrip("\r\n")
    if not quote:
        return text.split(delimiter)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote), [])
