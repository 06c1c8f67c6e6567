"""Posts as the networks give them, and answers as they take them."""

from collections.abc import Sequence

from outclass.base.document import Document
from outclass.catalog.declared_bot import Network


class Author(Document, frozen=True, kw_only=True):
    """Who wrote a post.

    `handle` is what others write to mention the author, without a leading `@`; `about` is what the profile
    says, as plain text; `automated` whether it says that a machine posts there.
    """

    id: str
    handle: str
    about: str = ""
    automated: bool = False


class Picture(Document, frozen=True, kw_only=True):
    """A picture of a post: where it lies, and the description that its author gave."""

    url: str
    alt: str = ""


class Post(Document, frozen=True, kw_only=True):
    """One post.

    Attributes
    ----------
    id
        What the network calls it when somebody replies.
    version
        A hash of its content, where the network asks for it.
    uri
        Its name in the whole world: the key of the ledger.
    hashtags
        Without `#`, as they were written.
    created_at
        Epoch seconds.
    reply_to
        The `id` of the post that it answers.
    shared
        Whether it is another's post, shared by this author.
    public
        Whether everybody may see it.
    """

    network: Network
    id: str
    uri: str
    author: Author
    created_at: float
    version: str = ""
    url: str | None = None
    text: str = ""
    hashtags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    reply_to: str | None = None
    shared: bool = False
    public: bool = True
    listed: bool = True
    content_warning: str = ""
    language: str | None = None


class Draft(Document, frozen=True, kw_only=True):
    """What is to be posted, whole: it is kept before it is sent, and sent again as it is.

    Attributes
    ----------
    key
        The same for each attempt to send it, and for no other draft.
    hashtag
        The game's; it stands in `text`.
    reply_to, version
        `id` and `version` of the post that is answered; none for a post of its own.
    moment
        Epoch seconds of what is answered: they and the key name the post where names are times.
    written_at
        When the draft was written, in epoch seconds; it was not posted before.
    """

    key: str
    text: str
    hashtag: str
    moment: float
    written_at: float
    reply_to: str | None = None
    version: str = ""
    listed: bool = True
    content_warning: str = ""
    language: str | None = None


class Sent(Document, frozen=True, kw_only=True):
    """What the network calls a post of ours, and where people see it."""

    id: str
    url: str | None = None


def has_hashtag(post: Post, hashtags: Sequence[str]) -> bool:
    """Tell whether a post carries one of some hashtags, in any letter case."""
    wanted = {hashtag.casefold() for hashtag in hashtags}
    return any(hashtag.casefold() in wanted for hashtag in post.hashtags)
