"""Promises on data: what was collected is whole, stays on its side, and says under which terms it is used."""

from outclass.catalog.split import Split, split_of
from outclass.checks.result import BrokenPromiseError, NotCheckedError, require
from outclass.checks.subject import Subject

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
    if version.document.sample:
        require(set(table.splits) == {Split.GAME}, "a sample is to be played with and nothing else")
        return f"{len(table)} objects to play with"
    declared = subject.challenge.split
    moved = [
        name
        for name, side in zip(table.ids, table.splits, strict=True)
        if side is not Split.HOLDOUT and split_of(declared, name) is not side
    ]
    require(not moved, f"{len(moved)} objects are not where their hash puts them, the first is {moved[:1]}")
    return f"{len(table)} objects"


def terms_are_stated(subject: Subject) -> str:
    """The data set names its licence and whom to cite."""
    dataset = subject.challenge.dataset
    require(bool(dataset.licence.strip() and dataset.citation.strip()), "licence or citation is empty")
    return dataset.licence
