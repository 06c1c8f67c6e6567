"""The app of the checking pages."""

from django.apps import AppConfig


class CheckConfig(AppConfig):
    """Checking labels."""

    name = "outclass.site.check"
    label = "check"
    verbose_name = "Checking"
