"""Rules of a source of photos: it has some, and the expression for their names finds what is meant."""

import re
from collections.abc import Iterator

from outclass.base.errors import Problem, nearest_name, shorten
from outclass.catalog.sources.kinds import PHOTOS
from outclass.catalog.strict_yaml import YamlFile

FOUND = ("label", "group", "id", "author", "licence", "link")
"""What the groups of `names` may find."""
SOURCE = ("dataset", "source")
PROBLEM_IDS = {
    "no-photos": "A source of photos has neither `files` nor a `folder`.",
    "not-of-photos": "`folder` or `names` stands in a source that reads no photos.",
    "bad-pattern": "`names` is no regular expression, or one of its groups has a name that means nothing.",
}


def photo_rules(file: YamlFile) -> Iterator[Problem]:
    """Yield what is wrong with a source of photos."""
    value = file.value if isinstance(file.value, dict) else {}
    dataset = value.get("dataset")
    source = dataset.get("source") if isinstance(dataset, dict) else None
    if not isinstance(source, dict):
        return
    if source.get("kind") == PHOTOS.name:
        yield from _photos(source, file)
    elif isinstance(source.get("kind"), str):
        for key in ("folder", "names"):
            if key in source:
                yield Problem(
                    id="not-of-photos",
                    where=file.place((*SOURCE, key)),
                    what=f"a source of this kind has no `{key}`",
                    got=shorten(str(source["kind"])),
                    accepted=f"kind: {PHOTOS.name}",
                )


def _photos(source: dict[str, object], file: YamlFile) -> Iterator[Problem]:
    """There are photos, and names are read in a folder."""
    if not source.get("files") and "folder" not in source:
        yield Problem(
            id="no-photos",
            where=file.place(SOURCE),
            what="this source has no photos",
            accepted="`folder:` with photos, or `files:` with tables of them",
        )
    names = source.get("names")
    if names is not None and "folder" not in source:
        yield Problem(
            id="no-photos",
            where=file.place((*SOURCE, "names")),
            what="`names` is for the photos of a folder",
            hint="declare `folder:`; of a table, `dataset.columns` says what stands where",
        )
    if isinstance(names, str):
        yield from _pattern(names, file)


def _pattern(names: str, file: YamlFile) -> Iterator[Problem]:
    """The expression can be compiled, and its groups mean something."""
    where = file.place((*SOURCE, "names"))
    try:
        groups = re.compile(names).groupindex
    except (re.error, OverflowError, RecursionError) as error:
        yield Problem(
            id="bad-pattern",
            where=where,
            what=f"this is no regular expression: {error}",
            got=shorten(names),
            accepted=r"such as (?P<label>[A-Za-z-]+)_(?P<group>\d+)",
        )
        return
    for group in groups:
        if group not in FOUND:
            nearest = nearest_name(group, FOUND)
            yield Problem(
                id="bad-pattern",
                where=where,
                what="nothing is made of a group of this name",
                got=shorten(group),
                accepted=", ".join(FOUND),
                hint=f"the nearest is `{nearest}`" if nearest else None,
            )
    if not groups:
        yield Problem(
            id="bad-pattern",
            where=where,
            what="this expression has no named group, so it finds nothing",
            got=shorten(names),
            accepted=r"such as (?P<label>[A-Za-z-]+)_(?P<group>\d+)",
        )
