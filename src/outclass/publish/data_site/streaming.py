"""All rows of a table as CSV: read and written in pieces, so that memory stays the same for any number."""

import csv
import io
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from datasette.utils import escape_sqlite, path_from_row_pks
from datasette.utils.asgi import AsgiStream

from outclass.publish.data_site.broken import BrokenStreamError
from outclass.publish.data_site.engine import Page
from outclass.publish.data_site.limits import OWN_LENGTH, TIME_LIMIT_MS, WATCHDOG
from outclass.publish.data_site.paging import Stretch, order_by, read_page, stretches

PIECE = 2000
PIECE_MS = 10 * TIME_LIMIT_MS
ERROR_LINE = "# error: the rows end here, as the rest could not be read: "


@dataclass(slots=True, kw_only=True)
class TableStream:
    """The rows of a table in an order, from the first on."""

    ds: Any
    request: Any
    page: Page
    data: dict[str, Any]
    written: int = 0
    places: list[int] = field(default_factory=list)

    def response(self) -> Any:
        """Return the answer; its pieces are read while it is sent."""
        headers = {"Access-Control-Allow-Origin": "*"}
        content_type = "text/plain; charset=utf-8"
        if self.request.args.get("_dl"):
            content_type = "text/csv; charset=utf-8"
            headers["content-disposition"] = f'attachment; filename="{self.data["table"]}.csv"'
        return AsgiStream(self.write, headers=headers, content_type=content_type)

    async def write(self, writer: Any) -> None:
        """Write all rows; what fails ends the stream before its end, with a line that says so."""
        database = self.ds.get_database(self.data["database"])
        if self.request.args.get("_header") != "off":
            await writer.write(csv_line(self.data["columns"]))
        parts: Sequence[Stretch] | None = None
        while True:
            try:
                text, parts = await database.execute_fn(
                    lambda connection, at=parts: self.piece(connection, at)
                )
            except (sqlite3.Error, ValueError) as error:
                await writer.write(f"{ERROR_LINE}{error}\r\n")
                raise BrokenStreamError(str(error)) from error
            if text:
                await writer.write(text)
            if parts is None:
                return

    def piece(
        self, connection: sqlite3.Connection, parts: Sequence[Stretch] | None
    ) -> tuple[str, Sequence[Stretch] | None]:
        """Return the text of some rows, and what comes after them; runs in a thread of Datasette."""
        page = self.page
        first = Stretch(where="1", params={}, order=order_by(page.terms))
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, OWN_LENGTH)
        with WATCHDOG.limit(connection, PIECE_MS):
            rows, _ = read_page(connection, self._head(), page.params, parts or [first], PIECE)
        shown = len(self.data["columns"])
        buffer = io.StringIO()
        csv.writer(buffer).writerows(self._row(row, shown) for row in rows)
        self.written += len(rows)
        if len(rows) < PIECE:
            return buffer.getvalue(), None
        values = tuple(rows[-1])[shown:]
        return buffer.getvalue(), stretches(page.terms, values)

    def _head(self) -> str:
        """Return the statement with the columns of the order after those that are shown."""
        columns, source, rest = self.page.head.partition(f" from {escape_sqlite(self.page.table)} ")
        terms = ", ".join(term.name for term in self.page.terms)
        return f"{columns}, {terms}{source}{rest}"

    def _row(self, row: sqlite3.Row, shown: int) -> Sequence[object]:
        """Return what is shown of a row; bytes as the address where they are."""
        cells = tuple(row)[:shown]
        if not any(type(cell) is bytes for cell in cells):
            return cells
        names = self.data["columns"]
        keys = self.data["primary_keys"]
        path = path_from_row_pks(dict(zip(row.keys(), row, strict=True)), keys, not keys)
        return [
            self.ds.absolute_url(
                self.request, self.ds.urls.row_blob(self.data["database"], self.data["table"], path, name)
            )
            if type(cell) is bytes
            else cell
            for name, cell in zip(names, cells, strict=True)
        ]


def csv_line(values: Sequence[object]) -> str:
    """Return one line of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()
