"""Run games as a process: whose posts on which networks, one round or many, and a graceful end."""

import contextlib
import hashlib
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from outclass.base.errors import InputError, MissingExtraError, OutclassError, UnavailableError
from outclass.base.fetch import Fetcher
from outclass.base.limits import Limits
from outclass.base.secret import secret_key
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.bots.credentials import Credentials, credentials_of
from outclass.bots.judging import Download, Judge, Keep, Model
from outclass.bots.ledger import LEASE_SECONDS, Book, Ledger
from outclass.bots.player import Pace, Player
from outclass.bots.transport import Transport
from outclass.bots.wording import Speaker
from outclass.catalog.challenge import InputKind
from outclass.catalog.declared_bot import BotGame, Network
from outclass.catalog.loader import LoadedChallenge
from outclass.feedback.ids import PredictionIds
from outclass.feedback.log import LoggedPrediction, PredictionLog
from outclass.inference.champion import ChampionWatcher
from outclass.inference.prediction import Prediction
from outclass.registry.store import Registry

LOG = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
AFTER_ERROR = 300.0
"""A game that fails as a whole is left alone for as long."""
NOISY = ("urllib3", "requests", "mastodon")
SOURCE = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A game on a network, and whose posts are read there."""

    loaded: LoadedChallenge
    game: BotGame
    network: Network
    accounts: tuple[str, ...]


def seats_of(
    challenges: Sequence[LoadedChallenge],
    accounts: Iterable[tuple[Network, str]],
    networks: Iterable[Network],
) -> list[Seat]:
    """Return the games that can be played on some networks.

    Parameters
    ----------
    accounts
        Whose posts are read besides those that the games name.

    Raises
    ------
    InputError
        A challenge declares no game, or nobody's posts are to be read.
    """
    given, wanted = list(accounts), set(networks)
    seats = []
    for loaded in challenges:
        for game in games_of(loaded):
            for network in game.networks:
                more = [handle for where, handle in given if where is network]
                handles = tuple(dict.fromkeys([*game.accounts.get(network, ()), *more]))
                if network in wanted and handles:
                    seats.append(Seat(loaded=loaded, game=game, network=network, accounts=handles))
    if not seats:
        raise InputError(
            "there is nobody whose posts are read",
            where="--account",
            accepted="name@example.social (Mastodon) or name.example.org (Bluesky)",
            hint="name those who want to play: --account name@example.social; or put them into the game",
        )
    return seats


def games_of(loaded: LoadedChallenge) -> tuple[BotGame, ...]:
    """Return the games of a challenge.

    Raises
    ------
    InputError
        It has none, or its objects are no photos.
    """
    declared = loaded.challenge.bot
    if declared is None:
        raise InputError(
            "this challenge has no games",
            where=loaded.name,
            hint="declare them under `bot` in challenge.yaml",
        )
    if loaded.challenge.input.kind is not InputKind.PHOTO:
        raise InputError("a bot plays with photos only", where=loaded.name, got=loaded.challenge.input.kind)
    return declared.games


def known_networks(environ: Mapping[str, str]) -> dict[Network, Credentials]:
    """Return the networks for which there are credentials.

    Raises
    ------
    InputError
        There are none.
    """
    found = {network: credentials_of(network, environ) for network in Network}
    known = {network: credentials for network, credentials in found.items() if credentials is not None}
    if not known:
        raise InputError(
            "no network is set up",
            where="environment",
            accepted="OUTCLASS_MASTODON_URL with OUTCLASS_MASTODON_TOKEN, or OUTCLASS_BLUESKY_HANDLE with "
            "OUTCLASS_BLUESKY_PASSWORD",
        )
    return known


def account_of(text: str) -> tuple[Network, str]:
    """Return the network and handle of an account as it is given: `mastodon:` or `bluesky:` may stand before.

    >>> account_of("@name@example.social")[1], account_of("bluesky:name.example.org")[0].value
    ('name@example.social', 'bluesky')
    """
    before, colon, after = text.partition(":")
    if colon and before in set(Network):
        return Network(before), after.lstrip("@")
    handle = text.lstrip("@")
    return (Network.MASTODON if "@" in handle else Network.BLUESKY), handle


def open_transport(network: Network, credentials: Credentials) -> Transport:
    """Return a network; its client is imported only here, as it is an optional extra.

    Raises
    ------
    MissingExtraError
        The extra `bots` is not installed.
    """
    try:
        match network:
            case Network.MASTODON:
                from outclass.bots.mastodon import MastodonTransport  # noqa: PLC0415 - an optional extra

                return MastodonTransport(credentials)
            case Network.BLUESKY:
                from outclass.bots.bluesky import BlueskyTransport  # noqa: PLC0415 - an optional extra

                return BlueskyTransport(credentials)
    except ModuleNotFoundError as error:
        raise MissingExtraError("bots", what=f"this needs {error.name}, which is not installed") from error


class Journal:
    """Keeps predictions in the log, without the pictures: nobody agreed to that."""

    def __init__(
        self, log: PredictionLog, ids: PredictionIds, clock: Callable[[], float] = time.time
    ) -> None:
        self._log = log
        self._ids = ids
        self._clock = clock

    def keep(self, prediction: Prediction, body: bytes) -> None:
        """Note one prediction."""
        entry = LoggedPrediction(
            id=self._ids.new(prediction.challenge),
            challenge=prediction.challenge,
            model=prediction.model,
            created_at=self._clock(),
            key_id=None,
            answer=prediction.answer,
            confidence=prediction.confidence,
            abstained=prediction.abstained,
            reason=prediction.reason,
            probabilities=prediction.probabilities,
            milliseconds=0.0,
            input_sha256=hashlib.sha256(body).hexdigest(),
            source=SOURCE,
        )
        self._log.add(entry)


class Fallback(Ledger):
    """A ledger for looking only, where no database is there yet."""

    def known(self, posts: Sequence[str]) -> set[str]:
        """Return what the database knows, if there is one."""
        try:
            return super().known(posts)
        except UnavailableError:
            return set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a process plays.

    Attributes
    ----------
    stopping
        Tells whether to stop after the answer that is being worked on.
    download
        Fetches pictures; by default from public addresses only, within the limits of the challenge.
    lease
        Seconds after which others may go on with what a process that died had begun.
    """

    stopping: Callable[[], bool] = lambda: False
    download: Download | None = None
    lease: float = LEASE_SECONDS
    pace: Pace = field(default_factory=Pace)


@contextlib.contextmanager
def open_players(
    seats: Sequence[Seat], credentials: Mapping[Network, Credentials], settings: Settings, manner: Manner
) -> Iterator[list[Player]]:
    """Open networks, models and ledger, and close them at the end."""
    db = Database.connect(settings.database_url)
    with contextlib.ExitStack() as stack:
        stack.callback(db.close)
        log = PredictionLog(db).start()
        stack.callback(log.close)
        journal = Journal(log, PredictionIds(secret_key(settings)))
        models = open_models(stack, Registry(settings), {seat.loaded.name for seat in seats})
        transports: dict[Network, Transport] = {}
        for network in {seat.network: None for seat in seats}:
            transports[network] = open_transport(network, credentials[network])
            stack.callback(transports[network].close)
        yield [player_at(seat, transports[seat.network], db, models, journal.keep, manner) for seat in seats]


def open_models(
    stack: contextlib.ExitStack, registry: Registry, names: Iterable[str]
) -> dict[str, Callable[[], Model]]:
    """Return the champion of each challenge, followed while the process runs.

    Raises
    ------
    UnavailableError
        One is not ready.
    """
    models: dict[str, Callable[[], Model]] = {}
    for name in names:
        watcher = stack.enter_context(ChampionWatcher(registry, name))
        watcher.current()
        models[name] = watcher.current
    return models


def player_at(
    seat: Seat,
    transport: Transport,
    db: Database,
    models: Mapping[str, Callable[[], Model]],
    keep: Keep,
    manner: Manner,
) -> Player:
    """Return the player of a seat."""
    challenge = seat.loaded.challenge
    book = Book(
        network=seat.network, account=transport.account, challenge=challenge.name, game=seat.game.name
    )
    judge = Judge(
        models[challenge.name],
        manner.download or public_download(challenge.limits),
        game=seat.game,
        limits=challenge.limits,
        keep=keep,
    )
    return Player(
        speaker=Speaker(game=seat.game, challenge=challenge),
        transport=transport,
        ledger=Fallback(db, book, lease=manner.lease),
        judge=judge,
        accounts=seat.accounts,
        stopping=manner.stopping,
        pace=manner.pace,
    )


def play_round(players: Sequence[Player]) -> OutclassError | None:
    """Play one round of each game; return the first error that stopped one."""
    first: OutclassError | None = None
    for player in players:
        try:
            player.play()
        except OutclassError as error:
            LOG.error("game stopped: %s", error.sentence(), extra={"game": player.game.name})
            player.quiet_until = time.time() + AFTER_ERROR
            first = first or error
    return first


def watch(players: Sequence[Player], stop: threading.Event, every: float = EVERY_SECONDS) -> None:
    """Play until told to stop."""
    while not stop.is_set():
        play_round(players)
        stop.wait(every)


@contextlib.contextmanager
def stopping_signals() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set; a second one ends the process as usual."""
    stop = threading.Event()
    before = {int(number): signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, _frame: FrameType | None) -> None:
        """Ask for a stop, and let the next signal through."""
        stop.set()
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def public_download(limits: Limits) -> Download:
    """Return what fetches a picture from a public address."""
    fetcher = Fetcher(most_bytes=limits.body_bytes)
    return lambda url: fetcher.fetch(url).body


def quiet_clients() -> None:
    """Let the clients' libraries log warnings only: what they say else may hold addresses and texts."""
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
