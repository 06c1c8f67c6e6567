"""Bluesky, by the few calls of the AT Protocol that a bot needs."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from outclass.bots.credentials import Credentials
from outclass.bots.lengths import graphemes
from outclass.bots.posts import Author, Draft, Picture, Post, Sent, has_hashtag
from outclass.bots.transport import TryLaterError
from outclass.bots.xrpc import CallError, Client, Json, decode
from outclass.catalog.declared_bot import Network

PAGE = 50
MOST_PAGES = 40
TIMEOUT = 20.0
CHARACTERS, BYTES = 300, 3000
COLLECTION = "app.bsky.feed.post"
HASHTAG = re.compile(r"(?<!\w)#(\w+)")
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
NOT_FOUND = frozenset({"RecordNotFound", "NotFound"})
BOT_LABELS = frozenset({"bot", "automated"})


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An answer of the server; what is not named here is not read."""


class Label(Answer, frozen=True, kw_only=True):
    """A mark on an account or post."""

    val: str = ""


class Profile(Answer, frozen=True, kw_only=True):
    """An account."""

    did: str
    handle: str
    display_name: str = ""
    description: str = ""
    labels: list[Label] = []


class Image(Answer, frozen=True, kw_only=True):
    """A picture as the server shows it."""

    fullsize: str
    alt: str = ""


class Embed(Answer, frozen=True, kw_only=True):
    """What is attached to a post: pictures, or a post with pictures."""

    images: list[Image] = []
    media: "Embed | None" = None


class Link(Answer, frozen=True, kw_only=True):
    """A post by its name and the hash of its content."""

    uri: str
    cid: str


class Reply(Answer, frozen=True, kw_only=True):
    """What a post answers."""

    parent: Link
    root: Link


class Feature(Answer, frozen=True, kw_only=True):
    """What a piece of text stands for."""

    tag: str = ""


class Facet(Answer, frozen=True, kw_only=True):
    """A piece of text that stands for something."""

    features: list[Feature] = []


class Record(Answer, frozen=True, kw_only=True):
    """A post as its author wrote it."""

    text: str = ""
    created_at: str = ""
    tags: list[str] = []
    facets: list[Facet] = []
    langs: list[str] = []
    reply: Reply | None = None


class PostView(Answer, frozen=True, kw_only=True):
    """A post as the server shows it."""

    uri: str
    cid: str
    author: Profile
    record: Record
    indexed_at: str
    embed: Embed | None = None


class FeedItem(Answer, frozen=True, kw_only=True):
    """A line of a feed; `reason` says that it was shared."""

    post: PostView
    reason: dict[str, object] | None = None


class Feed(Answer, frozen=True, kw_only=True):
    """One page of a feed."""

    feed: list[FeedItem]
    cursor: str | None = None


class Kept(Answer, frozen=True, kw_only=True):
    """A record as it is kept."""

    uri: str
    cid: str | None = None


class BlueskyTransport:
    """An account on Bluesky, or on another server of the AT Protocol.

    A post's name there is chosen by its author: it is made of the draft's key, so that the same draft cannot
    be posted twice.

    Raises
    ------
    AuthenticationError
        The server does not know the account or its password.
    TryLaterError
        The server does not answer now.
    """

    network = Network.BLUESKY
    limit = CHARACTERS

    def __init__(self, credentials: Credentials, *, timeout: float = TIMEOUT) -> None:
        self._client = Client(credentials, timeout=timeout)
        self.account = self._client.session.did

    def length(self, text: str) -> int:
        """Count characters as people see them; a text of too many bytes is too long, too."""
        excess = len(text.encode()) - BYTES
        return max(graphemes(text), CHARACTERS + excess if excess > 0 else 0)

    def mention(self, post: Post) -> str:  # noqa: ARG002 - part of the protocol
        """Mention nobody: a reply is told to the author anyway."""
        return ""

    def posts(
        self, account: str, hashtags: Sequence[str], *, since: float, replies: bool = False
    ) -> Iterator[Post]:
        """Yield posts with one of some hashtags, back to a moment."""
        profile = self._profile(account.lstrip("@"))
        kind = "posts_with_replies" if replies else "posts_no_replies"
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            asked: dict[str, str | int] = {"actor": profile.did, "limit": PAGE, "filter": kind}
            body = self._client.query(
                "app.bsky.feed.getAuthorFeed", asked | ({"cursor": cursor} if cursor else {})
            )
            page = decode(body, Feed, "getAuthorFeed")
            posts = [post_of(item, profile) for item in page.feed]
            for post in posts:
                wanted = has_hashtag(post, hashtags) and (post.reply_to is not None or not replies)
                if wanted and post.created_at >= since:
                    yield post
            cursor = page.cursor
            if not cursor or not posts or all(post.created_at < since for post in posts):
                return

    def send(self, draft: Draft) -> Sent:
        """Post a draft under the name that its key makes."""
        body: Json = {
            "repo": self.account,
            "collection": COLLECTION,
            "rkey": record_key(draft),
            "record": record_of(draft),
        }
        try:
            kept = decode(self._client.procedure("com.atproto.repo.createRecord", body), Kept, "createRecord")
        except CallError:
            found = self.find(draft)  # the name is taken where it was posted before
            if found is None:
                raise
            return found
        return self._sent(kept.uri)

    def find(self, draft: Draft) -> Sent | None:
        """Look for the name that the draft's key makes."""
        asked = {"repo": self.account, "collection": COLLECTION, "rkey": record_key(draft)}
        try:
            kept = decode(self._client.query("com.atproto.repo.getRecord", asked), Kept, "getRecord")
        except CallError as error:
            if error.name in NOT_FOUND:
                return None
            raise
        return self._sent(kept.uri)

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _profile(self, account: str) -> Profile:
        """Return an account with what it says of itself now, which feeds leave out."""
        body = self._client.query("app.bsky.actor.getProfile", {"actor": account})
        return decode(body, Profile, "getProfile")

    def _sent(self, uri: str) -> Sent:
        """Return where people see a post of ours."""
        return Sent(id=uri, url=page_of(uri, self._client.session.handle))


def post_of(item: FeedItem, profile: Profile) -> Post:
    """Return a post of a feed."""
    view, record = item.post, item.post.record
    own = view.author.did == profile.did
    author = profile if own else view.author
    embed = view.embed or Embed()
    images = [*embed.images, *(embed.media.images if embed.media else [])]
    return Post(
        network=Network.BLUESKY,
        id=view.uri,
        version=view.cid,
        uri=view.uri,
        url=page_of(view.uri, view.author.handle),
        author=author_of(author),
        text=record.text,
        hashtags=hashtags_of(record),
        pictures=tuple(Picture(url=image.fullsize, alt=image.alt) for image in images),
        created_at=moment_of(view.indexed_at),
        reply_to=record.reply.parent.uri if record.reply else None,
        shared=item.reason is not None,
        language=record.langs[0] if record.langs else None,
    )


def author_of(profile: Profile) -> Author:
    """Return the author of a post."""
    return Author(
        id=profile.did,
        handle=profile.handle,
        about=f"{profile.display_name} {profile.description}".strip(),
        automated=any(label.val.casefold() in BOT_LABELS for label in profile.labels),
    )


def hashtags_of(record: Record) -> tuple[str, ...]:
    """Return the hashtags of a post: in its text, as marked, and those beside it."""
    marked = [feature.tag for facet in record.facets for feature in facet.features if feature.tag]
    return tuple(dict.fromkeys([*HASHTAG.findall(record.text), *marked, *record.tags]))


def record_of(draft: Draft) -> Json:
    """Return a draft as a record; hashtags are marked by their place in UTF-8."""
    record: Json = {
        "$type": COLLECTION,
        "text": draft.text,
        "createdAt": datetime.fromtimestamp(draft.written_at, UTC).isoformat(timespec="milliseconds"),
        "facets": [
            {
                "index": {
                    "byteStart": len(draft.text[: match.start()].encode()),
                    "byteEnd": len(draft.text[: match.end()].encode()),
                },
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": match[1]}],
            }
            for match in HASHTAG.finditer(draft.text)
        ],
    }
    if draft.language:
        record["langs"] = [draft.language]
    if draft.reply_to is not None:
        parent = {"uri": draft.reply_to, "cid": draft.version}
        record["reply"] = {"root": parent, "parent": parent}
    return record


def record_key(draft: Draft) -> str:
    """Return the name of a draft's record: a TID (atproto.com/specs/tid), the same for the same draft.

    Its second is that of the post that is answered; what a TID says below that comes from the key.
    """
    digest = int.from_bytes(hashlib.sha256(draft.key.encode()).digest()[:8], "big")
    micros = int(draft.moment) * 1_000_000 + digest % 1_000_000
    number = (micros << 10) | ((digest >> 32) % 1024)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def page_of(uri: str, handle: str) -> str:
    """Return where people see a post.

    >>> page_of("at://did:plc:abc/app.bsky.feed.post/3k", "who.example")
    'https://bsky.app/profile/who.example/post/3k'
    """
    return f"https://bsky.app/profile/{handle}/post/{uri.rpartition('/')[2]}"


def moment_of(time: str) -> float:
    """Return epoch seconds of a time of the network.

    Raises
    ------
    TryLaterError
        It is none.
    """
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        raise TryLaterError("the server's answer is not understood", where="time", got=time) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
