"""A server that answers as iNaturalist's API does, over photos at hand, with faults where a test asks."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import small_photos

photo = cache(small_photos.photo)
ROOT = (48460, 1, 2)
FELIDAE, BOBCAT, WESTERN_BOBCAT, COUGAR, HOUSE_CAT, LYNX = 41944, 41976, 240503, 42007, 118552, 41974
TAXA: dict[int, tuple[str, str, str, tuple[int, ...]]] = {
    FELIDAE: ("Felidae", "Felids", "family", ()),
    LYNX: ("Lynx", "Lynxes", "genus", (FELIDAE,)),
    BOBCAT: ("Lynx rufus", "Bobcat", "species", (FELIDAE, LYNX)),
    WESTERN_BOBCAT: ("Lynx rufus fasciatus", "Western Bobcat", "subspecies", (FELIDAE, LYNX, BOBCAT)),
    COUGAR: ("Puma concolor", "Puma", "species", (FELIDAE, 41971)),
    HOUSE_CAT: ("Felis catus", "Domestic Cat", "species", (FELIDAE, 41965)),
    47348: ("Cantharellus", "chanterelles", "genus", (47170,)),
    47347: ("Cantharellus cibarius", "Golden Chanterelle", "species", (47170, 47348)),
    48715: ("Amanita muscaria", "Fly Agaric", "species", (47170, 47165)),
    999: ("Felis rufa", "Bobcat", "species", (FELIDAE,)),
}
INACTIVE = {999: (BOBCAT,)}
"""Taxa that were replaced, and by which."""
LICENCES = ("cc-by-nc", "cc-by", "cc0", None, "cc-by-nd", "cc-by-sa", "cc-by-nc-sa")


def taxon(number: int) -> dict[str, object]:
    """Return a taxon as the API gives it."""
    name, common, rank, above = TAXA[number]
    return {
        "id": number,
        "name": name,
        "preferred_common_name": common,
        "rank": rank,
        "ancestor_ids": [*ROOT, *above, number],
        "is_active": number not in INACTIVE,
        "current_synonymous_taxon_ids": list(INACTIVE.get(number, ())) or None,
        "observations_count": 12,
    }


def sighting(
    number: int,
    of: int,
    licences: tuple[str | None, ...] = ("cc-by",),
    *,
    place: int = 1,
    grade: str = "research",
) -> dict[str, object]:
    """Return an observation as the API gives it, with a photo for each licence."""
    return {
        "id": number,
        "uuid": f"{number:036d}",
        "quality_grade": grade,
        "observed_on": "2024-05-01",
        "taxon": taxon(of),
        "place_ids": [place],
        "user": {"id": number % 7, "login": f"user{number % 7}", "name": None},
        "photos": [
            {
                "id": number * 10 + index,
                "license_code": licence,
                "attribution": f"(c) Ann {number % 7}, "
                + ("all rights reserved" if licence is None else f"some rights reserved ({licence.upper()})"),
                "url": f"/photos/{number * 10 + index}/square.jpg",
                "original_dimensions": {"width": 80, "height": 60},
                "flags": [],
            }
            for index, licence in enumerate(licences)
        ],
    }


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request."""

    at: float
    path: str
    query: dict[str, str]
    agent: str


@dataclass(kw_only=True)
class Naturalists:
    """The server's state.

    Attributes
    ----------
    sightings
        All observations there are.
    media
        The photo of a number; made up where nothing else is said.
    faults
        What goes wrong with a request: by its place among all of them, from 0, or by the start of its path,
        for as many requests as are listed.
    overlap
        How many observations of the page before come again.
    on_page
        Called before each page is answered.
    """

    sightings: list[dict[str, object]] = field(default_factory=list)
    media: Callable[[int], bytes] = photo
    faults: dict[int | str, list[str]] = field(default_factory=dict)
    overlap: int = 0
    most: int = 200
    total: Callable[[int], int] = lambda count: count
    on_page: Callable[["Naturalists"], None] = lambda _: None
    log: list[Asked] = field(default_factory=list)
    url: str = ""
    port: int = 0

    @property
    def api(self) -> str:
        """Return the base address."""
        return f"{self.url}/v1"

    def asked(self, start: str) -> list[Asked]:
        """Return the requests whose path begins so."""
        return [one for one in self.log if one.path.startswith(start)]

    @property
    def photos_asked(self) -> list[int]:
        """Return the number of each photo that was asked for."""
        return [int(one.path.split("/")[2]) for one in self.asked("/photos/")]

    def fault(self, place: int, path: str) -> str:
        """Return what goes wrong with a request."""
        for key in (place, *(key for key in self.faults if isinstance(key, str) and path.startswith(key))):
            if self.faults.get(key):
                return self.faults[key].pop(0)
        return ""

    def found(self, query: dict[str, str]) -> list[dict[str, object]]:
        """Return the observations that a query means."""
        return [one for one in self.sightings if _fits(one, query)]

    def page(self, query: dict[str, str]) -> bytes:
        """Return a page of observations."""
        self.on_page(self)
        rows = sorted(self.found(query), key=lambda one: int(str(one["id"])))
        if query.get("order") == "desc":
            rows.reverse()
        per_page = min(int(query.get("per_page", "30")), self.most)
        if "id_above" in query or "id_below" in query:
            above, below = int(query.get("id_above", "0")), int(query.get("id_below", str(10**12)))
            beyond = [one for one in rows if above < int(str(one["id"])) < below]
            before = [one for one in rows if one not in beyond][-self.overlap :] if self.overlap else []
        else:
            beyond, before = rows, []
        shown = [*before, *beyond][:per_page]
        for one in shown:
            for picture in one["photos"]:  # type: ignore[attr-defined]
                if str(picture["url"]).startswith("/"):
                    picture["url"] = self.url + picture["url"]
        return json.dumps(
            {"total_results": self.total(len(beyond)), "page": 1, "per_page": per_page, "results": shown}
        ).encode()

    def taxa(self, path: str, query: dict[str, str]) -> bytes:
        """Return taxa by number or by name."""
        if "q" in query:
            word = query["q"].casefold()
            numbers = [
                number
                for number, (name, common, *_) in TAXA.items()
                if any(part.casefold().startswith(word) for part in (name, common)) and number not in INACTIVE
            ]
        else:
            numbers = [int(part) for part in path.rsplit("/", 1)[1].split(",") if int(part) in TAXA]
        rows = [taxon(number) for number in numbers]
        return json.dumps({"total_results": len(rows), "results": rows}).encode()


def _fits(one: dict[str, object], query: dict[str, str]) -> bool:
    """Tell whether an observation is one of those that a query means."""
    branch = set(one["taxon"]["ancestor_ids"])  # type: ignore[index]
    licences = {picture["license_code"] for picture in one["photos"]}  # type: ignore[attr-defined]
    rules = (
        ("taxon_id", lambda wanted: branch & {int(part) for part in wanted}),
        ("without_taxon_id", lambda wanted: not branch & {int(part) for part in wanted}),
        ("place_id", lambda wanted: set(one["place_ids"]) & {int(part) for part in wanted}),  # type: ignore[call-overload]
        ("quality_grade", lambda wanted: one["quality_grade"] in wanted),
        ("photo_license", lambda wanted: licences & set(wanted)),
    )
    return all(rule(query[name].split(",")) for name, rule in rules if name in query)


@contextmanager
def serve_naturalists(**state: object) -> Iterator[Naturalists]:
    """Run the server on a port of this machine."""
    host = Naturalists(**state)  # type: ignore[arg-type]
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            with lock:
                place = len(host.log)
                agent = self.headers.get("User-Agent", "")
                host.log.append(Asked(at=time.monotonic(), path=parts.path, query=query, agent=agent))
                fault = host.fault(place, parts.path)
                if parts.path.startswith("/photos/"):
                    kind, body = "image/jpeg", host.media(int(parts.path.split("/")[2]))
                elif parts.path.startswith("/v1/taxa"):
                    kind, body = "application/json", host.taxa(parts.path, query)
                else:
                    kind, body = "application/json", host.page(query)
            _answer(self, fault, kind, body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host.port = server.server_address[1]
    host.url = f"http://127.0.0.1:{host.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, fault: str, kind: str, body: bytes) -> None:
    """Send an answer, or something else."""
    name, _, value = fault.partition(" ")
    if name == "drop":
        handler.close_connection = True
        handler.connection.close()
        return
    if name == "hang":
        time.sleep(float(value))
    status, kind, content, length = _altered(name, value, kind, body)
    headers = {"Content-Type": kind, "Content-Length": str(length)}
    if name == "later":
        headers["Retry-After"] = value
    if name == "later-date":
        headers["Retry-After"] = formatdate(time.time() + float(value), usegmt=True)
    with contextlib.suppress(OSError):
        handler.send_response(status)
        for header, text in headers.items():
            handler.send_header(header, text)
        handler.end_headers()
        handler.wfile.write(content)
    handler.close_connection = True


def _altered(name: str, value: str, kind: str, body: bytes) -> tuple[int, str, bytes, int]:
    """Return status, type, body and stated length of an answer with a fault."""
    half = body[: len(body) // 2]
    page = b"<!doctype html><title>Please wait</title>"
    match name:
        case "status":
            return int(value), kind, b"{}", 2
        case "later":
            return 429, kind, b"{}", 2
        case "later-date":
            return 503, kind, b"{}", 2
        case "cut":
            return 200, kind, half, len(half)
        case "short":
            return 200, kind, half, len(body)
        case "html":
            return 200, "text/html", page, len(page)
        case _:
            return 200, kind, body, len(body)
