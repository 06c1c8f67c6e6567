"""Datasette as we run it: data files come and go, everything in them is public, nothing else is there."""

import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from datasette.app import Datasette

from outclass.publish.data_site.engine import DataFileDatabase
from outclass.publish.data_site.limits import (
    FACET_TIME_LIMIT_MS,
    MAX_ROWS,
    SUGGEST_TIME_LIMIT_MS,
    TIME_LIMIT_MS,
)
from outclass.publish.data_site.shelf import Metadata, SiteFile

HERE = Path(__file__).resolve().parent
SQL_THREADS = 3
NICENESS = 2
sqlite3.enable_callback_tracebacks(False)  # noqa: FBT003 - Datasette lets them print what strangers ask
PUBLIC = frozenset(
    {"view-instance", "view-database", "view-database-download", "view-table", "view-query", "execute-sql"}
)
UNITS = "column_units"
INHERITED = ("license", "license_url", "source", "source_url", "about", "about_url")


class DataSite(Datasette):  # type: ignore[misc]  # Datasette has no types
    """Datasette over data files that are attached while it runs.

    Parameters
    ----------
    base_url
        Where it is mounted, with a slash at both ends.
    context
        What the templates of every page know besides.
    """

    def __init__(self, base_url: str, context: Mapping[str, object] | None = None) -> None:
        super().__init__(
            files=[],
            cors=True,
            template_dir=str(HERE / "templates"),
            settings={
                "base_url": base_url,
                "sql_time_limit_ms": TIME_LIMIT_MS,
                "facet_time_limit_ms": FACET_TIME_LIMIT_MS,
                "facet_suggest_time_limit_ms": SUGGEST_TIME_LIMIT_MS,
                "max_returned_rows": MAX_ROWS,
                "default_page_size": 50,
                "max_csv_mb": 0,
                "num_sql_threads": 1,
                "truncate_cells_html": 300,
            },
        )
        self.databases: OrderedDict[str, DataFileDatabase] = OrderedDict()
        super().__getattribute__("executor").shutdown()
        self.executor: ThreadPoolExecutor = ThreadPoolExecutor(
            SQL_THREADS, thread_name_prefix="data-sql", initializer=give_way, initargs=(NICENESS,)
        )
        self.inspect_data: dict[str, dict[str, Any]] = {}
        self.site_files: dict[str, SiteFile] = {}
        self.context = dict(context or {})
        self.known_suggestions: dict[tuple[str, str, str], list[str]] = {}

    def show(self, files: Sequence[SiteFile]) -> None:
        """Attach what is new, and let go of what is gone."""
        wanted = {file.name: file for file in files}
        for name in self.site_files.keys() - wanted.keys():
            self._detach(name)
        databases, metadata = OrderedDict(), {}
        for name, file in sorted(wanted.items()):
            databases[name] = self.databases.get(name) or self._attach(file)
            metadata[name] = spread(file.metadata)
        self.databases = databases
        self._metadata_local = {"title": "Data", "databases": metadata}
        self.site_files = wanted

    def _attach(self, file: SiteFile) -> DataFileDatabase:
        """Return the database of a file; it is opened when somebody asks for it."""
        database = DataFileDatabase(self, file.path)
        database.name = database.route = file.name
        self.inspect_data[file.name] = {
            "hash": file.sha256,
            "size": file.path.stat().st_size,
            "tables": {table: {"count": count} for table, count in file.rows.items()},
        }
        return database

    def _detach(self, name: str) -> None:
        """Close a file."""
        self.inspect_data.pop(name, None)
        self.known_suggestions = {
            key: value for key, value in self.known_suggestions.items() if key[0] != name
        }
        self.databases[name].close()

    def close(self) -> None:
        """Close all files, and end the threads."""
        self.show([])
        self.executor.shutdown(cancel_futures=True)

    def file_of(self, database: str) -> SiteFile | None:
        """Return the data file behind a database."""
        return self.site_files.get(database)

    def group(self, name: str) -> list[SiteFile]:
        """Return all data files of a challenge, the current one first."""
        found = [file for file in self.site_files.values() if file.group == name]
        return sorted(found, key=lambda file: (not file.current, file.name))

    async def refresh_schemas(self) -> None:
        """Keep no catalogue of all tables: nothing here asks for one, and no file changes."""

    async def permission_allowed(
        self,
        actor: object,  # noqa: ARG002 - as Datasette asks
        action: str,
        resource: object = None,  # noqa: ARG002
        default: object = False,  # noqa: ARG002, FBT002
    ) -> bool:
        """Allow everybody to read, and nobody to do anything else."""
        return action in PUBLIC

    def absolute_url(self, request: Any, path: str) -> str:
        """Return a full address; one that lacks our prefix gets it."""
        base: str = self.setting("base_url")
        if path.startswith("/") and not path.startswith(base):
            path = base + path[1:]
        return str(urljoin(request.url, str(path)))


def spread(metadata: Metadata) -> Metadata:
    """Return a file's metadata with licence, source and about written at every table and query.

    Datasette hands down what is declared for the whole instance only, and each of our files has its own.
    """
    known = {key: metadata[key] for key in INHERITED if metadata.get(key)}
    down: Metadata = dict(metadata)
    tables = {name: known | renamed(one) for name, one in (metadata.get("tables") or {}).items()}
    queries = (metadata.get("queries") or {}).items()
    down["tables"] = Described(tables, known)
    down["queries"] = {
        name: known | (one if isinstance(one, dict) else {"sql": one}) for name, one in queries
    }
    return down


class Described(dict[str, Metadata]):
    """Metadata by table; a table of which nothing is said has what the whole file has."""

    def __init__(self, tables: Mapping[str, Metadata], known: Metadata) -> None:
        super().__init__(tables)
        self._known = known

    def get(self, name: str, default: object = None) -> Any:  # noqa: ARG002 - as a dictionary has it
        """Return what is said of a table."""
        return self[name] if name in self else dict(self._known)


def renamed(table: Metadata) -> Metadata:
    """Return a table's metadata, its units under a name that Datasette does not know: it would compute."""
    return {UNITS if key == "units" else key: value for key, value in table.items()}


def give_way(niceness: int) -> None:
    """Let this thread wait when others of the machine compute, where the system can do that."""
    with_threads = getattr(os, "setpriority", None)
    if with_threads and os.uname().sysname == "Linux":
        with_threads(os.PRIO_PROCESS, threading.get_native_id(), niceness)
