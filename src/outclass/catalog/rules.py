"""Rules of a challenge file that no JSON Schema can state: what must fit what.

They read the plain values, taking what has the right type, so that they hold next to problems of form.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from outclass.base.errors import Problem, shorten
from outclass.catalog.bot_rules import bot_rules
from outclass.catalog.challenge import SplitDeclaration
from outclass.catalog.column_rules import column_rules
from outclass.catalog.dictionary.rules import place_rules, secrets, table_rules
from outclass.catalog.group_rules import group_rules
from outclass.catalog.photo_rules import photo_rules
from outclass.catalog.sources.inaturalist.rules import observation_rules
from outclass.catalog.sources.kinds import KINDS
from outclass.catalog.strict_yaml import YamlFile

SPLITS = ("train", "validation", "holdout", "game")
UNION = "+"
CHECKSUMS = ("sha256", "md5", "packed_md5")
SPLIT_DEFAULTS = SplitDeclaration(salt="default")


def broken_rules(file: YamlFile) -> Iterator[Problem]:
    """Yield the problems of a file's sense."""
    yield from _classes(file)
    yield from group_rules(file)
    yield from bot_rules(file)
    yield from photo_rules(file)
    yield from column_rules(file)
    yield from _bands(file)
    yield from _models(file)
    yield from _split(file)
    yield from _source(file)
    yield from observation_rules(file)
    yield from _tables(file)


def _classes(file: YamlFile) -> Iterator[Problem]:
    """Class names and titles are different."""
    for key in ("name", "title"):
        seen: dict[str, int] = {}
        for index, label in enumerate(_list(_dict(file.value).get("classes"))):
            text = _dict(label).get(key)
            if not isinstance(text, str):
                continue
            if text in seen:
                yield Problem(
                    id="duplicate-class",
                    where=file.place(("classes", index, key)),
                    what=f"two classes have the same {key}",
                    got=shorten(text),
                    hint=f"the first is classes[{seen[text]}]",
                )
            seen.setdefault(text, index)


def _models(file: YamlFile) -> Iterator[Problem]:
    """Champion and advisers are declared; no adviser speaks twice."""
    value = _dict(file.value)
    declared = _dict(value.get("models"))
    advisers = _list(value.get("advisers"))
    members = _list(_dict(value.get("champion")).get("geometric_mean"))
    named: list[tuple[tuple[str | int, ...], object]] = [
        (("champion",), value.get("champion")),
        *((("champion", "geometric_mean", i), name) for i, name in enumerate(members)),
        *((("advisers", i), name) for i, name in enumerate(advisers)),
    ]
    for steps, name in named:
        if isinstance(name, str) and declared and name not in declared:
            yield Problem(
                id="unknown-model",
                where=file.place(steps),
                what="this model is not declared under `models`",
                got=shorten(name),
                accepted=", ".join(map(str, declared)),
            )
    for steps, names, what in (
        (("advisers",), advisers, "an adviser is named twice"),
        (("champion", "geometric_mean"), members, "a member of the champion is named twice"),
    ):
        for name, count in Counter(name for name in names if isinstance(name, str)).items():
            if count > 1:
                yield Problem(id="duplicate-adviser", where=file.place(steps), what=what, got=shorten(name))


def _split(file: YamlFile) -> Iterator[Problem]:
    """The shares sum to 1, and there is something to learn from and to choose by."""
    split = _dict(file.value).get("split")
    if not isinstance(split, dict):
        return
    shares = {name: split.get(name, getattr(SPLIT_DEFAULTS, name)) for name in SPLITS}
    if not all(isinstance(share, int | float) and not isinstance(share, bool) for share in shares.values()):
        return
    total = math.fsum(shares.values())
    if abs(total - 1) > 1e-9:
        yield Problem(
            id="split-sum",
            where=file.place(("split",)),
            what="the shares do not sum to 1",
            got=f"{total:.12g} ({', '.join(f'{name} {share:g}' for name, share in shares.items())})",
            accepted="1",
            hint="those not given have defaults",
        )
    for name in ("train", "validation"):
        if shares[name] == 0:
            yield Problem(
                id="empty-split",
                where=file.place(("split", name)),
                what=f"`{name}` gets no objects",
                got="0",
                accepted="above 0",
            )


def _source(file: YamlFile) -> Iterator[Problem]:
    """The reader exists and gets the files that it reads, and these are named safely."""
    steps = ("dataset", "source")
    source = _dict(_dict(_dict(file.value).get("dataset")).get("source"))
    files = _dict(source.get("files"))
    if isinstance(name := source.get("kind"), str):
        if name in KINDS:
            yield from _roles(name, files, file)
        else:
            accepted = ", ".join(f"{kind.name} ({kind.title})" for kind in KINDS.values())
            yield Problem(
                id="unknown-source",
                where=file.place((*steps, "kind")),
                what="there is no reader of this kind",
                got=shorten(name),
                accepted=accepted,
            )
    for role, declaration in files.items():
        yield from _file(_dict(declaration), (*steps, "files", role), file)
    yield from _names(source, steps, file)


def _tables(file: YamlFile) -> Iterator[Problem]:
    """Rows come from somewhere, tables speak of files that are there, labels lead to classes."""
    value = _dict(file.value)
    dataset = _dict(value.get("dataset"))
    source = dataset.get("source")
    files = _dict(_dict(source).get("files"))
    if isinstance(source, dict):
        yield from secrets(dataset, ("dataset",), file)
    elif dataset:
        yield from place_rules(dataset, ("dataset",), file)
    yield from table_rules(dataset, ("dataset",), file)
    tables = _dict(dataset.get("tables"))
    for role, table in tables.items():
        yield from table_rules(_dict(table), ("dataset", "tables", role), file)
        if files and role not in files:
            yield Problem(
                id="unknown-role",
                where=file.place(("dataset", "tables", role)),
                what="there is no file of this role",
                got=shorten(role),
                accepted=", ".join(files),
            )
    classes = [_dict(label).get("name") for label in _list(value.get("classes"))]
    for steps, keys in [(("dataset",), dataset)] + [
        (("dataset", "tables", role), _dict(table)) for role, table in tables.items()
    ]:
        for label, named in _dict(keys.get("labels")).items():
            unknown = [name for name in str(named).split(UNION) if name not in classes]
            if isinstance(named, str) and unknown:
                yield Problem(
                    id="unknown-class",
                    where=file.place((*steps, "labels", label)),
                    what="there is no such class",
                    got=shorten(unknown[0]),
                    accepted=f"{', '.join(map(str, classes))}, or several with + between",
                )


def _names(source: Mapping[str, object], steps: tuple[str, ...], file: YamlFile) -> Iterator[Problem]:
    """Columns are those of the reader; labels lead to classes, values of `split` to sides of the split."""
    kind = source.get("kind")
    columns = KINDS[kind].columns if isinstance(kind, str) and kind in KINDS else None
    classes = [_dict(label).get("name") for label in _list(_dict(file.value).get("classes"))]
    named = (
        ("unknown-column", "columns", list(_dict(source.get("columns"))), columns, "no column of this name"),
        ("unknown-class", "labels", list(_dict(source.get("labels")).values()), classes, "no such class"),
        ("unknown-split", "splits", list(_dict(source.get("splits")).values()), SPLITS, "no such split"),
    )
    for name, key, found, accepted, what in named:
        for value in dict.fromkeys(word for word in found if isinstance(word, str)):
            if accepted is not None and value not in accepted:
                yield Problem(
                    id=name,
                    where=file.place((*steps, key)),
                    what=f"there is {what}",
                    got=shorten(value),
                    accepted=", ".join(map(str, accepted)) or "none",
                )


def _bands(file: YamlFile) -> Iterator[Problem]:
    """A series has bands, each with a name and number of its own; other kinds of input have none."""
    declared = _dict(_dict(file.value).get("input"))
    bands = [_dict(band) for band in _list(declared.get("bands"))]
    if isinstance(declared.get("kind"), str) and (declared["kind"] == "series") != bool(bands):
        yield Problem(
            id="no-bands",
            where=file.place(("input",)),
            what="a series needs `bands`" if not bands else "only a series has bands",
            got=f"{len(bands)} bands for {declared['kind']}",
        )
    numbers = [place if band.get("number") is None else band["number"] for place, band in enumerate(bands)]
    for key, values in (("name", [band.get("name") for band in bands]), ("number", numbers)):
        texts = [str(value) for value in values if isinstance(value, str | int)]
        for value, count in Counter(texts).items():
            if count > 1:
                yield Problem(
                    id="duplicate-band",
                    where=file.place(("input", "bands")),
                    what=f"two bands have the same {key}",
                    got=shorten(value),
                )


def _roles(name: str, files: Mapping[str, object], file: YamlFile) -> Iterator[Problem]:
    """The roles are those of the kind."""
    kind, steps = KINDS[name], ("dataset", "source", "files")
    wanted = list(kind.required)
    wanted += [b for pair in kind.pairs for a, b in (pair, pair[::-1]) if a in files]
    for role in wanted:
        if role not in files:
            yield Problem(
                id="missing-role",
                where=file.place(steps),
                what=f"the reader `{name}` needs a file `{role}`",
                hint=f"declare it under `files` as `{role}:`",
            )
    for role in files:
        if role not in kind.roles and not kind.free_roles:
            yield Problem(
                id="unknown-role",
                where=file.place((*steps, role)),
                what=f"the reader `{name}` reads no file of this role",
                got=shorten(role),
                accepted=", ".join(kind.roles),
            )


def _file(declared: Mapping[str, object], steps: tuple[str, ...], file: YamlFile) -> Iterator[Problem]:
    """The path stays inside its folder, and a download can be checked."""
    paths: list[tuple[tuple[str | int, ...], object]] = [(("path",), declared.get("path"))]
    paths += [(("other_forms", i), name) for i, name in enumerate(_list(declared.get("other_forms")))]
    for where, path in paths:
        if not isinstance(path, str) or is_safe(path):
            continue
        yield Problem(
            id="unsafe-path",
            where=file.place((*steps, *where)),
            what="this path leaves its folder",
            got=shorten(path),
            accepted="a relative path with `/` between, without `..`",
        )
    if declared.get("url") and not any(declared.get(name) for name in CHECKSUMS):
        yield Problem(
            id="no-checksum",
            where=file.place(steps),
            what="a file that is downloaded needs a checksum",
            accepted="`sha256` or `md5` of the decompressed content, or `packed_md5` of the download itself",
            hint="take it from the publisher, or from a copy that you trust: gzip -dc FILE | sha256sum",
        )


def is_safe(path: str) -> bool:
    """Return whether a path stays inside the folder that it is relative to, on every system.

    >>> [is_safe(path) for path in ("digits/a.gz", "/etc/passwd", "a/../../b", "C:/a")]
    [True, False, False, False]
    """
    parts = PurePosixPath(path).parts
    return bool(parts) and not (path.startswith("/") or ".." in parts or set(path) & set('\\:*?"<>|\0'))


def _dict(value: object) -> dict[str, object]:
    """Return a mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    """Return a list, or an empty one."""
    return value if isinstance(value, list) else []
