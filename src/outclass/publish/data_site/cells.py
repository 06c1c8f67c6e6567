"""What is drawn in cells and on the pages of rows: pictures, light curves, long texts."""

import base64
import hashlib
from typing import Any

from datasette.utils import path_from_row_pks, tilde_decode, tilde_encode, urlsafe_components
from datasette.utils.asgi import NotFound, Response
from datasette.views.table import _sql_params_pks
from markupsafe import Markup, escape

from outclass.publish.data_site.curves import has_curves, large_curve, small_curve
from outclass.publish.data_site.engine import LONG_VALUES, DataFileDatabase

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
WEBP = (b"RIFF", b"WEBP")
EMBEDDED = 12_000
"""Bytes up to which a picture in the answer to a statement stands in the page itself."""
LONG_TEXT = 300
OBJECTS, POINTS = "objects", "observations"


def picture_type(content: bytes) -> str | None:
    """Return the media type of a picture by its first bytes; None where it is none that browsers show.

    >>> picture_type(b"GIF89a..."), picture_type(b"<svg onload=...")
    ('image/gif', None)
    """
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return kind
    return "image/webp" if (content[:4], content[8:12]) == WEBP else None


async def draw_cell(ds: Any, row: Any, value: Any, column: str, table: str | None, database: str) -> Any:
    """Return a cell as HTML; None where Datasette's own is right."""
    if isinstance(value, bytes):
        return await draw_bytes(ds, row, value, column, table, database)
    if table == OBJECTS and column == POINTS and isinstance(value, int) and "id" in row.keys():  # noqa: SIM118
        source = ds.get_database(database)
        if isinstance(source, DataFileDatabase) and await has_curves(source):
            drawn = await small_curve(source, str(row["id"]))
            return Markup('{}<span class="muted">{} points</span>').format(Markup(drawn), value)  # noqa: S704
    return None


async def draw_bytes(ds: Any, row: Any, value: bytes, column: str, table: str | None, database: str) -> Any:
    """Return a picture as such, and other bytes as their number."""
    kind = picture_type(value)
    told = Markup('<span class="muted">{:,} bytes</span>').format(len(value))
    if table is None:
        if kind is None or len(value) > EMBEDDED:
            return told
        address = f"data:{kind};base64,{base64.b64encode(value).decode()}"
    else:
        keys = await ds.get_database(database).primary_keys(table)
        path = path_from_row_pks(row, keys, not keys)
        address = media_url(ds, database, table, path, column)
        if kind is None:
            return Markup('<a href="{}" download>{:,} bytes</a>').format(address, len(value))
    return Markup('<img class="data-picture" src="{}" alt="{}" loading="lazy">').format(address, column)


def media_url(ds: Any, database: str, table: str, path: str, column: str) -> str:
    """Return where the bytes of a cell are."""
    return f"{ds.urls.database(database)}/-/media/{tilde_encode(table)}/{path}/{tilde_encode(column)}"


async def media(request: Any, datasette: Any) -> Any:
    """Answer with the bytes of a cell: a picture as what it is, anything else as a file to keep."""
    parts = request.url_vars
    table, column = tilde_decode(parts["table"]), tilde_decode(parts["column"])
    try:
        database = datasette.get_database(route=tilde_decode(parts["database"]))
    except KeyError:
        raise NotFound("Database not found") from None
    columns = await database.table_columns(table)
    keys = await database.primary_keys(table) or ["rowid"]
    values = urlsafe_components(parts["pks"])
    if column not in columns or len(values) != len(keys):
        raise NotFound("There is no such column")
    LONG_VALUES.set(True)
    sql, params, _ = await _sql_params_pks(database, table, values)
    rows = (await database.execute(sql, params)).rows
    if not rows or not isinstance(rows[0][column], bytes):
        raise NotFound("There are no such bytes")
    return bytes_response(rows[0][column])


def bytes_response(content: bytes) -> Any:
    """Return bytes that no browser takes for anything but a picture."""
    kind = picture_type(content)
    headers = {"X-Content-Type-Options": "nosniff"}
    if kind is None:
        name = hashlib.sha256(content).hexdigest()[:12]
        headers["Content-Disposition"] = f'attachment; filename="{name}.bin"'
    return Response(body=content, headers=headers, content_type=kind or "application/octet-stream")


async def drawing_of_row(ds: Any, database: str, table: str, keys: list[str]) -> str:
    """Return what stands above a row's values: the light curve of an object."""
    source = ds.get_database(database)
    if table != OBJECTS or len(keys) != 1 or not await has_curves(source):
        return ""
    return await large_curve(source, keys[0])


def shortened(text: str) -> Any:
    """Return a text whose end is cut off, as HTML."""
    return escape(text if len(text) <= LONG_TEXT else f"{text[:LONG_TEXT]}…")
