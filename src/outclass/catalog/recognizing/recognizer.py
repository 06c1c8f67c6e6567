"""Find out what a path holds."""

from pathlib import Path

from outclass.base.progress import Progress, no_progress
from outclass.catalog.recognizing.found import Choices, Found


def recognize(path: Path, choices: Choices | None = None, progress: Progress = no_progress) -> Found:
    """Look at a file or folder and draft the challenge that it makes.

    Raises
    ------
    NotFoundError
        There is no such path.
    RefusedDataError
        No challenge can be made of it; `id` says why.
    """
    raise NotImplementedError
