"""Write what was found as a commented `challenge.yaml`."""

import os
from collections.abc import Mapping
from pathlib import Path

from outclass.base.errors import ConflictError, OutclassError
from outclass.base.store import write_atomic
from outclass.catalog.recognizing.found import Found
from outclass.catalog.recognizing.names import name_of
from outclass.catalog.recognizing.salts import settle_split
from outclass.catalog.recognizing.sections import NOTES
from outclass.catalog.recognizing.yaml_text import yaml_of

__all__ = ["draft_text", "name_of", "source_of", "write_challenge"]

FILE = "challenge.yaml"
FROM = "# Drafted by `outclass new` from "
HEAD = (
    FROM
    + """{path}.
# Every key is described in docs/reference/challenge.md; after a change: outclass check {name}
# What was found:
{evidence}
"""
)


def draft_text(found: Found, name: str, folder: Path) -> str:
    """Return the `challenge.yaml` of what was found; paths are written as seen from its folder."""
    values: dict[str, object] = {"name": name}
    for key, value in found.draft.items():
        values[key] = placed(value, folder)
        if key == "split" and isinstance(value, Mapping):
            values[key] = {"salt": f"{name[:36]}-1", **value}
    told = [*found.evidence, *(f"DOUBT {doubt}" for doubt in found.doubts)]
    evidence = "\n".join(f"# - {line}" for line in told)
    head = HEAD.format(path=seen_from(found.path, folder), name=name, evidence=evidence)
    return head + "\n" + yaml_of(values, {**NOTES, **found.notes})


def placed(value: object, folder: Path) -> object:
    """Return values with the paths among them as they are seen from a folder."""
    if isinstance(value, Path):
        return seen_from(value, folder)
    if isinstance(value, Mapping):
        return {key: placed(one, folder) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [placed(one, folder) for one in value]
    return value


def seen_from(path: Path, folder: Path) -> str:
    """Return a path relative to the challenge where both lie in one project, else as it is."""
    if not path.is_absolute() and not path.exists():
        return path.as_posix()
    full, home = path.resolve(), folder.resolve()
    if full.is_relative_to(home.parent.parent):
        return Path(os.path.relpath(full, home)).as_posix()
    return full.as_posix()


def write_challenge(found: Found, name: str, folder: Path) -> Path:
    """Write `FOLDER/NAME/challenge.yaml` with the files that it reads where these must be converted.

    Returns
    -------
    Path
        The `challenge.yaml`, which the strict loader accepts.

    Raises
    ------
    ConflictError
        It is there already.
    RefusedDataError
        The data cannot be read as it was drafted.
    """
    home = folder / name
    target = home / FILE
    if target.exists():
        raise ConflictError(
            "there is a challenge of this name", where=str(target), got=name, hint="choose another name"
        )
    home.mkdir(parents=True, exist_ok=True)
    if found.prepare is not None:
        found.prepare(home)
    write_atomic(target, draft_text(found, name, home).encode())
    try:
        settle_split(target, found.objects)
    except OutclassError:
        target.unlink()
        raise
    return target


def source_of(path: Path) -> Path | None:
    """Return what a `challenge.yaml` was drafted from; None where it was written by hand."""
    with path.open(encoding="utf-8") as file:
        first = file.readline()
    if not first.startswith(FROM):
        return None
    return (path.parent / first.removeprefix(FROM).strip().removesuffix(".")).resolve()
