"""Load what the first visitor would wait for."""

import structlog

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import InputKind
from outclass.site.play.challenges import all_challenges
from outclass.site.play.examples import examples_of
from outclass.site.play.pool import pools

log = structlog.get_logger("outclass.site")


def warm() -> None:
    """Load the objects that are dealt, and the examples of series."""
    for challenge in all_challenges():
        try:
            pools().current(challenge.name)
            if challenge.input.kind is InputKind.SERIES:
                examples_of(challenge.name)
        except OutclassError as error:
            log.warning("not warmed", challenge=challenge.name, error=str(error))
