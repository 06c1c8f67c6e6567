"""`outclass publish`: data sets and whole projects as files for others."""

import shutil
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from outclass.base.errors import InputError, NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version, find_version
from outclass.catalog.loader import load_challenge
from outclass.catalog.retired import retire_objects
from outclass.cli.output import ChallengeName, Json, print_json, say
from outclass.cli.progress import progress_bars
from outclass.cli.targets import add_targets
from outclass.publish.bundle.documents import BundleOptions
from outclass.publish.bundle.write import write_bundle
from outclass.publish.database.build import build_database
from outclass.publish.database.plain import Terms, build_table_database
from outclass.publish.games import publish_games
from outclass.publish.tables import publish_table

group = typer.Typer(no_args_is_help=True)

Licence: TypeAlias = Annotated[
    str, typer.Option("--licence", metavar="NAME", help="The licence, where its declaration leaves it open.")
]
LicenceUrl: TypeAlias = Annotated[
    str, typer.Option("--licence-url", metavar="URL", help="The text of that licence.")
]


@group.command()
def data(  # noqa: PLR0913, PLR0917 - typer makes options of them
    target: Annotated[
        str, typer.Argument(metavar="CHALLENGE|FILE", help="A challenge, or any table: CSV, Parquet, ...")
    ],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE.sqlite", help="Write it here, too.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", metavar="ID", help="Another data version than the one in use.")
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Of a table: what it is.")] = "",
    source: Annotated[str, typer.Option("--source", help="Of a table: where it comes from.")] = "",
    source_url: Annotated[str, typer.Option("--source-url", metavar="URL", help="And the address.")] = "",
    licence: Licence = "",
    licence_url: LicenceUrl = "",
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="COLUMN", help="Of a table: a column to hide.")
    ] = None,
    json: Json = False,
) -> None:
    """Make the SQLite file of a data version, or of a table that needs no challenge and no label."""
    if Path(target).is_file() and Path(target).name != "challenge.yaml":
        terms = Terms(
            title=title or Path(target).stem,
            licence=licence,
            licence_url=licence_url,
            source=source,
            source_url=source_url,
        )
        table_file(Path(target), to, terms, tuple(leave_out or ()), json=json)
    else:
        version_file(target, version, to, json=json)


def table_file(path: Path, to: Path | None, terms: Terms, left_out: tuple[str, ...], *, json: bool) -> None:
    """Make the data file of a table."""
    if to is None:
        raise InputError("nothing says where to", accepted="--to FILE.sqlite")
    made = build_table_database(path, to, terms=terms, left_out=left_out)
    if json:
        print_json({"path": made.path, "sha256": made.sha256, "rows": made.rows, "metadata": made.metadata})
    else:
        say(f"wrote {made.rows:,} rows to {made.path}, sha256 {made.sha256[:12]}")


def version_file(target: str, version_id: str | None, to: Path | None, *, json: bool) -> None:
    """Make the data file of a version."""
    settings, loaded = Settings.from_environment(), load_challenge(target)
    version = (
        find_version(loaded.name, version_id, settings)
        if version_id
        else current_version(loaded.name, settings)
    )
    if version is None:
        hint = f"see outclass data list, or: outclass collect {target}"
        raise NotFoundError("there is no such data", where=loaded.name, got=version_id, hint=hint)
    with progress_bars(quiet=json) as progress:
        file = build_database(version, loaded, settings, progress)
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, to)
    if json:
        print_json({"path": to or file.path, "document": file.document})
    else:
        say(f"{loaded.name} {file.version}: {file.rows['objects']:,} objects in {to or file.path}")


@group.command()
def bundle(  # noqa: PLR0913, PLR0917 - typer makes options of them
    challenge: ChallengeName,
    to: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="File to write; also .tar.")],
    without_data: Annotated[bool, typer.Option("--without-data", help="Leave the data out.")] = False,
    without_models: Annotated[bool, typer.Option("--without-models", help="Leave the models out.")] = False,
    without_database: Annotated[
        bool, typer.Option("--without-database", help="Leave the data file out, which can be made anew.")
    ] = False,
    with_source: Annotated[
        bool,
        typer.Option(
            "--with-source",
            help="Everything, with the original files and the answers of the game: to move a project.",
        ),
    ] = False,
    licence: Licence = "",
    licence_url: LicenceUrl = "",
    json: Json = False,
) -> None:
    """Write challenge, data, models, cards and data file to one archive; the same project, the same bytes.

    What the licence does not let be passed on stays behind and is told of, as are objects that are played.
    """
    options = BundleOptions(
        with_data=not without_data,
        with_models=not without_models,
        with_database=not without_database,
        with_source=with_source,
        licence=licence,
        licence_url=licence_url,
    )
    with progress_bars(quiet=json) as progress:
        made = write_bundle(load_challenge(challenge), Settings.from_environment(), to, options, progress)
    document = made.document
    if json:
        print_json({"path": made.path, "sha256": made.sha256, "bundle": document})
        return
    size = made.path.stat().st_size / 1e6
    say(f"wrote {len(document.files):,} files to {to}, {size:,.1f} MB, sha256 {made.sha256}")
    for reason, count in document.left_out.items():
        say(f"left out: {count:,} objects, {reason}")
    if document.answers:
        say("it holds the answers of the game: it is for moving the project, not for others")


@group.command()
def table(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of an upload: HOME/challenges/NAME.")
    ],
    json: Json = False,
) -> None:
    """Show an uploaded table without a label as a data site, at /data/NAME."""
    with progress_bars(quiet=json) as progress:
        made = publish_table(folder, Settings.from_environment(), progress)
    if json:
        print_json({"name": folder.name, "rows": made.rows, "sha256": made.sha256})
    else:
        say(f"{folder.name}: {made.rows:,} rows, at /data/{folder.name}")


@group.command()
def games(challenge: ChallengeName, json: Json = False) -> None:
    """Make the data file of a challenge's games: bets on retired objects, and who is ahead, without names.

    Players are random numbers that change each time.
    """
    document = publish_games(load_challenge(challenge), Settings.from_environment())
    if json:
        print_json(document)
    else:
        sizes = ", ".join(f"{count:,} {table}" for table, count in document.rows.items())
        say(f"{document.name}: {sizes}")


@group.command()
def retire(
    challenge: ChallengeName,
    objects: Annotated[
        list[str] | None, typer.Argument(metavar="OBJECT...", help="Their ids; see --all.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All objects that are played.")] = False,
    json: Json = False,
) -> None:
    """Play some objects no more, so that what they are may be published; there is no way back.

    A running site takes note when it is started again.
    """
    settings, name = Settings.from_environment(), load_challenge(challenge).name
    version = current_version(name, settings)
    played = () if version is None else version.ids("game")
    wanted = list(played) if everything else list(objects or ())
    if not wanted:
        raise InputError("nothing says which objects", accepted="ids of objects, or --all")
    if unknown := sorted(set(wanted) - set(played)):
        raise NotFoundError("this object is not played", where=name, got=unknown[0])
    done = retire_objects(name, wanted, settings)
    if json:
        print_json({"challenge": name, "retired": sorted(done)})
    else:
        say(f"{name}: {len(done):,} objects are retired")


add_targets(group)
