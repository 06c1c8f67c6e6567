"""The app of the lab."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    """Runs and models."""

    name = "outclass.site.lab"
    label = "lab"
    verbose_name = "Lab"
