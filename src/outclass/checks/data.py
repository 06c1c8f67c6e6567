"""Promises on data: what was collected is whole, stays on its side, and says under which terms it is used."""

from typing import TYPE_CHECKING

from outclass.catalog.split import Split, split_of
from outclass.checks.result import BrokenPromiseError, NotCheckedError, require
from outclass.checks.subject import Subject

if TYPE_CHECKING:
    from outclass.catalog.dataset import VersionDocument

NOT_COLLECTED = "no data is collected"


def files_are_whole(subject: Subject) -> str:
    """Every file of the data version has the hash that was written down."""
    version = subject.data
    if version is None:
        raise NotCheckedError(NOT_COLLECTED)
    version.verify()
    return f"version {version.id}{', a sample' if version.document.sample else ''}"


def no_object_changed_sides(subject: Subject) -> str:
    """Each object is on the side that the hash of its group gives, so nothing played was learned from."""
    version = subject.data
    if version is None:
        raise NotCheckedError(NOT_COLLECTED)
    table = version.objects(None)
    if len(set(table.ids)) != len(table.ids):
        raise BrokenPromiseError("an object is there twice")
    several = len(set(zip(table.groups, table.splits, strict=True))) - len(set(table.groups))
    require(several == 0, f"{several} groups are on more than one side")
    fixed = sides_fixed(subject, version.document)
    declared = subject.challenge.split
    moved = [
        name
        for name, group, side in zip(table.ids, table.groups, table.splits, strict=True)
        if side not in fixed and split_of(declared, group) is not side
    ]
    require(not moved, f"{len(moved)} objects are not where their hash puts them, the first is {moved[:1]}")
    return f"{len(table)} objects"


def sides_fixed(subject: Subject, document: "VersionDocument") -> set[Split]:
    """Return the sides to which objects may belong by what the data says, whatever their hash.

    What is simulated may be made to be played with or held out, but never to be learned from.
    """
    if document.sample:
        return {Split.HOLDOUT, Split.GAME}
    return set(Split) if subject.challenge.dataset.reader.splits else {Split.HOLDOUT}


def terms_are_stated(subject: Subject) -> str:
    """The data set names its licence and whom to cite."""
    dataset = subject.challenge.dataset
    require(bool(dataset.licence.strip() and dataset.citation.strip()), "licence or citation is empty")
    return dataset.licence
