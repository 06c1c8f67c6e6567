"""A server that speaks the few calls of the AT Protocol that the bot makes, in memory, for tests."""

import http.server
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from urllib.parse import parse_qsl, urlsplit

PASSWORD = "app-password"
PAGE = 3


@dataclass
class BlueskyServer:
    """Accounts, their posts, and records that were made.

    Attributes
    ----------
    fault
        Called with the name of each call; may return a status and a body instead of the answer, `lost` for an
        answer that never comes though it is done, or None.
    """

    fault: Callable[[str], tuple[int, bytes] | str | None] = lambda _name: None
    profiles: dict[str, dict[str, object]] = field(default_factory=dict)
    posts: list[dict[str, object]] = field(default_factory=list)
    records: dict[str, dict[str, object]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    token: int = 1

    def __enter__(self) -> Self:
        """Start."""
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Handles one connection."""

            def do_GET(self) -> None:
                peer.answer(self, dict(parse_qsl(urlsplit(self.path).query)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                peer.answer(self, json.loads(body or b"{}"))

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def join(self, handle: str, **more: object) -> str:
        """Make an account; return its id."""
        did = f"did:plc:{handle.partition('.')[0]}"
        self.profiles[handle] = {"did": did, "handle": handle, **more}
        return did

    def write(
        self, handle: str, text: str, images: list[dict[str, object]] | None = None, **more: object
    ) -> str:
        """Post something; return its name."""
        who = self.profiles[handle]
        uri = f"at://{who['did']}/app.bsky.feed.post/{len(self.posts):013d}"
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        post: dict[str, object] = {
            "uri": uri,
            "cid": f"cid{len(self.posts)}",
            "author": {key: who[key] for key in ("did", "handle")},
            "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": now, **more},
            "indexedAt": now,
        }
        if images:
            post["embed"] = {"$type": "app.bsky.embed.images#view", "images": images}
        self.posts.append(post)
        return uri

    def answer(self, handler: http.server.BaseHTTPRequestHandler, given: dict[str, object]) -> None:
        """Answer one call."""
        name = urlsplit(handler.path).path.removeprefix("/xrpc/")
        self.calls.append(name)
        fault = self.fault(name)
        if isinstance(fault, tuple):
            say(handler, *fault)
            return
        status, body = self._do(name, given, handler.headers.get("Authorization", ""))
        if fault == "lost":
            handler.close_connection = True
            return
        say(handler, status, json.dumps(body).encode())

    def _do(self, name: str, given: dict[str, object], token: str) -> tuple[int, object]:
        """Do one call."""
        call = name.rpartition(".")[2]
        if call in {"createSession", "refreshSession"}:
            return self._enter(call, given)
        if token != f"Bearer access-{self.token}":
            return 400, {"error": "ExpiredToken", "message": "Token has expired"}
        match call:
            case "getProfile":
                found = self._profile(str(given["actor"]))
                return (200, found) if found else (400, {"error": "InvalidRequest", "message": "no such"})
            case "getAuthorFeed":
                return 200, self._feed(given)
            case "createRecord":
                return self._create(given)
            case "getRecord":
                return self._kept(given)
        return 501, {"error": "MethodNotImplemented"}

    def _enter(self, call: str, given: dict[str, object]) -> tuple[int, object]:
        """Open or renew a session."""
        if call == "refreshSession":
            self.token += 1
            return 200, self._session("bot.example")
        if given.get("password") != PASSWORD:
            return 401, {"error": "AuthenticationRequired", "message": "no"}
        return 200, self._session(str(given["identifier"]))

    def _kept(self, given: dict[str, object]) -> tuple[int, object]:
        """Return a record."""
        found = self.records.get(str(given["rkey"]))
        if found is None:
            return 400, {"error": "RecordNotFound", "message": "no such"}
        uri = f"at://{given['repo']}/{given['collection']}/{given['rkey']}"
        return 200, {"uri": uri, "cid": "kept", "value": found}

    def _session(self, handle: str) -> dict[str, object]:
        """Return a session."""
        tokens = {"accessJwt": f"access-{self.token}", "refreshJwt": "refresh"}
        return {"did": "did:plc:bot", "handle": handle, **tokens}

    def _profile(self, actor: str) -> dict[str, object] | None:
        """Return an account."""
        return next((one for one in self.profiles.values() if actor in (one["did"], one["handle"])), None)

    def _feed(self, given: dict[str, object]) -> dict[str, object]:
        """Return a page of posts, the newest first."""
        own = [post for post in reversed(self.posts) if post["author"]["did"] == given["actor"]]
        if given["filter"] == "posts_no_replies":
            own = [post for post in own if "reply" not in post["record"]]
        start = int(given.get("cursor") or 0)
        page = own[start : start + PAGE]
        cursor = {"cursor": str(start + PAGE)} if start + PAGE < len(own) else {}
        return {"feed": [{"post": post} for post in page], **cursor}

    def _create(self, given: dict[str, object]) -> tuple[int, object]:
        """Make a record under the name that was asked for."""
        key = str(given["rkey"])
        if key in self.records:
            return 400, {"error": "InvalidRequest", "message": "Record already exists"}
        self.records[key] = given["record"]
        return 200, {"uri": f"at://{given['repo']}/{given['collection']}/{key}", "cid": f"cid-{key}"}


def say(handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    """Answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
