"""The hash of what a table holds, however it came in batches and however it is written to disk."""

import hashlib
import io

import msgspec
import numpy as np
import polars as pl

FORMAT = "outclass-table-1"


class ContentHash:
    """The sha256 of names, types and values, in order; of each column its gaps, lengths and bytes."""

    def __init__(self) -> None:
        self._types: dict[str, str] = {}
        self._parts: dict[str, tuple[hashlib._Hash, ...]] = {}
        self._rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in some rows."""
        self._rows += len(frame)
        for column in frame:
            self._types[column.name] = str(column.dtype)
            parts = self._parts.setdefault(column.name, tuple(hashlib.sha256() for _ in range(3)))
            for digest, content in zip(parts, _bytes_of(column), strict=True):
                digest.update(content)

    def hexdigest(self) -> str:
        """Return the hash of all rows so far."""
        head = {"format": FORMAT, "rows": self._rows, "columns": self._types}
        whole = hashlib.sha256(msgspec.json.encode(head))
        for parts in self._parts.values():
            for digest in parts:
                whole.update(digest.digest())
        return whole.hexdigest()


def _bytes_of(column: pl.Series) -> tuple[bytes, bytes, bytes]:
    """Return which values are there, how long they are, and the values."""
    there = column.is_not_null().to_numpy().astype(np.uint8).tobytes() if column.null_count() else b""
    gaps = there or b"\1" * len(column)
    if column.dtype == pl.String:
        texts = column.fill_null("")
        lengths = texts.str.len_bytes().to_numpy().astype("<u4").tobytes()
        return gaps, lengths, _lines(texts)
    if column.dtype in {pl.Boolean, pl.Date} or column.dtype.is_temporal():
        values = column.to_physical().cast(pl.Int64).fill_null(0).to_numpy().astype("<i8")
    elif column.dtype.is_float():
        values = column.cast(pl.Float64).fill_null(0.0).to_numpy().astype("<f8") + 0.0
    elif column.dtype.is_integer():
        values = column.fill_null(0).to_numpy().astype("<i8" if column.dtype.is_signed_integer() else "<u8")
    else:
        return gaps, b"", "\0".join(str(value) for value in column.to_list()).encode()
    return gaps, b"", values.tobytes()


def _lines(texts: pl.Series) -> bytes:
    """Return texts with a line break behind each; their lengths are hashed beside them."""
    written = io.BytesIO()
    texts.to_frame().write_csv(written, include_header=False, quote_style="never")
    return written.getvalue()
