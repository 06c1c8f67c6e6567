"""Catalogue files: names with a data dictionary each, or one dictionary alone. None of it is ever run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from outclass.base.errors import ChallengeFileError, NotFoundError, Problem, nearest_name
from outclass.catalog.dictionary.declaration import DataDictionary, DType
from outclass.catalog.dictionary.rules import WAYS, dictionary_rules, secrets
from outclass.catalog.dictionary.steps import StepName
from outclass.catalog.forms import ENTRY_FORM
from outclass.catalog.strict_yaml import OldForms, YamlFile, parse_yaml, read_yaml
from outclass.catalog.validation import problems_of, schema_of

EntryName = Annotated[str, Meta(pattern=ENTRY_FORM)]
Entries = Annotated[dict[EntryName, DataDictionary], Meta(min_length=1)]

HIDDEN = "_"
"""The first letter of the name of an entry that is there to be merged into others."""
OLD_FORMS = OldForms(
    names={name.value: name.value for kind in (StepName, DType) for name in kind} | {"lower": "to_lowercase"},
    problem="unknown-step",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFile:
    """A valid file.

    Attributes
    ----------
    templates
        Names of entries that only others merge.
    single
        Whether the file is one dictionary alone, named by the file.
    """

    path: Path
    entries: dict[str, DataDictionary]
    templates: tuple[str, ...]
    single: bool

    def __getitem__(self, name: str) -> DataDictionary:
        """Return one dictionary; `NotFoundError` names the nearest."""
        if name not in self.entries:
            nearest = nearest_name(name, self.entries)
            raise NotFoundError(
                "there is no such table",
                where=str(self.path),
                got=name,
                accepted=", ".join(self.entries),
                hint=f"the nearest is {nearest}" if nearest else None,
            )
        return self.entries[name]


def read_catalogue(path: Path) -> CatalogueFile:
    """Read a catalogue file.

    Raises
    ------
    NotFoundError
        There is no such file.
    ChallengeFileError
        The file has problems; all of them are in `problems`.
    """
    if not path.is_file():
        raise NotFoundError(
            "there is no such file", got=str(path), accepted="a catalogue, such as catalog.yaml"
        )
    return catalogue_of(read_yaml(path, OLD_FORMS), path)


def parse_catalogue(content: bytes, path: Path) -> CatalogueFile:
    """Read the content of a catalogue file, as `read_catalogue` does."""
    return catalogue_of(parse_yaml(content, OLD_FORMS), path)


def catalogue_of(file: YamlFile, path: Path) -> CatalogueFile:
    """Return a catalogue from what was read, or raise all its problems."""
    single = is_single(file.value)
    templates = () if single else templates_of(file)
    problems = dictionary_problems(file) if single else catalogue_problems(file)
    if problems:
        raise ChallengeFileError(str(path), problems)
    value = {path.stem: file.value} if single else without(file, templates).value
    try:
        entries = msgspec.convert(value, dict[str, DataDictionary])
    except msgspec.ValidationError as error:
        problem = Problem(id="invalid", where="line 1", what=str(error))
        raise ChallengeFileError(str(path), [problem]) from error
    return CatalogueFile(path=path, entries=entries, templates=templates, single=single)


def is_single(value: object) -> bool:
    """Tell whether a file is one dictionary: a key that says where rows come from stands at its top."""
    keys = (*WAYS, "source")
    return isinstance(value, dict) and any(key in value and not isinstance(value[key], dict) for key in keys)


def templates_of(file: YamlFile) -> tuple[str, ...]:
    """Return the entries that only serve others: by their name, or by an anchor without a place of their own.

    They may be a part of a dictionary of any kind, so they are judged where they are merged.
    """
    entries = file.value if isinstance(file.value, dict) else {}
    return tuple(
        name
        for name, entry in entries.items()
        if name.startswith(HIDDEN) or ((name,) in file.anchored and not is_placed(entry))
    )


def is_placed(entry: object) -> bool:
    """Tell whether an entry says where rows come from."""
    if not isinstance(entry, dict):
        return False
    return any(key in entry for key in WAYS) or (
        "source" in entry and bool({"table_name", "query"} & set(entry))
    )


def without(file: YamlFile, names: tuple[str, ...]) -> YamlFile:
    """Return a file without some of its entries."""
    if not names or not isinstance(file.value, dict):
        return file
    return replace(file, value={name: entry for name, entry in file.value.items() if name not in names})


def dictionary_problems(file: YamlFile) -> tuple[Problem, ...]:
    """Return what is wrong with a file that is one dictionary."""
    schema = schema_of(DataDictionary, "Outclass data dictionary")
    return problems_of(file, schema, lambda read: dictionary_rules(read.value, (), read))


def catalogue_problems(file: YamlFile) -> tuple[Problem, ...]:
    """Return what is wrong with a file of several dictionaries."""
    templates = templates_of(file)

    def rules(read: YamlFile) -> Iterator[Problem]:
        """Yield the problems of the sense of every entry; nothing secret stands in a template either."""
        for name, entry in read.value.items() if isinstance(read.value, dict) else ():
            yield from dictionary_rules(entry, (name,), read)
        for name in templates:
            yield from secrets(file.value[name], (name,), file)  # type: ignore[index]  # they are its keys

    return problems_of(without(file, templates), catalogue_schema(), rules)


def catalogue_schema() -> dict[str, object]:
    """Return the JSON Schema of a catalogue file, for editors."""
    return schema_of(Entries, "Outclass catalogue")
