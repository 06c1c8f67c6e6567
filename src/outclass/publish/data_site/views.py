"""Datasette's pages of databases, tables and rows, with exact paging and what each file inherits."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette.utils import InvalidSql, escape_sqlite, path_with_replaced_args, tilde_decode
from datasette.utils.asgi import AsgiStream, NotFound, Request
from datasette.views.base import DatasetteError
from datasette.views.database import DatabaseView
from datasette.views.row import RowView
from datasette.views.table import TableView

from outclass.publish.data_site.broken import BrokenStreamError
from outclass.publish.data_site.datasite import INHERITED
from outclass.publish.data_site.engine import LONG_VALUES, PAGE, Page
from outclass.publish.data_site.limits import MAX_ROWS
from outclass.publish.data_site.maps import map_of_rows
from outclass.publish.data_site.paging import order_of, read_token, stretches, write_token
from outclass.publish.data_site.streaming import TableStream

TRUNCATED = "Outclass-Truncated"
MAX_FACETS = 20
LOOKED_AT = ("picture", "text")
FACET = ("column",)
THROUGH = ("table", "column", "value")
FIRST = ("objects", "rows", "observations", "predictions", "classes", "models")
MAX_PARAMETERS = 200


class ToldView:
    """What all pages have in common: arguments checked first, licence and source told in every form."""

    ds: Any
    truncated = False
    failed: Exception | None = None

    async def checked(self, request: Any, **options: Any) -> Any:
        """Return what Datasette tells of a page, with the licence and source of the file."""
        check_arguments(request)
        try:
            found = await super().data(request, **options)  # type: ignore[misc]
        except Exception as error:
            self.failed = error
            raise
        if isinstance(found, tuple):
            self._add_terms(found[0])
            self.truncated = bool(found[0].get("truncated"))
            if request.url_vars.get("format") == "csv" and found[0].get("error"):
                raise DatasetteError(found[0]["error"], title="Invalid SQL", status=400)
        return found

    def _add_terms(self, data: dict[str, Any]) -> None:
        """Add the licence and source of the file that data come from."""
        metadata = self.ds.metadata("databases").get(data.get("database"), {})
        data.update({key: metadata[key] for key in INHERITED if metadata.get(key)})

    async def as_csv(self, request: Any, database: str) -> Any:
        """Return rows as CSV: whether any are missing stands in a header, and a broken stream breaks off."""
        response = await super().as_csv(request, database)  # type: ignore[misc]
        if isinstance(response, AsgiStream):
            if self.truncated:
                response.headers[TRUNCATED] = "true"
            write = response.stream_fn

            async def write_or_break(writer: Any) -> None:
                self.failed = None
                await write(writer)
                if self.failed is not None:
                    raise BrokenStreamError(str(self.failed))

            response.stream_fn = write_or_break
        return response


class DataDatabaseView(ToldView, DatabaseView):  # type: ignore[misc]  # Datasette has no types
    """A data file, and statements of strangers over it."""

    async def data(self, request: Any, default_labels: bool = False, _size: Any = None) -> Any:  # noqa: ARG002, FBT001, FBT002
        """Return what is in the file, or the rows of `?sql=`."""
        LONG_VALUES.set(False)
        found = await self.checked(request, _size=_size)
        if isinstance(found, tuple) and "tables" in found[0]:
            found[0]["tables"].sort(key=weight_of)
        return found


def weight_of(table: dict[str, Any]) -> tuple[bool, int, bool, str]:
    """Return what sorts tables: those that people come for first, those of the search index last."""
    name = table["name"]
    place = FIRST.index(name) if name in FIRST else len(FIRST)
    return table["hidden"], place, not table["count"], name


class DataRowView(ToldView, RowView):  # type: ignore[misc]
    """One row."""

    async def data(self, request: Any, default_labels: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Return a row; its values may be long."""
        LONG_VALUES.set(True)
        return await self.checked(request, default_labels=default_labels)


class DataTableView(ToldView, TableView):  # type: ignore[misc]
    """A table, a view or a canned query."""

    async def data(
        self,
        request: Any,
        default_labels: bool = False,  # noqa: FBT001, FBT002
        _next: str | None = None,
        _size: Any = None,
    ) -> Any:
        """Return a page of rows; of tables in an order without ties."""
        LONG_VALUES.set("_where" not in request.args)
        check_arguments(request)
        token = _next or request.args.get("_next")
        page = await self._page(request, token)
        if page is None:
            if token and not token.isdigit():
                raise DatasetteError("_next is no place in this view", status=400)
            return await self.checked(request, default_labels=default_labels, _next=_next, _size=_size)
        stripped = without(request, "_next")
        held = PAGE.set(page)
        try:
            found = await self.checked(stripped, default_labels=default_labels, _size=_size)
        finally:
            PAGE.reset(held)
        if isinstance(found, tuple):
            await self._add_next(request, page, found[0])
            found = (found[0], with_map(self.ds, page.table, found), *found[2:])
        return found

    async def columns_to_select(self, table_columns: Sequence[str], pks: Sequence[str], request: Any) -> Any:
        """Return the columns that are shown; on pages what is looked at stands first."""
        columns = list(await super().columns_to_select(table_columns, pks, request))
        if request.url_vars.get("format") or "_col" in request.args:
            return columns
        return sorted(columns, key=lambda name: 0 if name in pks else 1 if name in LOOKED_AT else 2)

    async def _page(self, request: Any, token: str | None) -> Page | None:
        """Return the page of a table that is asked for; None for what has no keys: views and queries."""
        database = self._database(request)
        table = tilde_decode(request.url_vars["table"])
        if await self.ds.get_canned_query(database.name, table, None):
            return None
        if not await database.table_exists(table):
            return None
        keys = await database.primary_keys(table) or ["rowid"]
        sort, descending = self._sort(request, database.name, table)
        terms = order_of(keys, sort, descending=descending)
        old_order = escape_sqlite(sort) if sort else ", ".join(map(escape_sqlite, keys))
        old_order += " desc" if sort and descending else ""
        return Page(
            table=table,
            terms=terms,
            old_order=old_order,
            parts=stretches(terms, place_of(token, len(terms))) if token else None,
        )

    def _database(self, request: Any) -> Any:
        """Return the database that an address names."""
        try:
            return self.ds.get_database(route=tilde_decode(request.url_vars["database"]))
        except KeyError:
            raise NotFound("Database not found") from None

    def _sort(self, request: Any, database: str, table: str) -> tuple[str | None, bool]:
        """Return the column to sort by, and whether it descends."""
        args, declared = request.args, self.ds.table_metadata(database, table)
        sort, descending = args.get("_sort"), args.get("_sort_desc")
        if not sort and not descending:
            sort, descending = declared.get("sort"), declared.get("sort_desc")
        return (descending, True) if descending else (sort or None, False)

    async def _add_next(self, request: Any, page: Page, data: dict[str, Any]) -> None:
        """Tell where the next page begins, by the last row of this one."""
        data["next"] = data["next_url"] = None
        shown = len(data["rows"])
        if not 0 < shown < len(page.rows):
            return
        data["next"] = write_token(await self._values(page, data, page.rows[shown - 1]))
        given = {"_next": data["next"]}
        data["next_url"] = self.ds.absolute_url(
            request, self.ds.urls.path(path_with_replaced_args(request, given))
        )

    async def _values(self, page: Page, data: dict[str, Any], row: Any) -> list[Any]:
        """Return the values of a row by which it is ordered, looked up where they are not shown."""
        known = dict(zip(row.keys(), row, strict=True))
        missing = [term for term in page.terms if term.column not in known]
        if missing:
            keys = {term.column: known[term.column] for term in page.terms if term.column in known}
            where = " and ".join(f"{escape_sqlite(key)} is :k{i}" for i, key in enumerate(keys))
            wanted = ", ".join(term.name for term in missing)
            sql = f"select {wanted} from {escape_sqlite(page.table)} where {where} limit 1"  # noqa: S608
            params = {f"k{i}": value for i, value in enumerate(keys.values())}
            found = await self.ds.execute(data["database"], sql, params)
            known |= {term.column: value for term, value in zip(missing, found.rows[0], strict=True)}
        return [known[term.column] for term in page.terms]

    async def as_csv(self, request: Any, database: str) -> Any:
        """Return rows as CSV; all rows of a table go from SQLite to the network in pieces."""
        page = (
            None if "_labels" in request.args or "_label" in request.args else await self._page(request, None)
        )
        if page is None or not request.args.get("_stream"):
            return await super().as_csv(request, database)
        if request.args.get("_next"):
            raise DatasetteError("_next not allowed for CSV streaming", status=400)
        held = PAGE.set(page)
        try:
            bare = with_arguments(request, {"_nofacet": "1", "_nocount": "1", "_size": "1"})
            data, _, _ = await self.checked(bare)
        except InvalidSql as error:
            raise DatasetteError(str(error), title="Invalid SQL", status=400) from None
        finally:
            PAGE.reset(held)
        return TableStream(ds=self.ds, request=request, page=page, data=data).response()


def with_map(ds: Any, table: str, found: tuple[Any, ...]) -> Any:
    """Return what makes the variables of a table's template, with a map of the rows on the page."""
    data, extra = found[0], found[1]

    async def variables() -> dict[str, Any]:
        made: dict[str, Any] = await extra()
        rows_map = map_of_rows(
            ds, data["database"], table, data["columns"], data["rows"], data["primary_keys"]
        )
        return made | {"rows_map": rows_map}

    return variables


def place_of(token: str, terms: int) -> list[Any]:
    """Return the values of `_next`; one without types comes from Datasette's own form."""
    try:
        values = read_token(token)
    except ValueError:
        values = []
    if len(values) != terms:
        raise DatasetteError("_next is no place in this order", status=400)
    return values


def without(request: Any, name: str) -> Any:
    """Return a request that lacks an argument."""
    pairs = parse_qsl(request.query_string, keep_blank_values=True)
    return with_query(request, urlencode([(key, value) for key, value in pairs if key != name]))


def with_arguments(request: Any, given: dict[str, str]) -> Any:
    """Return a request with some arguments set."""
    pairs = parse_qsl(request.query_string, keep_blank_values=True)
    kept = [(key, value) for key, value in pairs if key not in given]
    return with_query(request, urlencode([*kept, *given.items()]))


def with_query(request: Any, query: str) -> Any:
    """Return a request with another query string."""
    return Request({**request.scope, "query_string": query.encode()}, request.receive)


def check_arguments(request: Any) -> None:
    """Refuse arguments that Datasette would stumble over."""
    args = request.args
    pairs = parse_qsl(request.query_string, keep_blank_values=True)
    if len(pairs) > MAX_PARAMETERS or sum(key.startswith("_facet") for key, _ in pairs) > MAX_FACETS:
        raise DatasetteError("there are too many arguments", status=400)
    limit = args.get("_timelimit")
    if limit and not (limit.isascii() and limit.isdigit() and 0 < int(limit) < 10**9):
        raise DatasetteError("_timelimit must be milliseconds, 1 or more", status=400)
    if args.get("_sort") and args.get("_sort_desc"):
        raise DatasetteError("Cannot use _sort and _sort_desc at the same time", status=400)
    size = args.get("_size")
    if size and size != "max" and not (size.isascii() and size.isdigit() and int(size[:9]) <= MAX_ROWS):
        raise DatasetteError(f"_size must be <= {MAX_ROWS}", status=400)
    many = args.get("_facet_size") or "max"
    if many != "max" and not (many.isascii() and many.isdigit()):
        raise DatasetteError("_facet_size must be a number or max", status=400)
    for key, value in pairs:
        needed = THROUGH if key == "_through" else FACET
        as_json = key == "_through" or (key.startswith("_facet") and value.startswith("{"))
        if as_json and not is_object(value, needed):
            raise DatasetteError(f"{key} must be a JSON object with {', '.join(needed)}", status=400)


def is_object(text: str, needed: Sequence[str]) -> bool:
    """Tell whether a text is a JSON object with these keys, whose values are texts.

    >>> is_object('{"column": "split"}', FACET), is_object("{}", FACET)
    (True, False)
    """
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in needed)
