"""Classes that belong together, such as the species of a genus: how they are declared, and what they hold."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.catalog.forms import ClassName, Line


class ClassGroup(Document, frozen=True, kw_only=True):
    """Classes, or groups of them, that share a name: where no class is likely enough, their group may be."""

    name: Annotated[ClassName, Meta(description="a name that no class and no other group has")]
    title: Annotated[Line, Meta(description="what people read, with its article, such as `a wild cat`")]
    members: Annotated[
        tuple[ClassName, ...], Meta(min_length=1, description="names of classes, or of other groups")
    ]
    facts: Annotated[
        dict[str, str], Meta(description="what holds for all of it, by name, such as toxicity")
    ] = {}


def leaves_of(groups: Sequence[ClassGroup]) -> dict[str, frozenset[str]]:
    """Return the classes that each group holds, through the groups within it.

    >>> big = ClassGroup(name="big", title="a big cat", members=("lion", "tiger"))
    >>> wild = ClassGroup(name="wild", title="a wild cat", members=("big", "lynx"))
    >>> sorted(leaves_of([wild, big])["wild"])
    ['lion', 'lynx', 'tiger']
    """
    members = {group.name: group.members for group in groups}

    def leaves(name: str) -> frozenset[str]:
        """Return the classes of a group; a class holds itself."""
        if name not in members:
            return frozenset([name])
        return frozenset().union(*(leaves(member) for member in members[name]))

    return {name: leaves(name) for name in members}


def parents_of(groups: Sequence[ClassGroup]) -> dict[str, str]:
    """Return the group that each member belongs to; what belongs to none is not there."""
    return {member: group.name for group in groups for member in group.members}
