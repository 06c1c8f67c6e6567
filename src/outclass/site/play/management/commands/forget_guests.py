"""Forget guests who never bet; runs whenever the site starts."""

from django.core.management.base import BaseCommand

from outclass.site.play.players import forget_idle_guests


class Command(BaseCommand):
    """Delete guests without a bet whose session is over."""

    help = "Delete guests without a bet whose session is over."

    def handle(self, *_: object, **__: object) -> None:
        """Delete them."""
        forget_idle_guests()
