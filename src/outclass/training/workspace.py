"""The folder of one run, and what its steps share."""

import time
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from outclass.base.document import Document
from outclass.base.errors import DataError
from outclass.base.progress import Progress
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.versions import DatasetVersion
from outclass.registry.runs import RunRecord, RunStore
from outclass.training.calibrate import Calibration
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Estimator, ModelHook, Tell, model_hook
from outclass.training.plan import RunPlan
from outclass.training.split import as_floats, read_side, read_training_data

DocumentT = TypeVar("DocumentT", bound=Document)


class Workspace:
    """One run at work: where its files lie, its estimator, its record.

    Parameters
    ----------
    loaded, settings
        The challenge, and where state lives.
    plan
        All that decides the outcome.
    version
        The data-set version that the plan names.
    device
        "auto", "cpu" or "cuda".
    progress
        Told what is being done.
    record
        The run's record so far; saved with each finished step.
    """

    def __init__(
        self,
        *,
        loaded: LoadedChallenge,
        settings: Settings,
        plan: RunPlan,
        version: DatasetVersion,
        device: str,
        progress: Progress,
        record: RunRecord,
    ) -> None:
        self.loaded = loaded
        self.settings = settings
        self.plan = plan
        self.version = version
        self.device = device
        self.progress = progress
        self.record = record
        self.runs = RunStore(settings)
        self.failure: BaseException | None = None

    def __str__(self) -> str:
        """Return the run's id."""
        return self.plan.run_id

    @property
    def folder(self) -> Path:
        """Return the run's folder."""
        return self.runs.folder(self.plan.challenge, self.plan.run_id)

    @property
    def rows_folder(self) -> Path:
        """Return the folder of the split's arrays, which all runs on one data version share."""
        return self.runs.folder(self.plan.challenge, f"rows-{self.plan.data_version}")

    @property
    def fit_folder(self) -> Path:
        """Return the folder in which the estimator keeps what it has learned."""
        return self.folder / "fit"

    def update(self, **changes: object) -> None:
        """Change the run's record and save it."""
        self.record = msgspec.structs.replace(self.record, **changes)
        self.runs.save(self.record)

    def add_seconds(self, step: str, started: float) -> None:
        """Add the time since `started` to a step's seconds."""
        total = self.record.seconds.get(step, 0.0) + time.monotonic() - started
        self.update(seconds={**self.record.seconds, step: round(total, 3)})

    @cached_property
    def hook(self) -> ModelHook:
        """Return the challenge's model code."""
        return model_hook(self.loaded)

    @cached_property
    def data(self) -> TrainingData:
        """Return the rows to learn from."""
        classes = self.loaded.challenge.class_names
        return read_training_data(self.rows_folder, classes=classes, data_version=self.plan.data_version)

    @cached_property
    def estimator(self) -> Estimator:
        """Return the fitted estimator; it learns only what it has not learned before."""
        estimator = self.hook.build(self.plan.parameters)
        self.fit_folder.mkdir(parents=True, exist_ok=True)
        estimator.fit(
            self.data,
            seed=self.plan.seed,
            folder=self.fit_folder,
            device=self.device,
            progress=self._tell("fit"),
        )
        return estimator

    def outputs(self, side: str) -> tuple[Outputs, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
        """Return what the estimator says of one side of the split, and the truth."""
        inputs, targets = read_side(self.rows_folder, side)
        return self.estimator.predict(as_floats(inputs)), targets

    def read(self, name: str, kind: type[DocumentT]) -> DocumentT:
        """Read a document that an earlier step wrote.

        Raises
        ------
        DataError
            If it is damaged.
        """
        path = self.folder / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except msgspec.DecodeError as error:
            raise DataError(
                "this file of the run is damaged",
                where=str(path),
                got=str(error),
                hint="remove it and train again: only what follows from it is repeated",
            ) from error

    @property
    def calibration(self) -> Calibration:
        """Return what the calibration step chose."""
        return self.read("calibration.json", Calibration)

    def _tell(self, step: str) -> Tell:
        """Return the estimator's way to tell how far it is."""

        def tell(share: float, text: str) -> None:
            self.progress(step, share, text)

        return tell
