"""Which objects are learned from, chosen by, held out and played: decided once for ever by a hash."""

from enum import StrEnum
from hashlib import sha256

from outclass.catalog.challenge import SplitDeclaration


class Split(StrEnum):
    """The four sides of a data set, in the order in which shares are laid along 0 to 1."""

    TRAIN = "train"
    VALIDATION = "validation"
    HOLDOUT = "holdout"
    GAME = "game"


def position(salt: str, group_id: str) -> float:
    """Return where a group falls between 0 and 1: the first 8 bytes of ``sha256("SALT:GROUP")`` over 2^64.

    >>> round(position("digits-1", "train-00000"), 6)
    0.032905
    """
    digest = sha256(f"{salt}:{group_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def split_of(declared: SplitDeclaration, group_id: str) -> Split:
    """Return a group's side. It depends on nothing but the salt, the shares and the group's own name."""
    where, end = position(declared.salt, group_id), 0.0
    shares = {side: getattr(declared, side.value) for side in Split}
    for side, share in shares.items():
        end += share
        if where < end:
            return side
    return [side for side, share in shares.items() if share > 0][-1]
