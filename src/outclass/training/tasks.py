"""The seam to Luigi: tasks that work on an object, targets that appear whole, a silent local run."""

import logging
import warnings
from pathlib import Path
from typing import TypeVar

with warnings.catch_warnings():
    # Luigi warns of its own defaults when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi
    from luigi import Task
    from luigi.task_register import Register as TaskClasses

__all__ = ["Task", "There", "ValueParameter", "build"]

T = TypeVar("T")


class ValueParameter(luigi.Parameter[T]):
    """Hands an object to a task; it is shown by its name."""

    def serialize(self, value: T) -> str:
        """Return the object's name."""
        return str(value)

    def _warn_on_wrong_param_type(self, name: str, value: object) -> None:
        """Say nothing: this parameter is no text on purpose."""


class There(luigi.Target):
    """A file or folder that is put in place whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Tell whether it is there."""
        return self.path.exists()


def build(task: luigi.Task, workers: int = 1) -> None:
    """Let Luigi do a task and what it needs; errors of tasks are kept by what they work on.

    With several workers each task runs in a process of its own.
    """
    configuration = luigi.configuration.get_config()  # type: ignore[no-untyped-call]
    configuration.set("core", "no_configure_logging", "true")
    for name in ("luigi", "luigi-interface", "luigi.scheduler"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        luigi.build([task], local_scheduler=True, workers=workers)  # type: ignore[no-untyped-call]
    finally:
        TaskClasses.clear_instance_cache()  # type: ignore[no-untyped-call]
