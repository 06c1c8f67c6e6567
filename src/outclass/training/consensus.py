"""The champion that is made of several: the geometric mean of its members' calibrated probabilities."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.base.document import to_json
from outclass.base.store import sha256_of_file
from outclass.catalog.challenge import ModelDeclaration
from outclass.inference.predictor import Predictor
from outclass.registry.advice import find_advice
from outclass.registry.files import ENSEMBLE, MANIFEST
from outclass.registry.store import Registry
from outclass.registry.version import EnsembleDocument, ModelVersion, Pinned
from outclass.training.data import Outputs
from outclass.training.estimator import Estimator, Tell
from outclass.training.plan import RunPlan
from outclass.training.split import WHOLE, read_side
from outclass.training.workspace import Workspace

MODEL = "consensus"
LEAST = 1e-30
IMPOSSIBLE = -1e9


class Consensus:
    """Answers as several registered models together; there is nothing to learn.

    Parameters
    ----------
    members
        Their predictors.

    Attributes
    ----------
    seconds_
        Time that the members took to learn.
    """

    def __init__(self, members: Sequence[Predictor]) -> None:
        self.members = tuple(members)
        scores = [member.version.manifest.scores for member in self.members]
        self.seconds_ = sum(each.get("fit_seconds", 0.0) for each in scores)

    def fit(self, data: object, *, seed: int, folder: Path, device: str, progress: Tell) -> None:
        """Do nothing: the members have learned."""

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for rows: the mean of the members' logarithms of calibrated probabilities."""
        rows = np.asarray(inputs, dtype=np.float32)
        chances = [member.scores(rows).probabilities for member in self.members]
        return Outputs(logits=mean_logarithm(chances))

    def export_onnx(self, path: Path) -> None:
        """Refuse: an ensemble is written as the list of its members."""
        raise NotImplementedError(path)


class ConsensusWorkspace(Workspace):
    """A run that joins registered models; its plan's parameters name them."""

    @property
    def name(self) -> str:
        """Return the challenge's own name."""
        return self.challenge.name

    @property
    def declared(self) -> ModelDeclaration:
        """Return what there is to say of it."""
        titles = [self.challenge.models[name].title for name in self.challenge.members]
        return ModelDeclaration(
            title="Consensus",
            description=f"The geometric mean of {' and '.join(titles)}: their probabilities are multiplied, "
            "the root is taken, and the result made to sum to 1.",
        )

    @cached_property
    def members(self) -> tuple[ModelVersion, ...]:
        """Return the versions that it joins."""
        registry = Registry(self.settings)
        return tuple(registry.get(str(reference)) for reference in self.plan.parameters.values())

    @cached_property
    def estimator(self) -> Estimator:
        """Return the members as one."""
        return Consensus([Predictor.load(member, self.loaded) for member in self.members])

    @property
    def cross_fitted(self) -> bool:
        """Tell whether all members bring answers for the training rows by models that did not see them."""
        return bool(self._advised("train", WHOLE))

    def unseen(self, side: str, nights: int = WHOLE) -> Outputs:
        """Return the geometric mean of what the members answer without having seen the objects."""
        advice = self._advised(side, nights)
        return Outputs(logits=mean_logarithm(advice)) if advice else super().unseen(side, nights)

    def write_model(self, folder: Path) -> None:
        """Write which members it has."""
        pinned = [
            Pinned(name=m.name, id=m.id, manifest_sha256=sha256_of_file(m.folder / MANIFEST))
            for m in self.members
        ]
        (folder / ENSEMBLE).write_bytes(to_json(EnsembleDocument(geometric_mean=tuple(pinned))))

    def _advised(self, side: str, nights: int) -> list[NDArray[np.float32]]:
        """Return each member's probabilities for one side, or nothing where one of them lacks an object."""
        ids = read_side(self.rows_folder, side).ids
        found = []
        for member in self.members:
            advice = find_advice(member, ids, data_version=self.plan.data_version, nights=nights)
            if len(advice) < len(ids) or not ids:
                return []
            found.append(np.stack([advice[name] for name in ids]))
        return found


def mean_logarithm(chances: Sequence[NDArray[np.floating[Any]]]) -> NDArray[np.float32]:
    """Return the mean of the logarithms of probabilities; what one of them rules out stays impossible."""
    logs = [np.where(one > LEAST, np.log(np.maximum(one, LEAST)), IMPOSSIBLE) for one in chances]
    return np.asarray(np.mean(logs, axis=0), dtype=np.float32)


def plan_consensus(members: Sequence[ModelVersion], plan: RunPlan) -> RunPlan:
    """Return the plan of the run that joins members, from that of one of their runs."""
    return RunPlan(
        challenge=plan.challenge,
        model=MODEL,
        recipe=plan.recipe,
        parameters={member.name: member.reference for member in members},
        seed=plan.seed,
        data_version=plan.data_version,
        features=plan.features,
    )
