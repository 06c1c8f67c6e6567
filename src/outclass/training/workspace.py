"""The folder of one run, and what its steps share."""

import time
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.errors import DataError
from outclass.base.progress import Progress
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge, InputKind, ModelDeclaration
from outclass.catalog.hooks import load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.versions import DatasetVersion
from outclass.registry.files import BACKBONE
from outclass.registry.runs import RunRecord, RunStore
from outclass.registry.version import ModelVersion
from outclass.training.calibrate import Calibration
from outclass.training.data import Outputs, TrainingData, join_outputs
from outclass.training.estimator import (
    CrossFitted,
    Estimator,
    ModelHook,
    OwnBackbone,
    Tell,
    TextEstimator,
    model_hook,
)
from outclass.training.photos.embedding import embed_photos
from outclass.training.plan import RunPlan
from outclass.training.rows import ModelRows, as_asked
from outclass.training.split import (
    WHOLE,
    photos_of,
    read_inputs,
    read_side,
    read_training_data,
    rows_name,
)

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
        name = rows_name(self.plan.data_version, self.plan.features)
        return self.runs.folder(self.plan.challenge, name)

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

    @property
    def challenge(self) -> Challenge:
        """Return what is declared."""
        return self.loaded.challenge

    @property
    def name(self) -> str:
        """Return the name under which the model is registered."""
        return self.challenge.registered_name(self.plan.model)

    @property
    def declared(self) -> ModelDeclaration:
        """Return what the challenge says of the model."""
        return self.challenge.models[self.plan.model]

    @property
    def members(self) -> tuple[ModelVersion, ...]:
        """Return the versions of which the model is made, if it is an ensemble."""
        return ()

    @property
    def simulated(self) -> bool:
        """Tell whether the objects are those of the challenge's simulator."""
        return self.version.document.sample

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Return the names of a row's columns, where rows are made of features."""
        if self.challenge.input.kind is not InputKind.SERIES:
            return ()
        return load_features(self.loaded).names(self.challenge.input)

    @cached_property
    def hook(self) -> ModelHook:
        """Return the challenge's model code."""
        return model_hook(self.loaded)

    @cached_property
    def data(self) -> TrainingData:
        """Return the rows to learn from."""
        return read_training_data(
            self.rows_folder,
            challenge=self.challenge,
            data_version=self.plan.data_version,
            version=self.version,
        )

    def write_model(self, folder: Path) -> None:
        """Write the model's own file."""
        if self.challenge.input.kind is InputKind.TEXT:
            cast(TextEstimator, self.estimator).export_json(folder / "model.json")
            return
        self.estimator.export_onnx(folder / "model.onnx")
        if isinstance(self.estimator, OwnBackbone):
            self.estimator.export_backbone(folder / BACKBONE)

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

    def outputs(self, side: str) -> tuple[Outputs, NDArray[np.int64]]:
        """Return what the estimator says of one side of the split, and the truth."""
        return self.estimator.predict(self.asked(side)), read_side(self.rows_folder, side).targets

    def asked(self, side: str, nights: int = WHOLE, most: int | None = None) -> ModelRows:
        """Return the rows of one side as the estimator is asked about them.

        Parameters
        ----------
        most
            No more than so many, the first ones.
        """
        estimator = self.estimator
        if not isinstance(estimator, OwnBackbone):
            return as_asked(read_inputs(self.rows_folder, side, nights)[:most])
        photos = photos_of(self.version, side)
        assert photos is not None
        return embed_photos(
            photos.take(np.arange(len(photos))[:most]),
            estimator.tuned_backbone(),
            settings=self.settings,
            limits=self.challenge.limits,
            progress=self.progress,
            step=f"photos of {side}",
        )

    @property
    def cross_fitted(self) -> bool:
        """Tell whether there are answers for the training rows by models that did not see them."""
        return isinstance(self.estimator, CrossFitted)

    def unseen(self, side: str, nights: int = WHOLE) -> Outputs:
        """Return answers for one side of the split, each by a model that learned from no row of its group.

        Parameters
        ----------
        side
            "train" as well, where the model is cross-fitted.
        nights
            After how many nights the series are looked at.
        """
        rows, estimator = self.asked(side, nights), self.estimator
        if not isinstance(estimator, CrossFitted):
            return estimator.predict(rows)
        return estimator.out_of_fold(rows, read_side(self.rows_folder, side).groups)

    def chosen_by(self, nights: int = WHOLE) -> tuple[Outputs, NDArray[np.int64]]:
        """Return the answers by which temperature and thresholds are chosen, and the truth.

        They are those for the validation rows and, where there are such, out-of-fold ones for the training
        rows.
        """
        sides = self.chosen_sides
        targets = [read_side(self.rows_folder, side).targets for side in sides]
        return join_outputs([self.unseen(side, nights) for side in sides]), np.concatenate(targets)

    @property
    def chosen_sides(self) -> tuple[str, ...]:
        """Return the sides whose rows are chosen by."""
        return ("train", "validation") if self.cross_fitted else ("validation",)

    @property
    def chosen_groups(self) -> tuple[str, ...]:
        """Return what each row that is chosen by stays together with."""
        return tuple(
            group for side in self.chosen_sides for group in read_side(self.rows_folder, side).groups
        )

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
