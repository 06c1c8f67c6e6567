"""Names that would pass for somebody else."""

import unicodedata

from django.db.models import Q

from outclass.site.play.models import Player, PlayerKind

RESERVED = frozenset(
    {"admin", "administrator", "guest", "model", "moderator", "outclass", "staff", "support"}
)
LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})


def is_reserved(name: str) -> bool:
    """Tell whether a name is of the house, or of a model that plays."""
    called = Q(name__iexact=name) | Q(model__iexact=name)
    models = Player.objects.filter(called, kind=PlayerKind.MODEL)
    return name.casefold() in RESERVED or models.exists()


def mixes_alphabets(name: str) -> bool:
    """Tell whether letters come from several alphabets whose letters look alike.

    >>> mixes_alphabets("alice"), mixes_alphabets("\u0430lice")
    (False, True)
    """
    alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in name if letter.isalpha()}
    return len(alphabets & LOOK_ALIKE) > 1
