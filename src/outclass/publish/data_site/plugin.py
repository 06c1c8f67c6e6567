"""Our side of Datasette's hooks; each does nothing where another Datasette of the process asks."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.plugins import pm
from datasette.utils import InvalidSql
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

from outclass.publish.data_site import cells, pages
from outclass.publish.data_site.datasite import DataSite
from outclass.publish.data_site.facets import OURS
from outclass.publish.data_site.views import DataDatabaseView, DataRowView, DataTableView

LOGGER = logging.getLogger(__name__)
NAME = "outclass"
DATABASE = r"/(?P<database>[^\/\.]+)"
FORMAT = r"(\.(?P<format>\w+))?$"
MEDIA = r"/-/media/(?P<table>[^/]+)/(?P<pks>[^/]+)/(?P<column>[^/]+)$"
TOO_LONG = (
    "The query took too long: it is stopped after {limit} ms. Ask for fewer rows, or use an indexed column."
)

Answer = Callable[[], Awaitable[Any]]


def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """Put our pages before those of Datasette, and close the ones that tell of the process."""
    if not isinstance(datasette, DataSite):
        return []
    views = (DataDatabaseView, DataTableView, DataRowView)
    database, table, row = (as_route(view.as_view(datasette)) for view in views)
    return [
        (r"/$", pages.index),
        (r"/-/versions(\.(?P<format>json))?$", pages.versions),
        (r"/-/metadata(\.(?P<format>json))?$", pages.metadata),
        (r"/(-/.*|_.*)$", pages.closed),
        (DATABASE + MEDIA, cells.media),
        (DATABASE + FORMAT.replace(r"\w+", r"(?!db$)\w+"), database),
        (DATABASE + r"/(?P<table>[^\/\.]+)" + FORMAT, table),
        (DATABASE + r"/(?P<table>[^/]+?)/(?P<pks>[^/]+?)" + FORMAT, row),
    ]


def as_route(view: Any) -> Any:
    """Return a view with the arguments that routes of plugins are called with."""

    async def answer(request: Any, send: Any) -> Any:
        return await view(request, send)

    return answer


def render_cell(
    datasette: Any,
    row: Any,
    value: Any,
    column: str,
    table: str | None,
    database: str,
) -> Any:
    """Draw pictures and light curves."""
    if not isinstance(datasette, DataSite) or not isinstance(value, (bytes, int)):
        return None

    async def drawn() -> Any:
        return await cells.draw_cell(datasette, row, value, column, table, database)

    return drawn


def register_facet_classes() -> Iterator[None]:
    """Put our facets in the place of Datasette's, which they extend."""
    outcome: Any = yield
    outcome.force_result([[OURS.get(kind, kind) for kind in kinds] for kinds in outcome.get_result()])


def extra_template_vars(
    datasette: Any,
    database: str | None,
    table: str | None,
    view_name: str,
    request: Any,
) -> Any:
    """Tell the templates of all pages what the frame needs."""
    if not isinstance(datasette, DataSite):
        return {}

    async def variables() -> dict[str, Any]:
        return await pages.frame(datasette, database, table, view_name, request)

    return variables


def handle_exception(datasette: Any, request: Any, exception: Exception) -> Iterator[None]:
    """Answer every fault with a page of ours, and print nothing of it."""
    outcome: Any = yield
    if isinstance(datasette, DataSite):
        outcome.force_result([lambda: answer_fault(datasette, request, exception)])


async def answer_fault(datasette: DataSite, request: Any, exception: Exception) -> Any:
    """Return what a visitor is told of a fault, in the form that was asked for."""
    status, title, message = told(datasette, exception)
    if status >= 500:
        LOGGER.error("data page failed", exc_info=exception)
    kind = request.url_vars.get("format") or request.path.rpartition(".")[2]
    headers = {"Access-Control-Allow-Origin": "*"}
    if kind in {"json", "jsono"}:
        answer = {"ok": False, "error": message, "status": status, "title": title}
        return Response.json(answer, status=status, headers=headers)
    if kind in {"csv", "blob"}:
        return Response.text(f"error: {message}\n", status=status, headers=headers)
    context = {"status": status, "title": title, "error": message, "metadata": {}}
    page = await datasette.render_template("error.html", context, request=request, view_name="error")
    return Response.html(page, status=status, headers=headers)


def told(datasette: DataSite, exception: Exception) -> tuple[int, str, str]:
    """Return status, title and message of a fault."""
    match exception:
        case QueryInterrupted():
            limit = datasette.setting("sql_time_limit_ms")
            return 400, "SQL interrupted", TOO_LONG.format(limit=limit)
        case DatasetteError() if not exception.message_is_html:
            # Datasette says 500 of what a visitor got wrong, where it says nothing else.
            status = exception.status if exception.status < 500 else 400
            return status, exception.title or "This cannot be shown", str(exception.message)
        case DatasetteError():
            limit = datasette.setting("sql_time_limit_ms")
            return 400, exception.title or "SQL interrupted", TOO_LONG.format(limit=limit)
        case Base400():
            title = "Not found" if exception.status == 404 else "This cannot be shown"
            return exception.status, title, str(exception.args[0] if exception.args else title)
        case InvalidSql():
            return 400, "Invalid SQL", str(exception)
        case ValueError() | OverflowError():
            return 400, "This cannot be read", "An argument in the address cannot be read."
        case _:
            return 500, "This page failed", "The fault is ours and was written down."


def register() -> None:
    """Make our hooks known to Datasette, once in a process."""
    if not pm.has_plugin(NAME):
        pm.register(PLUGIN, NAME)


class _Plugin:
    """The hooks as one object."""

    __name__ = f"{NAME}-data-site"
    register_routes = staticmethod(hookimpl(register_routes))
    render_cell = staticmethod(hookimpl(render_cell))
    register_facet_classes = staticmethod(hookimpl(hookwrapper=True)(register_facet_classes))
    extra_template_vars = staticmethod(hookimpl(extra_template_vars))
    handle_exception = staticmethod(hookimpl(hookwrapper=True)(handle_exception))


PLUGIN = _Plugin()
