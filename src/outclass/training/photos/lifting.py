"""Classes of which a share is to be found: their odds are raised until held-out photos say so."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from outclass.training.calibrate import best_temperature
from outclass.training.parameters import refused
from outclass.training.photos.head import Head

ACCEPTED = "CLASS=SHARE by spaces, shares above 0 and below 1, such as bobcat=0.6"


def read_shares(text: str) -> dict[str, float]:
    """Return the share that is to be found of each class named.

    >>> read_shares("bobcat=0.6 lynx=0.5")
    {'bobcat': 0.6, 'lynx': 0.5}
    """
    try:
        found = {name: float(share) for name, share in (word.split("=") for word in text.split())}
    except ValueError:
        raise refused(f"found {text}", ACCEPTED) from None
    if not all(0 < share < 1 for share in found.values()):
        raise refused(f"found {text}", ACCEPTED)
    return found


def lifts_for(
    shares: Mapping[str, float],
    classes: Sequence[str],
    logits: NDArray[np.float32],
    targets: NDArray[np.int64],
    groups: Collection[Collection[str]] = (),
) -> NDArray[np.float32]:
    """Return what is to be added to each class's logit so that the shares are found of held-out rows.

    A class is found where it is likelier than any other, and than each of the groups together: whoever asks
    whether it is a bobcat or no cat does not ask which animal hides the bobcat. Nothing is taken away from a
    class of which more is found already. Each is set as if it were the only one.
    """
    lifts = np.zeros(len(classes), dtype=np.float32)
    temperature = best_temperature(logits, targets) if shares else 1.0
    for name, share in shares.items():
        if name not in classes:
            raise refused(f"found {name}", ", ".join(classes))
        place = classes.index(name)
        own = logits[targets == place]
        if len(own):
            rivals = [
                temperature * logsumexp(own[:, members] / temperature, axis=1)
                for members in rivals_of(place, classes, groups)
            ]
            behind = np.max(rivals, axis=0) - own[:, place]
            lifts[place] = max(0.0, float(np.quantile(behind, share)))
    return lifts


def rivals_of(place: int, classes: Sequence[str], groups: Collection[Collection[str]]) -> list[list[int]]:
    """Return the places of what a class is compared with: the largest groups without it, single classes."""
    held = [{classes.index(name) for name in group if name in classes} for group in groups]
    apart = [one for one in held if one and place not in one]
    outer = [one for one in apart if not any(one < other for other in apart)]
    alone = set(range(len(classes))) - {place}.union(*outer)
    return [sorted(one) for one in outer] + [[one] for one in sorted(alone)]


def lifted(head: Head, lifts: NDArray[np.float32]) -> Head:
    """Return a head with other odds."""
    return msgspec.structs.replace(head, offsets=head.offsets + lifts)
