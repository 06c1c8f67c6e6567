"""What cleaning does to photos: look at each, keep those together that are nearly the same, mind licences."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.media import MediaFolder
from outclass.base.progress import Progress, no_progress
from outclass.base.store import write_atomic
from outclass.catalog.challenge import SplitDeclaration
from outclass.catalog.cleaning import MAX_LISTED, Cleaned, NearDuplicate, PhotoReport, Reason, Rejected
from outclass.catalog.inbox import FROZEN
from outclass.catalog.licences import Terms, licence_of_credit
from outclass.catalog.near_duplicates import near_groups
from outclass.catalog.photo_checks import PhotoFault, check_photos
from outclass.catalog.photo_memory import read_memory, write_memory
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.split import Split, split_of
from outclass.inputs.photos import PhotoTable

TAKEN_BACK = "taken-back.txt"
"""In the folder of media: the sha256 of photos that may not come back."""
MIN_BOX = 8
"""Pixels each way; what is smaller is a slip of the pen."""


def with_photos_checked(table: SourceTable, progress: Progress = no_progress) -> SourceTable:
    """Look at the photos of a table; one of anything else comes back as it is."""
    photos = table.inputs
    if not isinstance(photos, PhotoTable) or table.photos is not None:
        return table
    photos.media.remove_leftovers()
    found = check_photos(photos, taken_back=taken_back(photos.media), progress=progress)
    for row, fault in found.faults.items():
        if fault is not PhotoFault.TOO_SMALL:
            photos.media.delete(photos.names[row])
    boxes = fitting_boxes(photos, found.sizes)
    return replace(table, inputs=replace(photos, sizes=found.sizes, boxes=boxes), photos=found)


def fitting_boxes(photos: PhotoTable, sizes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the boxes as far as they lie in their photos; none where nothing is left or may be cut out.

    A photo under a licence without derivatives counts as a whole, whatever box is drawn in it.
    """
    corners = photos.boxes[:, :2].clip(0, sizes)
    ends = (photos.boxes[:, :2] + photos.boxes[:, 2:]).clip(0, sizes)
    boxes = np.concatenate([corners, ends - corners], axis=1)
    useful = (boxes[:, 2:] >= MIN_BOX).all(axis=1)
    useful &= np.array([licence_of_credit(one).may_crop for one in photos.credits], dtype=bool)
    return np.where(useful[:, None], boxes, 0).astype(np.int32)


def keep_together(cleaned: Cleaned) -> Cleaned:
    """Give photos that are nearly the same one group, and tell of them in the report.

    Only the rows that stay count. Two objects on the same photo, each in a box of its own, belong together
    in the same way.
    """
    table = cleaned.read
    if not isinstance(table.inputs, PhotoTable) or table.photos is None:
        return cleaned
    kept = cleaned.kept
    near = near_groups([table.photos.fingerprints[row] for row in kept]).tolist()
    before = [table.group_ids[row] for row in kept]
    after = joined_groups(before, near, [table.inputs.names[row] for row in kept])
    groups = list(table.group_ids)
    for row, group in zip(kept, after, strict=True):
        groups[row] = group
    pairs = [
        (row, kept[first])
        for place, (row, first) in enumerate(zip(kept, near, strict=True))
        if first != place
    ]
    differ = [pair for pair in pairs if table.labels[pair[0]] != table.labels[pair[1]]]
    listed = list(dict.fromkeys(differ + pairs))[:MAX_LISTED]
    ids = table.object_ids
    report = PhotoReport(
        near_duplicates=len(pairs),
        labels_differ=len(differ),
        groups_joined=len(set(before)) - len(set(after)),
        listed=tuple(NearDuplicate(object_id=ids[row], other=ids[first]) for row, first in listed),
    )
    return replace(
        cleaned,
        read=replace(table, group_ids=tuple(groups)),
        report=msgspec.structs.replace(cleaned.report, photos=report),
    )


def taken_back(media: MediaFolder) -> frozenset[str]:
    """Return the sha256 of photos that their owners took back: no version has them any more."""
    path = media.folder / TAKEN_BACK
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else frozenset()


def take_back(media: MediaFolder, names: Collection[str]) -> None:
    """Keep photos out of all versions from now on, and delete their bytes."""
    kept_out = sorted(taken_back(media).union(names))
    write_atomic(media.folder / TAKEN_BACK, "".join(f"{each}\n" for each in kept_out).encode())
    seen = read_memory(media.folder)
    write_memory(media.folder, {name: one for name, one in seen.items() if name not in names})
    for name in names:
        media.delete(name)


def without_judges(cleaned: Cleaned, split: SplitDeclaration) -> Cleaned:
    """Leave out photos that people sent in where they would be on a side that models are compared on."""
    photos = cleaned.read.inputs
    if not isinstance(photos, PhotoTable):
        return cleaned
    judging = {
        row
        for row in cleaned.kept
        if licence_of_credit(photos.credits[row]).terms is Terms.LENT
        and split_of(split, cleaned.read.group_ids[row]) in FROZEN
    }
    if not judging:
        return cleaned
    reason = Reason.WOULD_JUDGE
    listed = [Rejected(object_id=cleaned.read.object_ids[row], reason=reason) for row in sorted(judging)]
    report = msgspec.structs.replace(
        cleaned.report,
        rows_kept=cleaned.report.rows_kept - len(judging),
        removed=cleaned.report.removed | {reason: len(judging)},
        rejected=(*cleaned.report.rejected, *listed)[:MAX_LISTED],
    )
    return replace(cleaned, kept=tuple(row for row in cleaned.kept if row not in judging), report=report)


def not_played(cleaned: Cleaned, sides: Mapping[int, Split]) -> dict[int, Split]:
    """Return the sides of rows, where what may not be shown to players is held out instead of played.

    The whole group of such a photo is: a group is on one side.
    """
    photos = cleaned.read.inputs
    if not isinstance(photos, PhotoTable):
        return dict(sides)
    groups = cleaned.read.group_ids
    tests_only = {
        groups[row]
        for row, side in sides.items()
        if side is Split.GAME and not licence_of_credit(photos.credits[row]).may_play
    }
    return {row: Split.HOLDOUT if groups[row] in tests_only else side for row, side in sides.items()}


def joined_groups(groups: Sequence[str], *keys: Sequence[Hashable]) -> list[str]:
    """Return the group of each row when rows that have a key in common belong together.

    Groups that become one have the name of the oldest: the shortest name, and of these the first, so that
    among observations by number, which count up, a new one does not move an old one to another side.

    >>> joined_groups(["7", "12", "30", "12"], ["a", "b", "a", "c"])
    ['7', '12', '7', '12']
    """
    roots = {group: group for group in groups}
    for each in keys:
        seen: dict[Hashable, str] = {}
        for group, key in zip(groups, each, strict=True):
            pair = _root(roots, seen.setdefault(key, group)), _root(roots, group)
            first, second = sorted(pair, key=lambda name: (len(name), name))
            roots[second] = first
    return [_root(roots, group) for group in groups]


def _root(roots: dict[str, str], group: str) -> str:
    """Return what a group belongs to, and shorten the way to it."""
    while roots[group] != group:
        roots[group] = roots[roots[group]]
        group = roots[group]
    return group
