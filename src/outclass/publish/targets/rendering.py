"""Files that targets write from their own: `{{name}}` is replaced, all else stays as it is."""

import importlib.resources
import re
from collections.abc import Collection, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeAlias

from outclass.base.errors import InputError

Values: TypeAlias = Mapping[str, str | int]
TEMPLATE = ".template"
"""Ends the name of a file that tools would take for one of ours."""
PLACE = re.compile(r"\{\{(\w+)\}\}")
PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=~-]*")
"""What a value may be: nothing that a shell, a configuration or a manifest would read as more than a word."""


def render(target: str, values: Values, into: Path, written: Collection[str] = ()) -> None:
    """Write the files of a target, with values for their places.

    Parameters
    ----------
    written
        The values that the target made up itself, which may be more than a word.

    Raises
    ------
    InputError
        A value is no plain word.
    KeyError
        A place has no value, which is a fault of the target.
    """
    for file in folder_of(target).iterdir():
        if file.is_file():
            render_file(target, file.name, values, into / file.name.removesuffix(TEMPLATE), written)


def render_file(target: str, name: str, values: Values, to: Path, written: Collection[str] = ()) -> None:
    """Write one file of a target, as `render` does."""
    for key, value in values.items():
        if key not in written and not PLAIN.fullmatch(str(value)):
            raise InputError(
                "this value would not stay one word in a configuration",
                where=f"--{key.replace('_', '-')}",
                got=value,
                accepted="letters, digits and _ . / : @ % + , = ~ -",
            )
    text = (folder_of(target) / name).read_text(encoding="utf-8")
    to.write_text(PLACE.sub(lambda place: str(values[place[1]]), text), encoding="utf-8", newline="\n")


def folder_of(target: str) -> Traversable:
    """Return where the files of a target lie."""
    return importlib.resources.files("outclass.publish.targets") / "files" / target
