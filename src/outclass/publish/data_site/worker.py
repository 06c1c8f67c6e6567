"""Datasette in a thread with an event loop of its own: neither its import nor its pages hold up the API."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from outclass.publish.data_site.front import Message, Scope, Send
from outclass.publish.data_site.shelf import SiteFile
from outclass.publish.data_site.units import leave_out_units

Found = TypeVar("Found")


class HeadSentError(BaseException):
    """Headers were sent, and whoever asked wants no more; no handler of faults is to see it."""


class Worker:
    """Runs one Datasette; made when the first visitor comes.

    Parameters
    ----------
    base_url
        Where the data sites are mounted.
    context
        What templates know besides.
    """

    def __init__(self, base_url: str, context: Mapping[str, object]) -> None:
        self._base_url = base_url
        self._context = context
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread
        self._site: Any = None
        self._app: Callable[..., Awaitable[None]] | None = None

    async def start(self) -> None:
        """Import Datasette, in the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="data-site", daemon=True)
        self._thread.start()
        await self._call(self._make())

    async def _make(self) -> None:
        """Make the site."""
        leave_out_units()
        from outclass.publish.data_site import plugin  # noqa: PLC0415 - brings Datasette, when it is needed
        from outclass.publish.data_site.datasite import DataSite  # noqa: PLC0415

        plugin.register()
        self._site = DataSite(self._base_url, self._context)
        await self._site.invoke_startup()
        self._app = self._site.app()

    async def show(self, files: Sequence[SiteFile]) -> None:
        """Attach these data files, and let go of all others."""

        async def shown() -> None:
            self._site.show(files)

        await self._call(shown())

    async def stop(self) -> None:
        """Close the files and end the thread."""

        async def closed() -> None:
            if self._site is not None:
                self._site.close()

        await self._call(closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def render(self, template: str, context: Mapping[str, object]) -> str:
        """Return a page that is made of no data file."""

        async def rendered() -> str:
            page: str = await self._site.render_template(template, dict(context), view_name="page")
            return page

        return await self._call(rendered())

    async def answer(self, scope: Scope, send: Send) -> list[str]:
        """Answer a request; returns the statements that were cut short.

        An answer of one piece is sent when it is whole, marked as `cut` where it lacks something; one of
        several pieces as they come.
        """
        here = asyncio.get_running_loop()
        kept: list[Message] = []

        async def pass_on(message: Message) -> None:
            if scope["method"] == "HEAD" and message["type"] == "http.response.body":
                kept.append({"type": "http.response.body", "body": b""})
                raise HeadSentError
            kept.append(message)
            if message.get("more_body"):
                waiting = [*kept]
                kept.clear()
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(send_all(waiting), here))

        async def send_all(messages: Sequence[Message]) -> None:
            for message in messages:
                await send(message)

        async def answered() -> list[str]:
            from outclass.publish.data_site.engine import CUT_SHORT  # noqa: PLC0415 - is there by now

            cut: list[str] = []
            CUT_SHORT.set(cut)
            assert self._app is not None
            with contextlib.suppress(HeadSentError):
                await self._app(scope, nothing_more, pass_on)
            return cut

        cut = await self._call(answered())
        if cut:
            kept[:] = [{**message, "cut": True} for message in kept]
        await send_all(kept)
        return cut

    async def _call(self, work: Coroutine[Any, Any, Found]) -> Found:
        """Run something in the thread, and wait for it here; who stops waiting stops the work."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


async def nothing_more() -> Message:
    """Tell that a request has no body."""
    return {"type": "http.request", "body": b"", "more_body": False}
