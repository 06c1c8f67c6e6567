"""What the environment decides: where state lives and which services are used."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from outclass.base.errors import InputError

PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's settings.

    Attributes
    ----------
    home
        Folder of all state: `data/`, `models/`, `runs/`, `site.sqlite3`, `log/`, `secret.key`.
    database_url
        `sqlite:///PATH` or `postgresql://...`; never shown in logs, as it may hold a password.
    mirror
        Folder or URL that replaces the original hosts of downloads.
    secret_file
        File of the installation's secret, where it is not `secret.key` of the home folder.
    prefix
        What the path of every address begins with, such as `/outclass`; empty where nothing does.
    experimenter
        Who trains here, as the leaderboard of experiments calls them; the name of the account by default.
    """

    home: Path
    database_url: str
    mirror: str | None = None
    secret_file: Path | None = None
    experimenter: str | None = None
    prefix: str = ""

    @property
    def data_folder(self) -> Path:
        """Return the folder of the data-set versions."""
        return self.home / "data"

    @property
    def models_folder(self) -> Path:
        """Return the folder of the registry."""
        return self.home / "models"

    @property
    def runs_folder(self) -> Path:
        """Return the folder of the run records and of the pipeline's working state."""
        return self.home / "runs"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read `OUTCLASS_HOME`, `DATABASE_URL` or `DATABASE_URL_FILE`, and the others.

        Raises
        ------
        InputError
            The database is of a kind that is not supported, or the file with its address cannot be read.
        """
        env = os.environ if environ is None else environ
        home = find_home(env)
        url = (
            env.get("DATABASE_URL")
            or read_mounted(env.get("DATABASE_URL_FILE"))
            or f"sqlite:///{(home / 'site.sqlite3').as_posix()}"
        )
        if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise InputError(
                "this database is not supported",
                where="DATABASE_URL",
                got=url.split(":", 1)[0] + ":...",
                accepted="sqlite:///PATH or postgresql://USER@HOST/NAME",
            )
        return cls(
            home=home,
            database_url=url,
            mirror=env.get("OUTCLASS_MIRROR") or None,
            secret_file=Path(named) if (named := env.get("OUTCLASS_SECRET_FILE")) else None,
            experimenter=env.get("OUTCLASS_EXPERIMENTER") or None,
            prefix=read_prefix(env.get("OUTCLASS_PREFIX")),
        )


def read_prefix(value: str | None) -> str:
    """Return the beginning of every path, without a slash at its end.

    >>> read_prefix("/outclass/"), read_prefix("/")
    ('/outclass', '')
    """
    prefix = (value or "").rstrip("/")
    if prefix and not PREFIX.fullmatch(prefix):
        raise InputError(
            "this is no beginning of a path",
            where="OUTCLASS_PREFIX",
            got=value,
            accepted="/NAME or /NAME/NAME of letters, digits, `-`, `_`, `.` and `~`",
        )
    return prefix


def read_mounted(path: str | None) -> str | None:
    """Return what a mounted file says, where one is named."""
    if not path:
        return None
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "this file cannot be read", where="DATABASE_URL_FILE", got=f"{path}: {type(error).__name__}"
        ) from None


def find_home(environ: Mapping[str, str]) -> Path:
    """Return OUTCLASS_HOME, else `.outclass` of a project here, else the user's data folder.

    A folder is a project when it holds `.outclass`, a `challenges` folder or a `challenge.yaml`.
    """
    if named := environ.get("OUTCLASS_HOME"):
        return Path(named).expanduser().resolve()
    here = Path.cwd()
    if any((here / name).exists() for name in (".outclass", "challenges", "challenge.yaml")):
        return here / ".outclass"
    return Path(platformdirs.user_data_dir("outclass", appauthor=False))
