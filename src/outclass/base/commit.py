"""Which commit of the source this is: told by who built it, by the installer, or by the checkout itself."""

import os
import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import msgspec

VARIABLE = "OUTCLASS_COMMIT"
COMMIT = re.compile(r"[0-9a-f]{7,64}")
CHECKOUT = Path(__file__).resolve().parents[3]


@lru_cache(maxsize=1)
def current_commit() -> str | None:
    """Return the commit as a hexadecimal number, or None where nobody knows.

    In this order: `OUTCLASS_COMMIT`, which an image is built with; what the installer took down
    (PEP 610); the checkout that an editable install runs from.
    """
    found = (os.environ.get(VARIABLE, ""), _installed(), checked_out(CHECKOUT))
    return next((commit for commit in found if COMMIT.fullmatch(commit)), None)


def _installed() -> str:
    """Return the commit that the installer took the package from."""
    try:
        told = distribution("outclass").read_text("direct_url.json")
        origin = msgspec.json.decode(told or "{}", type=dict[str, object])
    except (PackageNotFoundError, msgspec.DecodeError):
        return ""
    source = origin.get("vcs_info")
    return str(source.get("commit_id", "")) if isinstance(source, dict) else ""


def checked_out(folder: Path) -> str:
    """Return the commit that a checkout is at; empty where it is none, or not to be read.

    Only files are read: no git is run, and none need be installed.
    """
    git = folder / ".git"
    try:
        if git.is_file():  # another worktree, or a submodule: the file names the folder
            git = folder / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref:"):
            return head
        name = head.removeprefix("ref:").strip()
        common = git / "commondir"
        shared = (git / common.read_text(encoding="utf-8").strip()) if common.is_file() else git
        return _loose(shared / name) or _packed(shared / "packed-refs", name)
    except (OSError, UnicodeDecodeError):
        return ""


def _loose(path: Path) -> str:
    """Return what a branch's own file names."""
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def _packed(path: Path, name: str) -> str:
    """Return what the list of packed branches names."""
    if not path.is_file():
        return ""
    lines = (line.split(" ") for line in path.read_text(encoding="utf-8").splitlines())
    return next((words[0] for words in lines if words[1:] == [name]), "")
