"""`outclass user`: people, their passwords and API keys. A password never stands on the command line."""

import getpass
import os
import sys
from typing import Annotated

import typer

from outclass.base.errors import InputError
from outclass.base.keys import OWN_SCOPES, REQUESTS_PER_DAY, Scope, create_key
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.cli.output import Json, print_json, print_table, say
from outclass.site.people import create_user, find_user, list_users, set_password

group = typer.Typer(no_args_is_help=True)

PASSWORD_VARIABLE = "OUTCLASS_PASSWORD"  # noqa: S105 - the name of a variable
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]


@group.command()
def create(
    name: Name,
    staff: Annotated[bool, typer.Option("--staff", help="May use the admin pages.")] = False,
    json: Json = False,
) -> None:
    """Make an account; the password comes from the terminal, OUTCLASS_PASSWORD or standard input."""
    create_user(Settings.from_environment(), name, read_password(), staff=staff)
    report({"user": name, "staff": staff}, f"{name} can log in now", json=json)


@group.command()
def password(name: Name, json: Json = False) -> None:
    """Set a new password, read as for `create`."""
    set_password(Settings.from_environment(), name, read_password())
    report({"user": name}, f"{name} has a new password", json=json)


@group.command("list")
def show_all(json: Json = False) -> None:
    """List the accounts."""
    users = list_users(Settings.from_environment())
    if json:
        print_json(users)
    else:
        rows = ((user.name, user.staff, user.active, user.joined) for user in users)
        print_table(("name", "staff", "may log in", "joined"), rows, empty="no account yet")


@group.command()
def key(
    name: Name,
    label: Annotated[str, typer.Option(help="What the key is for.")] = "command line",
    scope: Annotated[list[Scope] | None, typer.Option(help="What it may do; not ingest by default.")] = None,
    per_day: Annotated[int, typer.Option(min=1, help="Requests a day.")] = REQUESTS_PER_DAY,
    json: Json = False,
) -> None:
    """Make an API key for an account; its text is shown once and kept nowhere."""
    settings = Settings.from_environment()
    owner = find_user(settings, name)
    db = Database.connect(settings.database_url)
    record, text = create_key(
        db, owner_id=owner.id, name=label, scopes=scope or OWN_SCOPES, requests_per_day=per_day
    )
    report({"id": record.id, "key": text, "scopes": record.scopes}, text, json=json)


def read_password() -> str:
    """Read a password from OUTCLASS_PASSWORD, standard input, or the terminal without showing it."""
    if given := os.environ.get(PASSWORD_VARIABLE):
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise InputError("the two passwords are not the same")
    return first


def report(values: dict[str, object], sentence: str, *, json: bool) -> None:
    """Print what was done."""
    if json:
        print_json(values)
    else:
        say(sentence)
