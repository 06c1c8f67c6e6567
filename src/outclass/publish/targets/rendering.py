"""Files that targets write from their own: `{{name}}` is replaced, all else stays as it is."""

import importlib.resources
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from outclass.base.errors import InputError

TEMPLATE = ".template"
"""Ends the name of a file that tools would take for one of ours."""
PLACE = re.compile(r"\{\{(\w+)\}\}")
PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=~-]*")
"""What a value may be: nothing that a shell, a configuration or a manifest would read as more than a word."""


def render(target: str, values: Mapping[str, str | int], into: Path, written: Collection[str] = ()) -> None:
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
    for name, value in values.items():
        if name not in written and not PLAIN.fullmatch(str(value)):
            raise InputError(
                "this value would not stay one word in a configuration",
                where=f"--{name.replace('_', '-')}",
                got=value,
                accepted="letters, digits and _ . / : @ % + , = ~ -",
            )
    folder = importlib.resources.files("outclass.publish.targets") / "files" / target
    for file in folder.iterdir():
        if file.is_file():
            text = PLACE.sub(lambda place: str(values[place[1]]), file.read_text(encoding="utf-8"))
            (into / file.name.removesuffix(TEMPLATE)).write_text(text, encoding="utf-8", newline="\n")
