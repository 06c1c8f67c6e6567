"""What a `challenge.yaml` says of photos that are collected from iNaturalist."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.catalog.forms import ClassName, Count, Text

Taxon = Annotated[int, Meta(ge=1)]


class PhotoLicence(StrEnum):
    """The licences that iNaturalist knows, by its own names; all but CC0 are of version 4.0."""

    CC0 = "cc0"
    BY = "cc-by"
    BY_SA = "cc-by-sa"
    BY_NC = "cc-by-nc"
    BY_NC_SA = "cc-by-nc-sa"
    BY_ND = "cc-by-nd"
    BY_NC_ND = "cc-by-nc-nd"


class Quality(StrEnum):
    """How sure iNaturalist is of an observation."""

    RESEARCH = "research"
    NEEDS_ID = "needs_id"
    CASUAL = "casual"


class Agreement(StrEnum):
    """How identifications of an observation agree with its taxon."""

    MOST = "most_agree"
    SOME = "some_agree"
    LEAST = "most_disagree"


class PhotoSize(StrEnum):
    """How large photos are fetched: the longer side is at most 240, 500, 1024 or 2048 pixels."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    ORIGINAL = "original"


class Order(StrEnum):
    """Which observations come first."""

    OLDEST = "oldest"
    NEWEST = "newest"


class ObservationQuery(Document, frozen=True, kw_only=True):
    """Which photos of which observations are collected.

    An observation has the class of the most special of the taxa above it that are declared: a subspecies
    counts with its species.
    """

    taxa: Annotated[
        dict[ClassName, tuple[Taxon | Text, ...]],
        Meta(
            min_length=1,
            description="for each class the numbers of its taxa on iNaturalist, or scientific or common "
            "names; what is below a taxon belongs to it unless another class names it",
        ),
    ]
    places: Annotated[
        tuple[Taxon, ...],
        Meta(description="numbers of places on iNaturalist, such as 1 for the United States"),
    ] = ()
    quality: Annotated[
        tuple[Quality, ...], Meta(description="grades; animals that are kept are `casual` only")
    ] = (Quality.RESEARCH,)
    agreement: Annotated[
        Agreement | None, Meta(description="how identifications agree with the taxon; `null` asks for none")
    ] = Agreement.MOST
    licences: Annotated[
        tuple[PhotoLicence, ...],
        Meta(
            min_length=1,
            description="photos under other licences, or under none, are never fetched; models learn from "
            "parts of photos, so those that allow no derivatives are left out by default",
        ),
    ] = (PhotoLicence.CC0, PhotoLicence.BY, PhotoLicence.BY_SA, PhotoLicence.BY_NC, PhotoLicence.BY_NC_SA)
    per_class: Annotated[Count, Meta(description="photos of each class, at most")] = 500
    per_observation: Annotated[Count, Meta(description="photos of each observation, at most")] = 2
    bytes: Annotated[Count, Meta(description="all photos together, at most")] = 1_000_000_000
    size: Annotated[PhotoSize, Meta(description="how large photos are fetched")] = PhotoSize.MEDIUM
    order: Annotated[Order, Meta(description="which observations come first")] = Order.OLDEST
