"""A model version: an immutable folder of a model, its signature, its card and a manifest of hashes."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.catalog.challenge import InputDeclaration

SIGNATURE_FORMAT = 1


class PredictionSetMethod(StrEnum):
    """How the prediction set is formed from calibrated probabilities."""

    CUMULATIVE = "cumulative"
    THRESHOLD = "threshold"


class PredictionSet(Document, frozen=True, kw_only=True):
    """A conformal set, which holds the truth with the declared coverage.

    It holds classes by falling probability until their sum reaches `quantile` (`cumulative`), or each class
    whose probability is at least 1 less `quantile` (`threshold`); the latter may be none, and then no answer
    is given.
    """

    method: PredictionSetMethod = PredictionSetMethod.CUMULATIVE
    coverage: float
    quantile: float


class Abstention(Document, frozen=True, kw_only=True):
    """When no answer is given.

    `outlier` is compared with the model's output of that name (above it: not of these classes);
    `confidence` with the largest calibrated probability (below it: undecided).
    """

    outlier: float | None = None
    confidence: float = 0.0


class Signature(Document, frozen=True, kw_only=True):
    """Everything that serving needs to know of a model besides its weights.

    The model reads one tensor `input_name`, shape `[n, *shape]`, float32, and gives `logits` `[n, classes]`
    and, if `outlier_name` is set, an outlier score `[n]`. Probabilities are softmax(logits / temperature)
    under `prior` (the class shares that the calibration holds for).
    """

    format: Annotated[int, Meta(ge=1, le=SIGNATURE_FORMAT)] = SIGNATURE_FORMAT
    challenge: str
    name: str
    input: InputDeclaration
    input_name: str
    shape: tuple[int, ...]
    logits_name: str = "logits"
    outlier_name: str | None = None
    classes: tuple[str, ...]
    prior: tuple[float, ...]
    temperature: Annotated[float, Meta(gt=0.0)] = 1.0
    abstention: Abstention
    prediction_set: PredictionSet
    features: Annotated[
        tuple[str, ...], Meta(description="names of the columns of a row, where it is made of features")
    ] = ()
    features_sha256: Annotated[
        str | None,
        Meta(
            description="hash of the code that makes the features, of photos of the backbone and the code "
            "that makes views; serving refuses another"
        ),
    ] = None
    groups: Annotated[
        dict[str, tuple[str, ...]],
        Meta(description="the classes of each group that an answer may fall back on"),
    ] = {}
    background: Annotated[
        tuple[tuple[float | None, ...], ...],
        Meta(
            description="typical rows that a record is compared with to tell what each of its columns does; "
            "made column by column from quantiles, so that none of them is a row of the data"
        ),
    ] = ()
    canary: Annotated[
        tuple[float, ...], Meta(description="expected probabilities of the canary input (all zeros)")
    ]


class Pinned(Document, frozen=True, kw_only=True):
    """A member of an ensemble, named for ever: its id is the beginning of its manifest's hash."""

    name: str
    id: str
    manifest_sha256: str

    @property
    def reference(self) -> str:
        """Return `name@id`."""
        return f"{self.name}@{self.id}"


class EnsembleDocument(Document, frozen=True, kw_only=True):
    """The `ensemble.json` of a version that is made of others.

    Its probabilities are the geometric mean of its members' calibrated ones, made to sum to 1.
    """

    geometric_mean: Annotated[tuple[Pinned, ...], Meta(min_length=2)]


class Manifest(Document, frozen=True, kw_only=True):
    """The files of a version with their hashes; its own hash is the version's id.

    `lineage` names the data version, seed, run and parameters; `scores` the measured figures.
    """

    challenge: str
    name: str
    created: str
    files: dict[str, str]
    sizes: dict[str, int]
    lineage: dict[str, str]
    scores: dict[str, float]

    def measured(self, score: str) -> float | None:
        """Return a score of the hold-out, by which nothing was chosen, else of the validation rows."""
        return self.scores.get(f"holdout_{score}", self.scores.get(score))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A version as it lies on disk.

    `id` is the first 12 hexadecimal digits of the sha256 of `manifest.json`; `reference` is `name@id`;
    `members` are the versions of which an ensemble is made.
    """

    id: str
    folder: Path
    manifest: Manifest
    signature: Signature
    members: "tuple[ModelVersion, ...]" = ()

    @property
    def name(self) -> str:
        """Return the model's name, such as `digits` or `stars.boone`."""
        return self.manifest.name

    @property
    def reference(self) -> str:
        """Return `name@id`, which names this version for ever."""
        return f"{self.manifest.name}@{self.id}"
