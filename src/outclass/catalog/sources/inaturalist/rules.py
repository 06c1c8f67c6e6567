"""Rules of `dataset.source.observations` that no JSON Schema can state."""

from collections.abc import Iterator

from outclass.base.errors import Problem, shorten
from outclass.catalog.sources.kinds import INATURALIST
from outclass.catalog.strict_yaml import YamlFile

STEPS = ("dataset", "source", "observations")
TAXA = (*STEPS, "taxa")
PROBLEM_IDS = {
    "observations": "A source of kind `inaturalist` has no `observations`, or another one has.",
    "duplicate-taxon": "Two classes name the same taxon.",
    "no-taxa": "A class has an empty list of taxa.",
}


def observation_rules(file: YamlFile) -> Iterator[Problem]:
    """Yield what does not fit: the kind of source, the kind of input, the classes, a taxon named twice."""
    value = _dict(file.value)
    source = _dict(_dict(value.get("dataset")).get("source"))
    declared = "observations" in source
    if isinstance(source.get("kind"), str) and declared != (source["kind"] == INATURALIST.name):
        yield Problem(
            id="observations",
            where=file.place(("dataset", "source")),
            what="only photos from iNaturalist have `observations`"
            if declared
            else "`observations` are missing",
            got=f"kind: {source['kind']}",
            accepted=f"kind: {INATURALIST.name}, with observations",
        )
    if not declared:
        return
    kind = _dict(value.get("input")).get("kind")
    if kind != "photo":
        yield Problem(
            id="observations",
            where=file.place(("input", "kind")),
            what="observations are photos",
            got=shorten(str(kind)),
            accepted="photo",
        )
    yield from _taxa(file)


def _taxa(file: YamlFile) -> Iterator[Problem]:
    """Taxa belong to classes, each to one."""
    value = _dict(file.value)
    labels = value.get("classes")
    classes = [_dict(label).get("name") for label in labels] if isinstance(labels, list) else []
    taxa = _dict(_dict(_dict(_dict(value.get("dataset")).get("source")).get("observations")).get("taxa"))
    owners: dict[str, str] = {}
    for name, terms in taxa.items():
        if name not in classes:
            yield Problem(
                id="unknown-class",
                where=file.place((*TAXA, name)),
                what="there is no such class",
                got=shorten(name),
                accepted=", ".join(map(str, classes)),
            )
        for place, term in enumerate(terms if isinstance(terms, list) else []):
            other = owners.setdefault(str(term).casefold(), name)
            if other != name:
                yield Problem(
                    id="duplicate-taxon",
                    where=file.place((*TAXA, name, place)),
                    what="two classes name the same taxon",
                    got=f"{term}: {other} and {name}",
                )
        if terms == []:
            yield Problem(
                id="no-taxa",
                where=file.place((*TAXA, name)),
                what="this class has no taxon",
                hint="leave it out here where its photos come from elsewhere",
            )


def _dict(value: object) -> dict[str, object]:
    """Return a mapping, or an empty one."""
    return value if isinstance(value, dict) else {}
