"""Load what the first visitor would wait for."""

import logging
from subprocess import CalledProcessError

from django.conf import settings as django_conf

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.registry.advice import advises_on
from outclass.site.play.advice import site_advisers
from outclass.site.play.challenges import all_challenges, loaded_challenge
from outclass.site.play.examples import examples_of
from outclass.site.play.pool import Pool, pools
from outclass.site.play.rows import prepare_rows

LOG = logging.getLogger(__name__)


def warm() -> None:
    """Load the objects that are dealt, and the examples of series; have the rows of series made."""
    for challenge in all_challenges():
        try:
            warm_one(challenge)
        except (OutclassError, OSError, CalledProcessError) as error:
            LOG.warning("not warmed: %s", error, extra={"challenge": challenge.name})


def warm_one(challenge: Challenge) -> None:
    """Load what a challenge shows."""
    pool = pools().current(challenge.name)
    if challenge.input.kind is not InputKind.SERIES:
        return
    examples_of(challenge.name)
    if pool is not None and not all_advised(pool):
        prepare_rows(loaded_challenge(challenge.name), pool.version, django_conf.OUTCLASS)


def all_advised(pool: Pool) -> bool:
    """Tell whether every adviser that has a champion brought its advice on the objects of a pool."""
    names = [pool.challenge.registered_name(adviser) for adviser in pool.challenge.advisers]
    found = [predictor for name in names if (predictor := site_advisers().champion(name)) is not None]
    return all(advises_on(predictor.version, pool.version) for predictor in found)
