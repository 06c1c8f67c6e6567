"""Everything that the routes work with, made once, started and stopped with the application."""

import asyncio
import contextlib
import functools
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, get_native_id
from typing import TypeVar

from outclass.api.bodies import BodyReader
from outclass.api.fetching import FetchDesk
from outclass.api.journal import Journal
from outclass.api.keyring import KeyRing
from outclass.api.options import ApiOptions
from outclass.api.room import Room
from outclass.api.telemetry import Telemetry
from outclass.api.telling import Telling
from outclass.api.visitors import Visitors, address_mark
from outclass.base.errors import ChallengeFileError, NotFoundError, OutclassError, UnavailableError
from outclass.base.fetch import Fetcher
from outclass.base.secret import secret_key
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.hooks import FeaturesHook, load_features
from outclass.catalog.loader import list_challenges, load_challenge
from outclass.catalog.uploads import uploads_mark
from outclass.feedback.ids import PredictionIds
from outclass.feedback.log import PredictionLog
from outclass.inference.batching import MicroBatcher
from outclass.inference.champion import ChampionWatcher
from outclass.inference.predictor import Predictor
from outclass.registry.store import Registry

LOG = logging.getLogger(__name__)
T = TypeVar("T")

EVERY_SECONDS = 1.0
DATABASE_THREADS = 4
DECODER_THREADS = 2
BACKWARD = 5
"""By how much threads that decode or run the network of photos are nicer than the event loop."""
PHOTOS_AT_ONCE = 4
"""Photos that the network sees in one go; others of other challenges wait as long."""
PHOTOS_WAITING = 128
"""Views of photos that may wait for it, 150 kB each."""


class Service:
    """The parts of a running API.

    Parameters
    ----------
    settings
        Where state lives.
    options
        What callers may ask for.
    challenges
        The challenges to serve; all that can be loaded if not given.
    registry
        Where the models are; that of the settings if not given.
    fetcher
        Fetches photos by their addresses; tests let it visit this machine.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        options: ApiOptions | None = None,
        challenges: Mapping[str, Challenge] | None = None,
        registry: Registry | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self.settings = settings
        self.options = options or ApiOptions.from_environment()
        self.challenges = load_all(settings) if challenges is None else dict(challenges)
        self._follows_uploads = challenges is None
        self._uploads = uploads_mark(settings.home)
        self._taking_up = asyncio.Lock()
        self.registry = registry or Registry(settings)
        self.db = Database.connect(settings.database_url)
        self.log = PredictionLog(self.db)
        self.telemetry = Telemetry()
        self.journal = Journal(self.telemetry, self.log)
        self.bodies = BodyReader()
        self.room = Room()
        self.fetching = FetchDesk(fetcher or Fetcher())
        self.tellings = {name: Telling.of(challenge) for name, challenge in self.challenges.items()}
        self.visitors = Visitors(self.options)
        self.keys = KeyRing(self.db, self.in_database)
        self.watchers = {
            challenge.name: ChampionWatcher(self.registry, challenge.name)
            for challenge in self.challenges.values()
        }
        self.batchers: dict[str, MicroBatcher] = {}
        self._features: dict[str, FeaturesHook] = {}
        self._features_lock = Lock()
        self._secret = secret_key(settings)
        self.ids = PredictionIds(self._secret)
        self._database_threads: ThreadPoolExecutor | None = None
        self._decoder_threads: ThreadPoolExecutor | None = None
        self._photo_thread: ThreadPoolExecutor | None = None

    @contextlib.asynccontextmanager
    async def running(self, _app: object = None) -> AsyncIterator[None]:
        """Load the champions and keep everything running; at the end write what is not written yet."""
        self.bodies.loop = asyncio.get_running_loop()
        self._start()
        counting = asyncio.create_task(self._keep_house())
        try:
            yield
        finally:
            counting.cancel()
            await asyncio.gather(
                counting, *(one.close() for one in self.batchers.values()), return_exceptions=True
            )
            await self.keys.flush()
            self.journal.flush()
            await asyncio.to_thread(self._stop)

    async def in_database(self, function: Callable[..., T], /, *arguments: object) -> T:
        """Run what waits for the database in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database_threads, functools.partial(function, *arguments))

    async def in_decoder(self, function: Callable[..., T], /, *arguments: object) -> T:
        """Run what takes long in a thread, so that other requests go on; few at once, as they take memory."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._decoder_threads, functools.partial(function, *arguments))

    async def in_photo_thread(self, function: Callable[..., T], /, *arguments: object) -> T:
        """Run what takes the network of photos in the one thread that has it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._photo_thread, functools.partial(function, *arguments))

    def challenge(self, name: str) -> Challenge:
        """Return a challenge by its name, or say which there are."""
        try:
            return self.challenges[name]
        except KeyError:
            raise NotFoundError(
                "there is no such challenge", got=name, accepted=", ".join(self.challenges) or "none"
            ) from None

    def features(self, name: str) -> FeaturesHook:
        """Return the code that makes the rows of a challenge; the first call imports it, which takes time."""
        with self._features_lock:
            if name not in self._features:
                self._features[name] = load_features(load_challenge(name, home=self.settings.home))
            return self._features[name]

    def predictor(self, model: str) -> Predictor:
        """Return the loaded champion of a model."""
        try:
            return self.watchers[model].current()
        except KeyError:
            raise NotFoundError(
                "there is no such model", got=model, accepted=", ".join(self.watchers) or "none"
            ) from None

    def mark_of(self, address: str) -> str:
        """Return what is kept of an address."""
        return address_mark(address, self._secret)

    async def _keep_house(self) -> None:
        """Write the use of keys, and give up bodies that came too slowly, every second."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self.bodies.sweep()
            await self.keys.flush()
            if self._follows_uploads and self._uploads != uploads_mark(self.settings.home):
                await self.take_up()

    async def take_up(self) -> None:
        """Serve the challenges that were published since the last look, and no more those that are gone.

        Each table is replaced by another, as threads read them.
        """
        async with self._taking_up:
            self._uploads = uploads_mark(self.settings.home)
            found = await self.in_database(load_all, self.settings)
            for name in [name for name, one in self.challenges.items() if found.get(name) != one]:
                await self._give_up(name)
            for name in found.keys() - self.challenges.keys():
                watcher = await self.in_database(ChampionWatcher(self.registry, name).start)
                self.challenges = {**self.challenges, name: found[name]}
                self.tellings = {**self.tellings, name: Telling.of(found[name])}
                self.watchers = {**self.watchers, name: watcher}
                self.batchers = {**self.batchers, name: self._batcher(name)}

    async def _give_up(self, name: str) -> None:
        """Serve a challenge no more; what is under way is answered."""
        watcher, batcher = self.watchers[name], self.batchers[name]
        self.challenges = without(self.challenges, name)
        self.tellings, self.watchers = without(self.tellings, name), without(self.watchers, name)
        self.batchers = without(self.batchers, name)
        self._features.pop(name, None)
        await batcher.close()
        await self.in_database(watcher.close)

    def _start(self) -> None:
        """Start all threads and load the champions."""
        self._database_threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
        self._decoder_threads = ThreadPoolExecutor(
            DECODER_THREADS, thread_name_prefix="decode", initializer=stand_back
        )
        self._photo_thread = ThreadPoolExecutor(1, thread_name_prefix="photos", initializer=stand_back)
        self.batchers = {name: self._batcher(name) for name in self.watchers}
        for watcher in self.watchers.values():
            watcher.start()
        self.log.start()

    def _batcher(self, name: str) -> MicroBatcher:
        """Return what collects the requests of a challenge; all of photos share one thread."""
        source = self.watchers[name].current
        if self.challenges[name].input.kind is not InputKind.PHOTO:
            return MicroBatcher(source)
        return MicroBatcher(
            source, light=0.0, worker=self._photo_thread, largest=PHOTOS_AT_ONCE, capacity=PHOTOS_WAITING
        )

    def _stop(self) -> None:
        """Stop all threads; the log writes what it holds."""
        self.fetching.close()
        for watcher in self.watchers.values():
            watcher.close()
        self.log.close()
        for threads in (self._database_threads, self._decoder_threads, self._photo_thread):
            if threads is not None:
                threads.shutdown()
        self.db.close()


def load_all(settings: Settings) -> dict[str, Challenge]:
    """Load every challenge but drafts; one with problems is logged and left out."""
    found = {}
    for name in list_challenges(home=settings.home):
        try:
            found[name] = load_challenge(name, home=settings.home).challenge
        except (ChallengeFileError, OutclassError) as error:
            LOG.error("challenge not served: %s", error)
    return found


def without(table: Mapping[str, T], name: str) -> dict[str, T]:
    """Return a table without one entry."""
    return {key: one for key, one in table.items() if key != name}


def stand_back() -> None:
    """Let the event loop go before this thread where both want the same core; elsewhere than on Linux, no."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), BACKWARD)


def table_problem(error: OutclassError) -> UnavailableError:
    """Return what to say where the shared tables cannot be used."""
    return UnavailableError(
        "the database of this installation cannot be used now", got=error.what, hint="try again soon"
    )
