"""Pages of the whole: the list of data sites, versions, what the frame of every page shows."""

import platform
import sqlite3
from collections import defaultdict
from functools import cache
from importlib.metadata import version as version_of
from typing import Any

from datasette import __version__ as datasette_version
from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

import outclass
from outclass.base.commit import current_commit
from outclass.charts.svg import bar
from outclass.publish.data_site.cells import drawing_of_row
from outclass.publish.data_site.datasite import DataSite
from outclass.publish.data_site.design import asset_url
from outclass.publish.data_site.shelf import SiteFile


async def frame(
    ds: DataSite, database: str | None, table: str | None, view_name: str, request: Any
) -> dict[str, Any]:
    """Return what every page shows around its content."""
    file = ds.file_of(database) if database else None
    found: dict[str, Any] = {
        **ds.context,
        "asset": lambda name: asset_url(ds.setting("base_url"), name),
        "accent_url": lambda group: f"{ds.setting('base_url')}-/accent/{group}.css",
        "bar": lambda share: Markup(bar(share, "adviser-1", thin=True)),  # noqa: S704 - our SVG
        "data_file": file,
        "file_metadata": ds.metadata("databases").get(database, {}) if database else {},
        "groups": groups(ds),
        "here": str(ds.urls.path(request.full_path)) if request else "",
        "row_drawing": "",
        "table_titles": titles(ds, database),
    }
    if view_name == "row" and database and table:
        keys = request.url_vars["pks"].split(",")
        found["row_drawing"] = Markup(await drawing_of_row(ds, database, table, keys))  # noqa: S704 - our SVG
    if file is not None and not file.current:
        found["newer"] = next((one for one in ds.group(file.group) if one.current), None)
    return found


def groups(ds: DataSite) -> list[dict[str, str]]:
    """Return name, title and address of each challenge's data."""
    found = {}
    for file in ds.site_files.values():
        if file.current:
            title = str(file.metadata.get("short_title") or file.metadata.get("title") or file.group)
            found[file.group] = {"name": file.group, "title": title, "url": ds.urls.database(file.name)}
    return [found[name] for name in sorted(found)]


def titles(ds: DataSite, database: str | None) -> dict[str, str]:
    """Return the title of each table and view of a file, where it has one."""
    tables = ds.metadata("databases").get(database, {}).get("tables", {}) if database else {}
    return {name: str(one["title"]) for name, one in tables.items() if one.get("title")}


async def index(request: Any, datasette: DataSite) -> Any:
    """List the data sites."""
    shown = [
        {
            "file": file,
            "url": datasette.urls.database(file.name),
            "metadata": datasette.metadata("databases").get(file.name, {}),
            "rows": file.rows.get("objects", sum(file.rows.values())),
            "older": len(datasette.group(file.group)) - 1,
        }
        for file in datasette.site_files.values()
        if file.current
    ]
    page = await datasette.render_template("index.html", {"shown": shown}, request=request, view_name="index")
    return Response.html(page)


async def versions(request: Any, datasette: DataSite) -> Any:
    """Tell which data files are here, and what serves them."""
    files = defaultdict(list)
    for file in datasette.site_files.values():
        files[file.group].append(file)
    told = {
        "product": product(),
        "data": {
            group: [told_of(datasette, file) for file in sorted(found, key=lambda f: (not f.current, f.name))]
            for group, found in sorted(files.items())
        },
    }
    if request.url_vars.get("format"):
        return Response.json(told, headers={"Access-Control-Allow-Origin": "*"})
    page = await datasette.render_template("versions.html", told, request=request, view_name="versions")
    return Response.html(page)


def told_of(ds: DataSite, file: SiteFile) -> dict[str, object]:
    """Return what is told of a data file."""
    return {
        "url": str(ds.urls.database(file.name)),
        "hash": file.mark,
        "sha256": file.sha256,
        "bytes": ds.inspect_data[file.name]["size"],
        "objects": file.rows.get("objects"),
        "version": file.version,
        "current": file.current,
    }


@cache
def product() -> dict[str, str | None]:
    """Return the versions of what serves."""
    return {
        "outclass": outclass.__version__,
        "commit": current_commit(),
        "datasette": str(datasette_version),
        "sqlite": sqlite3.sqlite_version,
        "python": platform.python_version(),
        "jinja2": version_of("jinja2"),
    }


async def metadata(request: Any, datasette: DataSite) -> Any:  # noqa: ARG001
    """Answer with the metadata of all files."""
    return Response.json(datasette.metadata(), headers={"Access-Control-Allow-Origin": "*"})


async def closed(request: Any) -> Any:  # noqa: ARG001
    """Answer for Datasette's own pages, which tell of the process rather than of data."""
    raise NotFound("There is no such page")
