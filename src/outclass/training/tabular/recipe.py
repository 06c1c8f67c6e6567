"""What can be set about a model of tables."""

from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document


class Recipe(Document, frozen=True, kw_only=True):
    """The parameters of a model of tables."""

    seconds: Annotated[
        float, Meta(ge=1.0, le=86400.0, description="for learning in all; what is best by then is taken")
    ] = 60.0
    trials: Annotated[
        int, Meta(ge=0, le=10000, description="most settings of boosted trees that are tried; 0: no trees")
    ] = 60
    folds: Annotated[
        int, Meta(ge=0, le=20, description="for comparing, calibration and honest advice; 0: 10 for few rows")
    ] = 0
    average: Annotated[bool, Meta(description="whether several models may answer together")] = True
