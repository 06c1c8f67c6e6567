"""Mastodon, through Mastodon.py."""

import contextlib
import html
import logging
import re
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonError,
    MastodonNetworkError,
    MastodonRatelimitError,
    MastodonServerError,
    MastodonUnauthorizedError,
)
from mastodon.return_types import Account, Status

from outclass import __version__
from outclass.base.errors import AuthenticationError
from outclass.bots.credentials import Credentials
from outclass.bots.lengths import URL_CHARACTERS, mastodon_length
from outclass.bots.posts import Author, Draft, Picture, Post, Sent, has_hashtag
from outclass.bots.transport import RefusedError, TryLaterError
from outclass.catalog.declared_bot import Network

LOG = logging.getLogger(__name__)

PAGE = 40
MOST_PAGES = 50
TIMEOUT = 20.0
CHARACTERS = 500
CLOCK_SECONDS = 600.0
"""So far the server's clock may be from ours."""
REFUSALS = frozenset({400, 403, 404, 410, 422})
LINE = re.compile(r"<br\s*/?>")
PARAGRAPH = re.compile(r"</p>\s*<p[^>]*>")
TAG = re.compile(r"<[^>]+>")


class MastodonTransport:
    """An account on a Mastodon server.

    Parameters
    ----------
    timeout
        Seconds that one request may take.

    Raises
    ------
    AuthenticationError
        The server does not know the token.
    TryLaterError
        The server does not answer now.
    """

    network = Network.MASTODON

    def __init__(self, credentials: Credentials, *, timeout: float = TIMEOUT) -> None:
        self._api = Mastodon(
            access_token=credentials.secret,
            api_base_url=credentials.server,
            ratelimit_method="throw",
            request_timeout=timeout,
            version_check_mode="none",
            user_agent=f"outclass/{__version__}",
        )
        self._ids: dict[str, str] = {}
        with self._errors("account"):
            self.account = str(self._api.me().id)
        self.limit, self._url_characters = self._limits()

    def length(self, text: str) -> int:
        """Count as the server does."""
        return mastodon_length(text, url_characters=self._url_characters)

    def mention(self, post: Post) -> str:
        """Mention the author, who else is told nothing."""
        return f"@{post.author.handle}"

    def posts(
        self, account: str, hashtags: Sequence[str], *, since: float, replies: bool = False
    ) -> Iterator[Post]:
        """Yield posts with one of some hashtags; the server is asked for each hashtag."""
        number = self._number(account)
        seen: set[str] = set()
        for hashtag in hashtags:
            for status in self._statuses(number, since=since, hashtag=hashtag, replies=replies):
                with self._errors("posts"):
                    post = post_of(status)
                wanted = has_hashtag(post, hashtags) and (post.reply_to is not None or not replies)
                if wanted and post.uri not in seen:
                    seen.add(post.uri)
                    yield post

    def send(self, draft: Draft) -> Sent:
        """Post a draft with its key: for an hour the server itself posts it only once."""
        with self._errors("post"):
            status = self._api.status_post(
                draft.text,
                in_reply_to_id=draft.reply_to,
                visibility="public" if draft.listed else "unlisted",
                spoiler_text=draft.content_warning or None,
                language=draft.language,
                idempotency_key=draft.key,
            )
            return sent_of(status)

    def find(self, draft: Draft) -> Sent | None:
        """Look for a draft among our posts since then: a reply to the same post, or the same text."""
        since = draft.written_at - CLOCK_SECONDS
        for status in self._statuses(self.account, since=since, replies=True):
            with self._errors("post"):
                post = post_of(status)
                if is_draft(post, draft):
                    return sent_of(status)
        return None

    def close(self) -> None:
        """Close connections."""
        self._api.session.close()

    def _limits(self) -> tuple[int, int]:
        """Return the longest text and what an address counts; the usual where the server does not say."""
        try:
            with self._errors("instance"):
                told = self._api.instance_v2().configuration.statuses
                return int(told.max_characters), int(told.characters_reserved_per_url)
        except (TryLaterError, RefusedError, AttributeError, TypeError, ValueError):
            return CHARACTERS, URL_CHARACTERS

    def _number(self, account: str) -> str:
        """Return the server's id of an account."""
        if account not in self._ids:
            with self._errors("account"):
                self._ids[account] = str(self._api.account_lookup(account.lstrip("@")).id)
        return self._ids[account]

    def _statuses(
        self, number: str, *, since: float, hashtag: str | None = None, replies: bool
    ) -> Iterator[Status]:
        """Yield posts of an account back to a moment, page by page."""
        before: str | None = None
        for _ in range(MOST_PAGES):
            with self._errors("posts"):
                page = list(
                    self._api.account_statuses(
                        number,
                        tagged=hashtag,
                        exclude_reblogs=True,
                        exclude_replies=not replies,
                        max_id=before,
                        limit=PAGE,
                    )
                )
                times = [moment_of(status.created_at) for status in page]
            fresh = [status for status, moment in zip(page, times, strict=True) if moment >= since]
            yield from fresh
            if len(fresh) < len(page) or not page:  # a short page need not be the last
                return
            before = str(page[-1].id)

    @contextlib.contextmanager
    def _errors(self, where: str) -> Iterator[None]:
        """Turn errors of Mastodon.py into ours; their texts may hold what was sent and are not told."""
        try:
            yield
        except MastodonRatelimitError as error:
            wait = seconds_until(self._api.ratelimit_reset)
            raise TryLaterError("too many requests", where=where, wait=wait, all_calls=True) from error
        except MastodonUnauthorizedError:
            raise AuthenticationError(
                "the server does not know this token", where="OUTCLASS_MASTODON_TOKEN"
            ) from None
        except (MastodonNetworkError, MastodonServerError) as error:
            raise TryLaterError(
                "the server does not answer", where=where, got=type(error).__name__
            ) from error
        except MastodonAPIError as error:
            raise refusal_of(error, where) from error
        except MastodonError as error:
            raise TryLaterError(
                "the server's answer is not understood", where=where, got=type(error).__name__
            ) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise TryLaterError(
                "the server's answer is not understood", where=where, got=type(error).__name__
            ) from error


def seconds_until(reset: float | None) -> float | None:
    """Return how long it is until a moment, if there is one: Mastodon.py knows none before it was told."""
    return None if reset is None else max(1.0, reset - time.time())


def refusal_of(error: MastodonAPIError, where: str) -> TryLaterError | RefusedError:
    """Return what an error of the server means: an answer that cannot be read may be one to a post."""
    details: tuple[object, ...] = error.args
    status = next((int(detail) for detail in details if isinstance(detail, int)), None)
    if status in REFUSALS:
        return RefusedError("the server refuses this", where=where, got=f"HTTP {status}")
    got = "no JSON" if status is None else f"HTTP {status}"
    return TryLaterError("the server's answer is not understood", where=where, got=got)


def post_of(status: Status) -> Post:
    """Return a post as the server gives it."""
    reply_to = status.in_reply_to_id
    return Post(
        network=Network.MASTODON,
        id=str(status.id),
        uri=str(status.uri),
        url=str(status.url) if status.url else None,
        author=author_of(status.account),
        text=plain_text(status.content),
        hashtags=tuple(str(tag.name) for tag in status.tags),
        pictures=tuple(
            Picture(url=str(media.url or media.remote_url), alt=media.description or "")
            for media in status.media_attachments
            if media.type == "image" and (media.url or media.remote_url)
        ),
        created_at=moment_of(status.created_at),
        reply_to=None if reply_to is None else str(reply_to),
        shared=status.reblog is not None,
        public=status.visibility in {"public", "unlisted"},
        listed=status.visibility == "public",
        content_warning=status.spoiler_text or "",
        language=status.language,
    )


def author_of(account: Account) -> Author:
    """Return the author of a post."""
    fields = " ".join(f"{field.name} {plain_text(field.value)}" for field in account.fields or ())
    return Author(
        id=str(account.id),
        handle=str(account.acct),
        about=f"{account.display_name or ''} {plain_text(account.note or '')} {fields}".strip(),
        automated=bool(account.bot),
    )


def sent_of(status: Status) -> Sent:
    """Return what the server calls a post of ours."""
    return Sent(id=str(status.id), url=str(status.url) if status.url else None)


def is_draft(post: Post, draft: Draft) -> bool:
    """Tell whether a post of ours was made of a draft."""
    if draft.reply_to is None:
        return post.reply_to is None and squeezed(post.text) == squeezed(draft.text)
    return post.reply_to == draft.reply_to and has_hashtag(post, [draft.hashtag])


def squeezed(text: str) -> str:
    """Return a text without white space."""
    return "".join(text.split())


def moment_of(time: object) -> float:
    """Return epoch seconds of a time."""
    if not isinstance(time, datetime):
        raise TypeError(f"no time: {type(time).__name__}")
    return time.timestamp()


def plain_text(content: str) -> str:
    r"""Return the text of a post or profile, which servers send as HTML.

    >>> plain_text('<p>Hi <a href="#">#<span>NoBot</span></a></p><p>a&lt;b<br />c</p>')
    'Hi #NoBot\n\na<b\nc'
    """
    text = LINE.sub("\n", PARAGRAPH.sub("\n\n", content))
    return html.unescape(TAG.sub("", text))
