"""The app of the game."""

from django.apps import AppConfig


class PlayConfig(AppConfig):
    """Deals and bets."""

    name = "outclass.site.play"
    label = "play"
    verbose_name = "Game"
