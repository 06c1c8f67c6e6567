"""The commit that the running code comes from."""

import os
import re
from pathlib import Path

HASH = re.compile(r"[0-9a-f]{7,64}")
VARIABLE = "OUTCLASS_COMMIT"


def commit(folder: Path, named: str | None = None) -> str | None:
    """Return the commit that `OUTCLASS_COMMIT` names, or the one of the checkout that a folder lies in.

    Parameters
    ----------
    named
        What the environment says; read there where nothing is given.
    """
    said = os.environ.get(VARIABLE, "") if named is None else named
    if HASH.fullmatch(said.strip()):
        return said.strip()
    for parent in folder.parents:
        if (parent / ".git").is_dir():
            return head_of(parent / ".git")
    return None


def head_of(git: Path) -> str | None:
    """Return the commit that a repository's HEAD means, read from its files."""
    try:
        head = (git / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref: "):
            return head if HASH.fullmatch(head) else None
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text("utf-8").strip()
        lines = (git / "packed-refs").read_text("utf-8").splitlines()
    except OSError:
        return None
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), None)
