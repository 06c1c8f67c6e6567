"""What a `challenge.yaml` declares. Validator, JSON Schema and reference come from these types."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from outclass.base.document import Document
from outclass.base.limits import Limits

Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="lower case letters, digits, hyphens")
]
Text = Annotated[str, Meta(min_length=1)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
PositiveNumber = Annotated[float, Meta(gt=0.0)]
Color = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$", description="a color as #rrggbb")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Md5 = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]


class InputKind(StrEnum):
    """What one object is."""

    DRAWING = "drawing"
    PHOTO = "photo"
    SERIES = "series"
    TEXT = "text"
    TABLE = "table"


class InputDeclaration(Document, frozen=True, kw_only=True):
    """The kind of input; `size` is the side of a square picture in pixels."""

    kind: InputKind
    size: Annotated[int, Meta(ge=8, le=1024)] = 28


class ClassLabel(Document, frozen=True, kw_only=True):
    """One possible answer."""

    name: Text
    title: Text
    description: str = ""
    story: str = ""
    link: str = ""
    weight: PositiveNumber = 1.0
    facts: dict[str, str] = {}


class FileDeclaration(Document, frozen=True, kw_only=True):
    """A file to download; checksums are of the decompressed content."""

    url: Text
    path: Annotated[str, Meta(description="where it lies in a mirror, relative to the mirror's root")]
    sha256: Sha256 | None = None
    md5: Md5 | None = None


class SourceDeclaration(Document, frozen=True, kw_only=True):
    """Where the objects come from: the kind of reader and its files by role."""

    kind: Name
    files: dict[str, FileDeclaration] = {}
    options: dict[str, str | int | float | bool] = {}


class DatasetDeclaration(Document, frozen=True, kw_only=True):
    """The data set and the terms under which it may be used.

    `sample` names the embedded stand-in, made by the challenge's `simulate.py`, that is used until real
    data is collected.
    """

    title: Text
    source: SourceDeclaration
    licence: Text
    licence_url: str = ""
    citation: Text
    homepage: str = ""
    notes: str = ""
    sample: Annotated[
        str, Meta(description="one sentence on the embedded sample, shown wherever it is used")
    ] = ""
    sample_licence: str = ""


class SplitDeclaration(Document, frozen=True, kw_only=True):
    """Shares of the split. An object goes by a hash of its group and the salt: it never changes sides."""

    salt: Name
    train: Share = 0.925
    validation: Share = 0.05
    holdout: Share = 0.0
    game: Share = 0.025


class ModelDeclaration(Document, frozen=True, kw_only=True):
    """One candidate: parameters go to `build` in the challenge's `model.py`."""

    title: Text
    description: str = ""
    parameters: dict[str, str | int | float | bool] = {}
    recipes: Annotated[
        dict[Name, dict[str, str | int | float | bool]],
        Meta(description="named changes to the parameters, chosen by `train --recipe NAME`"),
    ] = {}


class PayoutScale(StrEnum):
    """How payouts are set: fair odds less the house edge, or the table of the first site by rank."""

    FAIR = "fair"
    HISTORIC = "historic"


class GameDeclaration(Document, frozen=True, kw_only=True):
    """The rules of the game.

    `tempering` is the exponent on class shares from which rounds are dealt: 1 deals as the data is,
    0 deals all classes alike.
    """

    rounds: Annotated[int, Meta(ge=1, le=50, description="objects in one deal")] = 10
    stake: Annotated[int, Meta(ge=1, le=10_000, description="dollars bet on each object")] = 100
    edge: Annotated[float, Meta(ge=0.0, lt=1.0, description="share kept by the house")] = 0.05
    tempering: Share = 0.5
    scale: PayoutScale = PayoutScale.FAIR
    minimum_rounds: Annotated[int, Meta(ge=1, description="rounds before a player is ranked")] = 10


class Expectation(Document, frozen=True, kw_only=True):
    """What a model must reach to be promoted; `outclass check` and the gate enforce it."""

    accuracy: Share | None = None
    log_loss: PositiveNumber | None = None
    worst_class_recall: Share | None = None
    ece: Share | None = None
    outlier_auroc: Share | None = None
    latency_ms: PositiveNumber | None = None
    bytes: Annotated[int, Meta(ge=1)] | None = None


class Metric(StrEnum):
    """The score by which candidates are compared on the validation split."""

    ACCURACY = "accuracy"
    LOG_LOSS = "log_loss"
    MACRO_RECALL = "macro_recall"


class Challenge(Document, frozen=True, kw_only=True):
    """A parsed and valid challenge."""

    name: Name
    title: Text
    question: Text
    summary: Text
    accent: Color
    input: InputDeclaration
    classes: Annotated[tuple[ClassLabel, ...], Meta(min_length=2)]
    dataset: DatasetDeclaration
    split: SplitDeclaration
    models: Annotated[dict[Name, ModelDeclaration], Meta(min_length=1)]
    advisers: Annotated[tuple[Name, ...], Meta(min_length=1)]
    champion: Name
    metric: Metric = Metric.ACCURACY
    game: GameDeclaration = msgspec.field(default_factory=GameDeclaration)
    limits: Limits = msgspec.field(default_factory=Limits)
    expect: Expectation = msgspec.field(default_factory=Expectation)
    limitations: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the names of the classes, in order of declaration."""
        return tuple(label.name for label in self.classes)
