"""A home folder of its own for each test, and a way to call the command line."""

from dataclasses import dataclass

import pytest

from outclass.base.settings import Settings
from outclass.cli.main import main


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Return the settings of an empty home; the working folder is empty, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCLASS_HOME", str(tmp_path / "home"))
    for name in ("DATABASE_URL", "OUTCLASS_MIRROR", "OUTCLASS_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return Settings.from_environment()


@pytest.fixture
def call(settings, capsys):
    """Return a function that runs `outclass WORDS` in this process."""

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code=ended.value.code, out=captured.out, err=captured.err)

    return run
