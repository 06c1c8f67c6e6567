"""Which posts are answered, and which are left alone."""

import re
from enum import StrEnum

from outclass.bots.posts import Post
from outclass.catalog.declared_bot import BotGame

OPT_OUT = re.compile(r"#\s?no_?bots?\b", re.IGNORECASE)
OPT_OUT_HASHTAGS = frozenset({"nobot", "nobots", "no_bot", "no_bots"})
HOUR = 3600.0


class Skip(StrEnum):
    """Why a post is not answered; the ledger keeps it."""

    REPLY = "reply"
    NOT_PUBLIC = "not-public"
    AUTOMATED = "automated"
    OPTED_OUT = "opted-out"
    NO_PICTURE = "no-picture"
    STALE = "stale"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


def why_not(post: Post, game: BotGame, now: float) -> Skip | None:
    """Return why a post with the game's hashtag is not answered, or None where it is."""
    checks = {
        Skip.REPLY: post.reply_to is not None,
        Skip.NOT_PUBLIC: not post.public,
        Skip.AUTOMATED: post.author.automated,
        Skip.OPTED_OUT: opted_out(post),
        Skip.STALE: now - post.created_at > game.fresh_hours * HOUR,
        Skip.NO_PICTURE: not post.pictures,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def opted_out(post: Post) -> bool:
    """Tell whether the post or its author's profile says `#nobot`."""
    tagged = any(hashtag.casefold() in OPT_OUT_HASHTAGS for hashtag in post.hashtags)
    return tagged or any(OPT_OUT.search(text) for text in (post.text, post.author.about))
