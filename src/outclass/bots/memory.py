"""A network in memory, for tests and for trying a game without an account anywhere."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from outclass.bots.lengths import graphemes
from outclass.bots.posts import Draft, Post, Sent, has_hashtag
from outclass.catalog.declared_bot import Network


class MemoryTransport:
    """Holds posts and what was sent.

    Parameters
    ----------
    fault
        Called with the name of each step (`posts`, `find`, `send`, `sent`), where it may raise: `send` is
        before the network took the draft, `sent` after.
    remembers
        Whether a draft sent twice is posted once, as networks with idempotency keys do.
    """

    def __init__(
        self,
        network: Network = Network.MASTODON,
        *,
        account: str = "bot",
        limit: int = 500,
        fault: Callable[[str], None] = lambda _step: None,
        remembers: bool = False,
    ) -> None:
        self.network = network
        self.account = account
        self.limit = limit
        self.there: list[Post] = []
        self.shares: list[tuple[str, Post]] = []
        self.sent: list[Draft] = []
        self._fault = fault
        self._remembers = remembers

    def length(self, text: str) -> int:
        """Count what people see."""
        return graphemes(text)

    def mention(self, post: Post) -> str:
        """Mention the author."""
        return f"@{post.author.handle}"

    def posts(
        self, account: str, hashtags: Sequence[str], *, since: float, replies: bool = False
    ) -> Iterator[Post]:
        """Yield posts as they were put in."""
        self._fault("posts")
        own = [post for post in self.there if post.author.handle == account]
        shared = [msgspec.structs.replace(post, shared=True) for who, post in self.shares if who == account]
        for post in own + shared:
            wanted = has_hashtag(post, hashtags) and post.created_at >= since
            if wanted and (post.reply_to is not None or not replies):
                yield post

    def send(self, draft: Draft) -> Sent:
        """Keep a draft."""
        self._fault("send")
        known = self.find(draft) if self._remembers else None
        if known is None:
            self.sent.append(draft)
            known = Sent(id=str(len(self.sent)))
        self._fault("sent")
        return known

    def find(self, draft: Draft) -> Sent | None:
        """Look among what was sent."""
        self._fault("find")
        places = (place for place, one in enumerate(self.sent, 1) if one.key == draft.key)
        place = next(places, None)
        return None if place is None else Sent(id=str(place))

    def close(self) -> None:
        """Nothing is open."""
