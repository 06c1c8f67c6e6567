"""Photos by address: each is fetched once, by the rules that hold for every address that we are given."""

import time
from pathlib import Path

import msgspec

from outclass.base.errors import InputError
from outclass.base.fetch import Fetcher
from outclass.base.media import MediaFolder
from outclass.catalog.photo_checks import LIMITS

KNOWN = "addresses.jsonl"
PAUSE_SECONDS = 0.5
FETCHER = Fetcher(seconds=30.0, most_bytes=LIMITS.body_bytes)


class PhotoAddresses:
    """Fetches photos and remembers which address gave which.

    Parameters
    ----------
    folder
        Of what was downloaded; it holds `addresses.jsonl` with the sha256 of the photo of each address.
    media
        Where the photos are put.
    pause
        Seconds between one request and the next: they may all go to one host.
    """

    def __init__(
        self, folder: Path, media: MediaFolder, fetcher: Fetcher = FETCHER, pause: float = PAUSE_SECONDS
    ) -> None:
        self._path = folder / KNOWN
        self._media = media
        self._fetcher = fetcher
        self._known = _read(self._path)
        self._pause = pause
        self._next = 0.0

    def fetch(self, address: str) -> tuple[str, str]:
        """Return the sha256 of the photo at an address, or why it cannot be had.

        A run that was killed goes on with the addresses that are not known yet.
        """
        name = self._known.get(address, "")
        if name and self._media.path(name).is_file():
            return name, ""
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._pause
        try:
            name = self._media.put(self._fetcher.fetch(address).body)
        except InputError as error:
            return "", error.sentence()
        self._known[address] = name
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode([address, name]) + b"\n")
        return name, ""


def _read(path: Path) -> dict[str, str]:
    """Return the addresses that are known; a line that was not written to its end is not."""
    known: dict[str, str] = {}
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            address, name = msgspec.json.decode(line, type=tuple[str, str])
        except msgspec.MsgspecError:
            continue
        known[address] = name
    return known
