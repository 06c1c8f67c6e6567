"""Rules of the groups of classes: names that are different, members that are there, and a tree."""

from collections.abc import Iterator

from outclass.base.errors import Problem, nearest_name, shorten
from outclass.catalog.strict_yaml import YamlFile

Steps = tuple[str | int, ...]
PROBLEM_IDS = {
    "duplicate-group": "A group has the name of a class or of another group.",
    "unknown-member": "A group names no class and no other group.",
    "two-parents": "A class or group is a member twice.",
    "endless-group": "A group is a member of itself, through others or not.",
}


def group_rules(file: YamlFile) -> Iterator[Problem]:
    """Yield what is wrong with the groups of classes."""
    value = file.value if isinstance(file.value, dict) else {}
    classes = _names(value.get("classes"))
    groups = value.get("groups")
    declared = [group if isinstance(group, dict) else {} for group in _list(groups)]
    yield from _different(declared, classes, file)
    yield from _members(declared, classes, file)
    yield from _tree(declared, file)


def _different(declared: list[dict[str, object]], classes: list[str], file: YamlFile) -> Iterator[Problem]:
    """Each group has a name of its own."""
    taken = dict.fromkeys(classes, "a class")
    for place, group in enumerate(declared):
        name = group.get("name")
        if not isinstance(name, str):
            continue
        if name in taken:
            yield Problem(
                id="duplicate-group",
                where=file.place(("groups", place, "name")),
                what=f"{taken[name]} has this name",
                got=shorten(name),
                hint="give the group another name: members are named by it",
            )
        taken.setdefault(name, f"groups[{place}]")


def _members(declared: list[dict[str, object]], classes: list[str], file: YamlFile) -> Iterator[Problem]:
    """Each member is there, and belongs to one group only."""
    known = [*classes, *_names(declared)]
    parents: dict[str, str] = {}
    for place, group in enumerate(declared):
        for index, member in enumerate(_texts(group.get("members"))):
            where = file.place(("groups", place, "members", index))
            if member not in known:
                nearest = nearest_name(member, known)
                yield Problem(
                    id="unknown-member",
                    where=where,
                    what="there is no such class or group",
                    got=shorten(member),
                    accepted=", ".join(known),
                    hint=f"the nearest name is {nearest}" if nearest else None,
                )
            elif member in parents:
                yield Problem(
                    id="two-parents",
                    where=where,
                    what="this is a member already",
                    got=shorten(member),
                    accepted="one group for each class or group",
                    hint=f"it belongs to {parents[member]}",
                )
            parents.setdefault(member, f"groups[{place}]")


def _tree(declared: list[dict[str, object]], file: YamlFile) -> Iterator[Problem]:
    """No group leads back to itself."""
    members = {str(group.get("name")): _texts(group.get("members")) for group in declared}
    for place, name in enumerate(str(group.get("name")) for group in declared):
        seen: set[str] = set()
        waiting = list(members[name])
        while waiting:
            member = waiting.pop()
            if member not in seen:
                seen.add(member)
                waiting += members.get(member, [])
        if name in seen:
            yield Problem(
                id="endless-group",
                where=file.place(("groups", place, "members")),
                what="this group is a member of itself",
                got=shorten(name),
                accepted="groups that form a tree",
            )


def _names(things: object) -> list[str]:
    """Return the names of a list of mappings."""
    names = [item.get("name") for item in _list(things) if isinstance(item, dict)]
    return [name for name in names if isinstance(name, str)]


def _texts(things: object) -> list[str]:
    """Return the texts of a list."""
    return [item for item in _list(things) if isinstance(item, str)]


def _list(value: object) -> list[object]:
    """Return a list, or an empty one."""
    return value if isinstance(value, list) else []
