"""What of a data set may be given to everybody, object by object.

Nothing is told of an object that is played until it is retired. What people sent in stays here: they let it
be learned from, no more. Photos go out only under a licence that lets them be changed and used for anything.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licences import Licence, Terms, licence_of
from outclass.catalog.retired import read_retired
from outclass.catalog.sources.inbox import PREFIX
from outclass.catalog.split import Split
from outclass.inputs.masking import mask
from outclass.inputs.photos import Credit

HIDDEN_ID = "game-"
MASKED_ID = "m-"
ID_LENGTH = 16
PUBLIC = frozenset({Terms.OPEN, Terms.SHARE_ALIKE})
HIDDEN_NOTE = "hidden until retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What is public of one version.

    Attributes
    ----------
    salt
        Makes the names of hidden objects, which tell nothing.
    retired
        Objects of the game that are no longer played.
    """

    salt: str
    retired: frozenset[str] = field(default_factory=frozenset)

    def is_hidden(self, object_id: str, split: Split) -> bool:
        """Tell whether an object is played: label, advice, name and source of it are not told."""
        return split is Split.GAME and object_id not in self.retired

    def name_of(self, object_id: str, split: Split) -> str:
        """Return the public name of an object: its id, which of a hidden one may tell what it is."""
        if not self.is_hidden(object_id, split):
            return object_id
        return HIDDEN_ID + sha256(f"{self.salt}:{object_id}".encode()).hexdigest()[:ID_LENGTH]

    @property
    def mark(self) -> str:
        """Return a hash of what is retired."""
        return sha256("\n".join(sorted(self.retired)).encode()).hexdigest()


def sharing_of(version: DatasetVersion) -> Sharing:
    """Return what is public of a version now."""
    return Sharing(salt=version.document.content_sha256, retired=read_retired(version.folder.parent))


def public_text(text: str) -> str:
    """Return a text with numbers and addresses hidden; of a public text, the same again.

    What is left of a text may look like an address once a number beside it is hidden, so it is looked at
    until nothing is found any more.

    >>> public_text(".com.com12345")
    '.[web address][number]'
    """
    before, shown = None, text
    while shown != before:
        before, shown = shown, mask(shown)
    return shown


def masked_name(text: str, seen: Counter[str]) -> str:
    """Return the public name of a text in which something is hidden, made of what is shown alone.

    Its own name may be a hash of the text, from which a hidden number could be found by trying all.

    Parameters
    ----------
    text
        As it is shown.
    seen
        How many texts before had the same stem; counted on.
    """
    stem = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]
    seen[stem] += 1
    return f"{MASKED_ID}{stem}-{seen[stem]}"


def was_sent_in(object_id: str) -> bool:
    """Tell whether somebody sent an object in; it is never published."""
    return object_id.startswith(PREFIX)


@lru_cache(maxsize=4096)
def _licence(stated: str, link: str) -> Licence:
    """Return the licence that is meant, found out once for each wording."""
    return licence_of(stated, link)


def licence_of_photo(credit: Credit) -> Licence:
    """Return the licence of a photo."""
    return _licence(credit.licence, credit.licence_url)


def may_publish(credit: Credit) -> bool:
    """Tell whether a photo may be made smaller and given to everybody."""
    return licence_of_photo(credit).terms in PUBLIC
