"""Make data files in processes of their own, one after the other, so that whoever serves is not slowed."""

import asyncio
import os
import sys
from collections.abc import Sequence

from outclass.base.errors import OutclassError
from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.loader import load_challenge

NICENESS = 10
TIMEOUT_SECONDS = 3600
FAILED_LINES = 5


def build(name: str, settings: Settings) -> int:
    """Make the data file of a challenge's version in use; returns an exit code."""
    from outclass.publish.database.build import build_database  # noqa: PLC0415 - only this process builds

    loaded = load_challenge(name)
    version = current_version(name, settings)
    if version is not None:
        build_database(version, loaded, settings)
    return 0


class Builder:
    """Runs the builds that are wanted; one that failed is tried again when what it is made of changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failed: dict[str, tuple[object, str]] = {}
        self.building: str | None = None

    def why_failed(self, name: str) -> str | None:
        """Return what the build of a challenge said when it failed."""
        return self._failed[name][1] if name in self._failed else None

    async def run(self, names: Sequence[str], made_of: object) -> bool:
        """Build the first challenge that did not fail with this input; tells whether anything was done."""
        wanted = [name for name in names if name not in self._failed or self._failed[name][0] != made_of]
        if not wanted:
            return False
        self.building = wanted[0]
        try:
            code, said = await run_build(self.building, self._settings)
        finally:
            name, self.building = wanted[0], None
        if code:
            self._failed[name] = (made_of, said)
        else:
            self._failed.pop(name, None)
        return True


async def run_build(name: str, settings: Settings) -> tuple[int, str]:
    """Build in another process; returns its exit code and the last that it said."""
    environment = os.environ | {
        "OUTCLASS_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "OMP_NUM_THREADS": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        name,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), TIMEOUT_SECONDS)
    except (TimeoutError, asyncio.CancelledError):
        process.kill()
        await process.wait()
        raise
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return process.returncode or 0, "\n".join(lines[-FAILED_LINES:])


def main(words: Sequence[str]) -> int:
    """Build the data file of one challenge."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        return build(words[0], Settings.from_environment())
    except OutclassError as error:
        sys.stderr.write(f"{error.sentence()}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
