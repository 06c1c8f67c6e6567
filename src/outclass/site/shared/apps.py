"""The app of the tables that processes share."""

from django.apps import AppConfig


class SharedConfig(AppConfig):
    """Keys, predictions, ballots."""

    name = "outclass.site.shared"
    label = "shared"
    verbose_name = "API and feedback"
