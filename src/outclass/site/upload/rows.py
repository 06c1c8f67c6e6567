"""What pages show of uploads and their jobs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from outclass.base.jobs import Job, JobState
from outclass.base.settings import Settings
from outclass.catalog.loader import FILE_NAME
from outclass.catalog.uploads import Upload, uploads_folder
from outclass.registry.store import Registry
from outclass.site.upload.making import jobs

SITE = "site.json"
"""Of a data site that is shown; see `outclass.publish.data_site.shelf`."""
STATES = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "learning",
    JobState.DONE: "ready",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "stopped",
}
STEPS = {
    "collect": "Reading and cleaning the rows",
    "read": "Reading the rows",
    "split": "Laying out the rows",
    "fit": "Learning",
    "calibrate": "Making the probabilities honest",
    "evaluate": "Measuring on rows that were not learned from",
    "export": "Writing the model, and comparing its answers",
    "register": "Keeping the model",
    "build": "Making the data site",
    "gate": "Asking whether it may answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow:
    """An upload as a page shows it.

    Attributes
    ----------
    playable
        Whether it has a model.
    is_table, shown
        Whether it is a table without a label, and is to be seen as a data site.
    """

    name: str
    upload: Upload
    job: Job | None
    playable: bool
    is_table: bool = False
    shown: bool = False

    @property
    def active(self) -> bool:
        """Tell whether a job is at work on it."""
        return self.job is not None and self.job.active

    @property
    def state(self) -> str:
        """Return how far it is, in a word."""
        return "ready" if self.job is None else STATES[self.job.state]

    @property
    def step(self) -> str:
        """Return what is being done."""
        if self.job is None or not self.job.step:
            return "Waiting for its turn"
        return STEPS.get(self.job.step, self.job.step.capitalize())

    @property
    def percent(self) -> int | None:
        """Return how much of the step is done, None where that is not known."""
        share = None if self.job is None else self.job.progress
        return None if share is None else round(100 * min(max(share, 0.0), 1.0))

    @property
    def created(self) -> datetime:
        """Return when it was sent."""
        return datetime.fromtimestamp(self.upload.created, UTC)

    @property
    def stopping(self) -> bool:
        """Tell whether somebody asked to stop its job."""
        return self.active and self.job is not None and self.job.cancel_at is not None


def upload_row(settings: Settings, name: str, upload: Upload) -> UploadRow:
    """Return an upload as a page shows it."""
    is_table = not (uploads_folder(settings.home) / name / FILE_NAME).is_file()
    return UploadRow(
        name=name,
        upload=upload,
        job=jobs().latest(name),
        playable=not is_table and Registry(settings).aliases(name).champion is not None,
        is_table=is_table,
        shown=is_table and (settings.home / "published" / name / SITE).is_file(),
    )
