"""What every page knows: who plays, and which challenges there are."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from outclass.site.play.challenges import all_challenges
from outclass.site.play.players import current_player


def chrome(request: HttpRequest) -> dict[str, object]:
    """Return the player (looked up only where a page asks) and the challenges."""
    return {"player": SimpleLazyObject(lambda: current_player(request)), "challenges": all_challenges()}
