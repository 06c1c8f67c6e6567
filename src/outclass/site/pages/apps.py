"""The pages app."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Front page, explanations, the draw page, themes and error pages."""

    name = "outclass.site.pages"
    label = "pages"
