"""The one seam to the networks: Mastodon and Bluesky outside, memory in tests."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from outclass.base.errors import OutclassError, UnavailableError
from outclass.bots.posts import Draft, Post, Sent
from outclass.catalog.declared_bot import Network


class TryLaterError(UnavailableError):
    """The network does not answer now, or its answer was lost: what was asked may be done or not.

    `wait` is the number of seconds that the network asks for, if it does; `all_calls` tells whether it asks
    so of everything, not of this call alone.
    """

    def __init__(
        self, what: str, *, where: str, got: object = None, wait: float | None = None, all_calls: bool = False
    ) -> None:
        super().__init__(what, where=where, got=got)
        self.wait = wait
        self.all_calls = all_calls


class RefusedError(OutclassError):
    """The network will not do this, now or later: a post is gone, its author blocks us, a rule is broken."""

    kind = "refused-by-network"
    title = "The network refuses this"


class Transport(Protocol):
    """A network, as seen by one account of ours."""

    network: Network

    @property
    def account(self) -> str:
        """Return the id of our account, as posts name their authors."""

    @property
    def limit(self) -> int:
        """Return the longest text that may be posted, as `length` counts."""

    def length(self, text: str) -> int:
        """Return how long a text is, as the network counts."""

    def mention(self, post: Post) -> str:
        """Return what a reply begins with so that its author sees it; empty where nothing is needed."""

    def posts(
        self, account: str, hashtags: Sequence[str], *, since: float, replies: bool = False
    ) -> Iterator[Post]:
        """Yield posts of an account with one of some hashtags, none older than `since`, in no sure order.

        Parameters
        ----------
        account
            Its handle.
        replies
            Whether replies are wanted rather than posts of their own.

        Raises
        ------
        TryLaterError
            The network does not answer now.
        RefusedError
            There is no such account.
        """

    def send(self, draft: Draft) -> Sent:
        """Post a draft. Where the network can, a draft that was posted before is not posted again.

        Raises
        ------
        TryLaterError
            It is not known whether it was posted.
        RefusedError
            It was not, and will not be.
        """

    def find(self, draft: Draft) -> Sent | None:
        """Return the post that was made of a draft, or None where none was.

        Raises
        ------
        TryLaterError
            That cannot be told now.
        """

    def close(self) -> None:
        """Close connections."""
