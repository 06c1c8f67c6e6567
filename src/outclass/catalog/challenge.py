"""What a `challenge.yaml` declares. Validator, JSON Schema and reference come from these types."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from outclass.base.document import Document
from outclass.base.limits import Limits
from outclass.catalog.declared_bot import BotDeclaration
from outclass.catalog.declared_columns import InputColumn
from outclass.catalog.declared_data import DatasetDeclaration
from outclass.catalog.forms import (
    ClassName,
    Color,
    Line,
    Link,
    Name,
    Parameter,
    PositiveNumber,
    Share,
    Text,
)
from outclass.catalog.groups import ClassGroup, leaves_of
from outclass.inputs.columns import MAX_COLUMNS


class InputKind(StrEnum):
    """What one object is."""

    DRAWING = "drawing"
    PHOTO = "photo"
    SERIES = "series"
    TEXT = "text"
    TABLE = "table"


class Band(Document, frozen=True, kw_only=True):
    """One band of a series; inside, observations carry its place in the list."""

    name: Annotated[Line, Meta(description="what people read, such as `g`; requests may use it, too")]
    number: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="its number in data and requests; its place in the list by default"),
    ] = None
    wavelength: Annotated[PositiveNumber, Meta(description="effective wavelength, in Angstrom")]
    extinction: Annotated[
        float, Meta(ge=0.0, description="magnitudes of extinction per magnitude of E(B-V)")
    ] = 0.0


class InputDeclaration(Document, frozen=True, kw_only=True):
    """The kind of input."""

    kind: Annotated[InputKind, Meta(description="what one object is")]
    size: Annotated[int, Meta(ge=8, le=1024, description="side of a square picture, in pixels")] = 28
    bands: Annotated[
        tuple[Band, ...], Meta(max_length=64, description="the bands of a series, by their number from 0")
    ] = ()
    columns: Annotated[
        tuple[InputColumn, ...], Meta(max_length=MAX_COLUMNS, description="the columns of a table, in order")
    ] = ()

    @property
    def band_places(self) -> dict[int | str, int]:
        """Return the place of each band by its number and by its name."""
        places: dict[int | str, int] = {band.name: place for place, band in enumerate(self.bands)}
        for place, band in enumerate(self.bands):
            places[place if band.number is None else band.number] = place
        return places


class ClassLabel(Document, frozen=True, kw_only=True):
    """One possible answer."""

    name: Annotated[ClassName, Meta(description="the label as it stands in the data")]
    title: Annotated[Line, Meta(description="what people read")]
    description: Annotated[str, Meta(description="one line, shown on the odds board on demand")] = ""
    story: Annotated[str, Meta(description="a fact for the result page, in plain text")] = ""
    link: Annotated[Link, Meta(description="where to read more")] = ""
    weight: Annotated[PositiveNumber, Meta(description="weight of the class in the metric")] = 1.0
    facts: Annotated[dict[str, str], Meta(description="further facts by name, such as toxicity")] = {}
    share: Annotated[
        Share,
        Meta(description="share assumed for a class that no training data has, such as `none of these`"),
    ] = 0.0


class SplitDeclaration(Document, frozen=True, kw_only=True):
    """Shares of the split; they sum to 1.

    An object goes by a hash of its group and the salt: it never changes sides, whatever is added later.
    """

    salt: Annotated[Name, Meta(description="changed only to draw a wholly new split")]
    train: Annotated[Share, Meta(description="learned from")] = 0.925
    validation: Annotated[Share, Meta(description="chooses epochs, temperature, thresholds")] = 0.05
    holdout: Annotated[Share, Meta(description="never trained on, never played")] = 0.0
    game: Annotated[Share, Meta(description="played, never trained on")] = 0.025


class SearchRange(Document, frozen=True, kw_only=True):
    """Numbers from which `outclass search` takes a parameter."""

    low: Annotated[float, Meta(description="the least")]
    high: Annotated[float, Meta(description="the largest")]
    log: Annotated[bool, Meta(description="whether factors count rather than differences")] = False
    points: Annotated[int, Meta(ge=2, le=100, description="how many of them a grid has")] = 5


class ModelDeclaration(Document, frozen=True, kw_only=True):
    """One candidate."""

    title: Annotated[Line, Meta(description="what people read")]
    description: Annotated[str, Meta(description="one line on the kind of model")] = ""
    parameters: Annotated[
        dict[str, Parameter], Meta(description="given to `build` in the challenge's `model.py`")
    ] = {}
    recipes: Annotated[
        dict[Name, dict[str, Parameter]],
        Meta(description="named changes to the parameters, chosen by `train --recipe NAME`"),
    ] = {}
    search: Annotated[
        dict[Text, tuple[Parameter, ...] | SearchRange],
        Meta(description="what `outclass search` tries for a parameter: values, or a range"),
    ] = {}


class PayoutScale(StrEnum):
    """How payouts are set: fair odds less the house edge, or the table of the first site by rank."""

    FAIR = "fair"
    HISTORIC = "historic"


class EarlyBet(Document, frozen=True, kw_only=True):
    """A bet made on the first nights of a series only."""

    nights: Annotated[int, Meta(ge=1, description="how many nights of observations are shown")]
    multiplier: Annotated[float, Meta(ge=1.0, description="how much more is paid than with the whole series")]


class Words(Document, frozen=True, kw_only=True):
    """What the pages of a game call things."""

    object: Annotated[Line, Meta(description="one object")] = "object"
    deal: Annotated[Line, Meta(description="the button that deals, such as `Chase a star`")] = "New deal"
    history: Annotated[
        Line, Meta(description="over the list of a player's settled rounds, such as `Stars you chased`")
    ] = "Your rounds"


class GameDeclaration(Document, frozen=True, kw_only=True):
    """The rules of the game."""

    rounds: Annotated[int, Meta(ge=1, le=50, description="objects in one deal")] = 10
    stake: Annotated[int, Meta(ge=1, le=10_000, description="dollars bet on each object")] = 100
    edge: Annotated[float, Meta(ge=0.0, lt=1.0, description="share kept by the house")] = 0.05
    tempering: Annotated[
        Share,
        Meta(
            description="exponent on the class shares from which rounds are dealt: 1 deals as the data is, "
            "0 deals all classes alike"
        ),
    ] = 0.5
    scale: Annotated[
        PayoutScale, Meta(description="`fair`: odds less the edge; `historic`: a table by rank of rarity")
    ] = PayoutScale.FAIR
    minimum_rounds: Annotated[int, Meta(ge=1, description="rounds before a player is ranked")] = 10
    naming: Annotated[bool, Meta(description="whether players name the objects they bet on")] = False
    early: Annotated[
        tuple[EarlyBet, ...], Meta(description="bets that may be made before the whole series is shown")
    ] = ()
    words: Words = msgspec.field(default_factory=Words)


class AbstentionDeclaration(Document, frozen=True, kw_only=True):
    """What holds for abstaining, whatever a model's calibration comes to."""

    confidence: Annotated[
        Share, Meta(description="the least probability with which a class is ever named as the answer")
    ] = 0.0
    outliers: Annotated[
        bool,
        Meta(
            description="whether what is unlike all classes gets no answer; `false` where one of the classes "
            "means that it is none of the others"
        ),
    ] = True


class Expectation(Document, frozen=True, kw_only=True):
    """What a model must reach to be promoted; `outclass check` and the gate enforce it."""

    accuracy: Annotated[Share | None, Meta(description="at least")] = None
    log_loss: Annotated[PositiveNumber | None, Meta(description="at most, in nats")] = None
    flat_log_loss: Annotated[
        PositiveNumber | None, Meta(description="mean over classes of their log loss, at most, in nats")
    ] = None
    worst_class_recall: Annotated[Share | None, Meta(description="at least")] = None
    ece: Annotated[Share | None, Meta(description="expected calibration error, at most")] = None
    outlier_auroc: Annotated[
        Share | None, Meta(description="how well other things are told from the classes, at least")
    ] = None
    latency_ms: Annotated[
        PositiveNumber | None, Meta(description="one object on one core, in milliseconds, at most")
    ] = None
    bytes: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="size of the model, at most")] = None


class Metric(StrEnum):
    """The score by which candidates are compared on the validation split."""

    ACCURACY = "accuracy"
    LOG_LOSS = "log_loss"
    MACRO_RECALL = "macro_recall"
    WEIGHTED_LOG_LOSS = "weighted_log_loss"


class Ensemble(Document, frozen=True, kw_only=True):
    """A champion that is made of several models."""

    geometric_mean: Annotated[
        tuple[Name, ...], Meta(min_length=2, description="the models whose probabilities are multiplied")
    ]


class Challenge(Document, frozen=True, kw_only=True):
    """A parsed and valid challenge."""

    name: Annotated[Name, Meta(description="the name of its folder, in addresses and commands")]
    extends: Annotated[
        str, Meta(description="a challenge whose code is used where this folder has none of its own")
    ] = ""
    title: Annotated[Line, Meta(description="what people read")]
    question: Annotated[Line, Meta(description="what a player is asked")]
    summary: Annotated[Text, Meta(description="one or two sentences on what this is")]
    accent: Annotated[Color, Meta(description="color of its pages")]
    input: InputDeclaration
    warning: Annotated[
        str,
        Meta(description="where an answer may do harm: stands on every page, answer, post, export and card"),
    ] = ""
    classes: Annotated[tuple[ClassLabel, ...], Meta(min_length=2, max_length=1000)]
    groups: Annotated[
        tuple[ClassGroup, ...],
        Meta(
            max_length=1000,
            description="a tree over the classes; where no class is likely enough, a group of them may be",
        ),
    ] = ()
    dataset: DatasetDeclaration
    split: SplitDeclaration
    models: Annotated[dict[Name, ModelDeclaration], Meta(min_length=1, description="the candidates")]
    advisers: Annotated[
        tuple[Name, ...], Meta(min_length=1, description="models whose bets a player is shown")
    ]
    champion: Annotated[
        Name | Ensemble, Meta(description="the model that answers predictions, or those that answer together")
    ]
    metric: Annotated[
        Metric, Meta(description="the score by which candidates are compared on the validation split")
    ] = Metric.ACCURACY
    game: GameDeclaration = msgspec.field(default_factory=GameDeclaration)
    bot: Annotated[BotDeclaration | None, Meta(description="games that are played on social networks")] = None
    limits: Limits = msgspec.field(default_factory=Limits)
    abstention: AbstentionDeclaration = msgspec.field(default_factory=AbstentionDeclaration)
    expect: Expectation = msgspec.field(default_factory=Expectation)
    limitations: Annotated[
        tuple[str, ...], Meta(description="what the model cannot do, one sentence each; shown to users")
    ] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the names of the classes, in order of declaration."""
        return tuple(label.name for label in self.classes)

    @property
    def group_leaves(self) -> dict[str, frozenset[str]]:
        """Return the names of the classes that each group holds, through the groups within it."""
        return leaves_of(self.groups)

    @property
    def members(self) -> tuple[str, ...]:
        """Return the models of which the champion is made: one, or those of the ensemble."""
        return self.champion.geometric_mean if isinstance(self.champion, Ensemble) else (self.champion,)

    def registered_name(self, model: str) -> str:
        """Return the name under which one of `models` is registered: the challenge's own for its champion."""
        return self.name if model == self.champion else f"{self.name}.{model}"
