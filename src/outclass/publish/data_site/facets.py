"""Facets: of a whole table as counted when the file was made, of anything else as Datasette counts them."""

import sqlite3
from typing import Any

from datasette.database import QueryInterrupted
from datasette.facets import ArrayFacet, ColumnFacet, DateFacet
from datasette.utils import escape_sqlite, path_with_added_args, path_with_removed_args

COUNTED = 'select value, count from facet_counts where "table" = ? and "column" = ? order by position limit ?'
COUNTED_COLUMNS = (
    'select "column" from facet_counts where "table" = ? and value is not null '
    'group by "column" having count(*) > 1'
)
SAMPLE = 1000
"""Rows in which days and arrays are looked for, to suggest a facet."""


class CountedFacet(ColumnFacet):  # type: ignore[misc]  # Datasette has no types
    """Facets of columns; those of an unfiltered table are looked up."""

    async def facet_results(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the facets that are declared or asked for, and the columns for which time was too short."""
        if not whole_table(self):
            return await told(super().facet_results())
        found, rest = [], []
        configs: list[dict[str, Any]] = self.get_configs()
        for config in configs:
            column = config["config"].get("column") or config["config"]["simple"]
            counted = await self._counted(column)
            if counted is None:
                rest.append(config)
            else:
                found.append(await self._shown(column, counted, hideable=config["source"] != "metadata"))
        if not rest:
            return found, []
        self.get_configs: Any = lambda: rest
        try:
            computed, late = await told(super().facet_results())
        finally:
            self.get_configs = lambda: configs
        return found + computed, late

    async def _counted(self, column: str) -> list[Any] | None:
        """Return the values of a column with their counts; None where they were not counted."""
        limit = self.get_facet_size() + 2  # one to tell that there are more, one for rows without a value
        try:
            rows = (await self.ds.execute(self.database, COUNTED, (self.table, column, limit))).rows
        except (sqlite3.Error, QueryInterrupted):
            return None
        return [row for row in rows if row["value"] is not None] if rows else None

    async def _shown(self, column: str, rows: list[Any], *, hideable: bool) -> dict[str, Any]:
        """Return a facet in the form in which Datasette tells it."""
        size = self.get_facet_size()
        values = [row["value"] for row in rows[:size]]
        labels = await self.ds.expand_foreign_keys(self.database, self.table, column, values)
        key = f"{column}__exact" if column.startswith("_") else column
        return {
            "name": column,
            "type": self.type,
            "hideable": hideable,
            "toggle_url": self.ds.urls.path(path_with_removed_args(self.request, {"_facet": column})),
            "results": [
                {
                    "value": value,
                    "label": labels.get((column, value), value),
                    "count": row["count"],
                    "toggle_url": self.ds.absolute_url(
                        self.request, self.ds.urls.path(path_with_added_args(self.request, {key: value}))
                    ),
                    "selected": False,
                }
                for value, row in zip(values, rows, strict=False)
            ],
            "truncated": len(rows) > size,
        }

    async def suggest(self) -> list[dict[str, Any]]:
        """Return columns that would make a facet: those that were counted, where any were."""
        return await suggestions(self, self._counted_columns)

    async def _counted_columns(self) -> list[dict[str, Any]]:
        """Return the columns that were counted; what Datasette finds where none were."""
        try:
            rows = (await self.ds.execute(self.database, COUNTED_COLUMNS, (self.table,))).rows
        except (sqlite3.Error, QueryInterrupted):
            rows = []
        return [{"name": row[0]} for row in rows] or await super().suggest()


class KnownDateFacet(DateFacet):  # type: ignore[misc]
    """Facets of days."""

    async def facet_results(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return Datasette's, with addresses that have our prefix."""
        found, late = await told(super().facet_results())
        for facet in found:
            facet["toggle_url"] = self.ds.urls.path(facet["toggle_url"])
        return found, late

    async def suggest(self) -> list[dict[str, Any]]:
        """Return columns that would make a facet."""
        self.sql: str = limited(self.sql)
        return await suggestions(self, super().suggest)


class KnownArrayFacet(ArrayFacet):  # type: ignore[misc]
    """Facets of the items of JSON arrays."""

    async def facet_results(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return Datasette's."""
        return await told(super().facet_results())

    async def suggest(self) -> list[dict[str, Any]]:
        """Return columns that would make a facet."""
        self.sql: str = limited(self.sql)
        return await suggestions(self, super().suggest)


OURS = {ColumnFacet: CountedFacet, DateFacet: KnownDateFacet, ArrayFacet: KnownArrayFacet}


def limited(sql: str) -> str:
    """Return a statement that reads no more than a sample."""
    return f"{sql} limit {SAMPLE}"


def whole_table(facet: Any) -> bool:
    """Tell whether a facet is over all rows of a table."""
    source = f" from {escape_sqlite(facet.table)} "
    return bool(facet.sql.removesuffix(f" limit {SAMPLE}").endswith(source))


async def told(results: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return facets; one of a column that is not there is none."""
    try:
        found: tuple[list[dict[str, Any]], list[str]] = await results
    except sqlite3.OperationalError:
        return [], []
    return found


async def suggestions(facet: Any, compute: Any) -> list[dict[str, Any]]:
    """Return suggested facets: found once over all rows of a table, as it never changes."""
    known: dict[Any, list[str]] = facet.ds.known_suggestions
    key = (facet.database, facet.table, facet.type)
    if key not in known:
        if not whole_table(facet):
            return []
        try:
            known[key] = [found["name"] for found in await compute()]
        except (sqlite3.OperationalError, QueryInterrupted):
            known[key] = []
    argument = "_facet" if facet.type == "column" else f"_facet_{facet.type}"
    enabled = {config["config"].get("simple") for config in facet.get_configs()}
    kind = {} if facet.type == "column" else {"type": facet.type}
    return [
        {
            "name": name,
            **kind,
            "toggle_url": facet.ds.absolute_url(
                facet.request, facet.ds.urls.path(path_with_added_args(facet.request, {argument: name}))
            ),
        }
        for name in known[key]
        if name not in enabled
    ]
