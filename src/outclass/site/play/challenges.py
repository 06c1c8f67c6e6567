"""The challenges that are played, parsed once."""

from functools import lru_cache

from django.http import Http404

from outclass.base.errors import NotFoundError
from outclass.catalog.challenge import Challenge
from outclass.catalog.loader import LoadedChallenge, list_challenges, load_challenge


@lru_cache(maxsize=64)
def loaded_challenge(name: str) -> LoadedChallenge:
    """Return a challenge with its folder.

    Raises
    ------
    NotFoundError
        If no challenge goes by this name; a path is no name here.
    """
    if name not in list_challenges():
        raise NotFoundError("there is no such challenge", got=name)
    return load_challenge(name)


@lru_cache(maxsize=1)
def all_challenges() -> tuple[Challenge, ...]:
    """Return all challenges."""
    return tuple(loaded_challenge(name).challenge for name in list_challenges())


def challenge_or_404(name: str) -> Challenge:
    """Return a challenge for a page."""
    try:
        return loaded_challenge(name).challenge
    except NotFoundError as error:
        raise Http404 from error
