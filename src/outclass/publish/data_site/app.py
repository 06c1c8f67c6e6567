"""The data sites as one ASGI application: what is there is shown, what is missing is built."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from html import escape
from typing import Any

import msgspec

from outclass.base.settings import Settings
from outclass.charts.colors import accent_sheet
from outclass.publish.data_site import front
from outclass.publish.data_site.broken import BrokenStreamError
from outclass.publish.data_site.building import Builder
from outclass.publish.data_site.front import Message, Receive, Scope, Send
from outclass.publish.data_site.shelf import Shelf, SiteFile, State, fingerprint, look
from outclass.publish.data_site.worker import Worker

LOGGER = logging.getLogger(__name__)
BASE_URL = "/data/"
POLL_SECONDS = 2.0
PATIENCE_SECONDS = 15.0
"""How long after the start missing files are built although nobody asked for them."""
RETRY_SECONDS = {State.TO_BUILD: 5, State.OUTDATED: 5, State.EMPTY: 120, State.BROKEN: 120}


class DataSites:
    """Serves /data; Datasette is loaded for the first visitor, data files are built by the lifespan's task.

    Parameters
    ----------
    base_url
        Where it is mounted, with a slash at both ends; requests come with the whole path.
    patience
        Seconds after the start until files are built that nobody asked for.
    shelf
        What tells which data files there are.
    hosts
        The host names that pages are answered for, as addresses on them name the host; empty for any.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        base_url: str = BASE_URL,
        patience: float = PATIENCE_SECONDS,
        shelf: Callable[[], Shelf] | None = None,
        context: dict[str, object] | None = None,
        hosts: Collection[str] = (),
    ) -> None:
        self.settings = settings
        self.hosts = frozenset(hosts)
        self.base_url = base_url
        self._patience = patience
        self._look = shelf or (lambda: look(settings))
        self._shelf = Shelf()
        self._seen: object = None
        self._worker = Worker(base_url, context or {})
        self._loaded: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self.builder = Builder(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self.hosts and not front.is_known(front.header(scope, b"host"), self.hosts):
            await front.answer(send, 400, b"unknown host\n", {"content-type": "text/plain"})
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop as the server says."""
        while True:
            kind = (await receive())["type"]
            await (self.start() if kind == "lifespan.startup" else self.stop())
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def start(self) -> None:
        """Begin to watch for new versions."""
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End what runs."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        if self._loaded is not None:
            with contextlib.suppress(Exception):
                await self._loaded
            await self._worker.stop()

    async def _watch(self) -> None:
        """Show new files, and have missing ones built, for as long as this runs."""
        patient_until = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                await self.refresh()
                if self._asked.is_set() or asyncio.get_running_loop().time() > patient_until:
                    await self.builder.run(self._shelf.to_build(), self._seen)
            except OSError as error:
                LOGGER.warning("data files cannot be looked at", extra={"reason": str(error)})
            await self._pause()

    async def _pause(self) -> None:
        """Wait until it is time to look again, or somebody asks for what is not there."""
        if self._asked.is_set():
            await asyncio.sleep(POLL_SECONDS)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), POLL_SECONDS)

    async def refresh(self) -> None:
        """Look at what is there, where anything changed, and show it."""
        seen = await asyncio.to_thread(fingerprint, self.settings)
        if seen == self._seen:
            return
        self._shelf = await asyncio.to_thread(self._look)
        self._seen = seen
        if self._loaded is not None and self._loaded.done():
            await self._worker.show(self._shelf.files)

    async def _load(self) -> None:
        """Load Datasette and show what is there."""
        await self._worker.start()
        if self._seen is None:
            await self.refresh()
        await self._worker.show(self._shelf.files)

    async def _ready(self) -> None:
        """Wait until Datasette is there."""
        if self._loaded is None:
            self._loaded = asyncio.create_task(self._load())
        await asyncio.shield(self._loaded)
        if self._watching is None:
            await self.refresh()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what needs no data, else show data."""
        head = scope["method"] == "HEAD"
        path = inner_path(scope, self.base_url)
        if scope["method"] == "OPTIONS":
            told = {"allow": front.METHODS, "access-control-allow-methods": front.METHODS}
            await front.answer(send, 204, b"", told | {"access-control-allow-headers": "*"})
        elif scope["method"] not in {"GET", "HEAD"}:
            told = {"allow": front.METHODS, "content-type": "text/plain"}
            await front.answer(send, 405, b"data sites are only read\n", told)
        elif path is None and scope["path"] in {"/", self.base_url.rstrip("/")}:
            await front.redirect(send, self.base_url)
        elif path is None:
            await front.answer(send, 404, b"not found\n", {"content-type": "text/plain"}, head=head)
        elif path == "/-/theme":
            await front.choose_theme(scope, send, self.base_url)
        elif path == "/-/theme.css":
            await front.answer_theme_sheet(scope, send, head=head)
        elif path.startswith("/-/assets/"):
            await front.answer_asset(send, path.rpartition("/")[2], head=head)
        elif path.startswith("/-/accent/"):
            await self._answer_accent(send, path, head=head)
        elif path != "/" and path.endswith("/"):
            await front.redirect(send, self._address(path.rstrip("/"), scope))
        else:
            await self._ready()
            await self._route(scope, receive, send, path)

    async def _answer_accent(self, send: Send, path: str, *, head: bool) -> None:
        """Send the style sheet with the color of a challenge."""
        name = path.rpartition("/")[2].removesuffix(".css")
        colors = {file.group: file.metadata.get("accent") for file in self._shelf.files}
        color = colors.get(name)
        sheet = accent_sheet(color) if color else ""
        told = {"content-type": "text/css; charset=utf-8", "cache-control": "public, max-age=3600"}
        await front.answer(send, 200, sheet.encode(), told, head=head)

    def _address(self, path: str, scope: Scope) -> str:
        """Return the address of a path inside, with the query of the request."""
        query = scope["query_string"].decode("latin-1")
        return f"{self.base_url}{path.lstrip('/')}" + (f"?{query}" if query else "")

    async def _route(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """Send old addresses on, and answer the others from the data file that they name."""
        entry = front.entry_of(path)
        shown = {file.name: file for file in self._shelf.files}
        if entry is None:
            await self._forward(scope, receive, send, path, None)
            return
        name, rest = entry
        if name in shown and rest == ".db":
            await self._answer_file(scope, send, shown[name])
        elif name in shown:
            await self._forward(scope, receive, send, path, shown[name].sha256)
        elif (target := front.moved_to(name, self._shelf.current)) is not None:
            await front.redirect(send, self._address(f"{target}{rest}", scope))
        elif (group := self._known(name)) is not None:
            await self._not_yet(scope, send, group)
        else:
            await self._forward(scope, receive, send, path, None)

    async def _answer_file(self, scope: Scope, send: Send, file: SiteFile) -> None:
        """Send a data file as it is."""
        etag = f'"{file.sha256}"'
        told = {"etag": etag, "cache-control": front.ttl_of(scope["query_string"])}
        if (known := front.header(scope, b"if-none-match")) and front.matches(known, etag):
            await front.answer(send, 304, b"", told)
            return
        told |= {
            "content-type": "application/vnd.sqlite3",
            "content-disposition": f'attachment; filename="{file.name}.db"',
        }
        await front.answer_file(send, file.path, told, head=scope["method"] == "HEAD")

    def _known(self, name: str) -> str | None:
        """Return the challenge that a name means, with or without a hash."""
        found = front.HASHED.fullmatch(name)
        names = (name, found["group"] if found else name)
        return next((one for one in names if one in self._shelf.states), None)

    async def _not_yet(self, scope: Scope, send: Send, name: str) -> None:
        """Say that a data file is not there, why, and when to ask again."""
        state = self._shelf.states[name]
        if state in {State.TO_BUILD, State.OUTDATED}:
            self._asked.set()
        failed = self.builder.why_failed(name)
        retry = RETRY_SECONDS.get(state, 5) if failed is None else RETRY_SECONDS[State.BROKEN]
        title = self._shelf.titles.get(name, name)
        told = {
            "status": 503,
            "name": name,
            "title": title,
            "state": str(state),
            "failed": failed is not None,
            "retry": retry,
        }
        headers = {"retry-after": str(retry), "cache-control": "no-store"}
        if scope["path"].endswith(".json"):
            body = msgspec.json.encode(
                {"ok": False, "error": f"the data of {name} are not there yet", **told}
            )
            await front.answer(send, 503, body, headers | {"content-type": "application/json"})
            return
        page = await self._worker.render("missing.html", told)
        headers |= {"content-type": "text/html; charset=utf-8"}
        if state is State.TO_BUILD and failed is None:
            headers |= {"refresh": str(retry)}
        await front.answer(send, 503, page.encode(), headers, head=scope["method"] == "HEAD")

    async def _forward(
        self, scope: Scope, receive: Receive, send: Send, path: str, file_hash: str | None
    ) -> None:
        """Let Datasette answer, unless the visitor has the page already."""
        etag = ""
        if file_hash is not None:
            neighbors = ",".join(sorted(self._shelf.current.values()))
            etag = front.etag_of(file_hash, path, scope["query_string"], neighbors)
            if (known := front.header(scope, b"if-none-match")) and front.matches(known, etag):
                told = {"etag": etag, "cache-control": front.ttl_of(scope["query_string"])}
                await front.answer(send, 304, b"", told)
                return
        sender = Sender(send=send, base_url=self.base_url, query=scope["query_string"], etag=etag)
        inside = inner_scope(scope, self.base_url)
        work = asyncio.ensure_future(self._worker.answer(inside, sender))
        gone = asyncio.ensure_future(until_gone(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        except BrokenStreamError as error:
            # Without its last piece the answer is seen as broken off by whoever reads it.
            LOGGER.warning("a stream broke off", extra={"path": escape(path), "reason": str(error)})
        finally:
            gone.cancel()
            work.cancel()


class Sender:
    """Passes on what Datasette sends, with our headers in the place of its own."""

    def __init__(self, *, send: Send, base_url: str, query: bytes, etag: str) -> None:
        self._send = send
        self._base_url = base_url
        self._query = query
        self._etag = etag

    async def __call__(self, message: Message) -> None:
        """Send a message."""
        if message["type"] == "http.response.start":
            message = {**message, "headers": self._headers(message)}
        message.pop("cut", None)
        await self._send(message)

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer; what lacks something may be better the next time."""
        dropped = front.OURS | {b"set-cookie"}
        kept = [(key.lower(), value) for key, value in message["headers"]]
        kept = [(key, self._inside(key, value)) for key, value in kept if key not in dropped]
        kept += front.common_headers(media=any(k == b"content-type" and v[:6] == b"image/" for k, v in kept))
        if message["status"] != 200:
            return [*kept, (b"cache-control", front.ASK_AGAIN.encode())]
        if not self._etag or message.get("cut"):
            return [*kept, (b"cache-control", front.SHORT.encode())]
        kept = [(key, value) for key, value in kept if key != b"etag"]
        return [
            *kept,
            (b"cache-control", front.ttl_of(self._query).encode()),
            (b"etag", self._etag.encode()),
        ]

    def _inside(self, key: bytes, value: bytes) -> bytes:
        """Return a header; an address that lacks our prefix gets it."""
        base = self._base_url.encode()
        if key == b"location" and value.startswith(b"/") and not value.startswith(base):
            return base + value.lstrip(b"/")
        return value


def inner_path(scope: Scope, base_url: str) -> str | None:
    """Return the path below where we are mounted; None for what is not below."""
    path: str = scope["path"]
    return f"/{path.removeprefix(base_url)}" if path.startswith(base_url) else None


def inner_scope(scope: Scope, base_url: str) -> Scope:
    """Return a request as Datasette is to see it: no cookie, no key, the path from its own root."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    raw = raw.partition(b"?")[0]
    headers = [(key, value) for key, value in scope["headers"] if key not in front.DROPPED_REQUEST]
    secure = front.header(scope, b"x-forwarded-proto") == "https"
    inside: dict[str, Any] = {
        **scope,
        "path": f"/{scope['path'].removeprefix(base_url)}",
        "raw_path": b"/" + raw.removeprefix(base_url.encode()),
        "root_path": "",
        "headers": headers,
        "scheme": "https" if secure else scope.get("scheme", "http"),
    }
    return inside


async def until_gone(receive: Receive) -> None:
    """Wait until a visitor has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def create_data_site(
    settings: Settings,
    *,
    base_url: str = BASE_URL,
    site_url: str | None = None,
    hosts: Collection[str] = (),
) -> DataSites:
    """Return the data sites of all challenges, as one ASGI application.

    Parameters
    ----------
    settings
        Where data files lie.
    base_url
        Where it is mounted; requests come with the whole path.
    site_url
        Where the site is that people play on; None where there is none to link to.
    hosts
        The host names that pages are answered for; empty for any.
    """
    return DataSites(settings, base_url=base_url, context={"site_url": site_url}, hosts=hosts)
