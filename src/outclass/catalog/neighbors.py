"""The photos of a data version that are most like another one, with their credits.

Training leaves the features of the photos that it learned from beside the versions, in
`HOME/data/CHALLENGE/features/VERSION-FINGERPRINT/`: `places.npy` tells which photos of the training side they
are of, `features.npy` has a unit vector for each. Photos that may not be shown are not among them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.base.store import make_folder_atomic
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licences import Licence, licence_of_credit
from outclass.catalog.split import Split
from outclass.inputs.photos import Box, Credit, PhotoTable

FOLDER = "features"
FEATURES, PLACES = "features.npy", "places.npy"
ID_LENGTH = 16
BLOCK = 2048
"""Rows whose likeness is computed at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbor:
    """A photo that is like another one.

    Attributes
    ----------
    similarity
        Cosine of the angle between the features, 1 for the same photo.
    name
        sha256 of its bytes, by which the version's media has it.
    box
        The part of it that was learned from; None where all of it was.
    """

    object_id: str
    label: str
    similarity: float
    name: str
    box: Box | None
    credit: Credit
    licence: Licence


def write_features(version: DatasetVersion, features: NDArray[np.float32], fingerprint: str) -> Path:
    """Keep the features of the photos that a model learns from.

    Parameters
    ----------
    features
        float32 ``[n, D]``, a row for each object of ``version.objects("train")``, in that order.
    fingerprint
        Of what computed them, such as `Backbone.fingerprint`.

    Raises
    ------
    DataError
        There are more or fewer rows than objects.
    """
    objects = version.objects(Split.TRAIN.value)
    if not isinstance(objects.inputs, PhotoTable) or len(features) != len(objects):
        raise DataError(
            "these are not the features of the photos that are learned from",
            where=f"{version.challenge} {version.id}",
            got=f"{len(features)} rows",
            accepted=f"{len(objects)}",
        )
    shown = [licence_of_credit(credit).may_show for credit in objects.inputs.credits]
    places = np.flatnonzero(shown).astype(np.int64)
    lengths = np.linalg.norm(features[places], axis=1, keepdims=True)
    final = features_folder(version, fingerprint)
    with make_folder_atomic(final) as folder:
        np.save(folder / PLACES, places)
        np.save(folder / FEATURES, (features[places] / np.maximum(lengths, 1e-12)).astype(np.float16))
    return final


def carry_features(old: DatasetVersion, new: DatasetVersion) -> None:
    """Keep the features of a version for another one that has some of its photos and no others."""
    ids = old.ids(Split.TRAIN.value)
    there = {name: place for place, name in enumerate(new.ids(Split.TRAIN.value))}
    for folder in sorted((old.folder.parent / FOLDER).glob(f"{old.id}-*")):
        try:
            features = np.load(folder / FEATURES, mmap_mode="r", allow_pickle=False)
            places = np.load(folder / PLACES, allow_pickle=False)
            found = [(row, there[ids[place]]) for row, place in enumerate(places) if ids[place] in there]
        except (OSError, ValueError, IndexError):
            continue
        rows, kept = np.array(found, dtype=np.int64).reshape(-1, 2).T
        with make_folder_atomic(folder.with_name(folder.name.replace(old.id, new.id))) as made:
            np.save(made / PLACES, kept)
            np.save(made / FEATURES, features[rows])


def features_folder(version: DatasetVersion, fingerprint: str) -> Path:
    """Return where the features of a version lie, or would."""
    return version.folder.parent / FOLDER / f"{version.id}-{fingerprint[:ID_LENGTH]}"


def nearest(
    version: DatasetVersion, vector: NDArray[np.float32], fingerprint: str, *, count: int = 3
) -> tuple[Neighbor, ...]:
    """Return the photos that a model learned from which are most like a photo, at most one of a group.

    Parameters
    ----------
    vector
        Features of the photo, float32 ``[D]``.
    fingerprint
        Of what computed them; where training left no such features, nothing is found.

    Examples
    --------
    >>> nearest(version, features, backbone.fingerprint)[0].credit.author  # doctest: +SKIP
    'Ann Example'
    """
    folder = features_folder(version, fingerprint)
    try:
        features = np.load(folder / FEATURES, mmap_mode="r", allow_pickle=False)
        places = np.load(folder / PLACES, allow_pickle=False)
    except (OSError, ValueError):
        return ()
    if features.ndim != 2 or features.shape[1:] != vector.shape:
        return ()
    similar = similarities(features, vector)
    found: list[Neighbor] = []
    groups: set[str] = set()
    for row in np.argsort(-similar, kind="stable"):
        if len(found) == count or len(groups) > 4 * count + 8:
            break
        one = _neighbor(version, int(places[row]), float(similar[row]), groups)
        found += [one] if one is not None else []
    return tuple(found)


def similarities(features: NDArray[np.float16], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine between each row, which is a unit vector, and a vector: float32 ``[n]``."""
    unit = vector / max(float(np.linalg.norm(vector)), 1e-12)
    blocks = range(0, len(features), BLOCK)
    parts = [features[start : start + BLOCK].astype(np.float32) @ unit for start in blocks]
    return np.concatenate([np.zeros(0, dtype=np.float32), *parts])


def _neighbor(version: DatasetVersion, place: int, similarity: float, groups: set[str]) -> Neighbor | None:
    """Return one photo of the training side; None where another one of its group was taken."""
    table = version.part(Split.TRAIN.value, place, 1)
    if not len(table) or table.groups[0] in groups or not isinstance(table.inputs, PhotoTable):
        return None
    groups.add(table.groups[0])
    credit = table.inputs.credits[0]
    return Neighbor(
        object_id=table.ids[0],
        label=table.labels[0],
        similarity=similarity,
        name=table.inputs.names[0],
        box=table.inputs.box(0),
        credit=credit,
        licence=licence_of_credit(credit),
    )
