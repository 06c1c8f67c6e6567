"""`outclass data`: what was collected."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import typer

from outclass.base.errors import InputError, NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.cleaning import Reason
from outclass.catalog.dataset import (
    DatasetVersion,
    VersionDocument,
    current_version,
    find_version,
    list_versions,
)
from outclass.catalog.export import PUBLIC_SPLITS, export_version
from outclass.catalog.licence_uses import licence_uses
from outclass.catalog.loader import list_challenges, load_challenge
from outclass.catalog.sources.rows import RowFault
from outclass.catalog.split import Split
from outclass.cli import catalogue, labels, photos, suspects
from outclass.cli.collect import sizes_of
from outclass.cli.output import Json, print_facts, print_json, print_table, say

group = typer.Typer(no_args_is_help=True)
FROM_PEOPLE = ("inbox", "feedback")
"""What the lineage of a version tells of rows that were sent in, and of labels that people changed."""

group.command("labels")(labels.command)
group.command("take-back")(photos.take_back)
for name, command in (
    ("add", catalogue.add),
    ("remove", catalogue.remove),
    ("set", catalogue.set_),
    ("draft", catalogue.draft),
    ("ask", catalogue.ask),
):
    group.command(name)(command)

Target: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="CHALLENGE|CATALOGUE", help="A challenge, or a catalogue file such as catalog.yaml."
    ),
]
TableName: TypeAlias = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="Which table of a catalogue; the only one by default."),
]
VersionId: TypeAlias = Annotated[
    str | None, typer.Option("--version", metavar="ID", help="Another version than the one in use.")
]


@group.command("list")
def show_all(
    file: Annotated[
        str | None, typer.Argument(metavar="CATALOGUE", help="List the tables of this file instead.")
    ] = None,
    json: Json = False,
) -> None:
    """List all versions of all challenges, the one in use marked; or the tables of a catalogue file."""
    if file is not None:
        catalogue.list_tables(file, json=json)
        return
    settings = Settings.from_environment()
    found = [
        (version, version.id == current.id)
        for name in list_challenges()
        if (current := current_version(name, settings)) is not None
        for version in list_versions(name, settings)
    ]
    if json:
        print_json([{"in_use": used, "document": version.document} for version, used in found])
        return
    rows = (
        (
            version.challenge,
            version.id,
            used,
            version.document.created,
            version.document.sample,
            sizes_of(version),
        )
        for version, used in found
    )
    columns = ("challenge", "version", "in use", "created", "sample", "objects")
    print_table(columns, rows, empty="no data yet: outclass collect CHALLENGE")


@group.command()
def show(challenge: Target, version: VersionId = None, name: TableName = None, json: Json = False) -> None:
    """Show a version: source, licence, classes, splits, what cleaning took out; or a table's dictionary."""
    if catalogue.is_catalogue(challenge):
        catalogue.show_table(challenge, name, json=json)
        return
    found = find(challenge, version)
    document = found.document
    uses = licence_uses(found)
    if json:
        counts = [{"licence": use.licence.name, "allows": use.meaning, "photos": use.photos} for use in uses]
        print_json(msgspec.to_builtins(document) | ({"licences": counts} if uses else {}))
        return
    print_facts(
        (
            ("version", document.id),
            ("title", document.title),
            ("created", document.created),
            ("sample", document.sample),
            ("licence", f"{document.licence} {document.licence_url}".strip()),
            ("citation", document.citation),
            ("rows read", document.cleaning.rows_read),
            ("rows kept", document.cleaning.rows_kept),
            *left_out(document),
            *((name, document.lineage[name]) for name in FROM_PEOPLE if name in document.lineage),
            ("folder", found.folder),
        )
    )
    say("")
    splits = [split for split in document.counts if document.counts[split]]
    rows = [
        [label, *(document.counts[split].get(label, 0) for split in splits)] for label in document.classes
    ]
    print_table(("class", *splits), rows)
    if uses:
        say("")
        lines = ((use.licence.name, use.photos, use.authors, use.meaning) for use in uses)
        print_table(("licence", "photos", "people", "allows"), lines)


@group.command()
def check(challenge: Target, version: VersionId = None, name: TableName = None, json: Json = False) -> None:
    """Compare every file of a version with its hash, and tell what looks wrong; or read and clean a table.

    Labels that look wrong and the like are looked for with the champion, if it learned from this version.
    """
    if catalogue.is_catalogue(challenge):
        catalogue.check_table(challenge, name, json=json)
        return
    found = find(challenge, version)
    found.verify()
    report = suspects.check(found, Settings.from_environment())
    if json:
        print_json({"version": found.id, "files": found.document.tables, "suspects": report})
        return
    say(f"{found.challenge}: version {found.id} is whole")
    suspects.tell(report, found.challenge)


@group.command()
def export(  # noqa: PLR0917 - typer makes options of them
    challenge: Target,
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="File to write: Parquet, or a folder of photos; of a table also CSV, SQLite, s3://.",
        ),
    ] = None,
    split: Annotated[
        list[Split] | None, typer.Option(help="Splits to write; train and validation by default.")
    ] = None,
    version: VersionId = None,
    name: TableName = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of a table: write the report (.html, .json, .txt).")
    ] = None,
    json: Json = False,
) -> None:
    """Write objects and labels to a Parquet file, licence and citation beside it; or a cleaned table.

    Photos whose licence does not let them be passed on are left out, and told of.
    """
    if catalogue.is_catalogue(challenge):
        catalogue.export_table(challenge, name, path, report, json=json)
        return
    if path is None:
        raise InputError("nothing says where to", accepted="a name that ends in .parquet")
    found = find(challenge, version)
    done = export_version(found, Path(path), tuple(split or PUBLIC_SPLITS))
    if json:
        print_json({"version": found.id, "objects": done.objects, "left_out": done.left_out, "path": path})
        return
    say(f"wrote {done.objects:,} objects of version {found.id} to {path}")
    if done.left_out:
        why = ", ".join(f"{count:,} {licence}" for licence, count in done.left_out.items())
        say(f"left out, as their licence does not let them be passed on: {why}")


def find(challenge: str, version: str | None) -> DatasetVersion:
    """Return the version that is asked for, or the one in use."""
    settings = Settings.from_environment()
    name = load_challenge(challenge).name
    found = find_version(name, version, settings) if version else current_version(name, settings)
    if found is None:
        raise NotFoundError(
            "there is no such data" if version else "no data was collected yet",
            where=name,
            got=version,
            hint=f"see outclass data list, or: outclass collect {challenge}",
        )
    return found


def left_out(document: VersionDocument) -> Iterator[tuple[str, str]]:
    """Yield what was taken out of the data, by reason, and of series the number of observations."""
    cleaning = document.cleaning
    if text := counted(cleaning.removed):
        yield "taken out", text
    for table in cleaning.tables:
        by_rule = "".join(f", {rule.rows:,} dropped by {rule.rule}" for rule in table.dropped)
        yield f"table {table.name}", f"{table.rows_in:,} rows in{by_rule}, {table.rows_out:,} out"
        for rule in table.repaired:
            first = rule.examples[0]
            shown = f', such as "{first.value}" in row {first.row}' if first.value is not None else ""
            yield f"changed in {table.name}", f"{rule.rows:,} by {rule.rule}{shown}"
    if cleaning.photos is not None and cleaning.photos.near_duplicates:
        found = cleaning.photos
        differ = f", {found.labels_differ:,} with another label" if found.labels_differ else ""
        joined = f", {found.groups_joined:,} groups joined by them"
        yield "near duplicates", f"{found.near_duplicates:,}{differ}{joined}"
    if cleaning.observations is not None:
        yield "observations", f"{document.observations:,}"
        if text := counted(cleaning.observations.removed):
            yield "rejected", text


def counted(removed: Mapping[RowFault, int] | Mapping[Reason, int]) -> str:
    """Return how many were removed for each reason."""
    return ", ".join(f"{count:,} {reason}" for reason, count in removed.items() if count)
