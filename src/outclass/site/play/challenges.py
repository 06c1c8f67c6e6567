"""The challenges that are played, parsed once; uploads are taken up and given up without a restart."""

from functools import lru_cache

from django.conf import settings as django_conf
from django.http import Http404

from outclass.base.errors import NotFoundError
from outclass.catalog.challenge import Challenge
from outclass.catalog.loader import (
    FILE_NAME,
    LoadedChallenge,
    challenge_folders,
    list_challenges,
    load_challenge,
)
from outclass.catalog.uploads import uploads_mark


def loaded_challenge(name: str) -> LoadedChallenge:
    """Return a challenge with its folder; also a draft, which `DraftMiddleware` keeps from others.

    Raises
    ------
    NotFoundError
        If no challenge goes by this name; a path is no name here.
    """
    return _load(name, uploads_mark(django_conf.OUTCLASS.home))


def all_challenges() -> tuple[Challenge, ...]:
    """Return all challenges but drafts."""
    return _load_all(uploads_mark(django_conf.OUTCLASS.home))


@lru_cache(maxsize=64)
def _load(name: str, mark: int) -> LoadedChallenge:  # noqa: ARG001 - of what is remembered
    """Return a challenge as it was at some time."""
    home = django_conf.OUTCLASS.home
    if not any((folder / name / FILE_NAME).is_file() for folder in challenge_folders(home)):
        raise NotFoundError("there is no such challenge", got=name)
    return load_challenge(name, home=home)


@lru_cache(maxsize=1)
def _load_all(mark: int) -> tuple[Challenge, ...]:
    """Return all challenges but drafts at some time."""
    home = django_conf.OUTCLASS.home
    return tuple(_load(name, mark).challenge for name in list_challenges(home=home))


def forget_challenges() -> None:
    """Parse all challenges anew when they are asked for."""
    _load.cache_clear()
    _load_all.cache_clear()


def challenge_or_404(name: str) -> Challenge:
    """Return a challenge for a page."""
    try:
        return loaded_challenge(name).challenge
    except NotFoundError as error:
        raise Http404 from error
