"""`outclass data` on catalogue files: list, show, check, export, add, remove, set, draft, ask."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import typer

from outclass.base.document import to_json
from outclass.base.errors import InputError
from outclass.base.store import write_atomic
from outclass.catalog.dictionary.dataset import Dataset, open_catalogue
from outclass.catalog.dictionary.declaration import DataDictionary
from outclass.catalog.dictionary.drafting import Draft, draft_of
from outclass.catalog.dictionary.editing import add_entry, dumped, remove_entry, set_keys
from outclass.catalog.dictionary.report import DictionaryReport
from outclass.catalog.dictionary.showing import facts_of, report_page, report_text
from outclass.cli.output import Json, print_facts, print_json, print_table, say
from outclass.cli.questions import ask_about

SUFFIXES = {".yaml", ".yml"}
CHALLENGE = "challenge.yaml"

CatalogueFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="CATALOGUE", help="A catalogue file, such as catalog.yaml.")
]
TableName: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="The name of a table in it.")]
DataFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="A table: CSV, Parquet, JSON lines.")
]
Into: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="CATALOGUE", help="Add it to this catalogue instead of printing it.")
]
EntryName: TypeAlias = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What it is called; the file's name by default.")
]
Settings: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Keys and their values in YAML.")
]


def is_catalogue(target: str) -> bool:
    """Tell whether a command is about a catalogue file rather than a challenge."""
    path = Path(target)
    return path.suffix.lower() in SUFFIXES and path.name != CHALLENGE


def chosen(target: str, name: str | None) -> Dataset:
    """Return the table that is meant: the one of that name, or the only one."""
    catalogue = open_catalogue(target)
    if name is None and len(catalogue) == 1:
        (name,) = catalogue
    if name is None:
        raise InputError(
            "several tables are here", where=target, accepted=f"--name with {', '.join(catalogue)}"
        )
    return catalogue[name]


def list_tables(path: str, *, json: bool) -> None:
    """List the tables of a catalogue."""
    catalogue = open_catalogue(path)
    if json:
        print_json({name: catalogue[name].declared for name in catalogue})
        return
    rows = [(name, place_of(catalogue[name].declared), catalogue[name].declared.title) for name in catalogue]
    print_table(("table", "from", "title"), rows)


def place_of(declared: DataDictionary) -> str:
    """Say where rows come from."""
    if declared.source is not None:
        return f"{declared.source.value} {declared.table_name or 'query'}"
    files = [file if isinstance(file, str) else file.path for file in declared.files]
    return declared.path or declared.glob or ", ".join(files)


def show_table(target: str, name: str | None, *, json: bool) -> None:
    """Show a dictionary as it was understood, without what is left at its default."""
    table = chosen(target, name)
    if json:
        print_json(table.declared)
        return
    say(dumped({table.name: dict(changed_keys(table.declared))}).rstrip())


def changed_keys(declared: DataDictionary) -> Iterator[tuple[str, object]]:
    """Yield the keys that are not at their defaults, with plain values."""
    plain, defaults = (msgspec.to_builtins(each) for each in (declared, DataDictionary()))
    return ((key, plainer(value)) for key, value in plain.items() if value != defaults[key])


def plainer(value: object) -> object:
    """Return a value without what says nothing: empty texts, lists and mappings, null, false."""
    if isinstance(value, dict):
        return {
            key: plainer(inner)
            for key, inner in value.items()
            if inner or (inner == 0 and inner is not False)
        }
    return [plainer(inner) for inner in value] if isinstance(value, list | tuple) else value


def check_table(target: str, name: str | None, *, json: bool) -> None:
    """Read and clean a table without writing it, and tell what was found."""
    table = chosen(target, name)
    for _ in table.batches():
        pass
    tell_report(table.report, json=json)


def export_table(target: str, name: str | None, path: str | None, report: Path | None, *, json: bool) -> None:
    """Write a cleaned table, and its report beside it."""
    table = chosen(target, name)
    written = table.export(path)
    if report is not None:
        write_report(table.report, report)
    if json:
        print_json({"written": written, "report": table.report})
    else:
        say(f"wrote {table.report.rows_out:,} rows of {table.name} to {written}")


def write_report(report: DictionaryReport, path: Path) -> None:
    """Write a report in the form that the ending of its name says."""
    match path.suffix.lower():
        case ".html":
            content = report_page(report).encode()
        case ".json":
            content = to_json(report)
        case ".txt":
            content = report_text(report).encode()
        case _:
            raise InputError("this form is not written", where=str(path), accepted=".html, .json, .txt")
    write_atomic(path, content)


def tell_report(report: DictionaryReport, *, json: bool) -> None:
    """Print a report."""
    if json:
        print_json(report)
        return
    print_facts(facts_of(report))
    lines = report_text(report).splitlines()
    told = len(list(facts_of(report))) + 1
    for line in lines[told:]:
        say(line.strip())


def add(catalogue: CatalogueFile, name: TableName, file: DataFile, json: Json = False) -> None:
    """Add a table to a catalogue, with what can be seen in its file."""
    draft = draft_of(file, relative(file, catalogue))
    add_entry(catalogue, name, draft.entry)
    told(catalogue, name, draft.entry, "added", json=json)


def remove(catalogue: CatalogueFile, name: TableName, json: Json = False) -> None:
    """Take a table out of a catalogue; its files stay."""
    remove_entry(catalogue, name)
    told(catalogue, name, None, "removed", json=json)


def set_(catalogue: CatalogueFile, name: TableName, keys: Settings = None, json: Json = False) -> None:
    """Set keys of a table, such as sampling.factor=0.1; a key without a value is taken out."""
    pairs = [given.partition("=") for given in keys or ()]
    if not pairs or not all(separator for _, separator, _ in pairs):
        raise InputError("nothing is set", accepted="KEY=VALUE, such as sampling.factor=0.1")
    set_keys(catalogue, name, {key: value for key, _, value in pairs})
    told(catalogue, name, dict(changed_keys(open_catalogue(catalogue)[name].declared)), "changed", json=json)


def draft(file: DataFile, into: Into = None, name: EntryName = None, json: Json = False) -> None:
    """Draft a dictionary from a file, without questions."""
    found = draft_of(file, relative(file, into) if into else None)
    keep(found, file, into, name, json=json)


def ask(file: DataFile, into: Into = None, name: EntryName = None, json: Json = False) -> None:
    """Draft a dictionary from a file and ask about it; without a terminal nothing is asked."""
    found = draft_of(file, relative(file, into) if into else None)
    if sys.stdin.isatty() and not json:
        found = ask_about(found, file)
    keep(found, file, into, name, json=json)


def keep(found: Draft, file: Path, into: Path | None, name: str | None, *, json: bool) -> None:
    """Print a draft, or add it to a catalogue."""
    called = name or entry_name(file)
    if into is not None:
        add_entry(into, called, found.entry)
        told(into, called, found.entry, "added", json=json)
    elif json:
        print_json({called: found.entry})
    else:
        say(dumped({called: found.entry}).rstrip())


def told(catalogue: Path, name: str, entry: object, what: str, *, json: bool) -> None:
    """Say what was done to a catalogue."""
    if json:
        print_json({"catalogue": str(catalogue), "name": name, "entry": entry})
    else:
        say(f"{catalogue}: {what} {name}")


def entry_name(file: Path) -> str:
    """Return a name for a table from that of its file."""
    plain = "".join(
        letter if letter.isalnum() and letter.isascii() else "_" for letter in file.name.split(".")[0]
    )
    return plain[:60] if plain[:1].isalpha() else f"table_{plain[:50]}"


def relative(file: Path, catalogue: Path) -> str:
    """Return a path as it stands in a catalogue: relative where the file lies beside or below it."""
    folder, full = catalogue.resolve().parent, file.resolve()
    return full.relative_to(folder).as_posix() if full.is_relative_to(folder) else full.as_posix()
